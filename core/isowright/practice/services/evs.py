"""EVS: volume types, zones, show, list and delete of volumes, jobs."""

import re
from typing import Any

from isowright.practice.catalog import VOLUME_TYPES
from isowright.practice.faults import FaultBook
from isowright.practice.model import ZONES, Caller
from isowright.practice.refusals import Refusal

from . import native
from .call import Answer, Call, stamp
from .evs_bodies import volume_body
from .gateway import authenticate
from .service import Path, Service

_PROJECT = Refusal(400, "EVS.0001", "The project id is invalid.")
_BAD_QUERY = Refusal(400, "EVS.1009", "A query parameter is invalid.")
_BAD_BODY = Refusal(400, "EVS.1001", "The request body is invalid.")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Evs(Service):
    name = "evs"

    def routes(self) -> list[Path]:
        return [
            Path("GET", "/v2/{project_id}/types", self.types),
            Path("GET", "/v2/{project_id}/os-availability-zone", self.zones),
            Path("GET", "/v2/{project_id}/os-quota-sets/{target_project_id}", self.quota),
            Path("GET", "/v2/{project_id}/cloudvolumes/detail", self.list_volumes),
            Path("GET", "/v2/{project_id}/cloudvolumes/{volume_id}", self.show),
            Path("PUT", "/v2/{project_id}/cloudvolumes/{volume_id}", self.rename),
            Path("DELETE", "/v2/{project_id}/cloudvolumes/{volume_id}", self.delete),
            Path("GET", "/v2/{project_id}/cloudvolumes/{volume_id}/tags", self.show_tags),
            Path("POST", "/v2/{project_id}/cloudvolumes/{volume_id}/tags/action", self.tag),
            Path("GET", "/v1/{project_id}/jobs/{job_id}", self.job),
            Path("GET", "/", native.versions, open=True),
            Path("GET", "/v2/{project_id}/volumes/detail", self.cinder_list),
            Path("GET", "/v3/{project_id}/volumes/detail", self.cinder_list),
            Path("GET", "/v2/{project_id}/volumes/{volume_id}", self.cinder_show),
            Path("GET", "/v3/{project_id}/volumes/{volume_id}", self.cinder_show),
        ]

    def authenticate(self, call: Call) -> Caller:
        return authenticate(call, regional=True)

    def error_body(self, refusal: Refusal) -> Any:
        return {"error": {"code": refusal.code, "message": refusal.message}}

    def types(self, call: Call) -> Answer:
        call.project(_PROJECT)
        kinds = []
        for kind in VOLUME_TYPES.values():
            sold_out = kind.zones if call.world.faults.sold_out_volume_type(kind.name) else kind.sold_out
            specs = {
                "volume_backend_name": kind.name,
                "availability-zone": kind.zones[0],
                "RESKEY:availability_zones": ",".join(kind.zones),
                "os-vendor-extended:sold_out_availability_zones": ",".join(sold_out),
            }
            kinds.append(
                {
                    "id": kind.id,
                    "name": kind.name,
                    "description": None,
                    "is_public": True,
                    "qos_specs_id": None,
                    "extra_specs": specs,
                }
            )
        return Answer(200, {"volume_types": kinds})

    def zones(self, call: Call) -> Answer:
        call.project(_PROJECT)
        return Answer(200, {"availabilityZoneInfo": zone_list(call.world.faults, hosts=False)})

    def quota(self, call: Call) -> Answer:
        """CinderListQuotas. Without `usage=true` there are limits alone."""
        project = call.project(_PROJECT)
        if call.params["target_project_id"] != project.id:
            raise _PROJECT
        quotas, faults = call.world.state.quotas, call.world.faults
        volumes, gigabytes = call.world.volumes.used(project.id)
        limits = {
            "volumes": (volumes if faults.quota_full("volume") else quotas.volumes, volumes),
            "gigabytes": (gigabytes if faults.quota_full("gigabytes") else quotas.gigabytes, gigabytes),
            "snapshots": (-1, 0),
            "backups": (-1, 0),
            "backup_gigabytes": (-1, 0),
            "per_volume_gigabytes": (-1, 0),
        }
        for name in ("SATA", "SAS", "SSD"):  # those that the SDK's model names
            limits |= {f"{what}_{name}": (-1, 0) for what in ("volumes", "gigabytes", "snapshots")}
        used = call.query.get("usage", "").lower() == "true"
        body: dict[str, Any] = {
            name: {"reserved": 0, "limit": limit, "in_use": taken} if used else limit
            for name, (limit, taken) in limits.items()
        }
        return Answer(200, {"quota_set": body | {"id": project.id}})

    def list_volumes(self, call: Call) -> Answer:
        project = call.project(_PROJECT)
        query = call.query
        chosen = []
        for volume in call.world.volumes.all(project.id):
            have = {
                "name": volume.name,
                "status": volume.status,
                "id": volume.id,
                "server_id": volume.server_id,
                "availability_zone": volume.zone,
                "volume_type_id": VOLUME_TYPES[volume.volume_type].id,
            }
            if "ids" in query and volume.id not in re.findall(r"[0-9a-f-]{36}", query["ids"]):
                continue
            if all(query.get(key, value) == value for key, value in have.items()):
                chosen.append(volume)
        total = len(chosen)
        if query.get("marker"):
            ids = [volume.id for volume in chosen]
            if query["marker"] not in ids:
                raise _BAD_QUERY
            chosen = chosen[ids.index(query["marker"]) + 1 :]
        offset = call.number("offset", 0, 0, 10**6, _BAD_QUERY)
        limit = call.number("limit", 1000, 1, 1000, _BAD_QUERY)
        bodies = [volume_body(call, volume) for volume in chosen[offset : offset + limit]]
        return Answer(200, {"count": total, "volumes": bodies})

    def show(self, call: Call) -> Answer:
        project = call.project(_PROJECT)
        return Answer(200, {"volume": volume_body(call, call.world.volumes.find(project.id, self._id(call)))})

    def delete(self, call: Call) -> Answer:
        project = call.project(_PROJECT)
        job = call.world.volumes.delete(call.caller, project.id, self._id(call))
        return Answer(200, {"job_id": job.id})

    def rename(self, call: Call) -> Answer:
        """UpdateVolume: the answer has the disk's facts at the top."""
        project = call.project(_PROJECT)
        change = call.object(_BAD_BODY).get("volume")
        if not isinstance(change, dict) or not isinstance(change.get("name"), str) or len(change["name"]) > 64:
            raise _BAD_BODY
        return Answer(200, volume_body(call, call.world.volumes.rename(project.id, self._id(call), change["name"])))

    def show_tags(self, call: Call) -> Answer:
        volume = call.world.volumes.find(call.project(_PROJECT).id, self._id(call))
        return Answer(200, {"tags": [{"key": key, "value": value} for key, value in volume.tags.items()]})

    def tag(self, call: Call) -> Answer:
        """BatchCreateVolumeTags and BatchDeleteVolumeTags: 204 without a body."""
        project = call.project(_PROJECT)
        body = call.object(_BAD_BODY)
        tags = body.get("tags")
        if not isinstance(tags, list) or not all(isinstance(t, dict) and isinstance(t.get("key"), str) for t in tags):
            raise _BAD_BODY
        changes = {tag["key"]: str(tag.get("value", "")) for tag in tags}
        call.world.volumes.tag(project.id, self._id(call), body.get("action", "create"), changes)
        return Answer(204)

    def cinder_list(self, call: Call) -> Answer:
        project = call.project(_PROJECT)
        rows = [native.cinder_body(call, volume) for volume in call.world.volumes.all(project.id)]
        return Answer(200, {"volumes": native.page(call, rows, _BAD_QUERY)})

    def cinder_show(self, call: Call) -> Answer:
        project = call.project(_PROJECT)
        return Answer(200, {"volume": native.cinder_body(call, call.world.volumes.find(project.id, self._id(call)))})

    def _id(self, call: Call) -> str:
        volume_id = call.params["volume_id"]
        if not _UUID.fullmatch(volume_id):
            raise Refusal(400, "EVS.1002", "invalid volume id!")
        return volume_id

    def job(self, call: Call) -> Answer:
        project = call.project(_PROJECT)
        jobs = call.world.jobs
        job = jobs.get("evs", project.id, call.params["job_id"])
        status = jobs.status(job)
        failed = status == "FAIL"
        entities = {key: job.subject[key] for key in ("volume_id", "volume_type", "size", "name")}
        body = {
            "status": status,
            "entities": entities,
            "job_id": job.id,
            "job_type": job.type,
            "begin_time": stamp(job.begin, milliseconds=True),
            "end_time": stamp(job.end, milliseconds=True) if job.done else "",
            "error_code": job.error_code if failed else None,
            "fail_reason": job.fail_reason if failed else None,
        }
        return Answer(200, body)


def zone_list(faults: FaultBook, *, hosts: bool) -> list[dict[str, Any]]:
    """The last zone is there, and not available."""
    return [
        {"zoneName": zone, "zoneState": {"available": zone != ZONES[-1] and not faults.zone_down(zone)}}
        | ({"hosts": None} if hosts else {})
        for zone in ZONES
    ]
