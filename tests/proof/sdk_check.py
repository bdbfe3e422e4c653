"""Answers held against the official SDK's models and against the recorded examples, key by key.

The SDK itself forgives nearly everything: what it does not know it drops, what is missing it leaves None. So the JSON
is walked here beside the model: a key that the model does not know, a type that it would have to bend, an attribute
that the model sets without asking (its way to say mandatory), or a key of the example that is not there is a finding.
Where the recorded examples of the same answer differ from the model too, the examples are right.
"""

import ast
import functools
import importlib
import inspect
import json
import re
import textwrap
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parents[1] / "data" / "api"

# There at times: the state of the thing, and not the shape of the answer, decides.
AT_TIMES = {"fault", "__root_origin", "__originalimagename", "active_at", "auto_terminate_time"}
# Objects whose keys are data.
FREE_KEYS = {"addresses", "metadata", "os_extra_specs", "tags"}

_PRIMITIVES = {
    "str": str,
    "int": int,
    "float": (int, float),
    "bool": bool,
    "datetime": str,
    "date": str,
}


def example(name):
    return json.loads((EXAMPLES / name).read_text(encoding="utf-8"))


@functools.cache
def recorded():
    """Model (such as `huaweicloudsdkecs.v2.ShowJobResponse`) → the examples that were made for it."""
    found = {}
    for line in (EXAMPLES / "README.md").read_text(encoding="utf-8").splitlines():
        row = re.match(r"\| (\w+\.json) \| (huaweicloudsdk\w+\.v\d\.\w+)", line)
        if row:
            found.setdefault(row[2], []).append(row[1])
    return found


def check(answer, *examples):
    """Everything about an answer of the SDK that is not as it should be, as sentences. `examples`: any may fit."""
    raw = json.loads(answer.raw_content) if answer.raw_content else {}
    found = differences(raw, type(answer))
    if examples:
        found += min((missing(example(name), raw, name) for name in examples), key=len)
    return found


def differences(raw, kind):
    """Between an answer and its model, but for those that the recorded examples have as well."""
    service = kind.__module__.split(".model.")[0]
    package = importlib.import_module(f"{service}.model")

    def findings(value):
        return {re.sub(r"\[\d+\]", "[]", text) for text in against_model(value, kind, package, kind.__name__)}

    names = recorded().get(f"{service}.{kind.__name__}", [])
    return sorted(findings(raw).difference(*(findings(example(name)) for name in names)))


def against_model(raw, kind, package, where):
    """`kind`: a model class, or a type as the models write it."""
    if raw is None:
        return []
    if isinstance(kind, str):
        listed = re.fullmatch(r"list\[(.*)\]", kind)
        if listed:
            if not isinstance(raw, list):
                return [f"{where} is no list"]
            return [f for n, item in enumerate(raw) for f in against_model(item, listed[1], package, f"{where}[{n}]")]
        mapped = re.fullmatch(r"dict\(([^,]*), (.*)\)", kind)
        if mapped:
            if not isinstance(raw, dict):
                return [f"{where} is no object"]
            return [f for key in raw for f in against_model(raw[key], mapped[2], package, f"{where}.{key}")]
        if kind == "object":
            return []
        if kind in _PRIMITIVES:
            return _primitive(raw, kind, where)
        kind = getattr(package, kind)
    if not kind.openapi_types:  # an enumeration
        values = [v for name, v in vars(kind).items() if isinstance(v, str | int) and name.isupper()]
        return [] if not values or raw in values else [f"{where}: {raw!r} is no value of {kind.__name__}"]
    return _model(raw, kind, package, where)


def _model(raw, kind, package, where):
    names = {kind.attribute_map[attribute]: attribute for attribute in kind.openapi_types}
    if isinstance(raw, list) and "body" in names:
        return against_model(raw, kind.openapi_types[names["body"]], package, where)
    if not isinstance(raw, dict):
        return [f"{where} is no object"]
    found = [f"{where}.{key} is not in the model {kind.__name__}" for key in raw.keys() - names.keys()]
    found += [
        f"{where}.{kind.attribute_map[attribute]} is mandatory in {kind.__name__}"
        for attribute in mandatory(kind)
        if kind.attribute_map[attribute] not in raw.keys() | AT_TIMES
    ]
    for key in raw.keys() & names.keys():
        found += against_model(raw[key], kind.openapi_types[names[key]], package, f"{where}.{key}")
    return found


def _primitive(raw, kind, where):
    good = isinstance(raw, _PRIMITIVES[kind]) and (kind == "bool" or not isinstance(raw, bool))
    return [] if good else [f"{where}: {type(raw).__name__} instead of {kind}"]


@functools.cache
def mandatory(kind):
    """Attributes that the model's constructor assigns whether they are given or not: the generator's "required"."""
    (function,) = ast.parse(textwrap.dedent(inspect.getsource(kind.__init__))).body
    return [
        statement.targets[0].attr
        for statement in function.body
        if isinstance(statement, ast.Assign)
        and isinstance(statement.targets[0], ast.Attribute)
        and isinstance(statement.value, ast.Name)
        and statement.targets[0].attr in kind.openapi_types
    ]


def missing(want, got, where):
    """Keys of an example that an answer lacks."""
    if isinstance(want, list) and isinstance(got, list):
        return missing(want[0], got[0], f"{where}[0]") if want and got else []
    if not (isinstance(want, dict) and isinstance(got, dict)):
        return []
    if where.rsplit(".", 1)[-1] in FREE_KEYS:
        return []
    found = [f"{where}.{key} is missing" for key in want.keys() - got.keys() - AT_TIMES]
    for key in want.keys() & got.keys():
        found += missing(want[key], got[key], f"{where}.{key}")
    return found
