"""The way for large bodies: what arrives, what is refused, and that whoever waits for a connection can be stopped."""

import asyncio
import base64
import datetime as dt
import ipaddress
import socket
import ssl
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from isowright.cloud import proxy as proxies
from isowright.cloud.models import Secret
from isowright.cloud.part_transport import Interrupted, PartTransport
from isowright.cloud.transport import Timeouts
from isowright.errors import NetworkError, TlsError
from isowright.recipe import Account

BODY = bytes(range(256)) * 4096 * 3


class Server:
    """Answers each PUT with 200; `deaf` reads heads only and answers nothing."""

    def __init__(self, context=None, *, deaf=False):
        self.heads, self.bodies, self.connections = [], [], 0
        self.asked = threading.Event()
        self._context, self._deaf = context, deaf
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._open = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self._open.append(connection)
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
                self._open.append(connection)
            file = connection.makefile("rb")
            while line := file.readline():
                head = [line]
                while (line := file.readline()) != b"\r\n":
                    head.append(line)
                self.heads.append(b"".join(head).decode())
                self.asked.set()
                if self._deaf:
                    return
                length = int(next(x.split(b":")[1] for x in head if x.lower().startswith(b"content-length")))
                self.bodies.append(file.read(length))
                connection.sendall(b'HTTP/1.1 200 OK\r\nETag: "x"\r\nContent-Length: 2\r\n\r\nok')
        except OSError:
            pass

    def close(self):
        self._listening.close()
        for connection in self._open:
            connection.close()


@pytest.fixture
def server():
    made = Server()
    yield made
    made.close()


@pytest.fixture
def tls(tmp_path):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    authority, private = tmp_path / "ca.pem", tmp_path / "key.pem"
    authority.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority, private)
    server = Server(context)
    yield server, authority
    server.close()


def pieces():
    return iter([BODY[at : at + 100_000] for at in range(0, len(BODY), 100_000)])


def headers():
    return {"Host": "store.example", "Content-Length": str(len(BODY)), "X-Own": "1"}


@pytest.fixture
async def transport():
    made = PartTransport(Account())
    yield made
    await made.aclose()


async def test_a_part_arrives_as_it_is_and_connections_are_kept(server, transport):
    for _ in range(3):
        answer = await transport.put(f"http://127.0.0.1:{server.port}/b/k?partNumber=1", headers(), pieces)
        assert answer[0] == 200
        assert answer[1]["etag"] == '"x"'
        assert answer[2] == b"ok"
    assert server.bodies == [BODY] * 3
    assert server.connections == 1
    assert server.heads[0].startswith("PUT /b/k?partNumber=1 HTTP/1.1\r\n")
    assert "transfer-encoding" not in server.heads[0].lower()
    assert server.heads[0].lower().count("\r\nhost:") == 1


async def test_over_tls_with_an_authority_of_ones_own(tls):
    server, authority = tls
    transport = PartTransport(Account(ca_file=str(authority)))
    try:
        answer = await transport.put(f"https://127.0.0.1:{server.port}/b/k", headers(), pieces)
    finally:
        await transport.aclose()
    assert answer[0] == 200
    assert server.bodies == [BODY]


async def test_nothing_goes_to_a_stranger(tls, transport):
    server, _ = tls
    with pytest.raises(TlsError) as caught:
        await transport.put(f"https://127.0.0.1:{server.port}/b/k", headers(), pieces)
    assert caught.value.remedy
    assert server.heads == []


async def test_nobody_there(transport):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(NetworkError) as caught:
        await transport.put(f"http://127.0.0.1:{port}/b/k", headers(), pieces)
    assert not caught.value.sent


@pytest.mark.parametrize("secure", [False, True])
async def test_who_waits_for_a_deaf_server_can_be_stopped(tls, secure):
    server, authority = tls
    if not secure:
        server = Server(deaf=True)
    server._deaf = True
    transport = PartTransport(Account(ca_file=str(authority)), timeouts=Timeouts(read=3600.0))
    url = f"http{'s' if secure else ''}://127.0.0.1:{server.port}/b/k"
    endless = {"Host": "x", "Content-Length": str(10**9)}
    waiting = asyncio.create_task(transport.put(url, endless, lambda: iter([bytes(10**6)] * 1000)))
    await asyncio.to_thread(server.asked.wait, 60)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(asyncio.shield(waiting), 60)
    await asyncio.wait_for(transport.aclose(), 60)
    server.close()


async def test_a_deaf_server_is_given_up():
    server = Server(deaf=True)
    transport = PartTransport(Account(), timeouts=Timeouts(read=0.3))
    with pytest.raises(NetworkError) as caught:
        await transport.put(
            f"http://127.0.0.1:{server.port}/b/k",
            {"Host": "x", "Content-Length": str(10**9)},
            lambda: iter([bytes(10**6)] * 1000),
        )
    assert caught.value.sent
    await transport.aclose()
    server.close()


async def test_what_a_body_raises_is_no_network_trouble(server, transport):
    def stopped():
        yield b"begun"
        raise Interrupted

    with pytest.raises(Interrupted):
        await transport.put(f"http://127.0.0.1:{server.port}/b/k", headers(), stopped)
    answer = await transport.put(f"http://127.0.0.1:{server.port}/b/k", headers(), pieces)
    assert answer[0] == 200


async def test_after_an_interruption_it_can_be_used_again(server, transport):
    url = f"http://127.0.0.1:{server.port}/b/k"
    assert (await transport.put(url, headers(), pieces))[0] == 200
    transport.interrupt()
    assert (await transport.put(url, headers(), pieces))[0] == 200
    assert server.connections == 2


async def test_by_a_proxy_that_knows_us(server):
    account = Account(proxy=f"http://127.0.0.1:{server.port}")
    place = proxies.place_of(account)
    proxies.remember(place, proxies.ProxyLogin("clerk", Secret("pass-of-proxy")))
    transport = PartTransport(account)
    try:
        answer = await transport.put("http://store.example/b/k?partNumber=2", headers(), pieces)
    finally:
        await transport.aclose()
        proxies.remember(place, None)
    assert answer[0] == 200
    assert server.heads[0].startswith("PUT http://store.example/b/k?partNumber=2 HTTP/1.1\r\n")
    proof = base64.b64encode(b"clerk:pass-of-proxy").decode()
    assert f"proxy-authorization: basic {proof}".lower() in server.heads[0].lower()
    assert server.bodies == [BODY]
