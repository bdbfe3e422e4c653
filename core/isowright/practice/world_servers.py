"""Servers: made from an ISO image with one data disk, started, stopped, deleted. What runs in them: world_guests.py."""

import re
from typing import TYPE_CHECKING, Any

from .catalog import FLAVORS
from .model import Caller, Job, Server, Volume
from .refusals import Refusal
from .seed import new_uuid
from .server_request import ServerRequest, check_request
from .timing import (
    CREATE_SERVER,
    DELETE_SERVER,
    DETACH_VOLUME,
    SERVER_GONE_LAG,
    SERVER_UNKNOWN,
    START_SERVER,
    STOP_SERVER,
    VOLUMES_LAG,
)

if TYPE_CHECKING:
    from .world import World

_UNKNOWN = ("Ecs.0114", "The ECS does not exist.")


class Servers:
    def __init__(self, world: "World") -> None:
        self._world = world

    # Create

    def create(self, caller: Caller, project_id: str, body: dict[str, Any]) -> tuple[Job, str] | None:
        """Starts a server, or for a dry run only checks and returns None. Raises Refusal (400 Ecs.xxxx)."""
        wanted = check_request(self._world, project_id, body)
        if body.get("dry_run") is True and self._world.dialect.knows_dry_run:
            return None
        server = self._make(caller, project_id, wanted)
        job = self._world.jobs.start(
            "ecs",
            "createServer",
            project_id,
            CREATE_SERVER,
            server_id=server.id,
            root=[wanted.root_type, wanted.root_size],
            data=[wanted.data_type, wanted.data_size, wanted.data_dies],
        )
        if not job.hang:
            self._world.schedule(job.begin + (job.end - job.begin) * 0.3, "server.building", job.id)
        return job, server.id

    def _make(self, caller: Caller, project_id: str, wanted: ServerRequest) -> Server:
        world = self._world
        subnet = world.state.subnets[wanted.subnet_id]
        image = world.state.images[wanted.image_id]
        flavor = FLAVORS[wanted.flavor_id]
        metadata = {
            "charging_mode": "0",
            "metering.image_id": image.id,
            "metering.imagetype": "private",
            "metering.resourcespeccode": f"{flavor.id}.{image.os_type.lower()}",
            "metering.resourcetype": "1",
            "image_name": image.name,
            "os_bit": "64",
            "os_type": image.os_type,
            "vpc_id": wanted.vpc_id,
            **wanted.metadata,
        }
        server = Server(
            id=new_uuid(),
            name=wanted.name,
            project_id=project_id,
            status="BUILD",
            zone=wanted.zone,
            flavor_id=flavor.id,
            image_id=image.id,
            vpc_id=wanted.vpc_id,
            subnet_id=subnet.id,
            address=world.networks.take_address(subnet),
            port_id=new_uuid(),
            security_groups=wanted.groups or [world.networks.groups(project_id)[0].id],
            volumes=[],
            created=world.now,
            updated=world.now,
            visible_at=world.later(SERVER_UNKNOWN),
            made_by=caller.user.name,
            user_id=caller.user.id,
            task_state="scheduling",
            description=wanted.description,
            tags=wanted.tags,
            metadata=metadata,
            enterprise_project_id=wanted.enterprise_project_id,
            ends=wanted.ends,
        )
        world.state.servers[server.id] = server
        world.terminations.arm(server)
        return server

    def volumes_made(self, job_id: str, at: float) -> None:
        """diskPrior: the disks come first, then the server."""
        job = self._world.state.jobs[job_id]
        server = self._world.state.servers.get(job.subject["server_id"])
        if server is None:
            return
        root_type, root_size = job.subject["root"]
        data_type, data_size, data_dies = job.subject["data"]
        make = self._world.volumes.make
        root = make(
            f"{server.name}-volume-0000",
            server.project_id,
            root_size,
            root_type,
            server.zone,
            server.made_by,
            image_id=server.image_id,
        )
        data = [
            make(
                f"{server.name}-volume-{number:04d}",
                server.project_id,
                data_size,
                data_type,
                server.zone,
                server.made_by,
            )
            for number in range(1, 3 if self._world.faults.extra_data_disk() else 2)
            if data_size
        ]
        image = self._world.state.images.get(server.image_id)
        root.installed = not data_size and image is not None and image.installed
        root.delete_on_termination = True
        for volume in data:
            volume.delete_on_termination = data_dies
        server.volumes = [root.id, *(volume.id for volume in data)]
        server.task_state = "block_device_mapping"
        server.updated = at

    def create_ended(self, job: Job, at: float) -> None:
        server = self._world.state.servers.get(job.subject["server_id"])
        if server is None:
            return
        server.updated = at
        if job.error_code:
            self._create_failed(job, server, at)
            return
        server.status = "ACTIVE"
        if job.twist == "in-error":
            server.status, server.fault = "ERROR", "No valid host was found."
        server.task_state = None
        server.launched = at
        for number, volume in enumerate(self.disks(server)):
            volume.server_id = server.id
            volume.device = f"/dev/vd{chr(ord('a') + number)}"
            volume.attachment_id = new_uuid()
            volume.attached_at = volume.updated = at
            volume.status = "in-use"
        self._world.schedule(self._world.later(VOLUMES_LAG, after=at), "server.volumes", server.id)
        if len(server.volumes) > 1 and (seconds := self._world.faults.unattended()) is not None:
            self._world.schedule(self._world.later(seconds, after=at), "server.unattended", server.id)

    def _create_failed(self, job: Job, server: Server, at: float) -> None:
        if not job.debris:
            for volume in self.disks(server):
                if job.twist == "fail-with-disks":
                    self._world.volumes.detach(volume, at)
                else:
                    self._world.volumes.drop(volume.id)
            self._forget(server)
            return
        server.status = "ERROR"
        server.task_state = None
        server.fault = job.fail_reason or "No valid host was found."
        for volume in self.disks(server):
            self._world.volumes.detach(volume, at)
        server.volumes = []

    def volumes_shown(self, server_id: str, at: float) -> None:
        server = self._world.state.servers.get(server_id)
        if server:
            server.volumes_shown = True
            server.updated = at

    # Read

    def find(self, project_id: str, server_id: str) -> Server:
        """404 Ecs.0114 for strangers, and for a while after the create call too."""
        server = self._world.state.servers.get(server_id)
        if server is None or server.project_id != project_id or self._world.now < server.visible_at:
            raise Refusal(404, *_UNKNOWN)
        return server

    def all(self, project_id: str) -> list[Server]:
        now = self._world.now
        mine = [s for s in self._world.state.servers.values() if s.project_id == project_id and now >= s.visible_at]
        return sorted(mine, key=lambda s: (-s.created, s.id))

    def used(self, project_id: str) -> tuple[int, int, int]:
        """(servers, cores, MB of memory) in use."""
        mine = [s for s in self._world.state.servers.values() if s.project_id == project_id]
        flavors = [FLAVORS[s.flavor_id] for s in mine]
        return len(mine), sum(f.vcpus for f in flavors), sum(f.ram for f in flavors)

    def shown_volumes(self, server: Server) -> list[Volume]:
        return self.disks(server) if server.volumes_shown and not self._world.faults.volumes_late() else []

    def disks(self, server: Server) -> list[Volume]:
        return [self._world.state.volumes[v] for v in server.volumes if v in self._world.state.volumes]

    # Power

    def stop(self, project_id: str, server_ids: list[str], *, hard: bool = False) -> Job:
        for server in self._at_rest(project_id, server_ids, {"ACTIVE"}):
            server.task_state = "powering-off"
        return self._world.jobs.start("ecs", "stopServer", project_id, STOP_SERVER, server_ids=server_ids, hard=hard)

    def start(self, project_id: str, server_ids: list[str]) -> Job:
        for server in self._at_rest(project_id, server_ids, {"SHUTOFF"}):
            server.task_state = "powering-on"
            self._spoil_capture(server)
        return self._world.jobs.start("ecs", "startServer", project_id, START_SERVER, server_ids=server_ids)

    def reboot(self, project_id: str, server_ids: list[str], *, hard: bool = False) -> Job:
        for server in self._at_rest(project_id, server_ids, {"ACTIVE"}):
            server.task_state = "rebooting"
            server.status = "REBOOT"
            self._interrupt_install(server)
        return self._world.jobs.start("ecs", "rebootServer", project_id, START_SERVER, server_ids=server_ids, hard=hard)

    def _at_rest(self, project_id: str, server_ids: list[str], states: set[str]) -> list[Server]:
        servers = [self.find(project_id, server_id) for server_id in server_ids]
        for server in servers:
            if server.task_state or server.status not in states:
                raise Refusal(400, "Ecs.0100", f"The server status {server.status} does not meet the requirements.")
        self._world.touch()
        return servers

    def stop_ended(self, job: Job, at: float) -> None:
        for server in self._subjects(job):
            if server.task_state == "powering-off":
                server.task_state = None
                if not job.error_code:
                    self.shut(server, at)

    def start_ended(self, job: Job, at: float) -> None:
        for server in self._subjects(job):
            if server.task_state in {"powering-on", "rebooting"}:
                server.task_state = None
                server.updated = at
                # One that could not be rebooted is as it was; a real machine that is gone by now is found off.
                if not job.error_code or server.status == "REBOOT":
                    server.status = "ACTIVE"

    def _subjects(self, job: Job) -> list[Server]:
        return [self._world.state.servers[i] for i in job.subject["server_ids"] if i in self._world.state.servers]

    def shut(self, server: Server, at: float) -> None:
        server.status = "SHUTOFF"
        server.updated = at
        self._interrupt_install(server)

    def _interrupt_install(self, server: Server) -> None:
        """Pulling the plug in the middle of an installation leaves a disk that does not boot."""
        if server.install_ends is not None:
            server.install_began = server.install_ends = None

    def _spoil_capture(self, server: Server) -> None:
        for volume in self.disks(server):
            if volume.status == "uploading":
                self._world.images.fail_capture_of(volume.id, self._world.now)

    # Delete

    def delete(self, project_id: str, server_ids: list[str], *, delete_volume: bool) -> Job:
        servers = [self.find(project_id, server_id) for server_id in server_ids]
        for server in servers:
            self._spoil_capture(server)
            server.task_state = "deleting"
        self._world.touch()
        return self._world.jobs.start(
            "ecs", "deleteServer", project_id, DELETE_SERVER, server_ids=server_ids, delete_volume=delete_volume
        )

    def delete_ended(self, job: Job, at: float) -> None:
        for server in self._subjects(job):
            if job.error_code and not job.debris:
                server.task_state = None
                continue
            self.take_down(server, at, delete_volume=job.subject["delete_volume"], debris=job.debris)

    def take_down(self, server: Server, at: float, *, delete_volume: bool = False, debris: bool = False) -> None:
        """The server goes, and with it the disks that are not to outlive it. debris: all disks stay behind."""
        self._spoil_capture(server)
        for volume in self.disks(server):
            if not debris and (volume.boot or volume.delete_on_termination or delete_volume):
                self._world.volumes.drop(volume.id)
            else:
                self._world.volumes.detach(volume, at)
        server.volumes = []
        self._world.schedule(self._world.later(SERVER_GONE_LAG, after=at), "server.gone", server.id)

    def gone(self, server_id: str, at: float) -> None:  # noqa: ARG002 (every happening has a time)
        server = self._world.state.servers.get(server_id)
        if server:
            self._forget(server)

    def _forget(self, server: Server) -> None:
        self._world.networks.give_back(server.subnet_id)
        self._world.state.servers.pop(server.id, None)
        self._world.touch()

    # Disks and tags

    def detach(self, project_id: str, server_id: str, volume_id: str) -> Job:
        server = self.find(project_id, server_id)
        volume = self._world.state.volumes.get(volume_id)
        if volume is None or volume.id not in server.volumes:
            raise Refusal(404, "Ecs.0205", f"The volume {volume_id} is not attached to the server.")
        if volume.boot:
            raise Refusal(400, "Ecs.0005", "The system disk cannot be detached.")
        if volume.status != "in-use":
            raise Refusal(400, "Ecs.0023", f"The volume status {volume.status} does not meet the requirements.")
        volume.status = "detaching"
        return self._world.jobs.start(
            "ecs", "detachVolume", project_id, DETACH_VOLUME, server_id=server_id, volume_id=volume_id
        )

    def detach_ended(self, job: Job, at: float) -> None:
        volume = self._world.state.volumes.get(job.subject["volume_id"])
        server = self._world.state.servers.get(job.subject["server_id"])
        if volume is None or volume.status != "detaching":
            return
        if job.error_code:
            volume.status = "in-use"
            return
        self._world.volumes.detach(volume, at)
        if server:
            server.volumes.remove(volume.id)

    def set_termination(self, project_id: str, server_id: str, volume_id: str, *, dies: bool) -> Volume:
        server = self.find(project_id, server_id)
        volume = self._world.state.volumes.get(volume_id)
        if volume is None or volume.id not in server.volumes or volume.boot:
            raise Refusal(400, "Ecs.0005", "The volume is no data disk of this server.")
        volume.delete_on_termination = dies
        self._world.touch()
        return volume

    def rename(self, project_id: str, server_id: str, change: dict[str, Any]) -> Server:
        server = self.find(project_id, server_id)
        name = change.get("name", server.name)
        if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9一-鿿_.-]{1,64}", name):
            raise Refusal(400, "Ecs.0005", "The server name is invalid.")
        server.name = name
        server.description = str(change.get("description", server.description))
        self._world.touch()
        return server

    def tag(self, project_id: str, server_id: str, action: str, tags: list[dict[str, str]]) -> None:
        server = self.find(project_id, server_id)
        for tag in tags:
            key = str(tag.get("key", ""))
            server.tags = [t for t in server.tags if not t.startswith(f"{key}=")]
            if action == "create":
                server.tags.append(f"{key}={tag.get('value', '')}")
        self._world.touch()
