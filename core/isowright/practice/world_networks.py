"""VPCs, subnets and security groups: made, used by servers and deleted.

Source of the refusals: VPC API reference, "Error Codes". A subnet in use answers 500, as documented.
"""

import ipaddress
import re
import secrets
from typing import TYPE_CHECKING, Any

from .model import Caller, SecurityGroup, Subnet, Vpc
from .refusals import Refusal
from .seed import new_uuid
from .timing import NETWORK_READY, PORT_LAG

if TYPE_CHECKING:
    from .world import World


_NAME = re.compile(r"[\w.\-\u4e00-\u9fff]{1,64}", re.ASCII)
_TAG = re.compile(r"[A-Za-z0-9_.\-\u4e00-\u9fff]*")
_MOST_TAGS = 20
_PRIVATE = [ipaddress.IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")]
_KEPT_BACK = 5  # addresses of each subnet that servers do not get: gateway, broadcast and the cloud's own

Net = ipaddress.IPv4Network


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

    # Make and delete

    def create_vpc(self, caller: Caller, project_id: str, wanted: dict[str, Any]) -> Vpc:
        world = self._world
        name, text = str(wanted.get("name") or ""), str(wanted.get("description") or "")
        net = _network(str(wanted.get("cidr") or ""))
        if (name and not _NAME.fullmatch(name)) or not _fitting(text):
            raise Refusal(400, "VPC.0101", "Param is invalid.")
        if net is None or not any(net.subnet_of(private) for private in _PRIVATE) or not 8 <= net.prefixlen <= 28:
            raise Refusal(400, "VPC.0101", "Param is invalid. The cidr is invalid.")
        owner = str(wanted.get("enterprise_project_id") or "0")
        if owner not in world.state.enterprise_projects:
            raise Refusal(400, "VPC.0011", "EnterpriseProjectId is invalid")
        mine = self.vpcs(project_id)
        if name and any(vpc.name == name for vpc in mine):
            raise Refusal(400, "VPC.0115", "The router name has exist.")
        full = Refusal(409, "VPC.0114", "Quota exceeded for resources: ['router'].")
        world.refuse_if_full("vpc", len(mine) + 1, world.state.quotas.vpcs, full)
        vpc = Vpc(new_uuid(), name, str(net), project_id, text, owner)
        vpc.created, vpc.made_by, vpc.ready_at = world.now, caller.user.name, world.later(NETWORK_READY)
        world.state.vpcs[vpc.id] = vpc
        world.touch()
        return vpc

    def update_vpc(self, project_id: str, vpc_id: str, wanted: dict[str, Any]) -> Vpc:
        vpc = self.vpc(project_id, vpc_id)
        net = _network(str(wanted.get("cidr", vpc.cidr)))
        name = str(wanted.get("name", vpc.name))
        if net is None or not _NAME.fullmatch(name):
            raise Refusal(400, "VPC.0101", "Update router xx is invalid.")
        if any(not ipaddress.IPv4Network(one.cidr).subnet_of(net) for one in self.subnets(project_id, vpc.id)):
            raise Refusal(400, "VPC.0117", "Cidr can not contain subnetList cidr.")
        vpc.cidr, vpc.name = str(net), name
        self._world.touch()
        return vpc

    def create_subnet(self, caller: Caller, project_id: str, wanted: dict[str, Any]) -> Subnet:
        world = self._world
        vpc = self.vpc(project_id, str(wanted.get("vpc_id") or ""))
        if world.now < vpc.ready_at:
            raise Refusal(400, "VPC.0004", "VPC is not active, please try later.")
        name, text = str(wanted.get("name") or ""), str(wanted.get("description") or "")
        net = _network(str(wanted.get("cidr") or ""))
        if not _NAME.fullmatch(name) or not _fitting(text):
            raise Refusal(400, "VPC.0201", "Subnet name is invalid.")
        if net is None or net.prefixlen > 28:
            raise Refusal(400, "VPC.0212", "The subnet cidr is not valid.")
        if not net.subnet_of(ipaddress.IPv4Network(vpc.cidr)):
            raise Refusal(400, "VPC.0203", "Subnet is not in the range of VPC.")
        if any(net.overlaps(ipaddress.IPv4Network(other.cidr)) for other in self.subnets(project_id, vpc.id)):
            message = "The subnet has already existed in the VPC, or has been in conflict with the VPC subnet."
            raise Refusal(400, "VPC.0204", message)
        gateway = str(wanted.get("gateway_ip") or "")
        if gateway not in {str(net[1]), *(str(host) for host in net.hosts())}:
            raise Refusal(400, "VPC.0201", "Subnet gateway_ip is invalid.")
        servers = wanted.get("dnsList") or [wanted[key] for key in ("primary_dns", "secondary_dns") if wanted.get(key)]
        if not isinstance(servers, list) or any(_address(one) is None for one in servers):
            raise Refusal(400, "VPC.0201", "Subnet dnsList is invalid.")
        dhcp = wanted.get("dhcp_enable", True) is True
        free = net.num_addresses - _KEPT_BACK
        subnet = Subnet(new_uuid(), new_uuid(), name, str(net), gateway, vpc.id, project_id, free, dhcp, text)
        subnet.name_servers = [str(one) for one in servers]
        subnet.created, subnet.made_by, subnet.ready_at = world.now, caller.user.name, world.later(NETWORK_READY)
        world.state.subnets[subnet.id] = subnet
        world.touch()
        return subnet

    def delete_subnet(self, project_id: str, vpc_id: str, subnet_id: str) -> None:
        subnet = self.subnet(project_id, subnet_id)
        if subnet.vpc_id != vpc_id:
            raise Refusal(400, "VPC.0207", "Subnet does not belong to the VPC.")
        if any(server.subnet_id == subnet.id for server in self._world.state.servers.values()):
            raise Refusal(500, "VPC.0209", "Subnet is still used, such as computer, LB.")
        if self._world.now < subnet.ports_until:
            raise Refusal(500, "VPC.0208", "Subnet is used by private IP, can not be deleted.")
        del self._world.state.subnets[subnet.id]
        self._world.touch()

    def delete_vpc(self, project_id: str, vpc_id: str) -> None:
        vpc = self.vpc(project_id, vpc_id)
        if self.subnets(project_id, vpc.id):
            raise Refusal(409, "VPC.0104", "Router contains subnets, please delete subnet firstly.")
        del self._world.state.vpcs[vpc.id]
        self._world.touch()

    def vpc(self, project_id: str, vpc_id: str) -> Vpc:
        vpc = self._world.state.vpcs.get(vpc_id)
        if vpc is None or vpc.project_id != project_id:
            raise Refusal(404, "VPC.0003", "VPC does not exist.")
        return vpc

    def subnet(self, project_id: str, subnet_id: str) -> Subnet:
        subnet = self._world.state.subnets.get(subnet_id)
        if subnet is None or subnet.project_id != project_id:
            raise Refusal(404, "VPC.0202", f"Query resource by id {subnet_id} fail.the subnet could not be found.")
        return subnet

    def tag(self, thing: Vpc | Subnet, action: str, tags: dict[str, str]) -> None:
        """A key that is there already gets the new value."""
        kept = {key: value for key, value in thing.tags.items() if key not in tags}
        kept |= tags if action == "create" else {}
        wrong = any(not 1 <= len(key) <= 36 or len(value) > 43 for key, value in tags.items())
        if wrong or any(not _TAG.fullmatch(key + value) for key, value in tags.items()):
            raise Refusal(400, "VPC.1801", "Tag length is invalid. The key length must be in range [1,36].")
        if len(kept) > _MOST_TAGS:
            raise Refusal(400, "VPC.1814", f"number of tags exceeds max num of {_MOST_TAGS}.")
        thing.tags = kept
        self._world.touch()

    # Use

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
            subnet.ports_until = self._world.later(PORT_LAG)


def _network(text: str) -> Net | None:
    try:
        return ipaddress.IPv4Network(text)
    except ValueError:
        return None


def _address(text: Any) -> ipaddress.IPv4Address | None:
    try:
        return ipaddress.IPv4Address(str(text))
    except ValueError:
        return None


def _fitting(description: str) -> bool:
    return len(description) <= 255 and not re.search("[<>]", description)
