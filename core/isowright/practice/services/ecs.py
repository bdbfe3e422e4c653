"""ECS: create, jobs, details, list, disks, flavors, limits, zones, console, power, delete, tags."""

import hashlib
import re
from typing import Any

from isowright.practice.catalog import FLAVORS
from isowright.practice.model import Caller, Promise
from isowright.practice.refusals import Refusal
from isowright.practice.timing import CLIENT_TOKEN_LIFE

from . import native
from .call import Answer, Call
from .ecs_bodies import attachment_body, flavor_body, job_body, server_body
from .evs import zone_list
from .gateway import authenticate
from .service import Path, Service

_PROJECT = Refusal(400, "Ecs.0023", "The project id of the path does not match the token.")
_BAD_BODY = Refusal(400, "Ecs.0000", "The request body is malformed.")
_BAD_QUERY = Refusal(400, "Ecs.0005", "A query parameter is invalid.")
_CLIENT_TOKEN = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _heeds_client_token(call: Call) -> bool:
    return call.world.dialect.knows_client_token and not call.world.faults.ignores_client_token()


class Ecs(Service):
    name = "ecs"

    def routes(self) -> list[Path]:
        servers = "/v1/{project_id}/cloudservers"
        return [
            Path("POST", servers, self.create),
            Path("POST", "/v1.1/{project_id}/cloudservers", self.create),
            Path("GET", "/v1/{project_id}/jobs/{job_id}", self.job),
            Path("GET", f"{servers}/detail", self.list_servers),
            Path("GET", f"{servers}/flavors", self.flavors),
            Path("GET", f"{servers}/limits", self.limits),
            Path("POST", f"{servers}/action", self.power),
            Path("POST", f"{servers}/delete", self.delete),
            Path("POST", f"{servers}/resource_instances/action", self.by_tags),
            Path("GET", f"{servers}/{{server_id}}", self.show),
            Path("PUT", f"{servers}/{{server_id}}", self.rename),
            Path("GET", f"{servers}/{{server_id}}/block_device", self.disks),
            Path("PUT", f"{servers}/{{server_id}}/block_device/{{volume_id}}", self.disk_flag),
            Path("DELETE", f"{servers}/{{server_id}}/detachvolume/{{volume_id}}", self.detach),
            Path("POST", f"{servers}/{{server_id}}/attachvolume", self.attach),
            Path("POST", f"{servers}/{{server_id}}/remote_console", self.console),
            Path("GET", f"{servers}/{{server_id}}/console-output", self.output),
            Path("POST", "/v2.1/{project_id}/servers/{server_id}/action", self.native_action),
            Path("POST", f"{servers}/{{server_id}}/tags/action", self.tags),
            Path("POST", f"{servers}/{{server_id}}/actions/update-auto-terminate-time", self.set_end),
            Path("POST", "/v2.1/{project_id}/servers/{server_id}/remote-consoles", self.console),
            Path("GET", "/v2.1/{project_id}/os-availability-zone", self.zones),
            Path("GET", "/", native.versions, open=True),
            Path("GET", "/v2.1/{project_id}/servers/detail", self.nova_list),
            Path("GET", "/v2.1/{project_id}/servers/{server_id}", self.nova_show),
        ]

    def authenticate(self, call: Call) -> Caller:
        return authenticate(call, regional=True)

    # Create

    def create(self, call: Call) -> Answer:
        project = call.project(_PROJECT)
        body = call.object(_BAD_BODY)
        promise = self._promise(call, project.id)
        if isinstance(promise, Promise):
            return Answer(200, promise.answer)
        made = call.world.servers.create(call.caller, project.id, body)
        if made is None:
            return Answer(202, {})
        job, server_id = made
        answer = {"job_id": job.id} if job.twist == "no-ids" else {"job_id": job.id, "serverIds": [server_id]}
        if promise:
            digest = hashlib.sha256(call.body).hexdigest()
            call.world.state.promises[promise] = Promise(digest, answer, call.world.now)
            call.world.touch()
        return Answer(200, answer)

    def _promise(self, call: Call, project_id: str) -> Promise | str | None:
        """What was answered to this X-Client-Token before; its key if nothing was; None without a token."""
        token = call.headers.get("x-client-token")
        if token is None or not _heeds_client_token(call):
            return None
        if not _CLIENT_TOKEN.fullmatch(token):
            raise Refusal(400, "Ecs.0123", "The format of X-Client-Token is invalid.")
        key = f"{project_id}/{token}"
        promise = call.world.state.promises.get(key)
        if promise is None:
            return key
        if call.world.now - promise.at > CLIENT_TOKEN_LIFE:
            raise Refusal(400, "Ecs.0124", "The X-Client-Token has expired.")
        if promise.body_hash != hashlib.sha256(call.body).hexdigest():
            raise Refusal(400, "Ecs.0122", "The X-Client-Token was used with another request body.")
        return promise

    def job(self, call: Call) -> Answer:
        project = call.project(_PROJECT)
        job = call.world.jobs.get("ecs", project.id, call.params["job_id"])
        return Answer(200, job_body(call.world, job))

    # Read

    def show(self, call: Call) -> Answer:
        project = call.project(_PROJECT)
        server = call.world.servers.find(project.id, call.params["server_id"])
        return Answer(200, {"server": server_body(call.world, server)})

    def list_servers(self, call: Call) -> Answer:
        """`name` is matched like a regular expression, `offset` is a page number from 1."""
        project = call.project(_PROJECT)
        query = call.query
        servers = call.world.servers.all(project.id)
        if "server_id" in query:
            servers = [server for server in servers if server.id == query["server_id"]]
        else:
            try:
                name = re.compile(query.get("name", ""))
            except re.error:
                raise _BAD_QUERY from None
            wanted = query.get("tags", "").split(",") if query.get("tags") else []
            servers = [
                server
                for server in servers
                if name.search(server.name)
                and query.get("status", server.status) == server.status
                and query.get("flavor", server.flavor_id) == server.flavor_id
                and all(tag in server.tags for tag in wanted)
                and query.get("enterprise_project_id", "all_granted_eps")
                in {"all_granted_eps", server.enterprise_project_id}
            ]
        limit = call.number("limit", 25, 1, 1000, _BAD_QUERY)
        page = call.number("offset", 1, 0, 10**6, _BAD_QUERY)
        start = max(page - 1, 0) * limit
        if query.get("marker"):
            ids = [server.id for server in servers]
            start = ids.index(query["marker"]) + 1 if query["marker"] in ids else len(ids)
        chosen = servers[start : start + limit]
        bodies = [server_body(call.world, server) for server in chosen]
        return Answer(200, {"count": len(servers), "servers": bodies})

    def by_tags(self, call: Call) -> Answer:
        """limit and offset are texts here, and offset counts rows."""
        project = call.project(_PROJECT)
        body = call.object(_BAD_BODY)
        servers = call.world.servers.all(project.id)
        for tag in body.get("tags") or []:
            values = {f"{tag.get('key')}={value}" for value in tag.get("values") or []}
            servers = [
                server
                for server in servers
                if (values & set(server.tags) if values else any(t.startswith(f"{tag['key']}=") for t in server.tags))
            ]
        if body.get("action") == "count":
            return Answer(200, {"total_count": len(servers)})
        if body.get("action") != "filter":
            raise _BAD_QUERY
        start, length = int(body.get("offset", "0")), int(body.get("limit", "1000"))
        resources = [
            {
                "resource_id": server.id,
                "resource_name": server.name,
                "resource_detail": None,
                "tags": [dict(zip(("key", "value"), tag.split("=", 1), strict=True)) for tag in server.tags],
            }
            for server in servers[start : start + length]
        ]
        return Answer(200, {"resources": resources, "total_count": len(servers)})

    def disks(self, call: Call) -> Answer:
        project = call.project(_PROJECT)
        server = call.world.servers.find(project.id, call.params["server_id"])
        volumes = call.world.servers.shown_volumes(server)
        count = len(volumes)
        free = {"free_scsi": 23 - count, "free_blk": 15 - count, "free_disk": 23 - count}
        attachments = [attachment_body(server, volume, number) for number, volume in enumerate(volumes)]
        return Answer(200, {"attachableQuantity": free, "volumeAttachments": attachments})

    def flavors(self, call: Call) -> Answer:
        project = call.project(_PROJECT)
        zone = call.query.get("availability_zone")
        chosen = [flavor for flavor in FLAVORS.values() if call.query.get("flavor_id", flavor.id) == flavor.id]
        if zone:
            usable = {"normal", "obt", "promotion"}
            chosen = [
                flavor
                for flavor in chosen
                if flavor.status_in(zone) in usable and not call.world.faults.sold_out(flavor.id)
            ]
        if call.query.get("marker"):
            ids = [flavor.id for flavor in chosen]
            if call.query["marker"] not in ids:
                raise _BAD_QUERY
            chosen = chosen[ids.index(call.query["marker"]) + 1 :]
        chosen = chosen[: call.number("limit", 1000, 1, 1000, _BAD_QUERY)]
        return Answer(200, {"flavors": [flavor_body(call.base, project.id, flavor) for flavor in chosen]})

    def limits(self, call: Call) -> Answer:
        project = call.project(_PROJECT)
        servers, cores, ram = call.world.servers.used(project.id)
        quotas, faults = call.world.state.quotas, call.world.faults
        absolute = {
            "maxServerMeta": 128,
            "maxPersonality": 5,
            "maxImageMeta": 128,
            "maxPersonalitySize": 10240,
            "maxSecurityGroupRules": -1,
            "maxTotalKeypairs": -1,
            "totalRAMUsed": ram,
            "totalInstancesUsed": servers,
            "maxSecurityGroups": -1,
            "totalFloatingIpsUsed": 0,
            "maxTotalCores": cores if faults.quota_full("cores") else quotas.cores,
            "maxServerGroups": 10,
            "maxServerGroupMembers": 16,
            "maxTotalFloatingIps": -1,
            "maxTotalInstances": servers if faults.quota_full("server") else quotas.servers,
            "totalSecurityGroupsUsed": 0,
            "totalServerGroupsUsed": 0,
            "maxTotalRAMSize": ram if faults.quota_full("ram") else quotas.ram,
            "totalCoresUsed": cores,
        }
        return Answer(200, {"absolute": absolute})

    def zones(self, call: Call) -> Answer:
        call.project(_PROJECT)
        return Answer(200, {"availabilityZoneInfo": zone_list(call.world.faults, hosts=True)})

    def nova_list(self, call: Call) -> Answer:
        project = call.project(_PROJECT)
        rows = [native.nova_body(call, server) for server in call.world.servers.all(project.id)]
        return Answer(200, {"servers": native.page(call, rows, _BAD_QUERY)})

    def nova_show(self, call: Call) -> Answer:
        project = call.project(_PROJECT)
        try:
            server = call.world.servers.find(project.id, call.params["server_id"])
        except Refusal as refusal:
            message = f"Instance {call.params['server_id']} could not be found."
            raise Refusal(404, "404", message, shape="not-found") from refusal
        return Answer(200, {"server": native.nova_body(call, server)})

    # Console, power, delete

    def console(self, call: Call) -> Answer:
        project = call.project(_PROJECT)
        wanted = call.object(_BAD_BODY).get("remote_console")
        if not isinstance(wanted, dict) or (wanted.get("protocol"), wanted.get("type")) != ("vnc", "novnc"):
            raise _BAD_BODY
        server = call.world.servers.find(project.id, call.params["server_id"])
        if server.status != "ACTIVE":
            raise Refusal(400, "Ecs.0100", f"The server status {server.status} does not meet the requirements.")
        url = self.context.console_link(server.id)
        return Answer(200, {"remote_console": {"type": "novnc", "protocol": "vnc", "url": url}})

    def output(self, call: Call) -> Answer:
        project = call.project(_PROJECT)
        unlimited = call.query.get("length") == "-1"
        lines = -1 if unlimited else call.number("length", 50, 0, 10**6, _BAD_QUERY)
        return Answer(200, {"output": call.world.guests.console_output(project.id, call.params["server_id"], lines)})

    def native_action(self, call: Call) -> Answer:
        """OpenStack's own call, of which only the console's log is played."""
        project = call.project(_PROJECT)
        wanted = call.object(_BAD_BODY).get("os-getConsoleOutput")
        if not isinstance(wanted, dict) or not str(wanted.get("length", "")).lstrip("-").isdigit():
            raise _BAD_BODY
        lines = int(wanted["length"])
        return Answer(200, {"output": call.world.guests.console_output(project.id, call.params["server_id"], lines)})

    def power(self, call: Call) -> Answer:
        project = call.project(_PROJECT)
        body = call.object(_BAD_BODY)
        servers = call.world.servers
        named = [name for name in ("os-stop", "os-start", "reboot") if name in body]
        if len(named) != 1 or not isinstance(body[named[0]], dict):
            raise _BAD_BODY
        wanted = body[named[0]]
        if named[0] != "os-start" and wanted.get("type", "SOFT") not in {"SOFT", "HARD"}:
            raise _BAD_BODY
        ids, hard = _server_ids(wanted), wanted.get("type") == "HARD"
        if named[0] == "os-start":
            job = servers.start(project.id, ids)
        else:
            action = servers.stop if named[0] == "os-stop" else servers.reboot
            job = action(project.id, ids, hard=hard)
        return Answer(200, {"job_id": job.id})

    def delete(self, call: Call) -> Answer:
        project = call.project(_PROJECT)
        body = call.object(_BAD_BODY)
        for flag in ("delete_volume", "delete_publicip"):
            if not isinstance(body.get(flag, False), bool):
                raise _BAD_BODY
        job = call.world.servers.delete(project.id, _server_ids(body), delete_volume=body.get("delete_volume", False))
        return Answer(200, {"job_id": job.id})

    # Changes

    def rename(self, call: Call) -> Answer:
        project = call.project(_PROJECT)
        change = call.object(_BAD_BODY).get("server")
        if not isinstance(change, dict):
            raise _BAD_BODY
        server = call.world.servers.rename(project.id, call.params["server_id"], change)
        return Answer(200, {"server": server_body(call.world, server)})

    def set_end(self, call: Call) -> Answer:
        """UpdateServerAutoTerminateTime: 200 without a body. A cloud that does not know the time has no such call."""
        project = call.project(_PROJECT)
        if call.world.faults.auto_terminate() != "known":
            raise self.not_found(call)
        value = call.object(_BAD_BODY).get("auto_terminate_time")
        call.world.terminations.change(project.id, call.params["server_id"], value)
        return Answer(200)

    def disk_flag(self, call: Call) -> Answer:
        project = call.project(_PROJECT)
        change = call.object(_BAD_BODY).get("block_device")
        if not isinstance(change, dict) or not isinstance(change.get("delete_on_termination"), bool):
            raise _BAD_BODY
        dies = change["delete_on_termination"]
        call.world.servers.set_termination(project.id, call.params["server_id"], call.params["volume_id"], dies=dies)
        return Answer(200, {"block_device": {"delete_on_termination": dies}})

    def detach(self, call: Call) -> Answer:
        project = call.project(_PROJECT)
        job = call.world.servers.detach(project.id, call.params["server_id"], call.params["volume_id"])
        return Answer(200, {"job_id": job.id})

    def attach(self, call: Call) -> Answer:
        project = call.project(_PROJECT)
        call.world.servers.find(project.id, call.params["server_id"])
        raise Refusal(400, "Ecs.0005", "Disks cannot be attached to a server that runs an ISO image.")

    def tags(self, call: Call) -> Answer:
        project = call.project(_PROJECT)
        body = call.object(_BAD_BODY)
        if body.get("action") not in {"create", "delete"} or not isinstance(body.get("tags"), list):
            raise _BAD_BODY
        call.world.servers.tag(project.id, call.params["server_id"], body["action"], body["tags"])
        return Answer(204)


def _server_ids(body: dict[str, Any]) -> list[str]:
    listed = body.get("servers")
    if not isinstance(listed, list) or not 1 <= len(listed) <= 1000 or not all(isinstance(s, dict) for s in listed):
        raise _BAD_BODY
    return [str(server.get("id", "")) for server in listed]
