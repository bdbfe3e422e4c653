"""Requests and answers as values: building, lenient decoding, recognising errors in every shape. Pure, no I/O.

Body shapes: the official SDK's exception handler and the services' error references.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from types import UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin

import msgspec

from isowright.cloud.redact import hide_known, redact
from isowright.errors import CloudError

__all__ = ["Answer", "Complaint", "Kind", "Request", "UnreadableError", "complaint", "decode", "redact", "request_id"]

T = TypeVar("T")

Kind = Literal["login", "read", "create", "create-with-token", "delete", "action", "part"]
Scope = Literal["project", "domain", "none"]

LONGEST_CODE = 100  # characters of a code or an id: what is longer is none, and would flood whoever reads it
_SMALL = 16_384  # an error body is never longer; lists of thousands need not be searched for one
_LONGEST_NUMBER = 256  # bits; Python turns no number of more than 4300 digits into text
_MISFIT = (msgspec.MsgspecError, ValueError, TypeError, OverflowError)
_CODE = re.compile(r"[A-Z][A-Za-z]*\.\d{3,5}")
_NAMED_ERRORS = re.compile(r"(?i)itemNotFound|badRequest|conflictingRequest|forbidden|overLimit|\w+Fault|NeutronError")


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One call. `path` may hold `{project_id}`; `kind` decides what may be repeated; `query` values are plain text.

    A "part" of an upload may be sent again at will: the last one of a number counts.

    `bucket` and `key` are for the object service only; there `path` is not used. `prompt`: somebody is looking at a
    button, so that it fails rather than waits for the network.
    """

    service: str
    method: str
    path: str = ""
    query: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    headers: dict[str, str] = {}
    kind: Kind = "read"
    scope: Scope = "project"
    bucket: str = ""
    key: str = ""
    prompt: bool = False

    @property
    def label(self) -> str:
        """What logs and errors call it; holds no secret."""
        where = self.path or f"/{self.bucket}/{self.key}".rstrip("/") or "/"
        return f"{self.method} {self.service}{where}"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came back. Header names are lower case."""

    service: str
    method: str
    path: str
    status: int
    headers: dict[str, str] = {}
    body: bytes = b""

    @property
    def request_id(self) -> str:
        return request_id(self.headers)


class Complaint(msgspec.Struct, frozen=True):
    """The error inside an answer: the most telling code and message, "" where it gives none."""

    code: str = ""
    message: str = ""
    request_id: str = ""


class UnreadableError(CloudError):
    """A 2xx answer that is not what it should be: cut off, HTML from something in between, a field gone."""


def json_body(value: object) -> bytes:
    """A JSON request body."""
    return msgspec.json.encode(value)


def request_id(headers: Mapping[str, str]) -> str:
    """The id that the cloud's support asks for."""
    for name in ("x-request-id", "x-iam-trace-id", "x-openstack-request-id", "x-obs-request-id"):
        if value := headers.get(name):
            return hide_known(value)[:LONGEST_CODE]
    return ""


def decode(answer: Answer, type_: type[T]) -> T:
    """The body as `type_`, leniently: numbers as strings, null, missing and unknown fields are all fine.

    Raises UnreadableError if it is no JSON, or not even the outermost shape fits.
    """
    try:
        return msgspec.json.decode(answer.body, type=type_, strict=False)
    except msgspec.ValidationError:
        pass  # some field wanders: look closer below
    except (msgspec.DecodeError, RecursionError) as error:
        raise unreadable(answer) from error
    try:
        return cast("T", _careful(msgspec.json.decode(answer.body), type_))
    except (*_MISFIT, RecursionError) as error:
        raise unreadable(answer) from error


def read_nothing(answer: Answer) -> None:
    """For calls whose answers say no more than their status. A proxy's or guest network's page is none of them."""
    if re.match(rb"(?i)\s*<(!doctype html|html)", answer.body):
        raise unreadable(answer)


def is_unknown_call(error: CloudError) -> bool:
    """Nothing was looked for: this host does not have the call at all, which says nothing about the thing asked for."""
    return error.code in ("APIGW.0101", "APIG.0101")


def plain(value: object) -> str:
    """A name, code or number as text; "" for lists and objects, which may be nested deeper than `str` goes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and value.bit_length() > _LONGEST_NUMBER:
        return ""
    return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""


def unreadable(answer: Answer) -> UnreadableError:
    return UnreadableError(
        "The cloud's answer could not be understood.",
        detail=f"{answer.method} {answer.path} answered {answer.status}, but its content is cut off or another kind.",
        remedy="Try again. If it stays, check that the endpoint is this service's and that no proxy answers for it.",
        status=answer.status,
        request_id=answer.request_id,
        retryable=True,
        action="retry",
    )


def overlong(answer: Answer) -> UnreadableError:
    return UnreadableError(
        "The cloud's answer does not end.",
        detail=f"After {len(answer.body) // 1024**2} MiB the rest was not read: no answer of this service is so long.",
        remedy="Check that the endpoint is this service's and that no proxy answers for it.",
        status=answer.status,
        request_id=answer.request_id,
        action="step:account.endpoints",
    )


def complaint(answer: Answer) -> Complaint | None:
    """The error in an answer, or None. A 2xx answer may hold one too (202 Common.0024)."""
    ok = 200 <= answer.status < 300
    if ok and len(answer.body) > _SMALL:
        return None
    found = _from_xml(answer) if answer.service == "obs" else None
    if found is None and answer.body and not (ok and answer.service == "obs"):
        found = _from_json(answer)
    if ok:
        # Only a body that is nothing but an error counts; "code" may be a field of something healthy.
        return _short(found) if found and found.code else None
    return _short(found or Complaint(message=_plain_text(answer.body)), answer.request_id)


def _short(found: Complaint, request_id: str = "") -> Complaint:
    code, given = hide_known(found.code), hide_known(found.request_id)  # before half of a secret is cut off
    return Complaint(code[:LONGEST_CODE], hide_known(found.message), request_id or given[:LONGEST_CODE])


def _from_xml(answer: Answer) -> Complaint | None:
    """The object service's errors; those of HEAD have headers only. Object data is never looked at."""
    ok = 200 <= answer.status < 300
    if ok and "xml" not in answer.headers.get("content-type", ""):
        return None
    if not re.match(rb"\s*(<\?xml[^>]*>)?\s*<Error[\s>]", answer.body):
        code = answer.headers.get("x-obs-error-code", "")
        return Complaint(code, answer.headers.get("x-obs-error-message", "")) if code and not ok else None
    text = answer.body.decode("utf-8", "replace")
    inner = [re.search(rf"(?s)<{name}>(.*?)</{name}>", text) for name in ("Code", "Message", "RequestId")]
    return Complaint(*(html.unescape(match.group(1)).strip() if match else "" for match in inner))


def _from_json(answer: Answer) -> Complaint | None:
    try:
        data = msgspec.json.decode(answer.body)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return None
    ok = 200 <= answer.status < 300
    if not isinstance(data, dict) or (ok and data.get("status")):  # with a status it is a job, failed or not
        return None
    found = _search(data)
    if found is None:
        return None
    code, message = found
    if not _CODE.fullmatch(code) and _CODE.fullmatch(message):  # one documented sample has them swapped
        code, message = message, code
    if code.isdigit():  # Keystone and Nova repeat the HTTP status there
        if ok:
            return None
        code = ""
    return Complaint(code, message, plain(data.get("request_id")))


def _search(data: dict[str, Any]) -> tuple[str, str] | None:
    for code, message in (("error_code", "error_msg"), ("errorCode", "errorMsg"), ("code", "message")):
        if data.get(code) and (data.get(message) is not None or code != "code"):
            return plain(data[code]), plain(data.get(message))
    error = data.get("error")
    if isinstance(error, dict):
        code, message = plain(error.get("code")), plain(error.get("message"))
        details = error.get("details")
        if isinstance(details, list):  # ECS: the parameter that is really meant
            for detail in details:
                if isinstance(detail, dict) and detail.get("code"):
                    return plain(detail["code"]), plain(detail.get("message")) or message
        return code, message or plain(error.get("title"))
    if isinstance(error, str):
        return "", error
    for name, value in data.items():
        if isinstance(value, dict) and _NAMED_ERRORS.fullmatch(name) and ("message" in value or "code" in value):
            return plain(value.get("code") or value.get("type")), plain(value.get("message"))
    return None


def _plain_text(body: bytes) -> str:
    """What plain text or HTML says, in one short line."""
    text = body[:4000].decode("utf-8", "replace")
    if title := re.search(r"(?is)<title>(.*?)</title>", text):
        text = title.group(1)
    text = re.sub(r"(?s)<(style|script).*?</\1>|<[^>]*>", " ", text)
    return " ".join(text.split())[:200]


# --- decoding field by field, when an answer does not fit as a whole ------------------------------------------


def _careful(value: Any, type_: Any) -> Any:
    origin = get_origin(type_)
    args = get_args(type_)
    if isinstance(type_, type) and issubclass(type_, msgspec.Struct):
        return _careful_struct(value, type_)
    if origin in (list, tuple):
        items = [] if value is None else _must(list, value)
        return origin(kept for item in items if (kept := _or_none(item, args[0])) is not None)
    if origin is dict:
        members = {} if value is None else _must(dict, value)
        return {k: kept for k, v in members.items() if (kept := _or_none(v, args[1])) is not None}
    if origin in (Union, UnionType):  # only ever "this or None"
        return None if value is None else _careful(value, next(a for a in args if a is not type(None)))
    return _scalar(value, type_)


def _must(kind: type[T], value: Any) -> T:
    if not isinstance(value, kind):
        raise TypeError(kind.__name__)
    return value


def _or_none(value: Any, type_: Any) -> Any:
    """A list's damaged element is left out rather than all the others lost."""
    try:
        return _careful(value, type_)
    except _MISFIT:
        return None


def _careful_struct(value: Any, type_: type[msgspec.Struct]) -> msgspec.Struct:
    _must(dict, value)
    filled: dict[str, Any] = {}
    for position, field in enumerate(msgspec.structs.fields(type_)):
        if (raw := value.get(field.encode_name)) is not None:
            try:
                filled[field.name] = _careful(raw, field.type)
                continue
            except _MISFIT:
                pass
        if field.required:
            if position == 0:  # the first field identifies it; without one it is of no use
                raise ValueError(field.encode_name)
            filled[field.name] = _blank(field.type)
    return type_(**filled)


def _scalar(value: Any, type_: Any) -> Any:
    if type_ is str and isinstance(value, int | float):
        return plain(value)
    if type_ is int and isinstance(value, float | str):
        return int(float(value))
    return msgspec.convert(value, type_, strict=False)


def _blank(type_: Any) -> Any:
    blanks: dict[Any, Any] = {str: "", int: 0, bool: False, float: 0.0}
    if type_ in blanks:
        return blanks[type_]
    if get_origin(type_) in (list, tuple, dict):
        return get_origin(type_)()
    raise ValueError("nothing stands for it")
