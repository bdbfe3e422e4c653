"""VPC: VPCs, subnets and security groups (v1 and v3), and an empty list of elastic addresses."""

from collections.abc import Sequence
from typing import Any

from isowright.practice.model import Caller, SecurityGroup, Subnet, Vpc
from isowright.practice.refusals import Refusal

from .call import Answer, Call, stamp
from .gateway import authenticate
from .service import Path, Service

_PARAMETER = Refusal(400, "VPC.0101", "Parameter error.")
_RESOLVERS = ["100.125.1.250", "100.125.128.250"]


class VpcService(Service):
    name = "vpc"

    def routes(self) -> list[Path]:
        return [
            Path("GET", "/v1/{project_id}/vpcs", self.vpcs),
            Path("GET", "/v1/{project_id}/subnets", self.subnets),
            Path("GET", "/v1/{project_id}/security-groups", self.groups),
            Path("GET", "/v3/{project_id}/vpc/security-groups", self.groups_v3),
            Path("GET", "/v1/{project_id}/publicips", self.addresses),
        ]

    def authenticate(self, call: Call) -> Caller:
        return authenticate(call, regional=True)

    def error_body(self, refusal: Refusal) -> Any:
        return {"code": refusal.code, "message": refusal.message}

    def _born(self, call: Call) -> str:
        return stamp(call.world.state.born, zone="")

    def _page(self, call: Call, rows: Sequence[Any], default: int = 2000) -> list[Any]:
        """limit and marker, as all v1 lists have them."""
        rows = list(rows)
        marker = call.query.get("marker")
        if marker:
            ids = [row.id for row in rows]
            if marker not in ids:
                raise _PARAMETER
            rows = rows[ids.index(marker) + 1 :]
        return rows[: call.number("limit", default, 0, 2000, _PARAMETER)]

    def vpcs(self, call: Call) -> Answer:
        project = call.project(_PARAMETER)
        wanted = call.query.get("id")
        rows = [vpc for vpc in call.world.networks.vpcs(project.id) if wanted in (None, vpc.id)]
        return Answer(200, {"vpcs": [self._vpc(call, vpc) for vpc in self._page(call, rows)]})

    def _vpc(self, call: Call, vpc: Vpc) -> dict[str, Any]:
        return {
            "id": vpc.id,
            "name": vpc.name,
            "description": "",
            "cidr": vpc.cidr,
            "status": "OK",
            "enterprise_project_id": "0",
            "routes": [],
            "tenant_id": vpc.project_id,
            "created_at": self._born(call),
            "updated_at": self._born(call),
        }

    def subnets(self, call: Call) -> Answer:
        project = call.project(_PARAMETER)
        rows = call.world.networks.subnets(project.id, call.query.get("vpc_id"))
        return Answer(200, {"subnets": [self._subnet(call, subnet) for subnet in self._page(call, rows)]})

    def _subnet(self, call: Call, subnet: Subnet) -> dict[str, Any]:
        return {
            "id": subnet.id,
            "name": subnet.name,
            "description": "",
            "cidr": subnet.cidr,
            "gateway_ip": subnet.gateway,
            "dhcp_enable": subnet.dhcp,
            "ipv6_enable": False,
            "primary_dns": _RESOLVERS[0],
            "secondary_dns": _RESOLVERS[1],
            "dnsList": _RESOLVERS,
            "availability_zone": "",
            "vpc_id": subnet.vpc_id,
            "status": "ACTIVE",
            "neutron_network_id": subnet.id,
            "neutron_subnet_id": subnet.neutron_subnet_id,
            "extra_dhcp_opts": [],
            "scope": "center",
            "tenant_id": subnet.project_id,
            "created_at": self._born(call),
            "updated_at": self._born(call),
            "available_ip_address_count": call.world.networks.free(subnet),
        }

    def groups(self, call: Call) -> Answer:
        project = call.project(_PARAMETER)
        rows = self._page(call, call.world.networks.groups(project.id))
        return Answer(200, {"security_groups": [self._group(group) for group in rows]})

    def _group(self, group: SecurityGroup) -> dict[str, Any]:
        rule = {
            "id": group.rule_id,
            "description": "",
            "security_group_id": group.id,
            "direction": "egress",
            "ethertype": "IPv4",
            "protocol": None,
            "port_range_min": None,
            "port_range_max": None,
            "remote_ip_prefix": None,
            "remote_group_id": None,
            "remote_address_group_id": None,
            "tenant_id": group.project_id,
        }
        return {
            "id": group.id,
            "name": group.name,
            "description": group.description,
            "vpc_id": None,
            "enterprise_project_id": "0",
            "security_group_rules": [rule],
        }

    def groups_v3(self, call: Call) -> Answer:
        project = call.project(_PARAMETER)
        every = call.world.networks.groups(project.id)
        rows = self._page(call, every)
        bodies = [
            {
                "id": group.id,
                "name": group.name,
                "description": group.description,
                "project_id": group.project_id,
                "enterprise_project_id": "0",
                "created_at": self._born(call),
                "updated_at": self._born(call),
                "tags": [],
            }
            for group in rows
        ]
        page: dict[str, Any] = {"current_count": len(rows)}
        if rows:
            page["previous_marker"] = rows[0].id
            if rows[-1].id != every[-1].id:
                page["next_marker"] = rows[-1].id
        return Answer(200, {"request_id": call.request_id, "security_groups": bodies, "page_info": page})

    def addresses(self, call: Call) -> Answer:
        call.project(_PARAMETER)
        return Answer(200, {"publicips": []})
