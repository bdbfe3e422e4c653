"""A company's network on loopback: an authority of its own, and a proxy that looks into TLS."""

import asyncio
import base64
import contextlib
import datetime as dt
import ipaddress
import ssl

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = dt.timedelta(days=1)


class Authority:
    """A certificate authority that nobody knows, made for these tests."""

    def __init__(self, folder):
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
        made = self._builder(self._name, self._key).add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        self._certificate = made.sign(self._key, hashes.SHA256())
        self.file = folder / "authority.pem"
        self.file.write_bytes(self._certificate.public_bytes(serialization.Encoding.PEM))
        self._made = {}

    def _builder(self, name, key):
        now = dt.datetime.now(dt.UTC)
        built = x509.CertificateBuilder().subject_name(name).issuer_name(self._name).public_key(key.public_key())
        return built.serial_number(x509.random_serial_number()).not_valid_before(now - DAY).not_valid_after(now + DAY)

    def context(self, host):
        """For a server that says it is `host`."""
        if host not in self._made:
            key = ec.generate_private_key(ec.SECP256R1())
            name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
            try:
                said = x509.IPAddress(ipaddress.ip_address(host))
            except ValueError:
                said = x509.DNSName(host)
            leaf = self._builder(name, key).add_extension(x509.SubjectAlternativeName([said]), False)
            file = self._folder / f"{host}.pem"
            file.write_bytes(
                leaf.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
                + key.private_bytes(
                    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
                )
            )
            self._made[host] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._made[host].load_cert_chain(file)
        return self._made[host]


class CompanyProxy:
    """CONNECT to any host of cloud.test leads to that service of a practice cloud, under a certificate of the company.

    `login`: who may pass, None = everybody. `asked`: (host, whether somebody was let through).
    """

    def __init__(self, authority, ports, *, tls=False):
        self._authority, self._ports, self._tls = authority, ports, tls
        self.login = None
        self.asked = []
        self.url = ""

    async def __aenter__(self):
        context = self._authority.context("127.0.0.1") if self._tls else None
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=context)
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"http{'s' * self._tls}://127.0.0.1:{port}"
        return self

    async def __aexit__(self, *_):
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader, writer):
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, ssl.SSLError):
            await self._connected(reader, writer)
        writer.close()

    async def _connected(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        method, target, _ = head.split(" ", 2)
        assert method == "CONNECT", "no address of a cloud is asked for in the clear"
        host = target.partition(":")[0]
        wanted = self.login and base64.b64encode(f"{self.login.user}:{self.login.password.reveal()}".encode()).decode()
        let = not wanted or f"proxy-authorization: basic {wanted}".lower() in head.lower()
        self.asked.append((host, let))
        if not let:
            ask = "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=x\r\n"
            writer.write(f"{ask}Content-Length: 0\r\n\r\n".encode())
            await writer.drain()
            return
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await writer.start_tls(self._authority.context(host))
        assert "proxy-authorization" not in await self._forward(reader, writer, host)

    async def _forward(self, reader, writer, host):
        """One request after the other; returns all heads that came through the tunnel, lower case."""
        heads = ""
        port = self._ports[host.split(".")[-3]]
        while True:
            try:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            except asyncio.IncompleteReadError:
                return heads
            heads += head.lower()
            length = next((int(x.split(":")[1]) for x in head.split("\r\n") if x.lower().startswith("content-le")), 0)
            body = await reader.readexactly(length)
            there, back = await asyncio.open_connection("127.0.0.1", port)
            lines = [
                f"Host: 127.0.0.1:{port}" if line.lower().startswith("host:") else line
                for line in head.split("\r\n")
                if not line.lower().startswith("connection:")
            ]
            lines[1:1] = ["Connection: close"]
            back.write("\r\n".join(lines).encode("latin-1") + body)
            writer.write(await there.read())
            await writer.drain()
            back.close()
            writer.close()
            return heads
