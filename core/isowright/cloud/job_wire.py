"""Job answers of IMS, ECS and EVS as one `Job`. Pure.

Same path and words on three hosts, different entities (IMS `image_id`, ECS `sub_jobs[].entities.server_id`, EVS
`volume_id`). A FAIL comes in a 200, and its reason hides in the deepest failed part. Source: SDK models ShowJobResponse
of ims, ecs and evs; API references "Querying the status of a job".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from isowright.cloud.models import Job
from isowright.cloud.redact import hide_known
from isowright.cloud.wire import LONGEST_CODE, Answer, decode, plain, unreadable

_DEPTH = 8
_LONGEST_REASON = 1000  # characters


class _Created(msgspec.Struct):
    job_id: str


def read_job_id(answer: Answer) -> str:
    """From the answer to anything asynchronous. Raises UnreadableError."""
    found = decode(answer, _Created).job_id
    if not found:
        raise unreadable(answer)
    return found


def read_job(answer: Answer) -> Job:
    """Raises UnreadableError when there is no status: that is an error, not a running job."""
    data = decode(answer, dict[str, Any])
    status = data.get("status")
    if not isinstance(status, str) or not status:
        raise unreadable(answer)
    parts = list(_parts(data))  # outermost first
    failed = [part for part in parts if _word(part.get("status")) in ("FAIL", "FAILED", "ERROR")]
    is_fail = status.upper() in ("FAIL", "FAILED")
    code, reason = _deepest(failed) if is_fail else ("", "")
    return Job(
        id=plain(data.get("job_id")),
        type=plain(data.get("job_type")),
        status="FAIL" if is_fail else status.upper(),
        fraction=_fraction(parts),
        task=_first(parts, "current_task"),
        error_code=code,
        reason=reason,
        image_id=_first(parts, "image_id"),
        server_id=_first(parts, "server_id"),
        volume_id=_first(parts, "volume_id"),
        request_id=answer.request_id,
    )


def _parts(job: dict[str, Any], depth: int = 0) -> Iterator[dict[str, Any]]:
    """The job and its sub-jobs, at any depth."""
    yield job
    entities = job.get("entities")
    if depth >= _DEPTH or not isinstance(entities, dict):
        return
    for name in ("sub_jobs", "sub_jobs_result"):
        children = entities.get(name)
        for child in children if isinstance(children, list) else ():
            if isinstance(child, dict):
                yield from _parts(child, depth + 1)


def _entities(part: dict[str, Any]) -> dict[str, Any]:
    found = part.get("entities")
    return found if isinstance(found, dict) else {}


def _first(parts: list[dict[str, Any]], name: str) -> str:
    return next((plain(value) for part in parts if (value := _entities(part).get(name))), "")


def _deepest(failed: list[dict[str, Any]]) -> tuple[str, str]:
    """(code, reason) of the last failed part that tells any."""
    code = reason = ""
    for part in reversed(failed):
        entities = _entities(part)
        says = [
            plain(entities.get(name))
            for name in ("errorcode_message", "addition_error_msg", "error")
            if entities.get(name)
        ]
        if part.get("fail_reason"):
            says.append(plain(part["fail_reason"]))
        code = code or plain(
            part.get("error_code") or entities.get("addition_error_code") or entities.get("error_code")
        )
        reason = reason or " ".join(dict.fromkeys(says))
    code, reason = hide_known(code), hide_known(reason)  # half a secret would no longer be known as one
    return code[:LONGEST_CODE], reason if len(reason) <= _LONGEST_REASON else f"{reason[: _LONGEST_REASON - 1]}…"


def _fraction(parts: list[dict[str, Any]]) -> float | None:
    """0..1; documented as a fraction, values above 1 can only be percent."""
    raw = next((v for part in parts if (v := _entities(part).get("process_percent")) is not None), None)
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        return None
    try:
        value = float(raw.rstrip("% ")) if isinstance(raw, str) else float(raw)
    except ValueError:
        return None
    if value > 1 or (isinstance(raw, str) and "%" in raw):
        value /= 100
    return min(max(value, 0.0), 1.0) if value == value else None  # noqa: PLR0124  # NaN is the one value that differs


def _word(value: object) -> str:
    return value.upper() if isinstance(value, str) else ""
