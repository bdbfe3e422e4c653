"""Whatever comes back over HTTP, every call ends in a value of its type or in an error that names call and request."""

import asyncio
import os
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from bad_answers import CALLS, Liar, answers

from isowright.cloud import flavors, transport
from isowright.cloud.client import Cloud
from isowright.cloud.login import KeyLogin, PasswordLogin, TokenLogin
from isowright.cloud.models import Identity, Secret
from isowright.errors import AppError, CloudError, NetworkError, UnknownOutcomeError
from isowright.recipe import SERVICES, Account

PASSWORD = PasswordLogin("account", "user", Secret("pass-word-of-the-test"))
KEYS = KeyLogin("AK", Secret("secret-key-of-the-test"))
TOKEN = TokenLogin(Secret("own-token-of-the-test"))
LOGINS = {"password": PASSWORD, "key": KEYS, "token": TOKEN}
RECORDED = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # before the tokens and keys of the examples end
FEW, MANY = 8, 120  # cases for each call: hundreds in every test run, thousands in the long one


class QuickClock:
    """Nobody waits between two tries, and it is the day on which the example answers are good, whatever day it is."""

    def __init__(self):
        self._turned = 0.0
        self._began = time.monotonic()

    def now(self):
        return RECORDED + timedelta(seconds=self.monotonic() - self._began)

    def monotonic(self):
        return time.monotonic() + self._turned

    async def sleep(self, seconds):
        self._turned += seconds
        await asyncio.sleep(0)


@pytest.fixture(scope="module")
def runner():
    with asyncio.Runner() as made:
        yield made


@pytest.fixture(scope="module")
def liar(runner):
    made = Liar()
    runner.run(made.start())
    yield made
    runner.run(made.stop())


def opened(liar, call):
    account = Account(cloud="practice", region="ap-southeast-3", endpoints=dict.fromkeys(SERVICES, liar.url))
    return Cloud.open(account, LOGINS[call.login], clock=QuickClock())


async def ask(liar, call):
    """The value or the error."""
    cloud = opened(liar, call)
    try:
        return await call.ask(cloud), None
    except AppError as error:
        return None, error
    finally:
        await cloud.aclose()


def judge(liar, call, value, error, *, broken):
    """broken: what came was no HTTP, so that it may have no request id."""
    assert liar.lies, "the bad answer was never asked for"
    if error is None:
        msgspec.convert(msgspec.to_builtins(value), call.result)  # strictly: every field is what it is said to be
        use(value)
        return
    assert error.title
    assert error.remedy
    if call.result is Identity and error.status is None and not isinstance(error, NetworkError):
        return  # the answer is a good one, it only holds nothing for this account
    assert any(f" {service}/" in error.call for service in SERVICES), error.call
    if not broken:
        assert error.request_id in liar.given, error
    told = f"{error}\n{error!r}"
    told.encode()
    assert len(told) < 3000
    for secret in (PASSWORD.password.reveal(), KEYS.secret_key.reveal(), TOKEN.token.reveal(), "the-token-of-the-test"):
        assert secret not in told


def use(value):
    """What the pages and stages do with the fields that are read further."""
    for one in value if isinstance(value, list) else [value]:
        if hasattr(one, "offered_in"):
            one.offered_in("z")
    if isinstance(value, list) and value and hasattr(value[0], "vcpus"):
        flavors.rank(value, "z")


def try_out(liar, runner, call, said):
    content, broken = said
    liar.say(call.path, content)
    value, error = runner.run(asyncio.wait_for(ask(liar, call), 120))
    judge(liar, call, value, error, broken=broken)


PROFILE = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
@settings(max_examples=FEW, derandomize=True, **PROFILE)
@given(data=st.data())
def test_bad_answers(liar, runner, call, data):
    try_out(liar, runner, call, data.draw(answers(call)))


@pytest.mark.matrix
@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
@settings(max_examples=MANY, derandomize=not os.environ.get("ISOWRIGHT_TEST_ALL"), **PROFILE)  # always new ones by hand
@given(data=st.data())
def test_many_bad_answers(liar, runner, record_property, call, data):
    record_property("bad answers matrix", 1)
    try_out(liar, runner, call, data.draw(answers(call)))


def test_there_are_as_many_as_promised():
    assert FEW * len(CALLS) >= 300
    assert MANY * len(CALLS) >= 5000


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
def test_good_answers_are_good(liar, runner, call):
    """Else the test above would only ever see refusals."""
    from bad_answers import EXAMPLES

    body = (EXAMPLES / call.example).read_bytes() if call.example else b"{}"
    head = b"HTTP/1.1 200 OK\r\nX-Request-Id: %s\r\nX-Subject-Token: t\r\nConnection: close\r\nContent-Length: "
    liar.say(call.path, head + str(len(body)).encode() + b"\r\n\r\n" + body)
    value, error = runner.run(ask(liar, call))
    assert error is None
    judge(liar, call, value, error, broken=False)


def test_an_answer_without_end_is_not_read_to_its_end(liar, runner, monkeypatch):
    monkeypatch.setattr(transport, "LARGEST", 1024**2)
    monkeypatch.setattr("isowright.cloud.session.LARGEST", 1024**2)
    flavor_list, register = (next(c for c in CALLS if c.name == name) for name in ("flavors", "register ISO"))
    endless = b"HTTP/1.1 200 OK\r\nX-Request-Id: %s\r\nContent-Length: 99999999999\r\n\r\n" + b"[" * 2 * 1024**2
    liar.say(flavor_list.path, endless)
    _, error = runner.run(ask(liar, flavor_list))
    assert isinstance(error, CloudError)
    assert (error.title, error.request_id) == ("The cloud's answer does not end.", liar.given[-1])
    assert (error.call, liar.lies) == ("GET ecs/v1/{}/cloudservers/flavors".format(error.call.split("/")[2]), 1)
    # A create may have worked, whatever was said after it.
    liar.say(register.path, endless)
    _, error = runner.run(ask(liar, register))
    assert isinstance(error, UnknownOutcomeError)
    assert error.request_id == liar.given[-1]
    assert liar.lies == 1
    # Cut off after its head: no answer, but support can still find the request.
    liar.say(flavor_list.path, b"HTTP/1.1 200 OK\r\nX-Request-Id: %s\r\nContent-Length: 50\r\n\r\n{")
    _, error = runner.run(ask(liar, flavor_list))
    assert isinstance(error, NetworkError)
    assert error.request_id == liar.given[-1]
