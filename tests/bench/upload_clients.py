"""One upload by one client, timed: `python upload_clients.py CLIENT URL FILE CA MD5 PARTS_AT_ONCE` prints JSON.

Runs in whichever environment has the client. Imports, and reading the CA, are not timed. CLIENT: plain, ours, boto3,
esdk, obstore. CA "" = http. MD5 "md5" = with an MD5 of each part (boto3 and obstore: as without).
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import mmap
import os
import resource
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

PART = 16 * 1024**2
ACCESS, SECRET = "AKBENCH00000000000001", "a-secret-key-of-forty-characters-0000001"
BUCKET, KEY = "bench-bucket", "local.iso"


def plain(url: str, path: Path, ca: str, md5: bool, lanes: int) -> Callable[[], None]:
    """mmap and sendall over some connections: what a sender costs that does nothing else."""
    parts = urlsplit(url)
    size = path.stat().st_size
    context = ssl.create_default_context(cafile=ca) if ca else None

    def lane(number: int, whole: memoryview) -> None:
        raw = socket.create_connection((parts.hostname, parts.port))
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with context.wrap_socket(raw, server_hostname=parts.hostname) if context else raw as connection:
            for at in range(number * PART, size, lanes * PART):
                body = whole[at : at + PART]
                head = f"PUT /{BUCKET}/{KEY}?partNumber={at // PART + 1}&uploadId=UP HTTP/1.1\r\nHost: x\r\n"
                if md5:
                    digest = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
                    head += f"Content-MD5: {digest}\r\n"
                connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode())
                connection.sendall(body)
                got = b""
                while b"\r\n\r\n" not in got:
                    got += connection.recv(4096)
                if b" 200 " not in got.split(b"\r\n")[0]:
                    raise RuntimeError(got)

    def run() -> None:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            whole = memoryview(mapped)
            threads = [threading.Thread(target=lane, args=(number, whole)) for number in range(lanes)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            whole.release()

    return run


def ours(url: str, path: Path, ca: str, md5: bool, lanes: int) -> Callable[[], None]:
    from isowright.cloud.client import Cloud
    from isowright.cloud.login import KeyLogin
    from isowright.cloud.models import Secret
    from isowright.cloud.part_transport import PartTransport
    from isowright.recipe import Account
    from isowright.upload.pacing import Control, Lanes
    from isowright.upload.plan import Plan
    from isowright.upload.sender import Place, Sender
    from isowright.upload.source import Source

    endpoints = dict.fromkeys(("iam", "ims", "ecs", "evs", "vpc", "obs"), url)
    account = Account(
        cloud="custom", region="r", method="access_key", access_key=ACCESS, endpoints=endpoints, ca_file=ca
    )

    async def send() -> None:
        cloud = Cloud.open(account, KeyLogin(ACCESS, Secret(SECRET)))
        transport = PartTransport(account)
        source = Source.open(path)
        plan = Plan(source.size, PART)

        async def arrived(_part: object, _md5: str, _etag: str) -> None:
            pass

        sender = Sender(
            cloud,
            transport,
            source,
            plan,
            Place(BUCKET, KEY, "UP"),
            Control(),
            md5s={},
            arrived=arrived,
            tell=lambda _transfer: None,
            lanes=Lanes(lanes, lanes),
            check=md5,
        )
        try:
            await sender.send(range(1, plan.count + 1))
        finally:
            await transport.aclose()
            await cloud.aclose()
            source.close()

    import isowright.cloud.part_road  # noqa: F401  not timed, as for the others
    from isowright.cloud.transport import stamp_of, tls_context_for_threads

    if ca:
        tls_context_for_threads(ca, stamp_of(ca))

    return lambda: asyncio.run(send())


def boto3(url: str, path: Path, ca: str, md5: bool, lanes: int) -> Callable[[], None]:
    import boto3 as library
    from boto3.s3.transfer import TransferConfig
    from botocore.config import Config

    client = library.client(
        "s3",
        endpoint_url=url,
        aws_access_key_id=ACCESS,
        aws_secret_access_key=SECRET,
        region_name="us-east-1",
        verify=ca or None,
        config=Config(
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            max_pool_connections=16,
        ),
    )
    config = TransferConfig(multipart_chunksize=PART, max_concurrency=lanes, multipart_threshold=PART)
    return lambda: client.upload_file(str(path), BUCKET, KEY, Config=config)


def esdk(url: str, path: Path, ca: str, md5: bool, lanes: int) -> Callable[[], None]:
    from obs import ObsClient

    client = ObsClient(
        access_key_id=ACCESS,
        secret_access_key=SECRET,
        server=url,
        path_style=True,
        ssl_verify=ca or False,
        signature="obs",
    )

    def run() -> None:
        answer = client.uploadFile(
            BUCKET, KEY, str(path), partSize=PART, taskNum=lanes, enableCheckpoint=False, checkSum=md5
        )
        if answer.status >= 300:
            raise RuntimeError(f"{answer.errorCode} {answer.errorMessage} {answer.reason}")

    return run


def obstore(url: str, path: Path, ca: str, md5: bool, lanes: int) -> Callable[[], None]:
    import obstore as library
    from obstore.store import S3Store

    options = {"allow_http": True, "allow_invalid_certificates": bool(ca)}
    store = S3Store(
        BUCKET,
        endpoint=url,
        access_key_id=ACCESS,
        secret_access_key=SECRET,
        region="us-east-1",
        virtual_hosted_style_request=False,
        client_options=options,
        config={"unsigned_payload": not md5},
    )

    def run() -> None:
        library.put(store, KEY, path, use_multipart=True, chunk_size=PART, max_concurrency=lanes)

    return run


def resident() -> float:
    """MiB now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2


def main() -> None:
    name, url, path, ca, md5, lanes = sys.argv[1:]
    clients = {"plain": plain, "ours": ours, "boto3": boto3, "esdk": esdk, "obstore": obstore}
    run = clients[name](url, Path(path), ca, md5 == "md5", int(lanes))
    idle = resident()
    cpu, begun = time.process_time(), time.perf_counter()
    run()
    took, used = time.perf_counter() - begun, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": took, "cpu": used, "idle": idle, "peak": peak}))


if __name__ == "__main__":
    main()
