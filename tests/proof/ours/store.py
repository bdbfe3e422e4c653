"""SeaweedFS, an object store that others wrote and that checks each signature, and how our client speaks to it.

It knows the older S3 signature, which is computed as the object service's is; only names differ.
"""

import base64
import contextlib
import hashlib
import hmac
import json
import subprocess
import time
from pathlib import Path
from urllib.parse import parse_qsl

import httpx
from servers import free_ports, proof_python, running

from isowright.cloud import obs_sign

TOKEN = "x-obs-security-token"
ACCESS, SECRET = "AKPROOF00000000000001", "a-secret-key-of-forty-characters-0000001"
BUCKET = "proof-isos"
ISO = "linux/demo 24.04 (amd64)+more.iso"
OBJECTS = {
    ISO: "0123456789" * 3000,
    "empty.iso": "",
    "linux/ünïcode 镜像.iso": "Text",
    "linux/old/one.iso": "1",
    "a&b=c?d#e%20f.iso": "odd",
    "two  spaces/and'quote.iso": "odd too",
    **{f"many/{number:03d}.iso": str(number) for number in range(25)},
}
PORTS = [f"{part}.port{kind}" for part in ("master", "volume", "filer", "s3", "admin") for kind in ("", ".grpc")]


class Store:
    def __init__(self, url):
        self.url = url

    def fill(self):
        script = Path(__file__).with_name("fill_store.py")
        command = [proof_python(), script, self.url, ACCESS, SECRET, BUCKET]
        subprocess.run(command, input=json.dumps(OBJECTS), text=True, check=True)


@contextlib.contextmanager
def running_store(folder):
    """A SeaweedFS of its own in `folder`, filled."""
    identity = {
        "name": "proof",
        "credentials": [{"accessKey": ACCESS, "secretKey": SECRET}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    options = [
        f"-dir={folder}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        f"-s3.config={folder / 's3.json'}",
        f"-filer.localSocket={folder / 'filer.sock'}",
        f"-s3.localSocket={folder / 's3.sock'}",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-s3.iam=false",
        "-webdav=false",
        "-admin.ui=false",
        "-master.telemetry=false",  # it would report to its makers
    ]
    for _ in range(3):
        ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        chosen = [f"-{name}={port}" for name, port in ports.items()]
        with running([Path(proof_python()).with_name("weed"), "mini", *chosen, *options], folder) as process:
            store = Store(f"http://127.0.0.1:{ports['s3.port']}")
            if answers(store.url, process, folder):
                store.fill()
                yield store
                return
    raise AssertionError((folder / "errors.txt").read_text())


def answers(url, process, folder):
    """False if it has ended: somebody else may have taken one of its ports meanwhile."""
    deadline = time.monotonic() + 180
    while process.poll() is None:
        assert time.monotonic() < deadline, (folder / "errors.txt").read_text()
        try:
            if httpx.get(url, trust_env=False).status_code in (200, 403):
                return True
        except httpx.TransportError:
            time.sleep(0.05)
    return False


class NamedAws(httpx.AsyncHTTPTransport):
    """What goes out is signed by the older S3 signature, and named as S3 does."""

    async def handle_async_request(self, request):
        named(request)
        return renamed(await super().handle_async_request(request))


class NamedAwsParts(httpx.HTTPTransport):
    """The same for what is sent from threads."""

    def handle_request(self, request):
        named(request)
        return renamed(super().handle_request(request))


def named(request):
    """`Authorization: OBS key:signature` becomes `AWS key:signature`. Headers x-obs-… become x-amz-…; since they are
    signed, the signature is then computed anew, from the text that ours was made of."""
    scheme, rest = request.headers["authorization"].split(" ", 1)
    assert scheme == "OBS"
    access = rest.split(":")[0]
    own = {name: value for name, value in request.headers.items() if name.startswith("x-obs-") and name != TOKEN}
    if own:
        bucket, _, key = request.url.path.strip("/").partition("/")
        query = dict(parse_qsl(request.url.query.decode(), keep_blank_values=True))
        text = obs_sign.string_to_sign(request.method, bucket, key, query, dict(request.headers))
        digest = hmac.new(SECRET.encode(), text.replace("\nx-obs-", "\nx-amz-").encode(), hashlib.sha1).digest()
        rest = f"{access}:{base64.b64encode(digest).decode()}"
        for name, value in own.items():
            del request.headers[name]
            request.headers[name.replace("x-obs-", "x-amz-")] = value
    request.headers["authorization"] = f"AWS {rest}"


def renamed(response):
    for name, value in list(response.headers.items()):
        if name.lower().startswith("x-amz-meta-"):
            response.headers[name.lower().replace("x-amz-", "x-obs-")] = value
    return response
