"""What the play installer of a scripted machine writes to its serial console, as time goes by."""

from typing import TYPE_CHECKING

from .model import Server

if TYPE_CHECKING:
    from .world import World

# Cloud seconds after the server has become ACTIVE.
_START = (
    (2.0, "Linux version 6.1.0 (installer)"),
    (5.0, "Detecting hardware: 2 disks, 1 network card"),
    (9.0, "Configuring the network with DHCP: done"),
    (12.0, "Waiting for the operator: choose the disk for the system"),
)
_STEP = 10  # percent


def installer(world: "World", server: Server, image: str, *, installed: bool) -> list[str]:
    """All lines so far. How far the copying is is written over with carriage returns, as installers do it."""
    text = [f"Loading the installer of {image}"]
    launched = server.launched if server.launched is not None else world.now
    text += [line for seconds, line in _START if world.now >= world.later(seconds, after=launched)]
    if server.install_began is not None and server.install_ends is not None:
        length = max(server.install_ends - server.install_began, 0.001)
        percent = min(int(100 * (world.now - server.install_began) / length), 99)
        steps = range(0, percent + 1, _STEP)
        text += ["Installing on /dev/vdb", "\r".join(f"Copying files: {step} %" for step in steps)]
    elif installed:
        text += ["Installing on /dev/vdb", "Copying files: 100 %", "Installation complete. Power off now."]
    return text
