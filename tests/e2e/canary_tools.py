"""Secrets that can be recognised anywhere, and the search for them: in files, in outputs, in other processes.

Nothing here is taken from the program: what hides secrets and what looks for them must not share a mistake.
"""

from __future__ import annotations

import base64
import html
import http.server
import json
import secrets
import threading
import time
from pathlib import Path
from urllib.parse import quote, quote_plus

FRAGMENT = 14  # characters in a row: fewer say little about a secret
ODD = '"<&>+/%\\='  # what URLs, HTML, JSON and base64 write in another way


def canary(name: str, odd: str = ODD) -> str:
    """A value that is nowhere else."""
    return f"{name}{secrets.token_hex(6)}{odd}{secrets.token_hex(9)}"


def inner_base64(raw: bytes, before: int) -> bytes:
    """What base64 makes of the middle of `raw`, if `before` bytes stand in front of it."""
    whole = base64.b64encode(b"." * before + raw)
    return whole[4:-4]


class Canaries:
    """The secrets of a test by name, and all forms in which each might be found again."""

    def __init__(self) -> None:
        self.names: dict[bytes, str] = {}
        self.values: dict[str, str] = {}

    def add(self, name: str, value: str) -> str:
        self.values[value] = name
        raw = value.encode()
        texts = {quote(value, safe=""), quote(value), quote_plus(value), quote(value, safe="").lower(), raw.hex()}
        texts |= {json.dumps(value)[1:-1], repr(value)[1:-1], html.escape(value), html.escape(value, quote=False)}
        parts = [value[at : at + FRAGMENT] for at in range(0, max(min(len(value), 400) - FRAGMENT, 1), 3)]
        forms = {text.encode() for text in texts} | {part.encode() for part in parts} | {value.encode("utf-16-le")}
        middles = [inner_base64(raw, before) for before in range(3)]
        forms |= set(middles) | {middle.replace(b"+", b"-").replace(b"/", b"_") for middle in middles}
        self.names |= dict.fromkeys((form for form in forms if len(form) >= FRAGMENT), name)
        return value

    def in_bytes(self, data: bytes) -> set[str]:
        """Names of the secrets that `data` gives away."""
        return {f"{name} as {form[:60]!r}" for form, name in list(self.names.items()) if form in data}

    def in_folder(self, *folders: Path, besides: tuple[Path, ...] = ()) -> dict[str, set[str]]:
        """By file, its name included. `besides`: what may hold secrets."""
        found: dict[str, set[str]] = {}
        for folder in folders:
            for path in folder.rglob("*"):
                if any(path == other or other in path.parents for other in besides):
                    continue
                hits = self.in_bytes(bytes(str(path.relative_to(folder)), "utf-8", "surrogateescape"))
                if path.is_file():
                    hits |= self.in_bytes(path.read_bytes())
                if hits:
                    found[str(path)] = hits
        return found


class Descendants(threading.Thread):
    """Looks at the command lines and environments of all that a process starts, as often as it can.

    The process's own environment may hold what it was handed; its command line may not.
    """

    def __init__(self, root: int, canaries: Canaries) -> None:
        super().__init__(daemon=True)
        self.root, self.canaries = root, canaries
        self.hits: dict[str, set[str]] = {}
        self.seen: set[str] = set()
        self._looks: dict[tuple[int, str], int] = {}
        self._over = threading.Event()
        self.start()

    def run(self) -> None:
        while not self._over.wait(0.02):
            self.look()

    def look(self) -> None:
        family = {self.root}
        parents = {}
        for folder in Path("/proc").iterdir():
            if folder.name.isdecimal():
                try:
                    parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                except (OSError, IndexError, ValueError):
                    continue
        while more := {pid for pid, parent in parents.items() if parent in family} - family:
            family |= more
        for pid in family:
            try:
                # A child between fork and exec still shows its parent's own: only what has become a program counts.
                command = Path(f"/proc/{pid}/cmdline").read_bytes()
                environ = b"" if pid == self.root else Path(f"/proc/{pid}/environ").read_bytes()
                if pid != self.root and command == Path(f"/proc/{self.root}/cmdline").read_bytes():
                    continue
            except OSError:
                continue
            if pid != self.root and command:
                self.seen.add(command.replace(b"\0", b" ").decode("utf-8", "replace"))
            if hits := self.canaries.in_bytes(command + b"\0" + environ):
                self.hits[command.decode("utf-8", "replace")] = hits

    def end(self) -> dict[str, set[str]]:
        self._over.set()
        self.join()
        return self.hits


class Echo:
    """Something between the program and the cloud that answers for it, with all that it was sent: `kind` html, json,
    text or xml, in the plain and in each encoding; the answer's headers repeat it as well."""

    def __init__(self) -> None:
        self.kind, self.status = "html", 500
        self.count = 0
        echo = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                sent = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                echo.count += 1
                kind, body = echo.body(dict(self.headers), sent)
                self.send_response(echo.status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                given = self.headers.get("X-Auth-Token") or self.headers.get("X-Obs-Security-Token") or sent
                for name in ("X-Request-Id", "X-Obs-Request-Id", "Location", "X-Obs-Error-Message", "X-Obs-Error-Code"):
                    self.send_header(name, given.encode("ascii", "replace").decode()[:2000])
                self.end_headers()
                self.wfile.write(b"" if self.command == "HEAD" else body)

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = answer  # noqa: N815  # the server looks for these names

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def body(self, headers: dict[str, str], sent: str) -> tuple[str, bytes]:
        values = [sent, *headers.values()]
        if sent.startswith("{"):
            values += list(_leaves(json.loads(sent)))
        values.sort(key=lambda value: value.count('"') > 2)  # the bare values first: texts are cut off soon
        ways = (str, quote, lambda text: base64.b64encode(text.encode()).decode(), html.escape)
        every = [way(value) for value in values for way in ways]
        said = " ".join(every)
        if self.kind == "json":
            return "application/json", json.dumps({"error_code": said, "error_msg": said, "request_id": said}).encode()
        if self.kind == "xml":
            text = html.escape(said)
            inner = f"<Code>{text}</Code><Message>{text}</Message><RequestId>{text}</RequestId>"
            return "application/xml", f"<?xml version='1.0'?><Error>{inner}</Error>".encode()
        if self.kind == "text":
            return "text/plain", said.encode()
        return "text/html", f"<html><title>{said}</title><body><pre>{said}</pre></body></html>".encode()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _leaves(value: object) -> list[str]:
    if isinstance(value, dict):
        return [leaf for each in value.values() for leaf in _leaves(each)]
    if isinstance(value, list):
        return [leaf for each in value for leaf in _leaves(each)]
    return [value] if isinstance(value, str) else []


def plant(cloud: object, canaries: Canaries) -> dict[str, str]:
    """Makes everything secret that this practice cloud has and gives a canary. Returns the main person's facts."""
    world, context = cloud.world, cloud.context
    person = next(iter(world.state.users.values()))
    person.password = canaries.add("password", canary("pw"))
    person.secret_key = canaries.add("secret key", canary("sk"))
    token, key, link = world.accounts.issue_token, world.accounts.issue_temporary_key, context.console_link

    def issue_token(*args):
        text, record = token(*args)
        canaries.add("token", text)
        return text, record

    def issue_temporary_key(*args):
        access, secret, security, expires = key(*args)
        canaries.add("temporary secret key", secret)
        canaries.add("security token", security)
        return access, secret, security, expires

    def console_link(server_id):
        url = link(server_id)
        canaries.add("console token", url.partition("token=")[2].partition("&")[0])
        return url

    world.accounts.issue_token, world.accounts.issue_temporary_key = issue_token, issue_temporary_key
    context.console_link = console_link
    cloud.ready.update(password=person.password, secret_key=person.secret_key)
    return cloud.ready


def wait_for(test, seconds=30.0, what="it never came"):
    """The first true answer."""
    until = time.monotonic() + seconds
    while not (answer := test()):
        assert time.monotonic() < until, what
        time.sleep(0.02)
    return answer
