"""VPCs, subnets and security groups, and the addresses that servers take from subnets."""

import ipaddress
import secrets
from typing import TYPE_CHECKING

from .model import SecurityGroup, Subnet, Vpc
from .refusals import Refusal

if TYPE_CHECKING:
    from .world import World


class Networks:
    def __init__(self, world: "World") -> None:
        self._world = world

    def vpcs(self, project_id: str) -> list[Vpc]:
        return [v for v in self._world.state.vpcs.values() if v.project_id == project_id]

    def subnets(self, project_id: str, vpc_id: str | None) -> list[Subnet]:
        return [
            s
            for s in self._world.state.subnets.values()
            if s.project_id == project_id and (vpc_id is None or s.vpc_id == vpc_id)
        ]

    def groups(self, project_id: str) -> list[SecurityGroup]:
        return [g for g in self._world.state.security_groups.values() if g.project_id == project_id]

    def free(self, subnet: Subnet) -> int:
        if self._world.faults.no_addresses(subnet.id):
            return 0
        return subnet.free

    def check(self, project_id: str, vpc_id: str, subnet_ids: list[str], group_ids: list[str]) -> Subnet:
        """The primary subnet of a server to be, or the refusal of the ECS create call."""
        vpc = self._world.state.vpcs.get(vpc_id)
        if vpc is None or vpc.project_id != project_id:
            raise Refusal(400, "Ecs.0064", f"The VPC {vpc_id} does not exist.")
        chosen = []
        for subnet_id in subnet_ids:
            subnet = self._world.state.subnets.get(subnet_id)
            if subnet is None or subnet.project_id != project_id:
                raise Refusal(400, "Ecs.0038", f"The subnet {subnet_id} does not exist.")
            if subnet.vpc_id != vpc_id:
                raise Refusal(400, "Ecs.0014", f"The subnet {subnet_id} does not belong to the VPC {vpc_id}.")
            if self.free(subnet) <= 0:
                raise Refusal(400, "Ecs.0012", f"Insufficient IP addresses in the subnet {subnet_id}.")
            chosen.append(subnet)
        for group_id in group_ids:
            group = self._world.state.security_groups.get(group_id)
            if group is None or group.project_id != project_id:
                raise Refusal(400, "Ecs.0014", f"The security group {group_id} does not exist.")
        return chosen[0]

    def take_address(self, subnet: Subnet) -> str:
        subnet.free -= 1
        taken = {server.address for server in self._world.state.servers.values() if server.subnet_id == subnet.id}
        hosts = list(ipaddress.ip_network(subnet.cidr).hosts())[1:]
        start = secrets.randbelow(len(hosts))
        for step in range(len(hosts)):
            address = str(hosts[(start + step) % len(hosts)])
            if address not in taken:
                return address
        raise Refusal(400, "Ecs.0012", f"Insufficient IP addresses in the subnet {subnet.id}.")

    def give_back(self, subnet_id: str) -> None:
        subnet = self._world.state.subnets.get(subnet_id)
        if subnet:
            subnet.free += 1
