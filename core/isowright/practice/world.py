"""The world of the practice cloud: a pure state machine. No sockets, no timers, no files.

Time enters through the injected clock; what was due by now happens when somebody looks (`settle`), in the order of its
time, so that a world that was stopped and started again goes on as if it had been watched all along.
"""

import bisect
from collections.abc import Callable
from typing import Protocol

import msgspec

from .dialects import Dialect
from .faults import FaultBook
from .machines import Machines, Scripted
from .model import Event, Job, Quotas, State
from .refusals import Refusal
from .timing import Pace
from .world_accounts import Accounts
from .world_guests import Guests
from .world_image_uses import ImageUses
from .world_images import Images
from .world_jobs import Jobs
from .world_networks import Networks
from .world_objects import Objects
from .world_servers import Servers
from .world_terminations import Terminations
from .world_volumes import Volumes


class Peek(Protocol):
    """Reads `length` bytes of an object's blob: the one look that image creation takes into a file."""

    def __call__(self, blob: str, start: int, length: int) -> bytes: ...


class World:
    """Everything there is, and the only place where it changes."""

    def __init__(
        self, state: State, *, clock: Callable[[], float], speed: float, faults: FaultBook, peek: Peek
    ) -> None:
        self.state = state
        self.pace = Pace(speed)
        self.faults = faults
        self.peek = peek
        self.dialect = Dialect()  # set by whoever serves the world
        self.machines: Machines = Scripted()  # likewise
        self._clock = clock
        # Set by whoever serves the world: service name → URL; names in catalogs, links and console addresses.
        self.urls: dict[str, str] = {}
        # Secrets of this process, kept out of the state: console links die with it, as they would in ten minutes.
        self.accounts = Accounts(self)
        self.jobs = Jobs(self)
        self.networks = Networks(self)
        self.objects = Objects(self)
        self.volumes = Volumes(self)
        self.images = Images(self)
        self.image_uses = ImageUses(self)
        self.servers = Servers(self)
        self.guests = Guests(self)
        self.terminations = Terminations(self)
        self._endings: dict[str, Callable[[Job, float], None]] = {
            "imsImportImageJob": self.images.iso_ended,
            "imsVolumeCreateImageJob": self.images.capture_ended,
            "imsAddImageMembersJob": self.image_uses.share_ended,
            "imsCrossRegionCopyImageJob": self.image_uses.copy_ended,
            "imsNativeExportImageJob": self.image_uses.export_ended,
            "createServer": self.servers.create_ended,
            "deleteServer": self.servers.delete_ended,
            "stopServer": self.servers.stop_ended,
            "startServer": self.servers.start_ended,
            "rebootServer": self.servers.start_ended,
            "detachVolume": self.servers.detach_ended,
            "deleteVolume": self.volumes.delete_ended,
        }
        self._happenings: dict[str, Callable[[str, float], None]] = {
            "job": self._job_ended,
            "image.listed": self.images.listed,
            "image.active": self.images.activated,
            "image.gone": self.images.gone,
            "server.volumes": self.servers.volumes_shown,
            "server.building": self.servers.volumes_made,
            "server.gone": self.servers.gone,
            "server.due": self.terminations.due,
            "server.installed": self.guests.installed,
            "server.unattended": self.guests.installed_itself,
        }

    @classmethod
    def from_json(
        cls, data: bytes, *, clock: Callable[[], float], speed: float, faults: FaultBook, peek: Peek
    ) -> "World":
        """Raises msgspec.DecodeError or ValidationError if the bytes are not a state."""
        return cls(msgspec.json.decode(data, type=State), clock=clock, speed=speed, faults=faults, peek=peek)

    def go_back(self, data: bytes) -> None:
        """To a state that `to_json` gave. What has happened since has not."""
        mutations = self.state.mutations
        self.state = msgspec.json.decode(data, type=State)
        self.state.mutations = mutations + 1

    def to_json(self) -> bytes:
        return msgspec.json.encode(self.state)

    @property
    def now(self) -> float:
        return self._clock()

    def touch(self) -> None:
        """Counts a mutation; the store writes when the count has moved."""
        self.state.mutations += 1

    def schedule(self, at: float, kind: str, subject: str) -> None:
        self.state.seq += 1
        bisect.insort(self.state.events, Event(at, self.state.seq, kind, subject))
        self.touch()

    def later(self, cloud_seconds: float, *, after: float | None = None) -> float:
        return (self.now if after is None else after) + self.pace.real(cloud_seconds)

    def settle(self) -> None:
        """Lets everything happen that is due by now."""
        while self.state.events and self.state.events[0].at <= self.now:
            event = self.state.events.pop(0)
            self._happenings[event.kind](event.subject, event.at)
            self.touch()

    def end_job(self, job: Job) -> None:
        """Now, whatever its time would be."""
        events = self.state.events
        events[:] = [event for event in events if (event.kind, event.subject) != ("job", job.id)]
        self._job_ended(job.id, self.now)
        self.touch()

    def _job_ended(self, job_id: str, at: float) -> None:
        job = self.state.jobs[job_id]
        if self.machines.waits(job):
            job.late = True
            return
        job.done = True
        job.end = at
        self._endings[job.type](job, at)

    def refuse_if_full(self, resource: str, used: int, limit: int, refusal: Refusal) -> None:
        if used > limit or self.faults.quota_full(resource):
            raise refusal

    # Quotas

    def quotas(self, project_id: str) -> dict[str, dict[str, int]]:
        """What of each is used, as far as it goes; faults count."""
        servers, cores, ram = self.servers.used(project_id)
        volumes, gigabytes = self.volumes.used(project_id)
        used = {
            "images": ("image", self.images.used(project_id)),
            "servers": ("server", servers),
            "cores": ("cores", cores),
            "ram": ("ram", ram),
            "volumes": ("volume", volumes),
            "gigabytes": ("gigabytes", gigabytes),
        }
        return {
            name: {"used": taken, "limit": taken if self.faults.quota_full(fault) else getattr(self.state.quotas, name)}
            for name, (fault, taken) in used.items()
        }

    def raise_quotas(self, project_id: str) -> None:
        """To the usual ones, or to what is used and room for ten runs; no quota is full any more."""
        self.faults.rules = [rule for rule in self.faults.rules if rule.world != "quota-full"]
        usual, room = Quotas(), Quotas(images=20, servers=10, cores=20, ram=81920, volumes=20, gigabytes=2000)
        for name, one in self.quotas(project_id).items():
            most = max(one["limit"], getattr(usual, name), one["used"] + getattr(room, name))
            setattr(self.state.quotas, name, most)
        self.touch()
