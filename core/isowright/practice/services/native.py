"""The OpenStack side of the services, read only: what these clouds go on answering to OpenStack's own clients.

Sources: the services' API references, "native OpenStack APIs" and "API version queries"; SDK models NovaListVersions,
NovaListServersDetails, NovaShowServer, KeystoneShowVersion, KeystoneListProjectsForUser, and ListVersions of IMS and
EVS. Without a microversion, servers show less than with the services' own calls.
"""

from typing import Any

from isowright.practice.model import Project, Server, Volume
from isowright.practice.refusals import Refusal

from .call import Answer, Call
from .ecs_bodies import server_body
from .evs_bodies import volume_body

_SINCE = "2017-02-07T17:34:02Z"
# In the services' own answers only, or shown from a later microversion on.
_NOT_IN_NOVA = frozenset(
    [
        "serverNovaLock",
        "auto_terminate_time",
        "enterprise_project_id",
        "sys_tags",
        "description",
        "locked",
        "os:scheduler_hints",
        "OS-EXT-SRV-ATTR:hostname",
        "OS-EXT-SRV-ATTR:kernel_id",
        "OS-EXT-SRV-ATTR:launch_index",
        "OS-EXT-SRV-ATTR:ramdisk_id",
        "OS-EXT-SRV-ATTR:reservation_id",
        "OS-EXT-SRV-ATTR:root_device_name",
        "OS-EXT-SRV-ATTR:user_data",
    ]
)
_ADDRESS = ("addr", "version", "OS-EXT-IPS-MAC:mac_addr", "OS-EXT-IPS:type")
_NOT_IN_CINDER = frozenset(["service_type", "shareable", "tags", "wwn", "enterprise_project_id"])


def versions(call: Call) -> Answer:
    """GET / of IMS, ECS and EVS, for whoever asks."""
    known = {"ims": ["v2", "v1"], "ecs": ["v2.1", "v2.0"], "evs": ["v3.0", "v2.0"]}[call.service]
    listed: list[dict[str, Any]] = [
        {
            "id": name,
            "status": "SUPPORTED" if number else "CURRENT",
            "links": [{"rel": "self", "href": f"{call.base}/{name.removesuffix('.0')}/"}],
        }
        for number, name in enumerate(known)
    ]
    if call.service != "ims":
        listed = [version | {"min_version": "", "version": "", "updated": _SINCE} for version in listed]
    if call.service == "evs":
        kind = {"base": "application/json", "type": "application/vnd.openstack.volume+json;version=1"}
        listed = [version | {"media-types": [kind]} for version in listed]
    return Answer(200, {"versions": listed})


def identity_version(call: Call) -> Answer:
    """GET /v3 of IAM, for whoever asks."""
    version = {
        "id": "v3.6",
        "status": "stable",
        "updated": "2016-04-04T00:00:00Z",
        "links": [{"rel": "self", "href": f"{call.base}/v3/"}],
        "media-types": [{"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"}],
    }
    return Answer(200, {"version": version})


def nova_body(call: Call, server: Server) -> dict[str, Any]:
    """As ECS shows it, less what Nova does not know."""
    whole = server_body(call.world, server)
    body = {key: value for key, value in whole.items() if key not in _NOT_IN_NOVA}
    if body["fault"] is None:
        del body["fault"]
    flavor = whole["flavor"]["id"]
    root = f"{call.base}/{server.project_id}"
    body["flavor"] = {"id": flavor, "links": [{"rel": "bookmark", "href": f"{root}/flavors/{flavor}"}]}
    image = whole["image"]["id"]
    body["image"] = {"id": image, "links": [{"rel": "bookmark", "href": f"{root}/images/{image}"}]}
    body["links"] = [{"rel": "self", "href": f"{call.base}/v2.1/{server.project_id}/servers/{server.id}"}]
    body["addresses"] = {
        network: [{key: one[key] for key in _ADDRESS} | {"version": int(one["version"])} for one in addresses]
        for network, addresses in whole["addresses"].items()
    }
    attached = whole["os-extended-volumes:volumes_attached"]
    body["os-extended-volumes:volumes_attached"] = [{"id": volume["id"]} for volume in attached]
    body["security_groups"] = [{"name": group["name"]} for group in whole["security_groups"]]
    return body


def cinder_body(call: Call, volume: Volume) -> dict[str, Any]:
    """As EVS shows it, less what Cinder does not know."""
    return {key: value for key, value in volume_body(call, volume).items() if key not in _NOT_IN_CINDER}


def page(call: Call, rows: list[dict[str, Any]], refusal: Refusal) -> list[dict[str, Any]]:
    """`marker` and `limit`, as all of OpenStack's lists have them, and `name`."""
    rows = [row for row in rows if call.query.get("name", row["name"]) == row["name"]]
    marker = call.query.get("marker")
    if marker:
        ids = [row["id"] for row in rows]
        if marker not in ids:
            raise refusal
        rows = rows[ids.index(marker) + 1 :]
    return rows[: call.number("limit", 1000, 0, 1000, refusal)]


def projects_of_user(call: Call, bodies: list[dict[str, Any]], project: Project | None) -> Answer:
    """A user's own list; of others' nothing is told."""
    if call.params["user_id"] != call.caller.user.id:
        where = project.name if project else "this account"
        raise Refusal(403, "IAM.0003", f"Policy of {where} doesn't allow iam:projects:listProjectsForUser.")
    ends = {"previous": None, "next": None}
    bodies = [body | {"links": body["links"] | ends} for body in bodies]
    return Answer(200, {"links": {"self": f"{call.base}{call.path}"} | ends, "projects": bodies})
