"""VPC: VPCs, subnets and security groups (v1 and v3), their tags and quota, and an empty list of elastic addresses."""

from collections.abc import Sequence
from typing import Any

from isowright.practice.model import Caller, GroupRule, SecurityGroup, Subnet, Vpc
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
            Path("POST", "/v1/{project_id}/vpcs", self.create_vpc),
            Path("GET", "/v1/{project_id}/vpcs/{vpc_id}", self.show_vpc),
            Path("PUT", "/v1/{project_id}/vpcs/{vpc_id}", self.update_vpc),
            Path("DELETE", "/v1/{project_id}/vpcs/{vpc_id}", self.delete_vpc),
            Path("GET", "/v1/{project_id}/subnets", self.subnets),
            Path("POST", "/v1/{project_id}/subnets", self.create_subnet),
            Path("GET", "/v1/{project_id}/subnets/{subnet_id}", self.show_subnet),
            Path("DELETE", "/v1/{project_id}/vpcs/{vpc_id}/subnets/{subnet_id}", self.delete_subnet),
            Path("GET", "/v1/{project_id}/quotas", self.quotas),
            Path("GET", "/v2.0/{project_id}/vpcs/{vpc_id}/tags", self.tags),
            Path("POST", "/v2.0/{project_id}/vpcs/{vpc_id}/tags/action", self.tag),
            Path("GET", "/v2.0/{project_id}/subnets/{subnet_id}/tags", self.tags),
            Path("POST", "/v2.0/{project_id}/subnets/{subnet_id}/tags/action", self.tag),
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
        return Answer(200, {"vpcs": [vpc_body(call, vpc) for vpc in self._page(call, rows)]})

    def show_vpc(self, call: Call) -> Answer:
        project = call.project(_PARAMETER)
        return Answer(
            200, {"vpc": _in_full(vpc_body(call, call.world.networks.vpc(project.id, call.params["vpc_id"])))}
        )

    def create_vpc(self, call: Call) -> Answer:
        project = call.project(_PARAMETER)
        vpc = call.world.networks.create_vpc(call.caller, project.id, _inner(call, "vpc"))
        return Answer(200, {"vpc": _in_full(vpc_body(call, vpc))})

    def update_vpc(self, call: Call) -> Answer:
        project = call.project(_PARAMETER)
        vpc = call.world.networks.update_vpc(project.id, call.params["vpc_id"], _inner(call, "vpc"))
        return Answer(200, {"vpc": _in_full(vpc_body(call, vpc))})

    def delete_vpc(self, call: Call) -> Answer:
        call.world.networks.delete_vpc(call.project(_PARAMETER).id, call.params["vpc_id"])
        return Answer(204)

    def subnets(self, call: Call) -> Answer:
        project = call.project(_PARAMETER)
        rows = call.world.networks.subnets(project.id, call.query.get("vpc_id"))
        return Answer(200, {"subnets": [subnet_body(call, subnet) for subnet in self._page(call, rows)]})

    def show_subnet(self, call: Call) -> Answer:
        project = call.project(_PARAMETER)
        subnet = call.world.networks.subnet(project.id, call.params["subnet_id"])
        return Answer(200, {"subnet": _in_full(subnet_body(call, subnet))})

    def create_subnet(self, call: Call) -> Answer:
        project = call.project(_PARAMETER)
        subnet = call.world.networks.create_subnet(call.caller, project.id, _inner(call, "subnet"))
        return Answer(200, {"subnet": _in_full(subnet_body(call, subnet))})

    def delete_subnet(self, call: Call) -> Answer:
        project = call.project(_PARAMETER)
        call.world.networks.delete_subnet(project.id, call.params["vpc_id"], call.params["subnet_id"])
        return Answer(204)

    def quotas(self, call: Call) -> Answer:
        project, state, networks = call.project(_PARAMETER), call.world.state, call.world.networks
        used = {
            "vpc": (len(networks.vpcs(project.id)), state.quotas.vpcs),
            "subnet": (len(networks.subnets(project.id, None)), 100),
            "securityGroup": (len(networks.groups(project.id)), 100),
        }
        wanted = call.query.get("type")
        rows = [
            {"type": kind, "used": count, "quota": quota, "min": 0}
            for kind, (count, quota) in used.items()
            if wanted in (None, kind)
        ]
        return Answer(200, {"quotas": {"resources": rows}})

    def _tagged(self, call: Call) -> Vpc | Subnet:
        project, networks = call.project(_PARAMETER), call.world.networks
        if "vpc_id" in call.params:
            return networks.vpc(project.id, call.params["vpc_id"])
        return networks.subnet(project.id, call.params["subnet_id"])

    def tags(self, call: Call) -> Answer:
        return Answer(200, {"tags": [{"key": key, "value": value} for key, value in self._tagged(call).tags.items()]})

    def tag(self, call: Call) -> Answer:
        """BatchCreateVpcTags, BatchCreateSubnetTags and their opposites: 204 without a body."""
        thing, body = self._tagged(call), call.object(_PARAMETER)
        tags = body.get("tags")
        if not isinstance(tags, list) or not all(isinstance(t, dict) and isinstance(t.get("key"), str) for t in tags):
            raise _PARAMETER
        if body.get("action") not in ("create", "delete"):
            raise Refusal(400, "VPC.1801", "action is invalid.")
        call.world.networks.tag(thing, body["action"], {tag["key"]: str(tag.get("value", "")) for tag in tags})
        return Answer(204)

    def groups(self, call: Call) -> Answer:
        project = call.project(_PARAMETER)
        rows = self._page(call, call.world.networks.groups(project.id))
        return Answer(200, {"security_groups": [self._group(group) for group in rows]})

    def _group(self, group: SecurityGroup) -> dict[str, Any]:
        rules = group.rules or [GroupRule(group.rule_id, "egress")]
        return {
            "id": group.id,
            "name": group.name,
            "description": group.description,
            "vpc_id": None,
            "enterprise_project_id": "0",
            "security_group_rules": [_rule(group, rule) for rule in rules],
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


def _inner(call: Call, name: str) -> dict[str, Any]:
    wanted = call.object(_PARAMETER).get(name)
    if not isinstance(wanted, dict):
        raise _PARAMETER
    return wanted


def _in_full(body: dict[str, Any]) -> dict[str, Any]:
    """Answers about one network tell what recorded lists leave out [sdk Vpc, Subnet]."""
    more: dict[str, Any] = {"block_service_endpoint_states": "off"}
    if "gateway_ip" in body:
        more = {"cidr_v6": None, "gateway_ip_v6": None, "neutron_subnet_id_v6": None}
    return body | more | {"enable_network_address_usage_metrics": False}


def vpc_body(call: Call, vpc: Vpc) -> dict[str, Any]:
    made = stamp(vpc.created or call.world.state.born, zone="")
    return {
        "id": vpc.id,
        "name": vpc.name,
        "description": vpc.description,
        "cidr": vpc.cidr,
        "status": "OK" if call.world.now >= vpc.ready_at else "CREATING",
        "enterprise_project_id": vpc.enterprise_project_id,
        "routes": [],
        "tenant_id": vpc.project_id,
        "created_at": made,
        "updated_at": made,
    }


def subnet_body(call: Call, subnet: Subnet) -> dict[str, Any]:
    made = stamp(subnet.created or call.world.state.born, zone="")
    servers = subnet.name_servers if subnet.created else _RESOLVERS
    first, second = [*servers, "", ""][:2]
    return {
        "id": subnet.id,
        "name": subnet.name,
        "description": subnet.description,
        "cidr": subnet.cidr,
        "gateway_ip": subnet.gateway,
        "dhcp_enable": subnet.dhcp,
        "ipv6_enable": False,
        "primary_dns": first,
        "secondary_dns": second,
        "dnsList": servers,
        "availability_zone": "",
        "vpc_id": subnet.vpc_id,
        "status": "ACTIVE" if call.world.now >= subnet.ready_at else "UNKNOWN",
        "neutron_network_id": subnet.id,
        "neutron_subnet_id": subnet.neutron_subnet_id,
        "extra_dhcp_opts": [],
        "scope": "center",
        "tenant_id": subnet.project_id,
        "created_at": made,
        "updated_at": made,
        "available_ip_address_count": call.world.networks.free(subnet),
    }


def _rule(group: SecurityGroup, rule: GroupRule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "description": "",
        "security_group_id": group.id,
        "direction": rule.direction,
        "ethertype": rule.ethertype,
        "protocol": rule.protocol,
        "port_range_min": rule.low,
        "port_range_max": rule.high,
        "remote_ip_prefix": rule.addresses,
        "remote_group_id": rule.group,
        "remote_address_group_id": None,
        "tenant_id": group.project_id,
    }
