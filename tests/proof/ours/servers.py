"""Servers that others wrote, as processes on loopback."""

import contextlib
import os
import socket
import subprocess

KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "TMPDIR", "TEMP")


def proof_python() -> str:
    """The interpreter of the environment that the servers are installed in; `./dev proof` names it."""
    return os.environ["PROOF_PYTHON"]


def free_ports(count):
    """Ports that nobody listens on now."""
    with contextlib.ExitStack() as open_sockets:
        listening = [open_sockets.enter_context(socket.socket()) for _ in range(count)]
        for one in listening:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in listening]


@contextlib.contextmanager
def running(command, folder):
    """The process; it is ended afterwards. What it says besides its first lines goes to a file in `folder`."""
    environment = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    errors = folder / "errors.txt"
    with errors.open("w") as said:
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=folder,
            env=environment | {"HOME": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)
            process.stdout.close()
