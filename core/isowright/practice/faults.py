"""Fault scripts: what shall go wrong, when, and how often.

A script is a list of rules, as JSON (`{"rules": [...]}` or a bare list) or TOML (`[[rules]]` tables). It is loaded with
`--faults FILE` or sent to `POST /practice/faults` of the control URL (adds rules; answers their ids);
`GET /practice/faults` shows the rules with their counts, `DELETE /practice/faults[?id=…]` removes them and lets held
requests go, `POST /practice/faults/release[?id=…]` lets held requests go and keeps the rules; with `drop=true` they
are thrown away instead, and their connections reset: what was held before its effect never has one.

**Rules about requests** have an `action`, and say which requests are meant:

| key | meaning |
|---|---|
| `service` | iam, ims, ecs, evs, vpc, obs, eps; absent = any of these (so that `nth` counts all requests) |
| `method` | HTTP method; absent = any |
| `path` | regular expression, searched in path and query (`/v2/cloudimages/action`); absent = any |
| `match_body` | regular expression, searched in the request's body; absent = any |
| `nth` | the first matching request that is meant, from 1 (default 1) |
| `count` | how many from there on (default 1; 0 = all) |

| action | what happens | keys |
|---|---|---|
| `status` | answers without doing it | `status`, `body` (object or text), `headers`, `retry_after`, `code`, `message` |
| `after-status` | does it, then answers something else | the same |
| `refuse` | 403 by policy, in the body shape of the service | |
| `reset-before` / `reset-after` | resets the connection before / after it was done | |
| `cut-body` | resets the connection in the middle of the request's body; was not done | `after_bytes` |
| `delay` | waits, then does it | `seconds` |
| `error-202` | does nothing and answers 202 with an error body | `code` (Common.0024), `message` |
| `truncated` | does it and sends half of the answer | |
| `html` | does nothing and answers 502 with a proxy's HTML page | `status` |
| `expire-tokens` | all tokens are past their time from here on, then goes on | |
| `expire-keys` | all temporary keys are past their time from here on, then goes on | |
| `lose-part` | the first part of the upload that is named is gone from here on, then goes on | |
| `hold-before` / `hold-after` | stops before / after it was done, until released | |
| `silence-before` / `silence-after` | never answers; was not / was done. Ends when the client does, or released | |
| `down-before` | resets the connection before it was done; the port refuses all from then on | `seconds`, `name` |
| `down-after` | closes the port, then does it and answers: the next connection is refused | the same |

A port that is down stays so for `seconds` (0: until the rule is removed); `name` is the service whose port it is, by
default the one that was asked.

`cut-body` acts when so many bytes of the body have come, or all of a shorter one; `match_body` is not looked at.
With `code` and without `body`, an error body of the service's own shape is made. An `expire-…` rule that matches
nothing (`path`, `method`, `service`, `match_body` absent) acts at once.

**Rules about jobs** have `job`, a regular expression for the job type (imsImportImageJob, imsVolumeCreateImageJob,
imsAddImageMembersJob, imsCrossRegionCopyImageJob, imsNativeExportImageJob, createServer, stopServer, startServer,
rebootServer, deleteServer, detachVolume, deleteVolume), and an `action` out of

| action | what happens |
|---|---|
| `fail` | FAIL, and nothing is left of it |
| `fail-with-debris` | FAIL; leaves a killed image, a server in ERROR and its disks, or (deleteServer) the disks |
| `fail-with-disks` | FAIL; createServer takes its server away and leaves the disks |
| `hang` | runs for ever |
| `slow` | takes `factor` times as long |
| `odd-words` | runs and ends as always, but calls running by a word that is in no documentation |
| `no-ids` | SUCCESS that names no resource; the answer to the create request names none either |
| `in-error` | SUCCESS of createServer, but the server is in ERROR |

Keys `code`, `reason`, `factor`, `nth`, `count`. They are decided when the job starts.

**Rules about the world** have `world` and hold while they exist: `quota-full` (`resource`: image, server, cores, ram,
volume, gigabytes, bucket, vpc), `zone-down` (`name`), `sold-out` (`flavor`), `sold-out-volume-type` (`name`),
`extra-data-disk` (servers come up with two data disks), `no-addresses` (`subnet`; absent = all), `ignores-client-token`
(servers are made as often as asked for, whatever X-Client-Token says: the header is not known to every cloud),
`unattended` (new servers install themselves and power off, `seconds` of the cloud's after they came up),
`images-queued` (images stay queued after the SUCCESS of their job), `volumes-late` (servers show no disks),
`keeps-data-disks` (`delete_on_termination` in a create request has no effect), `auto-terminate-ignored` and
`auto-terminate-refused` (`auto_terminate_time` is not known here: it is passed over, or the request is malformed),
`mute-consoles` (guests write nothing to their serial console).
"""

import re
import secrets
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

REQUEST_ACTIONS = {
    "status",
    "after-status",
    "refuse",
    "reset-before",
    "reset-after",
    "cut-body",
    "delay",
    "error-202",
    "truncated",
    "html",
    "expire-tokens",
    "expire-keys",
    "lose-part",
    "hold-before",
    "hold-after",
    "silence-before",
    "silence-after",
    "down-before",
    "down-after",
}
JOB_FAILURES = {"fail", "fail-with-debris", "fail-with-disks"}
JOB_ACTIONS = JOB_FAILURES | {"hang", "slow", "odd-words", "no-ids", "in-error"}
WORLD_RULES = {
    "quota-full",
    "zone-down",
    "sold-out",
    "sold-out-volume-type",
    "extra-data-disk",
    "no-addresses",
    "ignores-client-token",
    "unattended",
    "images-queued",
    "volumes-late",
    "keeps-data-disks",
    "auto-terminate-ignored",
    "auto-terminate-refused",
    "mute-consoles",
}
_OWN_DOORS = {"control", "console"}


class Rule(msgspec.Struct, forbid_unknown_fields=True):
    """One rule as written; `hits` counts the requests or jobs that matched, `fired` those that it acted on."""

    id: str = ""
    action: str = ""
    service: str = ""
    method: str = ""
    path: str = ""
    body: Any = None
    nth: int = 1
    count: int = 1
    status: int = 0
    headers: dict[str, str] = {}
    retry_after: int | None = None
    code: str = ""
    message: str = ""
    seconds: float = 0.0
    after_bytes: int = 0
    match_body: str = ""
    job: str = ""
    reason: str = ""
    factor: float = 4.0
    world: str = ""
    resource: str = ""
    flavor: str = ""
    name: str = ""
    subnet: str = ""
    hits: int = 0
    fired: int = 0

    def due(self) -> bool:
        """Counts a match, and says whether this one is meant."""
        self.hits += 1
        meant = self.hits >= self.nth and (self.count == 0 or self.hits < self.nth + self.count)
        self.fired += meant
        return meant

    @property
    def immediate(self) -> bool:
        selective = self.path or self.method or self.service or self.match_body
        return self.action in {"expire-tokens", "expire-keys"} and not selective


@dataclass(frozen=True)
class JobFault:
    action: str
    code: str
    reason: str
    factor: float


class FaultBook:
    """All rules in force."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []

    def add(self, script: Any) -> list[Rule]:
        """Adds the rules of a decoded script. Raises ValueError about the wrong rule, and adds none then."""
        listed = script.get("rules") if isinstance(script, dict) else script
        if not isinstance(listed, list):
            raise ValueError("A fault script is a list of rules, or an object with such a list under “rules”.")  # noqa: TRY004 (bad input, not a bug)
        rules = [_read_rule(number, item) for number, item in enumerate(listed, 1)]
        self.rules.extend(rules)
        return rules

    def load(self, path: Path) -> list[Rule]:
        """Adds the rules of a JSON or TOML file. Raises OSError or ValueError."""
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".toml":
            return self.add(tomllib.loads(text))
        try:
            return self.add(msgspec.json.decode(text))
        except msgspec.DecodeError as error:
            raise ValueError(f"{path.name} is not JSON: {error}") from error

    def remove(self, rule_id: str | None) -> list[Rule]:
        """Takes one rule out, or all; returns what was taken."""
        taken = [rule for rule in self.rules if rule_id in (None, rule.id)]
        self.rules = [rule for rule in self.rules if rule not in taken]
        return taken

    def cut(self, service: str, method: str, target: str) -> Rule | None:
        """The rule that ends this request before its body is there. Counts it."""
        for rule in self.rules:
            if rule.action == "cut-body" and _meant(rule, service, method, target) and rule.due():
                return rule
        return None

    def request(self, service: str, method: str, target: str, body: bytes) -> list[Rule]:
        """The rules that mean this request, in the order of the script. Counts it."""
        due = []
        for rule in list(self.rules):
            if not rule.action or rule.job or rule.immediate or rule.action == "cut-body":
                continue
            matches = _meant(rule, service, method, target) and (
                not rule.match_body or re.search(rule.match_body, body.decode("utf-8", "replace"))
            )
            if matches and rule.due():
                due.append(rule)
        return due

    def job(self, service: str, kind: str) -> JobFault | None:
        for rule in self.rules:
            if rule.job and rule.service in ("", service) and re.search(rule.job, kind) and rule.due():
                factor = rule.factor if rule.action == "slow" else 1.0
                return JobFault(rule.action, rule.code, rule.reason, factor)
        return None

    def _world(self, name: str) -> list[Rule]:
        return [rule for rule in self.rules if rule.world == name]

    def quota_full(self, resource: str) -> bool:
        return any(rule.resource in ("", resource) for rule in self._world("quota-full"))

    def zone_down(self, zone: str) -> bool:
        return any(rule.name in ("", zone) for rule in self._world("zone-down"))

    def sold_out(self, flavor: str) -> bool:
        return any(rule.flavor in ("", flavor) for rule in self._world("sold-out"))

    def sold_out_volume_type(self, name: str) -> bool:
        return any(rule.name in ("", name) for rule in self._world("sold-out-volume-type"))

    def extra_data_disk(self) -> bool:
        return bool(self._world("extra-data-disk"))

    def images_queued(self) -> bool:
        return bool(self._world("images-queued"))

    def volumes_late(self) -> bool:
        return bool(self._world("volumes-late"))

    def keeps_data_disks(self) -> bool:
        return bool(self._world("keeps-data-disks"))

    def mute_consoles(self) -> bool:
        return bool(self._world("mute-consoles"))

    def auto_terminate(self) -> str:
        """What this cloud does with `auto_terminate_time`: "known", "ignored" or "refused"."""
        if self._world("auto-terminate-refused"):
            return "refused"
        return "ignored" if self._world("auto-terminate-ignored") else "known"

    def no_addresses(self, subnet: str) -> bool:
        return any(rule.subnet in ("", subnet) for rule in self._world("no-addresses"))

    def ignores_client_token(self) -> bool:
        return bool(self._world("ignores-client-token"))

    def unattended(self) -> float | None:
        """Cloud seconds from a server's start to its powering off; None: somebody has to install."""
        return next((rule.seconds for rule in self._world("unattended")), None)


def _meant(rule: Rule, service: str, method: str, target: str) -> bool:
    """As far as its first line tells."""
    return (
        (rule.service == service or (not rule.service and service not in _OWN_DOORS))
        and rule.method.upper() in ("", method)
        and re.search(rule.path, target) is not None
    )


def _read_rule(number: int, item: Any) -> Rule:
    try:
        rule = msgspec.convert(item, Rule)
    except msgspec.ValidationError as error:
        raise ValueError(f"Rule {number}: {error}") from error
    for expression in (rule.path, rule.match_body, rule.job):
        try:
            re.compile(expression)
        except re.error as error:
            raise ValueError(f"Rule {number}: “{expression}” is no regular expression: {error}") from error
    if rule.world:
        if rule.world not in WORLD_RULES:
            raise ValueError(f"Rule {number}: “{rule.world}” is no rule about the world: {sorted(WORLD_RULES)}.")
    elif rule.action not in (JOB_ACTIONS if rule.job else REQUEST_ACTIONS):
        allowed = sorted(JOB_ACTIONS if rule.job else REQUEST_ACTIONS)
        raise ValueError(f"Rule {number}: “{rule.action}” is no action: {allowed}.")
    rule.id = rule.id or secrets.token_hex(4)
    rule.hits = rule.fired = 0
    return rule
