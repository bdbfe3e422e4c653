"""Real machines behind the servers of a practice world.

The world stays the one truth. After each change of it the driver looks (`look`) and makes this computer agree: begins
the real work of jobs (start a machine, stop it, capture a disk), ends machines whose servers are gone, removes files
that belong to nothing, and tells the world of machines that went off by themselves. A job whose work is not done waits
for it (`waits`), whatever its time says; work that fails fails its job with an error code of the service.

All of it happens on the event loop of the practice cloud.
"""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

from isowright.practice.blobs import Blobs
from isowright.practice.folders import make_private
from isowright.practice.model import Job, Server
from isowright.practice.world import World

from . import HostFullError, MachineError, Settings
from .command import Tools
from .disks import Disks
from .leftovers import reap
from .logs import Logs
from .plans import firmware_of, iso_files, plan_of
from .probe import probe
from .process import Vm
from .sockets import place_for_sockets, remove_place

# Codes that jobs of the services fail with: ECS API reference "Error Codes" (0204: the server could not be made, 0319:
# no capacity), IMS "Error Codes" (1075: the image could not be made).
_FAILED = {"ecs": "Ecs.0204", "ims": "IMG.1075"}
_NO_CAPACITY = {"ecs": "Ecs.0319", "ims": "IMG.1075"}
_WORKED = {"createServer", "startServer", "rebootServer", "stopServer", "imsVolumeCreateImageJob"}
_LOOK_AGAIN = 2.0  # seconds between looks at the room while something writes


class Driver:
    """`folder` keeps what must survive a restart. `changed` is called after the driver has changed the world."""

    real = True

    def __init__(
        self, world: World, folder: Path, blobs: Blobs, settings: Settings, changed: Callable[[], None]
    ) -> None:
        self._world = world
        self._folder = folder.resolve()
        self._run = self._folder / "run"
        self._blobs = blobs
        self._settings = settings
        self._changed = changed
        self._vms: dict[str, Vm] = {}
        self._works: dict[str, asyncio.Task[None]] = {}  # job id → its real work
        self._done: set[str] = set()
        self._shares: dict[str, float] = {}
        self._ends: set[asyncio.Task[None]] = set()
        self._recoveries: dict[str, asyncio.Task[None]] = {}  # server id → its new start
        self._looked = False
        self._kept: tuple[frozenset[str], ...] = ()
        self._discs: set[str] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._closing = False
        self._checked = 0.0  # when the room was last looked at, on the clock of the loop
        self._sockets: Path
        self._logs: Logs
        self.tools: Tools
        self.disks: Disks

    async def start(self) -> None:
        """Raises MachineError if real machines cannot be had here."""
        self.tools = await probe()
        for folder in (self._folder, self._run):
            make_private(folder)
        self._logs = Logs(self._folder / "logs")
        reap(self._run)
        self._sockets = place_for_sockets(self._run)
        self.disks = Disks(self._folder, self._run, self.tools, self._settings)

    async def stop(self) -> None:
        """All machines are off and all work has ended when this returns; the world is not told."""
        self._closing = True
        if self._timer is not None:
            self._timer.cancel()
        works = [*self._works.values(), *self._recoveries.values()]
        for work in works:
            work.cancel()
        await asyncio.gather(*works, *self._ends, return_exceptions=True)
        await asyncio.gather(*(vm.pull_plug() for vm in self._vms.values()))
        if self._sockets != self._run:
            remove_place(self._sockets)

    # What the world asks

    def waits(self, job: Job) -> bool:
        if job.type not in _WORKED or job.error_code or job.id in self._done:
            return False
        return any(self._has_disks(server_id) for server_id in _servers(job)) or job.type.startswith("ims")

    def share(self, job: Job) -> float:
        return self._shares.get(job.id, 1.0)

    def console_log(self, server_id: str) -> str:
        return self._logs.read(server_id) if server_id in self._world.state.servers else ""

    def vnc_socket(self, server_id: str) -> Path | None:
        vm = self._vms.get(server_id)
        return vm.plan.vnc if vm else None

    def describe(self, server_id: str) -> dict[str, object] | None:
        vm = self._vms.get(server_id)
        if vm is None:
            return None
        firmware = "bios" if vm.plan.variables is None else "uefi"
        return {"pid": vm.pid, "firmware": firmware, "accelerator": self.tools.accelerator, "memory": vm.plan.memory}

    async def screenshot(self, server_id: str) -> bytes:
        vm = self._vms.get(server_id)
        if vm is None:
            raise LookupError("The server does not run.")
        return await vm.screenshot()

    def _has_disks(self, server_id: str) -> bool:
        server = self._world.state.servers.get(server_id)
        return server is not None and (bool(server.volumes) or server.status == "BUILD")

    # Looking

    def look(self) -> None:
        """Makes this computer agree with the world. Cheap when it does."""
        if self._closing:
            return
        self._keep_discs()
        self._cancel_works()
        self._begin_works()
        self._recover()
        self._end_machines()
        self._tidy()
        self._set_timer()

    def _set_timer(self) -> None:
        """The world's next happening may be nobody's request."""
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        delays = [event.at - self._world.now for event in self._world.state.events[:1]]
        if self._vms or self._pending():
            delays.append(self._checked + _LOOK_AGAIN - loop.time())
        self._timer = loop.call_later(max(0.02, min(delays)), self._on_time) if delays else None

    def _on_time(self) -> None:
        self._world.settle()
        now = asyncio.get_running_loop().time()
        if now >= self._checked + _LOOK_AGAIN:
            self._checked = now
            self._logs.trim()
            if trouble := self.disks.trouble():
                self._stop_writers(trouble)
        self._changed()

    def _stop_writers(self, trouble: str) -> None:
        """Captures first: what they wrote goes with them, and that may be room enough."""
        captures = [job for job in self._pending() if job.type == "imsVolumeCreateImageJob"]
        for job in captures:
            self._end_work(job, HostFullError(trouble))
        if captures:
            return
        for server_id in list(self._vms):
            server = self._world.state.servers.get(server_id)
            if server is not None and not server.task_state:
                self._pull_plug(server_id)
                self._logs.note(server_id, trouble)
                self._world.guests.went_off(server, fault=trouble)

    def _keep_discs(self) -> None:
        """An ISO image has its file from the time it is made, as the image service copies it then."""
        for image_id, blob in iso_files(self._world.state):
            if image_id not in self._discs and blob and not self.disks.disc(image_id).exists():
                # What cannot be kept now is missing, and said to be so, when a server is to start from it.
                with contextlib.suppress(MachineError):
                    self.disks.keep_disc(image_id, self._blobs.path(blob))
            self._discs.add(image_id)

    def _cancel_works(self) -> None:
        """Work whose job has ended without it, or whose server is gone."""
        for job_id, work in self._works.items():
            job = self._world.state.jobs.get(job_id)
            if not work.done() and (job is None or job.done or not self.waits(job)):
                work.cancel()
        self._world.jobs.resume()

    def _begin_works(self) -> None:
        for job in self._world.state.jobs.values():
            begun = job.id in self._works and not self._works[job.id].done()
            if job.done or job.hang or begun or not self.waits(job):
                continue
            if all(self._world.state.servers[s].volumes for s in _servers(job) if s in self._world.state.servers):
                self._works[job.id] = asyncio.create_task(self._work(job), name=f"{job.type} {job.id}")

    def _recover(self) -> None:
        """Once: machines that ran when the practice cloud was ended start again, as after the end of a host in a cloud
        (ECS, "automatic recovery"). Found off, they would pass for guests that have finished."""
        if self._looked:
            return
        self._looked = True
        for server in self._world.state.servers.values():
            if server.status == "ACTIVE" and not server.task_state and server.volumes:
                self._recoveries[server.id] = asyncio.create_task(self._start_again(server))

    def _end_machines(self) -> None:
        servers = self._world.state.servers
        busy = {server_id for job in self._pending() for server_id in _servers(job)}
        for server_id in list(self._vms):
            server = servers.get(server_id)
            idle = server_id not in busy and server is not None and not server.task_state
            off = server is None or not server.volumes or (idle and server.status in {"SHUTOFF", "ERROR"})
            if off:
                self._pull_plug(server_id)
        for server in list(servers.values()):
            runs = server.id in self._vms or server.id in self._recoveries
            if server.status == "ACTIVE" and not server.task_state and not runs:
                self._see_disks(server)
                self._world.guests.went_off(server)

    def _pending(self) -> list[Job]:
        jobs = (self._world.state.jobs.get(job_id) for job_id, work in self._works.items() if not work.done())
        return [job for job in jobs if job is not None]

    def _tidy(self) -> None:
        state = self._world.state
        bases = {volume.image_id for volume in state.volumes.values()}
        kept = (frozenset(state.volumes), frozenset(state.images) | bases, frozenset(state.servers))
        if kept == self._kept:
            return
        self._kept = kept
        self.disks.tidy(volumes=kept[0], images=kept[1], servers=kept[2])
        self._logs.tidy(kept[2])

    # Work

    async def _work(self, job: Job) -> None:
        """What a job does to real machines; its failure is the job's."""
        works = {
            "createServer": self._run_servers,
            "startServer": self._run_servers,
            "rebootServer": self._reboot,
            "stopServer": self._stop_servers,
            "imsVolumeCreateImageJob": self._capture,
        }
        try:
            await works[job.type](job)
        except MachineError as error:
            self._end_work(job, error)
        except Exception as error:
            # A mistake of ours must not leave a job that never ends.
            self._end_work(job, MachineError(f"The practice cloud could not do it: {error!r}."))
            raise
        else:
            self._end_work(job, None)

    def _end_work(self, job: Job, error: MachineError | None) -> None:
        # The state may have been replaced meanwhile (reset): the job is looked up again.
        current = self._world.state.jobs.get(job.id)
        if self._closing or current is None or current.done:
            return
        self._done.add(job.id)
        self._shares.pop(job.id, None)
        if error is None:
            self._world.jobs.worked(current)
        else:
            code = (_NO_CAPACITY if isinstance(error, HostFullError) else _FAILED)[job.service]
            self._world.jobs.worked(current, code=code, reason=str(error))
        self._changed()

    async def _run_servers(self, job: Job) -> None:
        for server_id in _servers(job):
            await self._run_server(server_id)

    async def _run_server(self, server_id: str) -> None:
        if server_id in self._recoveries:
            await asyncio.wait({self._recoveries[server_id]})
        await self._start_machine(server_id)

    async def _start_machine(self, server_id: str) -> None:
        server = self._world.state.servers.get(server_id)
        if server is None or server_id in self._vms:
            return
        await self._make_disks(server)
        vnc = self._sockets / f"{server_id[:8]}{server_id[-4:]}.vnc"
        plan = plan_of(self._world.state, server, self.disks, self._settings, log=self._logs.path(server_id), vnc=vnc)
        vm = Vm(self.disks.tools, plan, self._run, lambda ended: self._ended(server_id, ended))
        await vm.start()
        if vm.end is None:
            self._vms[server_id] = vm

    async def _start_again(self, server: Server) -> None:
        self._logs.note(server.id, "The practice cloud was ended while this machine ran. It starts again.")
        fault = ""
        try:
            self.disks.refuse_if_full()
            await self._start_machine(server.id)
        except MachineError as error:
            fault = str(error)
        finally:
            del self._recoveries[server.id]
        server_now = self._world.state.servers.get(server.id)
        if server_now is None:
            return
        self._see_disks(server_now)
        if fault and not server_now.task_state:
            self._logs.note(server.id, fault)
            self._world.guests.went_off(server_now, fault=fault)
        self._changed()

    async def _make_disks(self, server: Server) -> None:
        state = self._world.state
        image = state.images.get(server.image_id)
        for volume_id in server.volumes:
            volume = state.volumes[volume_id]
            if self.disks.volume(volume_id) is not None:
                continue
            if volume.boot and (image is None or image.env_type != "IsoImage"):
                await self.disks.make_from_image(volume_id, server.image_id, volume.size)
            else:
                self.disks.make_empty(volume_id, volume.size)

    async def _stop_servers(self, job: Job) -> None:
        patience = 0.0 if job.subject.get("hard") else self._settings.patience
        vms = [self._vms[server_id] for server_id in _servers(job) if server_id in self._vms]
        await asyncio.gather(*(vm.switch_off(patience) for vm in vms))

    async def _reboot(self, job: Job) -> None:
        """A guest that heeds the power button starts anew; one that does not, or is not asked, is reset."""
        for server_id in _servers(job):
            vm = self._vms.get(server_id)
            if vm is not None and job.subject.get("hard"):
                await vm.reset()
                continue
            if vm is not None:
                await vm.switch_off(self._settings.patience)
            await self._run_server(server_id)

    async def _capture(self, job: Job) -> None:
        volume_id, image_id = job.subject["volume_id"], job.subject["image_id"]

        def tell(share: float) -> None:
            self._shares[job.id] = share

        tell(0.0)
        try:
            size = await self.disks.capture(volume_id, image_id, tell)
        finally:
            self._shares.pop(job.id, None)
        state = self._world.state
        image, volume = state.images.get(image_id), state.volumes.get(volume_id)
        if image is not None:
            image.size = size
            image.installed = self.disks.holds_system(volume_id)
            server = state.servers.get(volume.server_id) if volume else None
            if server is not None:
                image.firmware = firmware_of(state, server, self._settings)
            self._world.touch()

    # Ends

    def _ended(self, server_id: str, vm: Vm) -> None:
        if self._vms.get(server_id) is vm:
            del self._vms[server_id]
        if self._closing or vm.end is None:
            return
        fault = self.disks.trouble() or "This computer had no room for what the guest wrote." if vm.end.full else ""
        self._logs.note(server_id, fault or vm.end.words)
        server = self._world.state.servers.get(server_id)
        if server is None:
            return
        self._see_disks(server)
        if not server.task_state and server.status in {"ACTIVE", "REBOOT"}:
            self._world.guests.went_off(server, fault=fault)
        self._changed()

    def _see_disks(self, server: Server) -> None:
        for volume_id in server.volumes[1:]:
            volume = self._world.state.volumes.get(volume_id)
            if volume is not None and self.disks.volume(volume_id) is not None:
                volume.installed = self.disks.holds_system(volume_id)
        self._world.touch()

    def _pull_plug(self, server_id: str) -> None:
        vm = self._vms.pop(server_id, None)
        if vm is not None:
            end = asyncio.create_task(vm.pull_plug(), name=f"end of {server_id}")
            self._ends.add(end)
            end.add_done_callback(self._ends.discard)


def _servers(job: Job) -> list[str]:
    listed = job.subject.get("server_ids")
    return list(listed) if listed else [job.subject["server_id"]] if "server_id" in job.subject else []
