"""An upload by this program, by others' clients and by a plain sendall sender, in the same minutes, to the same sink.

Each client has a process of its own, 16 MiB parts and four connections; all take turns, and a ratio is the median over
rounds of what both took in the same round. The sink is a process that answers and keeps nothing (upload_sink.py). The
file's size is that of ISOWRIGHT_BENCH_UPLOAD_MIB, else 2 GiB; its rounds that of ISOWRIGHT_BENCH_UPLOAD_ROUNDS, else 3.
ISOWRIGHT_BENCH_SPARSE_GIB, else 100: the size of a sparse file that must not make the sender grow.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from table import Row

MIB = 1024**2
SIZE = int(os.environ.get("ISOWRIGHT_BENCH_UPLOAD_MIB", "2048")) * MIB
ROUNDS = int(os.environ.get("ISOWRIGHT_BENCH_UPLOAD_ROUNDS", "3"))
SPARSE = int(os.environ.get("ISOWRIGHT_BENCH_SPARSE_GIB", "100")) * 1024 * MIB
LANES = 4
MEMORY = 64.0  # MiB above idle
HERE = Path(__file__).parent
OTHERS = ("boto3", "esdk", "obstore")
NAMES = {"ours": "this program", "plain": "plain sendall", "esdk": "esdk-obs-python"}


@contextlib.contextmanager
def sink(certificate: tuple[Path, Path] | None) -> Iterator[str]:
    """Its URL."""
    command = [sys.executable, str(HERE / "upload_sink.py"), *map(str, certificate or ())]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            port = int(process.stdout.readline())
            yield f"{'https' if certificate else 'http'}://127.0.0.1:{port}"
        finally:
            process.stdin.close()
            process.wait(20)


def self_signed(folder: Path) -> tuple[Path, Path]:
    """(certificate, key) of 127.0.0.1."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "sink.pem", folder / "sink.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate, private


def once(client: str, url: str, path: Path, ca: str, md5: bool) -> dict[str, Any]:
    """One upload in a process of its own."""
    python = os.environ["PROOF_PYTHON"] if client in OTHERS else sys.executable
    command = [
        python,
        str(HERE / "upload_clients.py"),
        client,
        url,
        str(path),
        ca,
        "md5" if md5 else "none",
        str(LANES),
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=1800)
    return json.loads(done.stdout.splitlines()[-1])


def rounds(
    path: Path, certificate: tuple[Path, Path] | None, md5: bool, clients: tuple[str, ...]
) -> dict[str, list[dict[str, Any]]]:
    """Of each client, its results, round by round; all take turns."""
    found: dict[str, list[dict[str, Any]]] = {client: [] for client in clients}
    ca = str(certificate[0]) if certificate else ""
    with sink(certificate) as url:
        once("plain", url, path, ca, md5=False)  # the file is in memory from then on
        for number in range(ROUNDS):
            order = clients[number % len(clients) :] + clients[: number % len(clients)]
            for client in order:
                found[client].append(once(client, url, path, ca, md5))
                print(f"  {client}: {found[client][-1]}", file=sys.stderr, flush=True)
    return found


def rows_of(found: dict[str, list[dict[str, Any]]], words: str, plain: float | None, others: float | None) -> list[Row]:
    """plain and others: the least ratios that ours is to reach."""
    mib = SIZE / MIB
    rows = []
    for client, results in found.items():
        speed = statistics.median(mib / r["seconds"] for r in results)
        if client == "plain":
            continue
        ratio = statistics.median(p["seconds"] / r["seconds"] for p, r in zip(found["plain"], results, strict=True))
        bound = plain if client == "ours" else None
        base = statistics.median(mib / r["seconds"] for r in found["plain"])
        rows.append(
            Row(
                f"{NAMES.get(client, client)}, {words}",
                f"{speed:.0f} MiB/s, {statistics.median(r['cpu'] for r in results) / (mib / 1024):.2f} CPU s/GiB, "
                f"{max(r['peak'] - r['idle'] for r in results):.0f} MiB above idle",
                f"plain sendall {base:.0f} MiB/s",
                f"{ratio:.2f}",
                f"≥ {bound}" if bound else "",
                ratio >= bound if bound else None,
            )
        )
    for client, results in found.items():
        if client in ("plain", "ours"):
            continue
        ratio = statistics.median(o["seconds"] / r["seconds"] for o, r in zip(results, found["ours"], strict=True))
        bound = others if client in ("boto3", "esdk") else None
        rows.append(
            Row(
                f"this program, {words}",
                "",
                NAMES.get(client, client),
                f"{ratio:.2f}",
                f"≥ {bound}" if bound else "",
                ratio >= bound if bound else None,
            )
        )
    peak = max(r["peak"] - r["idle"] for r in found["ours"])
    rows.append(
        Row(
            f"memory of this program, {words}",
            f"{peak:.0f} MiB above idle",
            "",
            "",
            f"≤ {MEMORY:.0f} MiB",
            peak <= MEMORY,
        )
    )
    return rows


def measure() -> list[Row]:
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "local.iso"
        with path.open("wb") as file:
            for _ in range(SIZE // MIB):
                file.write(os.urandom(MIB))
        certificate = self_signed(folder)
        clients = ("plain", "ours", *OTHERS)
        rows += rows_of(rounds(path, None, False, clients), "http", 0.70, 1.4)
        rows += rows_of(rounds(path, certificate, False, clients), "TLS", 0.90, 1.2)
        rows += rows_of(rounds(path, None, True, ("plain", "ours", "esdk")), "http, MD5 of each part", None, None)
        rows += rows_of(rounds(path, certificate, True, ("plain", "ours", "esdk")), "TLS, MD5 of each part", None, None)
        if SPARSE:
            path.unlink()
            with path.open("wb") as file:
                file.truncate(SPARSE)
            with sink(None) as url:
                big = once("ours", url, path, "", md5=False)
            grown = big["peak"] - big["idle"]
            rows.append(
                Row(
                    f"{SPARSE // 1024**3} GiB of a sparse file",
                    f"{SPARSE / MIB / big['seconds']:.0f} MiB/s, {grown:.0f} MiB above idle",
                    "",
                    "",
                    f"≤ {MEMORY:.0f} MiB",
                    grown <= MEMORY,
                )
            )
    return rows
