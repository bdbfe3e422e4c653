"""What runs in servers: the installer that the operator plays at the console, the system that it installs, and what
both write to the serial port. Of real machines, only what the world is told of them."""

from typing import TYPE_CHECKING

from .guest import installer
from .model import Server
from .refusals import Refusal
from .timing import BOOT, INSTALL

if TYPE_CHECKING:
    from .world import World

_UNKNOWN = ("Ecs.0114", "The ECS does not exist.")


class Guests:
    def __init__(self, world: "World") -> None:
        self._world = world

    def console_output(self, project_id: str, server_id: str, lines: int) -> str:
        """What the guest wrote to its serial console; the boot of an installed disk takes a while."""
        server = self._world.servers.find(project_id, server_id)
        if self._world.machines.real and not self._world.faults.mute_consoles():
            return _last_lines(self._world.machines.console_log(server_id), lines)
        if server.status != "ACTIVE" or self._world.faults.mute_consoles():
            return ""
        disks = self._world.servers.disks(server)
        image = server.metadata.get("image_name", "")
        text = ["SeaBIOS (version 1.13.0)", "Booting from Hard Disk..."]
        if len(disks) > 1:
            text += installer(self._world, server, image, installed=self.disk_installed(server))
        elif not any(disk.installed for disk in disks):
            text += ["Boot failed: not a bootable disk", "No bootable device."]
        else:
            text += ["GNU GRUB", "Linux version 6.1.0", "Freeing unused kernel image (initmem) memory"]
            if server.launched is not None and self._world.now >= self._world.later(BOOT, after=server.launched):
                text += ["cloud-init finished", "", f"{server.name} login: "]
        return "\n".join(text if lines < 0 else text[-lines:] if lines else [])

    # The console: the operator plays the installer

    def begin_install(self, server: Server) -> None:
        """Starts the play installer; it ends by itself. Refusal 409 if the machine is not running."""
        self._refuse_if_real()
        if server.status != "ACTIVE" or server.task_state:
            raise Refusal(409, "Practice.0001", "The server is not running.")
        if server.install_ends is None:
            server.install_began = self._world.now
            server.install_ends = self._world.later(INSTALL)
            self._world.schedule(server.install_ends, "server.installed", server.id)

    def _refuse_if_real(self) -> None:
        if self._world.machines.real:
            raise Refusal(409, "Practice.0005", "The server is a real machine: install on its console.")

    def installed(self, server_id: str, at: float) -> None:
        server = self._world.state.servers.get(server_id)
        if server is None or server.install_ends is None or at < server.install_ends:
            return
        server.install_ends = None
        self._fill_disk(server)

    def _fill_disk(self, server: Server) -> None:
        for volume in self._world.servers.disks(server)[1:2]:
            volume.installed = True

    def disk_installed(self, server: Server) -> bool:
        return any(volume.installed for volume in self._world.servers.disks(server)[1:])

    def power_off(self, server: Server) -> None:
        """The guest shuts itself down: no job, the state simply changes."""
        if server.status != "ACTIVE" or server.task_state:
            raise Refusal(409, "Practice.0001", "The server is not running.")
        self._world.servers.shut(server, self._world.now)
        self._world.touch()

    def went_off(self, server: Server, *, fault: str = "") -> None:
        """A real machine runs no more, and nobody here switched it off. A guest that ended, and a machine that was
        killed, are both found off, as a cloud's own look at its machines finds them (Nova, sync_power_states);
        fault: the machine cannot go on."""
        self._world.servers.shut(server, self._world.now)
        if fault:
            server.status, server.fault = "ERROR", fault
        self._world.touch()

    def installed_itself(self, server_id: str, at: float) -> None:  # noqa: ARG002 (every happening has a time)
        server = self._world.state.servers.get(server_id)
        if self._world.machines.real:
            return
        if server is not None and server.status == "ACTIVE" and not server.task_state:
            self.finish_install(server_id)

    def finish_install(self, server_id: str, *, power_off: bool = True) -> Server:
        """Installs and powers off at once: what a script calls instead of the console's buttons."""
        server = self._world.state.servers.get(server_id)
        if server is None:
            raise Refusal(404, *_UNKNOWN)
        self._refuse_if_real()
        if server.status != "ACTIVE" or server.task_state:
            raise Refusal(409, "Practice.0001", "The server is not running.")
        server.install_ends = None
        self._fill_disk(server)
        if power_off:
            self.power_off(server)
        return server


def _last_lines(text: str, lines: int) -> str:
    """-1: all of them."""
    every = text.splitlines()
    return "\n".join(every if lines < 0 else every[-lines:] if lines else [])
