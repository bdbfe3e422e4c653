"""Our sign-in against a real OpenStack Keystone: what is learnt there holds for every cloud that grew from it."""

import asyncio
import base64
import hashlib
import hmac
import json
import struct
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from servers import proof_python, running

from isowright.clock import SystemClock
from isowright.cloud import iam_wire
from isowright.cloud.client import Cloud
from isowright.cloud.login import PasswordLogin, TokenLogin
from isowright.cloud.models import Secret
from isowright.cloud.wire import Request
from isowright.errors import AuthError, PasscodeNeededError
from isowright.recipe import Account

REGION = "practice-1"
TOTP_SECRET = b"a seed of a virtual MFA device"
HOUR = 3600


class Keystone:
    """The server, and its administrator's door to it."""

    def __init__(self, url, password):
        self.url = url
        self.http = httpx.Client(base_url=url, trust_env=False, timeout=120)
        user = {"name": "admin", "domain": {"id": "default"}, "password": password}
        identity = {"methods": ["password"], "password": {"user": user}}
        scope = {"project": {"name": "admin", "domain": {"id": "default"}}}
        answer = self.http.post("/v3/auth/tokens", json={"auth": {"identity": identity, "scope": scope}})
        assert answer.status_code == 201, answer.text
        self.http.headers["X-Auth-Token"] = answer.headers["X-Subject-Token"]
        self.catalog = answer.json()["token"]["catalog"]

    def make(self, kind, **facts):
        """A new thing's id."""
        plural = {"user": "users", "project": "projects", "domain": "domains", "credential": "credentials"}[kind]
        answer = self.http.post(f"/v3/{plural}", json={kind: facts})
        assert answer.status_code == 201, answer.text
        return answer.json()[kind]["id"]

    def change_user(self, user_id, **facts):
        answer = self.http.patch(f"/v3/users/{user_id}", json={"user": facts})
        assert answer.status_code == 200, answer.text

    def grant(self, user_id, where):
        (role,) = self.http.get("/v3/roles", params={"name": "member"}).json()["roles"]
        answer = self.http.put(f"/v3/{where}/users/{user_id}/roles/{role['id']}")
        assert answer.status_code == 204, answer.text

    def revoke(self, token):
        answer = self.http.delete("/v3/auth/tokens", headers={"X-Subject-Token": token})
        assert answer.status_code == 204, answer.text

    def knows(self, token):
        """Whether Keystone still calls the token good."""
        return self.http.get("/v3/auth/tokens", headers={"X-Subject-Token": token}).status_code == 200


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("keystone")


def started(folder, seconds, *home):
    """The running Keystone's process and what it said first."""
    folder.mkdir(exist_ok=True)
    script = Path(__file__).with_name("keystone_service.py")
    return running([proof_python(), script, folder, seconds, *home], folder)


def first_line(process, folder):
    line = process.stdout.readline()
    assert line, (folder / "errors.txt").read_text()
    return json.loads(line)


@pytest.fixture(scope="module")
def keystone(folder):
    with started(folder / "one", HOUR) as process:
        ready = first_line(process, folder / "one")
        server = Keystone(ready["url"], ready["password"])
        populate(server)
        yield server
        server.http.close()


def populate(server):
    """An account with a region's project, a sub-project and others; users with and without hindrances."""
    server.domain = server.make("domain", name="acme")
    server.projects = {
        name: server.make("project", name=name, domain_id=server.domain)
        for name in (REGION, f"{REGION}_lab", "MOS", "another-9")
    }
    server.users = {}
    for name in ("alice", "bob", "carol", "dave", "eve"):
        user = server.make("user", name=name, domain_id=server.domain, password=f"pw of {name}")
        server.users[name] = user
        server.grant(user, f"domains/{server.domain}")
        for project in (REGION, f"{REGION}_lab", "MOS"):
            server.grant(user, f"projects/{server.projects[project]}")
    server.change_user(server.users["bob"], enabled=False)
    rules = {"multi_factor_auth_enabled": True, "multi_factor_auth_rules": [["password", "totp"]]}
    server.change_user(server.users["carol"], options=rules)
    seed = base64.b32encode(TOTP_SECRET).decode().rstrip("=")
    carol = server.users["carol"]
    server.make("credential", type="totp", blob=seed, user_id=carol, project_id=server.projects[REGION])


class SetClock(SystemClock):
    """Ours, put forward or back."""

    def __init__(self):
        super().__init__()
        self.ahead = timedelta(0)

    def now(self):
        return super().now() + self.ahead


class Client:
    """Our client for one user, and the requests that it made: (method, path, status)."""

    def __init__(self, server, user="alice", *, password="", project=REGION, clock=None, **login):
        nowhere = "http://127.0.0.1:9"
        endpoints = dict.fromkeys(("ims", "ecs", "evs", "vpc", "obs"), nowhere) | {"iam": server.url}
        self.server = server
        self.asked = []
        self.login = PasswordLogin(domain="acme", user=user, password=Secret(password or f"pw of {user}"), **login)
        account = Account(
            cloud="custom", region=REGION, domain="acme", user=user, project_name=project, endpoints=endpoints
        )
        self.cloud = Cloud.open(account, self.login, clock=clock)
        self.cloud.session.on_request = lambda told: self.asked.append((told.method, told.path, told.status))

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        await self.cloud.aclose()

    @property
    def token(self):
        return self.cloud.session.auth._token.value.reveal()

    @property
    def sign_ins(self):
        return [status for method, path, status in self.asked if (method, path) == ("POST", "/v3/auth/tokens")]

    async def get(self, scope):
        """The projects, asked with a token of this scope."""
        request = Request(service="iam", method="GET", path="/v3/auth/projects", scope=scope)
        return await self.cloud.session.call(request, iam_wire.read_projects)


def run(scenario):
    return asyncio.run(scenario)


def test_a_token_of_the_project(keystone):
    async def scenario():
        async with Client(keystone) as client:
            identity = await client.cloud.sign_in()
            assert (identity.user, identity.domain) == ("alice", "acme")
            assert (identity.project_id, identity.project_name) == (keystone.projects[REGION], REGION)
            assert timedelta(minutes=55) < identity.expires_at - datetime.now(UTC) <= timedelta(hours=1)
            assert keystone.knows(client.token)
            # MOS and the projects of others are no part of this region.
            found = await client.cloud.iam.projects()
            assert [project.name for project in found] == [REGION, f"{REGION}_lab"]
            # A token that lives for an hour is used for most of it.
            for _ in range(3):
                await client.get("project")
            assert client.sign_ins == [201]

    run(scenario())


def test_a_project_by_its_id_and_a_sub_project(keystone):
    async def scenario():
        async with Client(keystone, project=f"{REGION}_lab") as client:
            assert (await client.cloud.sign_in()).project_id == keystone.projects[f"{REGION}_lab"]
        account = Account(
            cloud="custom",
            region=REGION,
            domain="acme",
            project_id=keystone.projects[REGION],
            endpoints=dict.fromkeys(("iam", "ims", "ecs", "evs", "vpc", "obs"), keystone.url),
        )
        cloud = Cloud.open(account, PasswordLogin("acme", "alice", Secret("pw of alice")))
        assert (await cloud.sign_in()).project_name == REGION
        await cloud.aclose()

    run(scenario())


def test_tokens_of_the_account_and_of_nothing(keystone):
    async def scenario():
        async with Client(keystone) as client:
            await client.cloud.sign_in()
            assert len(await client.get("domain")) == 3
            assert client.sign_ins == [201, 201]
            await client.get("domain")
            assert client.sign_ins == [201, 201]
            call = client.cloud.session.call
            account = await call(
                iam_wire.token_request(client.login, {"domain": {"name": "acme"}}), iam_wire.read_token
            )
            assert (account.identity.domain, account.identity.project_id) == ("acme", "")
            assert account.domain_id == keystone.domain
            nothing = await call(iam_wire.token_request(client.login, None), iam_wire.read_token)
            assert (nothing.identity.user, nothing.identity.domain, nothing.identity.project_id) == (
                "alice",
                "acme",
                "",
            )
            assert keystone.knows(nothing.value.reveal())

    run(scenario())


def test_the_catalogue_is_left_out_when_not_wanted_and_read_past_when_there(keystone):
    (entry,) = [entry for entry in keystone.catalog if entry["type"] == "identity"]
    assert entry["endpoints"][0]["url"] == f"{keystone.url}/v3"
    got = []

    def read(answer):
        got.append(json.loads(answer.body)["token"])
        return iam_wire.read_token(answer)

    async def scenario():
        async with Client(keystone) as client:
            small = iam_wire.token_request(client.login, {"project": {"id": keystone.projects[REGION]}})
            whole = Request(service="iam", method="POST", path=small.path, body=small.body, kind="login", scope="none")
            one = await client.cloud.session.call(small, read)
            other = await client.cloud.session.call(whole, read)
            assert one.identity.project_id == other.identity.project_id == keystone.projects[REGION]

    run(scenario())
    without, with_it = got
    assert "catalog" not in without
    assert [entry["type"] for entry in with_it["catalog"]] == ["identity"]


@pytest.mark.parametrize(
    ("user", "facts"),
    [
        ("alice", {"password": "wrong"}),
        ("nobody", {}),
        ("bob", {}),  # disabled
        ("carol", {}),  # needs a one-time code
        ("carol", {"passcode": "000000"}),
        ("alice", {"project": "another-9"}),  # not hers
        ("alice", {"project": "no-such-project"}),
    ],
    ids=["password", "user", "disabled", "no code", "wrong code", "project of others", "no project"],
)
def test_what_is_refused_is_refused_once(keystone, user, facts):
    """Asking again would lock the user; what is said names no secret and has a remedy."""

    async def scenario():
        async with Client(keystone, user, **facts) as client:
            with pytest.raises(AuthError) as refused:
                await client.cloud.sign_in()
            assert client.sign_ins == [401]
            error = refused.value
            assert error.remedy
            assert isinstance(error, PasscodeNeededError) == (user == "carol" and not facts)
            assert "pw of" not in f"{error} {error.detail} {error.remedy} {error!r}"
            assert error.request_id
            # Whoever goes on asking gets the same answer, and Keystone no second question.
            with pytest.raises(AuthError):
                await client.get("project")

    run(scenario())
    if user == "alice":  # and she is not locked
        run(signed_in(keystone))


async def signed_in(server):
    async with Client(server) as client:
        assert (await client.cloud.sign_in()).user == "alice"


def test_a_token_made_elsewhere(keystone):
    """It brings its project; Keystone's own word for its end is understood, and nothing is asked with a password."""

    async def scenario():
        async with Client(keystone) as maker:
            made = await maker.cloud.sign_in()
            token = TokenLogin(Secret(maker.token))
            async with Client(keystone) as client:
                client.cloud.session.auth._login = token
                identity = await client.cloud.sign_in()
                assert (identity.user, identity.project_id) == ("alice", made.project_id)
                assert identity.expires_at == made.expires_at
                assert not identity.renewed
                assert client.sign_ins == []
                keystone.revoke(maker.token)
                with pytest.raises(AuthError, match="token"):
                    await client.cloud.sign_in()

    run(scenario())


def test_a_locked_user(keystone):
    async def scenario():
        for _ in range(4):
            async with Client(keystone, "eve", password="wrong") as client:
                with pytest.raises(AuthError):
                    await client.cloud.sign_in()
        async with Client(keystone, "eve") as client:
            with pytest.raises(AuthError):
                await client.cloud.sign_in()

    run(scenario())


def passcode(at):
    """Six digits, as RFC 6238 makes them."""
    digest = hmac.new(TOTP_SECRET, struct.pack(">Q", int(at) // 30), hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


@pytest.mark.parametrize("by_id", [True, False], ids=["user id", "user name"])
def test_one_time_codes(keystone, by_id):
    """Once signed in, the token is used for as long as it lives; when it dies, a new code is asked for."""

    async def scenario():
        who = {"user_id": keystone.users["carol"]} if by_id else {}
        async with Client(keystone, "carol", passcode=passcode(time.time()), **who) as client:
            assert (await client.cloud.sign_in()).user == "carol"
            assert len(await client.get("project")) == 3
            keystone.revoke(client.token)
            with pytest.raises(AuthError) as refused:
                await client.get("project")
            assert refused.value.action == "sign-in"
            assert client.sign_ins == [201]

    run(scenario())


def test_a_revoked_token_is_replaced_once(keystone):
    async def scenario():
        async with Client(keystone) as client:
            await client.cloud.sign_in()
            old = client.token
            keystone.revoke(old)
            assert not keystone.knows(old)
            found = await asyncio.gather(*(client.get("project") for _ in range(5)))
            assert {len(projects) for projects in found} == {3}
            assert client.token != old
            assert client.sign_ins == [201, 201]

    run(scenario())


def test_a_new_password_ends_tokens_and_sign_ins(keystone):
    async def scenario():
        async with Client(keystone, "dave") as client:
            await client.cloud.sign_in()
            keystone.change_user(keystone.users["dave"], password="another")
            assert not keystone.knows(client.token)
            with pytest.raises(AuthError):
                await client.get("project")
            assert client.sign_ins == [201, 401]

    run(scenario())


@pytest.mark.parametrize(("minutes", "sign_ins"), [(40, [201]), (50, [201, 201])])
def test_a_token_is_renewed_before_it_dies(keystone, minutes, sign_ins):
    async def scenario():
        clock = SetClock()
        async with Client(keystone, clock=clock) as client:
            await client.cloud.sign_in()
            clock.ahead = timedelta(minutes=minutes)
            await client.get("project")
            assert client.sign_ins == sign_ins

    run(scenario())


def test_an_expired_token_is_replaced(keystone, folder):
    """Tokens of another Keystone on the same database live for five seconds. Our clock stands still, so that only the
    refusal tells of the end."""

    class StoppedClock(SetClock):
        def __init__(self):
            super().__init__()
            self._at = datetime.now(UTC)

        def now(self):
            return self._at

    with started(folder / "two", 5, folder / "one") as process:
        hasty = Keystone(*first_line(process, folder / "two").values())

        async def scenario():
            async with Client(hasty, clock=StoppedClock()) as client:
                await client.cloud.sign_in()
                old = client.token
                deadline = time.monotonic() + 120
                while keystone.knows(old):
                    assert time.monotonic() < deadline
                assert len(await client.get("project")) == 3
                assert client.token != old
                assert ("GET", "/v3/auth/projects", 401) in client.asked
                assert client.sign_ins == [201, 201]

        run(scenario())
        hasty.http.close()
