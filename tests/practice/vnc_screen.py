"""A machine's screen that tests play: one RFB (RFC 6143) server on a Unix socket, driven by the test itself."""

import socket
import struct
import tempfile
from pathlib import Path

from isowright.practice.machines import Scripted

EXTENDED_KEYS = -258
WIDTH, HEIGHT = 320, 200
_NEXT_PICTURE = 3


class FakeScreens(Scripted):
    """Machines that do nothing, but have this one screen, or none: `path` None."""

    real = True

    def __init__(self, path):
        self.path = path

    def vnc_socket(self, server_id):
        return self.path


class Listener:
    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="vnc")  # short: a Unix socket's path holds 107 characters
        self.path = Path(self._folder.name, "vnc.sock")
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(str(self.path))
        self.socket.listen()
        self.socket.settimeout(30)
        self.peers = []

    def accept(self):
        peer, _ = self.socket.accept()
        peer.settimeout(30)
        self.peers.append(peer)
        return peer

    def close(self):
        for each in [self.socket, *self.peers]:
            each.close()
        self._folder.cleanup()


def take(peer, length):
    data = bytearray()
    while len(data) < length:
        piece = peer.recv(min(65536, length - len(data)))
        assert piece, f"the peer hung up after {len(data)} of {length} bytes"
        data += piece
    return bytes(data)


class Viewer:
    """The machine's side of a connection with a VNC client that has just come."""

    def __init__(self, peer, *, extended=True):
        self.peer = peer
        self.extended = extended
        self._drawn = False
        peer.sendall(b"RFB 003.008\n")
        self.version = take(peer, 12)
        peer.sendall(b"\x01\x01")
        assert take(peer, 1) == b"\x01"
        peer.sendall(bytes(4))
        self.shared = take(peer, 1) == b"\x01"
        name = b"practice"
        pixels = struct.pack(">BBBBHHHBBB3x", 32, 24, 0, 1, 255, 255, 255, 16, 8, 0)
        peer.sendall(struct.pack(">HH", WIDTH, HEIGHT) + pixels + struct.pack(">I", len(name)) + name)

    def _draw(self):
        rectangles = [struct.pack(">HHHHi", 0, 0, WIDTH, HEIGHT, 0) + b"\x20\x80\xe0\x00" * (WIDTH * HEIGHT)]
        if self.extended:
            rectangles.insert(0, struct.pack(">HHHHi", 0, 0, 0, 0, EXTENDED_KEYS))
        self.peer.sendall(struct.pack(">BxH", 0, len(rectangles)) + b"".join(rectangles))

    def message(self):
        """("key", down, keysym, scan code or None) of a key event, else the kind of message."""
        kind = take(self.peer, 1)[0]
        if kind == 0:
            take(self.peer, 19)
        elif kind == 2:
            (count,) = struct.unpack(">xH", take(self.peer, 3))
            take(self.peer, 4 * count)
        elif kind == _NEXT_PICTURE:
            take(self.peer, 9)
            if not self._drawn:
                self._drawn = True
                self._draw()
                return "drawn"
        elif kind == 4:
            down, keysym = struct.unpack(">B2xI", take(self.peer, 7))
            return "key", bool(down), keysym, None
        elif kind == 5:
            take(self.peer, 5)
        elif kind == 6:
            (count,) = struct.unpack(">3xI", take(self.peer, 7))
            take(self.peer, count)
        else:
            assert kind == 255, kind
            sub, down, keysym, scan = struct.unpack(">BHII", take(self.peer, 11))
            assert sub == 0
            return "key", bool(down), keysym, scan
        return kind

    def until_drawn(self):
        """Until the client has taken the first picture, and with it what the server can do: it asks for the next."""
        while self.message() != "drawn":
            pass
        while self.message() != _NEXT_PICTURE:
            pass

    def keys(self, count):
        """The next key events, as (scan code or keysym, "down" or "up")."""
        events = []
        while len(events) < count:
            message = self.message()
            if isinstance(message, tuple):
                _, down, keysym, scan = message
                events.append((keysym if scan is None else scan, "down" if down else "up"))
        return events
