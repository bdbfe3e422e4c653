"""Servers that end by themselves: their time set with the create call, changed, taken back, and come.

Source: ECS API reference, "Creating an ECS" (`server.auto_terminate_time`) and "Setting the Scheduled Deletion Time of
ECSs" (SDK huaweicloudsdkecs v2: UpdateServerAutoTerminateTime, ServerDetail.auto_terminate_time): UTC written as
yyyy-MM-ddTHH:mm:ssZ, seconds are cut off, at least half an hour and at most three years ahead, "" = none. Data disks go
with the server only if their `delete_on_termination` says so, as with every other end of a server.
"""

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from .model import Server
from .refusals import Refusal

if TYPE_CHECKING:
    from .world import World

# Wall time, not the cloud's: people and their computers count by it.
_SOONEST = 1800.0
_LATEST = 3 * 365 * 86400.0
_FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


class Terminations:
    def __init__(self, world: "World") -> None:
        self._world = world

    def asked(self, server: dict[str, Any]) -> float | None:
        """When a server of this create request is to end (epoch seconds). Refusal 400."""
        if "auto_terminate_time" not in server or self._world.faults.auto_terminate() == "ignored":
            return None
        if self._world.faults.auto_terminate() == "refused":
            raise Refusal(400, "Ecs.0000", "The request body is malformed: unknown field auto_terminate_time.")
        return self._moment(server["auto_terminate_time"])

    def arm(self, server: Server) -> None:
        """From now on the server's time can come."""
        if server.ends is not None:
            self._world.schedule(server.ends, "server.due", server.id)

    def change(self, project_id: str, server_id: str, value: Any) -> None:
        """Another time, or none with "". Refusal 400, 404."""
        server = self._world.servers.find(project_id, server_id)
        server.ends = self._moment(value)
        self.arm(server)
        self._world.touch()

    def due(self, server_id: str, at: float) -> None:
        """A time has come; it may have been changed since."""
        server = self._world.state.servers.get(server_id)
        if server is None or server.ends is None or server.ends > at or server.task_state == "deleting":
            return
        server.task_state = "deleting"
        self._world.servers.take_down(server, at)

    def _moment(self, value: Any) -> float | None:
        if value == "":
            return None
        if not isinstance(value, str) or not _FORM.fullmatch(value):
            raise _bad("it must be UTC in the format yyyy-MM-ddTHH:mm:ssZ")
        try:
            moment = datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        except ValueError:
            raise _bad("there is no such date or time") from None
        ahead = moment.timestamp() - self._world.now
        if ahead < _SOONEST:
            raise _bad("it must be at least half an hour later than the current time")
        if ahead > _LATEST:
            raise _bad("it cannot be three years later than the current time")
        return moment.replace(second=0).timestamp()


def _bad(why: str) -> Refusal:
    return Refusal(400, "Ecs.0005", f"The parameter auto_terminate_time is invalid: {why}.")
