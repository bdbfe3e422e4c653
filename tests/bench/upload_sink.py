"""Swallows uploads as fast as one core can, with the answers of an object store: `python upload_sink.py [CERT KEY]`.

Nothing is kept, nothing is checked: what is measured against it is the sender. Prints its port; ends with its standard
input. The ETag of a part is the Content-MD5 that came with it.
"""

from __future__ import annotations

import base64
import hashlib
import re
import socket
import ssl
import sys
import threading

_LENGTH = re.compile(rb"(?i)\r\ncontent-length:\s*(\d+)")
_MD5 = re.compile(rb"(?i)\r\ncontent-md5:\s*(\S+)")
_CHUNKED = re.compile(rb"(?i)\r\ntransfer-encoding:\s*chunked")
_EXPECT = re.compile(rb"(?i)\r\nexpect:\s*100-continue")
_ZEROS = hashlib.md5(b"", usedforsecurity=False).hexdigest()


def body_of(method: bytes, target: bytes) -> tuple[int, bytes]:
    """(status, body) that a store would give."""
    if method == b"POST" and re.search(rb"[?&]uploads", target):
        return (
            200,
            b"<InitiateMultipartUploadResult><Bucket>b</Bucket><Key>k</Key><UploadId>UP</UploadId></InitiateMultipartUploadResult>",
        )
    if method == b"POST":
        return (
            200,
            b'<CompleteMultipartUploadResult><Bucket>b</Bucket><Key>k</Key><ETag>"0-1"</ETag></CompleteMultipartUploadResult>',
        )
    if method == b"DELETE":
        return 204, b""
    if method in (b"GET", b"HEAD") and b"/" in target.split(b"?")[0].strip(b"/"):
        return 404, b""  # there is no such object yet, but its bucket
    return 200, b""


def serve(connection: socket.socket) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    room = memoryview(bytearray(1024 * 1024))
    held = b""
    with connection:
        while True:
            while b"\r\n\r\n" not in held:
                piece = connection.recv(65536)
                if not piece:
                    return
                held += piece
            head, _, held = held.partition(b"\r\n\r\n")
            method, target, _ = head.split(b"\r\n")[0].split(b" ")
            if _CHUNKED.search(head):
                raise SystemExit("a chunked body is nothing that is measured here")
            if _EXPECT.search(head):
                connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            length = _LENGTH.search(head)
            left = int(length[1]) if length else 0
            left, held = left - len(held[:left]), held[left:]
            while left > 0:
                got = connection.recv_into(room, min(len(room), left))
                if not got:
                    return
                left -= got
            md5 = _MD5.search(head)
            etag = base64.b64decode(md5[1]).hex() if md5 else _ZEROS
            status, body = body_of(method, target)
            answer = f'HTTP/1.1 {status} X\r\nETag: "{etag}"\r\nContent-Type: application/xml\r\n'
            answer += f"Content-Length: {len(body)}\r\n\r\n"
            connection.sendall(answer.encode() + (b"" if method == b"HEAD" else body))


def guarded(connection: socket.socket, context: ssl.SSLContext | None) -> None:
    try:
        serve(context.wrap_socket(connection, server_side=True) if context else connection)
    except (OSError, ValueError):
        connection.close()


def accept(listening: socket.socket, context: ssl.SSLContext | None) -> None:
    while True:
        connection, _ = listening.accept()
        threading.Thread(target=guarded, args=(connection, context), daemon=True).start()


def main() -> None:
    context = None
    if len(sys.argv) == 3:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1], sys.argv[2])
    listening = socket.create_server(("127.0.0.1", 0), backlog=64)
    threading.Thread(target=accept, args=(listening, context), daemon=True).start()
    print(listening.getsockname()[1], flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
