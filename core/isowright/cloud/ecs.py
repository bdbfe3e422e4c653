"""Servers, their flavors and limits."""

from __future__ import annotations

from typing import Any

from isowright.cloud import ecs_wire
from isowright.cloud.ecs_wire import PublicIp, ServerRequest
from isowright.cloud.job_wire import read_job, read_job_id
from isowright.cloud.models import (
    AvailabilityZone,
    BlockDevice,
    CreatedServer,
    Flavor,
    Job,
    Limits,
    Secret,
    Server,
)
from isowright.cloud.session import Session
from isowright.cloud.wire import Kind, Request, is_unknown_call, json_body, read_nothing
from isowright.errors import ForbiddenError, NotFoundError

__all__ = ["Ecs", "PublicIp", "ServerRequest"]

_SERVERS = "/v1/{project_id}/cloudservers"
_PAGE = 1000
_TAGGED_PAGE = 100
CONSOLE_MINUTES = 10  # ECS API reference, "Obtaining the VNC Login Address": about so long, and once


class Ecs:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def create_server(self, request: ServerRequest, *, client_token: str, dry_run: bool = False) -> CreatedServer:
        """Starts making the server. client_token: a lower-case UUID, the same for every repeat of the same request.

        dry_run: the cloud only checks (neither capacity nor public IP); the answer has no job. Where it does not know
        the field it would make the server, so nothing is asked there. Raises SoldOutError,
        QuotaError, UnknownOutcomeError (look the server up by name), CloudError.
        """
        body = json_body(ecs_wire.create_body(request, dry_run=dry_run))
        traits = self._session.traits
        if dry_run and not traits.dry_run:
            return CreatedServer("")
        if dry_run:  # without token: that one belongs to the real request
            check = Request(service="ecs", method="POST", path=_SERVERS, body=body, kind="read")
            await self._session.call(check, read_nothing)
            return CreatedServer("")
        create = Request(
            service="ecs",
            method="POST",
            path=_SERVERS,
            body=body,
            headers={"X-Client-Token": client_token} if traits.client_token else {},
            kind="create-with-token" if traits.client_token else "create",
        )
        return await self._session.call(create, ecs_wire.read_created)

    async def job(self, job_id: str) -> Job:
        """One look."""
        return await self._session.call(_get(f"/v1/{{project_id}}/jobs/{job_id}"), read_job)

    async def server(self, server_id: str) -> Server | None:
        """None: gone, or (for a short time after its create) not there yet."""
        try:
            return await self._session.call(_get(f"{_SERVERS}/{server_id}"), ecs_wire.read_server)
        except NotFoundError as error:
            if is_unknown_call(error):
                raise
            return None

    async def servers(self, *, name: str) -> list[Server]:
        """Servers of exactly this name, all pages; the cloud's own filter is a pattern."""
        found = await self._listed(("name", name))
        return [s for s in found if s.name == name]

    async def servers_like(self, pattern: str) -> list[Server]:
        """Servers whose name holds the pattern, as far as the cloud's own filter goes; all pages."""
        return await self._listed(("name", pattern))

    async def tags_where(self, key: str, value: str) -> dict[str, tuple[str, ...]]:
        """All tags (`key=value`) of the servers that carry this one, by id. For clouds that leave them out of the
        details; {} where the cloud has no tag calls. limit and offset are texts, offset counts rows."""
        found: dict[str, tuple[str, ...]] = {}
        while True:
            tags = [{"key": key, "values": [value]}]
            body = {"action": "filter", "tags": tags, "limit": str(_TAGGED_PAGE), "offset": str(len(found))}
            path = f"{_SERVERS}/resource_instances/action"
            request = Request(service="ecs", method="POST", path=path, body=json_body(body))
            try:
                page = await self._session.call(request, ecs_wire.read_tags)
            except NotFoundError:
                return {}
            known = len(found)
            found.update(page)
            if len(page) < _TAGGED_PAGE or len(found) == known:
                return found

    async def servers_by_tag(self, key: str, value: str) -> list[Server]:
        """Servers that carry the tag."""
        body = {"action": "filter", "tags": [{"key": key, "values": [value]}], "limit": "100", "offset": "0"}
        request = Request(
            service="ecs", method="POST", path=f"{_SERVERS}/resource_instances/action", body=json_body(body)
        )
        try:
            ids = await self._session.call(request, ecs_wire.read_tagged)
        except NotFoundError:  # not every cloud has the tag calls
            return [s for s in await self._listed() if f"{key}={value}" in s.tags or f"{key}.{value}" in s.tags]
        looked = [await self.server(server_id) for server_id in ids]
        return [s for s in looked if s is not None]

    async def block_devices(self, server_id: str) -> list[BlockDevice]:
        """The server's disks with sizes in GB and boot indices as numbers."""
        return await self._session.call(_get(f"{_SERVERS}/{server_id}/block_device"), ecs_wire.read_devices)

    async def flavors(self, zone: str = "") -> list[Flavor]:
        """All flavors that the cloud lists for a zone; `flavors.fit` says which are of use. "" = those of all zones,
        sold out or not."""
        query = (("availability_zone", zone),) if zone else ()
        return await self._session.call(_get(f"{_SERVERS}/flavors", *query), ecs_wire.read_flavors)

    async def limits(self) -> Limits:
        """The project's quotas and what of them is used."""
        return await self._session.call(_get(f"{_SERVERS}/limits"), ecs_wire.read_limits)

    async def availability_zones(self) -> list[AvailabilityZone]:
        """Zones of the region, closed ones included."""
        return await self._session.call(_get("/v2.1/{project_id}/os-availability-zone"), ecs_wire.read_zones)

    async def console_url(self, server_id: str) -> Secret:
        """A fresh one-time URL, good for CONSOLE_MINUTES. Whoever has it has the console."""
        requests = {
            "v1": Request(
                service="ecs",
                method="POST",
                path=f"{_SERVERS}/{server_id}/remote_console",
                body=json_body(ecs_wire.console_body()),
                prompt=True,
            ),
            "nova": Request(
                service="ecs",
                method="POST",
                path=f"/v2.1/{{project_id}}/servers/{server_id}/remote-consoles",
                body=json_body(ecs_wire.console_body()),
                headers={"X-OpenStack-Nova-API-Version": "2.6"},
                prompt=True,
            ),
        }
        *others, last = self._session.traits.console
        for kind in others:
            try:
                return await self._session.call(requests[kind], ecs_wire.read_console)
            except NotFoundError as error:
                if error.code.startswith("Ecs."):  # the call is known, the server is not
                    raise
        return await self._session.call(requests[last], ecs_wire.read_console)

    async def console_output(self, server_id: str, lines: int = 100) -> str | None:
        """The last lines that the guest wrote to its serial console; None where this cloud does not tell them, "" where
        the guest wrote none. Source: ECS API reference, "Obtaining ECS Console Logs"; SDK ShowServerConsoleOutput;
        older clouds have OpenStack's own call only."""
        path, query = f"{_SERVERS}/{server_id}/console-output", ("length", str(lines))
        native = Request(
            service="ecs",
            method="POST",
            path=f"/v2.1/{{project_id}}/servers/{server_id}/action",
            body=json_body(ecs_wire.output_body(lines)),
        )
        for request in (_get(path, query), native):
            try:
                return await self._session.call(request, ecs_wire.read_output)
            except NotFoundError as error:
                if error.code.startswith("Ecs."):  # the call is known, the server is not
                    raise
            except ForbiddenError:  # a right of its own, which few have
                return None
        return None

    async def stop(self, server_id: str, hard: bool = False) -> str:
        """Soft: asks the guest, forced off after a minute. Returns the job id."""
        return await self._session.call(
            _post(f"{_SERVERS}/action", ecs_wire.stop_body(server_id, hard=hard), "action"), read_job_id
        )

    async def start(self, server_id: str) -> str:
        """Returns the job id."""
        return await self._session.call(
            _post(f"{_SERVERS}/action", ecs_wire.start_body(server_id), "action"), read_job_id
        )

    async def delete_server(self, server_id: str, *, delete_volumes: bool, delete_public_ip: bool = True) -> str:
        """Returns the job id. Without delete_volumes the data disk stays and goes on costing money.

        Raises NotFoundError if the server is gone already.
        """
        body = ecs_wire.delete_body(server_id, delete_volumes=delete_volumes, delete_public_ip=delete_public_ip)
        return await self._session.call(_post(f"{_SERVERS}/delete", body, "delete"), read_job_id)

    async def set_auto_terminate_time(self, server_id: str, moment: str) -> None:
        """When the cloud deletes the server by itself: UTC, "2031-04-05T06:07:00Z", at least half an hour ahead.

        Raises NotFoundError if the server is gone; with `is_unknown_call`, if this cloud knows no such time. Source:
        ECS API reference, "Setting the Scheduled Deletion Time of ECSs"; SDK UpdateServerAutoTerminateTime.
        """
        path = f"{_SERVERS}/{server_id}/actions/update-auto-terminate-time"
        await self._session.call(_post(path, ecs_wire.end_body(moment), "action"), read_nothing)

    async def set_delete_on_termination(self, server_id: str, volume_id: str) -> None:
        """Have a data disk go with its server, however that ends."""
        body = json_body(ecs_wire.disk_body(delete_on_termination=True))
        path = f"{_SERVERS}/{server_id}/block_device/{volume_id}"
        request = Request(service="ecs", method="PUT", path=path, body=body, kind="action")
        await self._session.call(request, read_nothing)

    async def _listed(self, *query: tuple[str, str]) -> list[Server]:
        found: dict[str, Server] = {}
        number = 0
        while True:
            number += 1  # `offset` counts pages, from 1
            page = await self._session.call(
                _get(f"{_SERVERS}/detail", ("limit", str(_PAGE)), ("offset", str(number)), *query),
                ecs_wire.read_servers,
            )
            known = len(found)
            found.update({s.id: s for s in page})
            if len(page) < _PAGE or len(found) == known:
                return list(found.values())


def _get(path: str, *query: tuple[str, str]) -> Request:
    return Request(service="ecs", method="GET", path=path, query=query)


def _post(path: str, body: dict[str, Any], kind: Kind) -> Request:
    return Request(service="ecs", method="POST", path=path, body=json_body(body), kind=kind)
