"""Failures below HTTP: every way in which no answer comes, said in words, with or without "it may have happened"."""

import asyncio
import datetime as dt
import socket
import ssl
import time

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from isowright.cloud.client import Cloud
from isowright.cloud.login import KeyLogin, PasswordLogin
from isowright.cloud.models import Secret
from isowright.cloud.transport import Transport
from isowright.errors import AppError, InputError, NetworkError, TlsError, UnknownOutcomeError
from isowright.recipe import SERVICES, Account

PASSWORD = PasswordLogin("account", "user", Secret("pass-word"))
KEYS = KeyLogin("AK", Secret("secret-key"))
REAL = Account(cloud="otc", region="eu-de", project_id="p1")


def local(url, **changes):
    return Account(cloud="custom", region="r-1", endpoints=dict.fromkeys(SERVICES, url), **changes)


def failing(clock, login, error, account=REAL):
    """A cloud whose transport fails, and the list of requests that got so far."""
    asked = []

    def fail(request):
        asked.append(request)
        if request.url.path == "/v3/auth/projects":
            return httpx.Response(200, json={"projects": []})
        raise error

    return Cloud.open(account, login, clock=clock, transport=httpx.MockTransport(fail)), asked


def connect_error(cause):
    error = httpx.ConnectError("failed")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "words", "sent"),
    [
        (connect_error(socket.gaierror(-2, "Name or service not known")), "could not be found", False),
        (connect_error(ExceptionGroup("all", [ConnectionRefusedError()])), "refused the connection", False),
        (connect_error(OSError("No route to host")), "could not be reached", False),
        (httpx.ConnectTimeout("slow"), "does not answer", False),
        (httpx.ReadTimeout("slow"), "took too long", True),
        (httpx.ReadError("reset"), "broke off", True),
        (httpx.RemoteProtocolError("cut"), "broke off", True),
        (httpx.WriteError("pipe"), "broke off", True),
    ],
)
async def test_no_answer(clock, error, words, sent):
    cloud, asked = failing(clock, KEYS, error)
    with pytest.raises(NetworkError) as caught:
        await cloud.ecs.limits()
    assert words in caught.value.title
    assert caught.value.sent is sent
    assert caught.value.retryable
    assert caught.value.remedy
    limits = [r for r in asked if "limits" in r.url.path]
    assert len(limits) == 4
    with pytest.raises(UnknownOutcomeError if sent else NetworkError):
        await cloud.ims.register_iso(name="n", bucket="b", key="k.iso", os_version="o", min_disk=40)
    creates = [r for r in asked if r.url.path == "/v2/cloudimages/action"]
    assert len(creates) == (1 if sent else 4)


async def test_sign_in_is_not_waited_for_long(clock):
    cloud, asked = failing(clock, PASSWORD, httpx.ConnectTimeout("slow"))
    with pytest.raises(NetworkError):
        await cloud.sign_in()
    assert len(asked) == 3
    assert sum(clock.waits) < 4


@pytest.mark.parametrize(("where", "tries"), [(("huaweicloud", "cn-north-4"), 4), (("otc", "eu-de"), 1)])
async def test_server_create_is_repeated_where_it_has_a_token(clock, where, tries):
    from isowright.cloud.ecs import ServerRequest

    cloud, asked = failing(clock, KEYS, httpx.ReadTimeout("slow"), Account(*where, project_id="p1"))
    request = ServerRequest(
        name="n",
        image_id="i",
        flavor_id="f",
        vpc_id="v",
        subnet_id="s",
        availability_zone="a",
        volume_type="SSD",
        system_disk=40,
        data_disk=40,
    )
    with pytest.raises(UnknownOutcomeError):
        await cloud.ecs.create_server(request, client_token="0b8b0f1e-0000-4000-8000-000000000000")
    creates = [r for r in asked if r.url.path.endswith("/cloudservers")]
    assert len(creates) == tries  # without one, a second request might make a second server
    assert len({(r.headers.get("x-client-token"), r.content) for r in creates}) == 1
    assert ("x-client-token" in creates[0].headers) is (tries > 1)


# --- TLS -----------------------------------------------------------------------------------------


def certificate(folder, name="localhost", *, days=1):
    """A self-signed certificate and key, made for this test alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=2))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        built.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path


@pytest.fixture
async def serve():
    """Starts a tiny server on loopback; yields its port. Answers 200 to everything, or speaks no TLS."""
    servers = []
    silent = []

    async def answer(reader, writer):
        try:
            if await reader.read(4000) and not silent:
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}")
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    async def start(pem=None, *, hangs_up=False):
        silent.extend([True] if hangs_up else [])
        context = None
        if pem is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(pem)
        server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
        servers.append(server)
        return server.sockets[0].getsockname()[1]

    yield start
    for server in servers:
        server.close()
        await server.wait_closed()


async def ask(account):
    transport = Transport(account, account.endpoints.values())
    try:
        return await transport.exchange("GET", account.endpoints["iam"] + "/", {}, b"")
    finally:
        await transport.aclose()


@pytest.mark.parametrize(
    ("name", "days", "trust", "words", "action"),
    [
        ("localhost", 1, False, "authority that this computer does not know", "step:account.ca_file"),
        ("elsewhere.test", 1, True, "for another name", "step:account.endpoints"),
        ("localhost", -1, True, "expired", "retry"),
    ],
)
async def test_tls_failures(serve, tmp_path, name, days, trust, words, action):
    pem = certificate(tmp_path, name, days=days)
    port = await serve(pem)
    with pytest.raises(TlsError) as caught:
        await ask(local(f"https://localhost:{port}", ca_file=str(pem) if trust else ""))
    assert words in caught.value.detail
    assert caught.value.action == action
    assert not caught.value.sent


async def test_own_authority_and_plain_port(serve, tmp_path):
    pem = certificate(tmp_path)
    status, _, body = await ask(local(f"https://localhost:{await serve(pem)}", ca_file=str(pem)))
    assert (status, body) == (200, b"{}")
    with pytest.raises(TlsError) as caught:
        await ask(local(f"https://localhost:{await serve()}"))
    assert "does not speak TLS" in caught.value.detail


async def test_cut_handshake_is_no_verdict_on_certificates(serve):
    with pytest.raises(NetworkError) as caught:
        await ask(local(f"https://localhost:{await serve(hangs_up=True)}"))
    assert type(caught.value) is NetworkError
    assert (caught.value.sent, caught.value.retryable) == (False, True)


@pytest.mark.parametrize("content", [None, "no certificate in here"])
async def test_unusable_ca_file(tmp_path, content):
    path = tmp_path / "ca.pem"
    if content:
        path.write_text(content)
    with pytest.raises(InputError) as caught:
        await ask(local("https://localhost:1", ca_file=str(path)))
    assert caught.value.action == "step:account.ca_file"


# --- proxies -------------------------------------------------------------------------------------


async def test_proxy_is_for_others_only(serve, monkeypatch):
    port = await serve()
    for name in ("http_proxy", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    direct, _, _ = await ask(local(f"http://127.0.0.1:{port}"))
    assert direct == 200
    assert (await ask(local(f"http://127.0.0.1:{port}", proxy="http://127.0.0.1:9")))[0] == 200
    # What is not on this computer goes to the proxy (a closed port here).
    for account in (local("https://cloud.test", proxy="http://127.0.0.1:9"), local("https://cloud.test")):
        monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
        with pytest.raises(NetworkError) as caught:
            await ask(account)
        assert caught.value.action == "step:account.proxy"
        assert not caught.value.sent


async def test_impossible_proxy():
    with pytest.raises(InputError) as caught:
        await ask(local("https://cloud.test", proxy="ftp://nowhere"))
    assert caught.value.action == "step:account.proxy"


# --- the event loop ------------------------------------------------------------------------------


async def test_first_request_does_not_block_the_loop(serve, tmp_path):
    """The client is built in a thread: between two ticks of the loop there is never as much as building takes."""
    worst = []
    for number in range(3):  # a client that is built in the loop's thread is so each time; a busy machine is not
        folder = tmp_path / str(number)
        folder.mkdir()
        worst.append(await _longest_gap(certificate(folder), serve))
    assert min(worst) < 0.05


async def _longest_gap(pem, serve):
    port = await serve(pem)
    gaps = []

    async def ticker():
        last = time.thread_time()  # of this thread alone: the machine may have other work to do
        while True:
            await asyncio.sleep(0)
            now = time.thread_time()
            gaps.append(now - last)
            last = now

    ticking = asyncio.create_task(ticker())
    await ask(local(f"https://localhost:{port}", ca_file=str(pem)))
    ticking.cancel()
    assert len(gaps) > 50  # it went on ticking while the client was built
    return max(gaps)


async def test_odd_bucket_names_stay_errors_in_words(clock):
    cloud = Cloud.open(
        Account(cloud="otc", region="eu-de", project_id="p"),
        KEYS,
        clock=clock,
        transport=httpx.MockTransport(lambda _: httpx.Response(404)),
    )
    for name in ("bücket", "a b", "a/b", "..", "x" * 300, "a\nb", "%"):
        with pytest.raises(AppError):
            await cloud.obs.bucket(name)
