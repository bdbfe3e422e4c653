"""The practice cloud's own door, behind HTTP Basic: what exists, what was asked, faults, the end of an installation."""

import binascii
import hmac
from base64 import b64decode
from typing import Any

import msgspec

from isowright.practice.model import Caller
from isowright.practice.refusals import Refusal

from .call import Answer, Call, stamp
from .ecs_bodies import server_body
from .evs_bodies import volume_body
from .ims import image_body
from .service import Path, Service
from .vpc import subnet_body, vpc_body

_BAD_BODY = Refusal(400, "Practice.0002", "The request body is no JSON.")


class Control(Service):
    name = "control"

    def routes(self) -> list[Path]:
        return [
            Path("GET", "/practice/world", self.world),
            Path("GET", "/practice/requests", self.requests),
            Path("DELETE", "/practice/requests", self.forget_requests),
            Path("POST", "/practice/servers/{server_id}/finish-install", self.finish_install),
            Path("GET", "/practice/servers/{server_id}/screen.png", self.screen),
            Path("GET", "/practice/servers/{server_id}/console-log", self.console_log),
            Path("GET", "/practice/faults", self.faults),
            Path("POST", "/practice/faults", self.add_faults),
            Path("DELETE", "/practice/faults", self.remove_faults),
            Path("POST", "/practice/faults/release", self.release),
            Path("POST", "/practice/checkpoint", self.checkpoint),
            Path("POST", "/practice/reset", self.reset),
        ]

    def authenticate(self, call: Call) -> Caller:
        """The main user's name and password; nobody else's."""
        user = next(iter(call.world.state.users.values()))
        scheme, _, encoded = call.headers.get("authorization", "").partition(" ")
        try:
            given = b64decode(encoded, validate=True) if scheme.lower() == "basic" else b""
        except binascii.Error:
            given = b""
        if not hmac.compare_digest(given, f"{user.name}:{user.password}".encode()):
            raise Refusal(401, "Practice.0401", "The practice cloud's user and password are needed here.")
        return Caller(user, None)

    def not_found(self, call: Call) -> Refusal:
        return Refusal(404, "Practice.0404", f"There is no {call.method} {call.path} here.")

    def _refused(self, call: Call, refusal: Refusal) -> Answer:
        answer = super()._refused(call, refusal)
        if refusal.status == 401:
            answer.headers["WWW-Authenticate"] = 'Basic realm="practice cloud", charset="UTF-8"'
        return answer

    def world(self, call: Call) -> Answer:
        """What exists now, in the public shapes, with `made_by` and `made_at`."""
        world, state = call.world, call.world.state

        def made(by: str, at: float) -> dict[str, Any]:
            return {"made_by": by, "made_at": stamp(at, milliseconds=True)}

        images = [
            image_body(image) | made(image.made_by, image.created) | {"installed": image.installed}
            for image in state.images.values()
        ]
        servers = [
            server_body(world, s) | made(s.made_by, s.created) | {"machine": world.machines.describe(s.id)}
            for s in state.servers.values()
        ]
        volumes = [
            volume_body(call, volume) | made(volume.made_by, volume.created) | {"installed": volume.installed}
            for volume in state.volumes.values()
        ]
        buckets = [
            {
                "name": bucket.name,
                "location": bucket.region,
                "objects": [
                    {"key": o.key, "size": o.size, "etag": o.etag, "storage_class": o.storage_class}
                    for o in bucket.objects.values()
                ],
            }
            for bucket in world.objects.buckets()
        ]
        uploads = [
            {"upload_id": u.id, "bucket": u.bucket, "key": u.key, "parts": sorted(u.parts)} | made(u.made_by, u.began)
            for u in state.uploads.values()
        ]
        vpcs = [vpc_body(call, v) | made(v.made_by, v.created) for v in state.vpcs.values()]
        subnets = [subnet_body(call, s) | made(s.made_by, s.created) for s in state.subnets.values()]
        keys = [
            {"access": access, "made_by": state.users[key.user_id].name, "expires_at": stamp(key.expires)}
            for access, key in state.temporary_keys.items()
            if key.expires > world.now
        ]
        jobs = [
            {
                "job_id": job.id,
                "service": job.service,
                "job_type": job.type,
                "status": world.jobs.status(job),
                "begin_time": stamp(job.begin, milliseconds=True),
                "end_time": stamp(job.end, milliseconds=True) if job.done else "",
                "seconds": round(job.end - job.begin, 3),
            }
            for job in state.jobs.values()
        ]
        return Answer(
            200,
            {
                "images": images,
                "servers": servers,
                "volumes": volumes,
                "buckets": buckets,
                "uploads": uploads,
                "vpcs": vpcs,
                "subnets": subnets,
                "jobs": jobs,
                "temporary_keys": keys,
                "mutations": state.mutations,
            },
        )

    def requests(self, call: Call) -> Answer:  # noqa: ARG002 (a route)
        """Oldest first, the last 20,000; requests to this door and to consoles are left out."""
        rows = [row for row in self.context.requests if row["service"] not in {"control", "console"}]
        return Answer(200, {"requests": rows})

    def forget_requests(self, call: Call) -> Answer:  # noqa: ARG002 (a route)
        self.context.requests.clear()
        return Answer(204)

    def finish_install(self, call: Call) -> Answer:
        """With `power_off=false` the machine stays on, as after an installer that waits for a key."""
        off = call.query.get("power_off") != "false"
        server = call.world.guests.finish_install(call.params["server_id"], power_off=off)
        return Answer(200, {"server": server_body(call.world, server)})

    # Machines

    def screen(self, call: Call) -> Answer:
        """PNG. 404 where machines have no screen and for unknown servers, 409 while the machine does not run."""
        machines, server_id = call.world.machines, call.params["server_id"]
        if server_id not in call.world.state.servers:
            raise Refusal(404, "Practice.0005", "There is no such server.")

        async def picture() -> bytes:
            try:
                return await machines.screenshot(server_id)
            except LookupError as error:
                if not machines.real:
                    raise Refusal(404, "Practice.0005", "There is no screen.") from error
                raise Refusal(409, "Practice.0001", "The server is not running.") from error

        return Answer(200, picture(), media_type="image/png")

    def console_log(self, call: Call) -> Answer:
        """What a real machine has written to its serial port, at most the last 256 KiB. 404 for unknown servers."""
        server_id = call.params["server_id"]
        if server_id not in call.world.state.servers:
            raise Refusal(404, "Practice.0005", "There is no such server.")
        text = call.world.machines.console_log(server_id)
        return Answer(200, text, media_type="text/plain; charset=utf-8")

    # Faults

    def faults(self, call: Call) -> Answer:  # noqa: ARG002 (a route)
        rules = [msgspec.to_builtins(rule) for rule in self.context.faults.rules]
        held = [{"rule": h.rule_id, "where": h.where, "request": h.what} for h in self.context.holds]
        return Answer(200, {"rules": rules, "held": held})

    def add_faults(self, call: Call) -> Answer:
        try:
            rules = self.context.add_faults(call.json(_BAD_BODY))
        except ValueError as error:
            raise Refusal(400, "Practice.0003", str(error)) from error
        return Answer(201, {"rules": [{"id": rule.id} for rule in rules]})

    def remove_faults(self, call: Call) -> Answer:
        taken = self.context.faults.remove(call.query.get("id"))
        self.context.release({rule.id for rule in taken})
        return Answer(204)

    def release(self, call: Call) -> Answer:
        wanted = call.query.get("id")
        drop = call.query.get("drop") == "true"
        return Answer(200, {"released": self.context.release({wanted} if wanted else None, drop=drop)})

    # Starting over

    def checkpoint(self, call: Call) -> Answer:  # noqa: ARG002 (a route)
        """What `POST /practice/reset` leads back to."""
        self.context.checkpoint()
        return Answer(204)

    def reset(self, call: Call) -> Answer:  # noqa: ARG002 (a route)
        """The world as it was at the checkpoint, without rules, held requests and the list of requests."""
        if not self.context.go_back():
            raise Refusal(409, "Practice.0004", "There is no checkpoint: POST /practice/checkpoint makes one.")
        return Answer(204)
