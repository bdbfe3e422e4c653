"""One request on its way through a service, and the answer that it gets."""

import json
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from isowright.practice.blobs import Incoming
from isowright.practice.model import Caller, Project
from isowright.practice.refusals import Refusal
from isowright.practice.signatures import Signed
from isowright.practice.world import World


def stamp(at: float, *, milliseconds: bool = False, micro: bool = False, zone: str = "Z") -> str:
    """A time as the services write it: seconds, .000 or .000000, with or without Z."""
    moment = datetime.fromtimestamp(at, UTC)
    text = moment.strftime("%Y-%m-%dT%H:%M:%S")
    if milliseconds:
        text += f".{moment.microsecond // 1000:03d}"
    elif micro:
        text += f".{moment.microsecond:06d}"
    return text + zone


@dataclass
class Answer:
    """`body`: an object or a list becomes JSON, text and bytes go as they are, an iterator is sent piece by piece; an
    awaitable stands for what it gives, or for the Refusal that it raises."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str = "application/json"
    length: int | None = None

    def encode(self) -> bytes | Iterable[bytes]:
        if self.body is None:
            return b""
        if isinstance(self.body, bytes):
            return self.body
        if isinstance(self.body, str):
            return self.body.encode()
        if isinstance(self.body, dict | list):
            return json.dumps(self.body, ensure_ascii=False).encode()
        pieces: Iterable[bytes] = self.body
        return pieces


@dataclass
class Call:
    """What a handler gets to see."""

    world: World
    service: str
    method: str
    path: str
    raw_query: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    params: Mapping[str, str]
    body: bytes
    request_id: str = field(default_factory=lambda: secrets.token_hex(16))
    who: Caller | None = None
    incoming: Incoming | None = None  # a body that went to disk as it came; `body` is empty then

    @property
    def caller(self) -> Caller:
        assert self.who is not None, "handler of a route without authentication asks for its caller"
        return self.who

    @property
    def signed(self) -> Signed:
        sha256 = self.incoming.sha256 if self.incoming else ""
        return Signed(self.method, self.path, self.raw_query, self.headers, self.body, sha256)

    @property
    def size(self) -> int:
        """Bytes of the body."""
        return self.incoming.size if self.incoming else len(self.body)

    @property
    def base(self) -> str:
        return self.world.urls.get(self.service, f"http://{self.headers.get('host', '127.0.0.1')}")

    def project(self, refusal: Refusal) -> Project:
        """The caller's project, in this region; `refusal` if the caller has none or the path names another."""
        project = self.caller.project
        if project is None or self.params.get("project_id", project.id) != project.id:
            raise refusal
        return project

    def json(self, refusal: Refusal) -> Any:
        """The body as JSON, or `refusal`."""
        try:
            return json.loads(self.body)
        except ValueError:
            raise refusal from None

    def object(self, refusal: Refusal) -> dict[str, Any]:
        value = self.json(refusal)
        if not isinstance(value, dict):
            raise refusal
        return value

    def number(self, name: str, default: int, low: int, high: int, refusal: Refusal) -> int:
        text = self.query.get(name)
        if text is None or text == "":
            return default
        if not re.fullmatch(r"\d{1,9}", text) or not low <= int(text) <= high:
            raise refusal
        return int(text)
