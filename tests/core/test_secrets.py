"""The vault: where secrets go, what is said about it, and that nothing waits for a keyring that does not answer."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.errors import InitError, KeyringLocked
from msgspec.structs import replace

from isowright.cloud.login import KeyLogin, PasswordLogin, TokenLogin
from isowright.cloud.models import Secret
from isowright.errors import InputError, KeyringError
from isowright.recipe import Account
from isowright.secrets import KeyringStore, MemoryStore, Vault, entry_name, login_from_environment

PERSON = Account(cloud="otc", region="eu-de", domain="acme", user="kim")
KEYED = Account(cloud="otc", region="eu-de", method="access_key", access_key="AKID")
PASSWORD = PasswordLogin(domain="acme", user="kim", password=Secret("hunter2"))
KEYS = KeyLogin(access_key="AKID", secret_key=Secret("s3cr3t"))


class Shelf(KeyringBackend):
    """A keyring backend that keeps everything in a dict, or fails or hangs as told."""

    priority = 1

    def __init__(self, error=None, hang=None):
        super().__init__()
        self.values = {}
        self.error = error
        self.hang = hang
        self.calls = 0

    def _answer(self):
        self.calls += 1
        if self.hang:
            self.hang.wait(30)
        if self.error:
            raise self.error

    def get_password(self, service, username):
        self._answer()
        return self.values.get((service, username))

    def set_password(self, service, username, password):
        self._answer()
        self.values[service, username] = password

    def delete_password(self, service, username):
        self._answer()
        del self.values[service, username]


@pytest.fixture
def use_backend():
    former = keyring.get_keyring()
    yield keyring.set_keyring
    keyring.set_keyring(former)


@pytest.fixture
def shelf(use_backend):
    shelf = Shelf()
    use_backend(shelf)
    return shelf


async def test_password_goes_to_the_keyring_and_comes_back(shelf):
    sentence = await Vault().keep(PERSON, PASSWORD)
    assert sentence == "Stored by the system keyring on this computer, never in a profile."
    assert shelf.values == {("isowright", "otc/eu-de/acme/kim"): '{"password":"hunter2"}'}
    vault = Vault()  # another session
    assert await vault.get(PERSON) == PASSWORD
    await vault.forget(PERSON)
    assert shelf.values == {}
    assert await vault.get(PERSON) is None
    await vault.forget(PERSON)  # a second time is fine


async def test_a_permanent_key_is_kept_and_what_ends_by_itself_is_not(shelf):
    vault = Vault()
    await vault.keep(KEYED, KEYS)
    assert await Vault().get(KEYED) == KEYS
    before = dict(shelf.values)
    temporary = replace(KEYS, access_key="HST", security_token=Secret("short"))
    hasty = replace(KEYED, method="temporary_key", project_id="p1")
    token = replace(KEYED, method="token", project_id="p1")
    for account, login in ((hasty, temporary), (token, TokenLogin(Secret("t0ken")))):
        assert await vault.keep(account, login) == "Kept for this session only: it ends by itself within a day."
        assert await vault.get(account) == login  # whatever key the profile names: it is another one each time
        assert await Vault().get(account) is None
        assert await vault.get(replace(account, project_id="p2")) is None
        await vault.forget(account)
        assert await vault.get(account) is None
    assert shelf.values == before


async def test_what_is_too_long_never_reaches_the_keyring(shelf):
    vault = Vault()
    long = replace(KEYS, secret_key=Secret("t" * 2000))
    assert "takes no secret of this length" in await vault.keep(KEYED, long)
    assert shelf.values == {}
    assert await vault.get(KEYED) == long


async def test_the_token_of_a_one_time_code_is_kept_for_the_session(shelf):
    vault = Vault()
    await vault.keep(PERSON, replace(PASSWORD, token=Secret("t0ken")))
    assert "t0ken" not in str(shelf.values)
    assert (await vault.get(PERSON)).token == Secret("t0ken")
    assert await Vault().get(PERSON) == PASSWORD


async def test_one_time_codes_are_not_kept(shelf):
    await Vault().keep(PERSON, replace(PASSWORD, passcode="123456"))
    assert "123456" not in str(shelf.values)
    assert await Vault().get(PERSON) == PASSWORD


async def test_unticking_removes_what_was_stored(shelf):
    vault = Vault()
    await vault.keep(PERSON, PASSWORD)
    assert await vault.keep(replace(PERSON, keep_secret=False), PASSWORD) == (
        "Kept for this session only, as you chose."
    )
    assert shelf.values == {}
    assert await vault.get(PERSON) == PASSWORD


async def test_practice_passwords_stay_out_of_the_keyring(shelf):
    account = replace(PERSON, cloud="practice")
    vault = Vault()
    assert "practice cloud" in await vault.keep(account, PASSWORD)
    assert await vault.get(account) == PASSWORD
    assert shelf.values == {}


@pytest.mark.parametrize(
    ("backend", "words"),
    [
        (fail.Keyring(), "this computer has no keyring service"),
        (null.Keyring(), "this computer has no keyring service"),
        (Shelf(KeyringLocked("x")), "the keyring is locked"),
        (Shelf(InitError("x")), "the keyring is locked"),
        (Shelf(RuntimeError("hunter2")), "the keyring refused (RuntimeError)"),
    ],
    ids=["fail", "null", "locked", "init", "other"],
)
async def test_unusable_keyring_means_this_session_only(use_backend, backend, words):
    use_backend(backend)
    vault = Vault()
    assert await vault.get(PERSON) is None
    assert vault.problem is not None
    assert vault.problem.remedy
    assert await vault.keep(PERSON, PASSWORD) == f"Kept for this session only: {words}."
    assert await vault.get(PERSON) == PASSWORD
    with pytest.raises(KeyringError):
        await vault.forget(PERSON)
    assert await vault.get(PERSON) is None


async def test_place_is_said_before_anything_is_kept(use_backend):
    use_backend(fail.Keyring())
    assert await Vault().place() == "Kept for this session only: this computer has no keyring service."
    use_backend(Shelf())
    assert await Vault().place() == "Stored by the system keyring on this computer, never in a profile."


async def test_keyring_that_never_answers_costs_the_time_limit_once(use_backend):
    release = threading.Event()
    shelf = Shelf(hang=release)
    use_backend(shelf)
    vault = Vault(KeyringStore(time_limit=1.0))
    began = time.monotonic()
    assert await vault.get(PERSON) is None
    for _ in range(20):
        sentence = await vault.keep(PERSON, PASSWORD)
    assert sentence == "Kept for this session only: the keyring did not answer within 1 seconds."
    assert time.monotonic() - began < 15  # 21 times the limit would be more
    assert shelf.calls == 1
    stuck = next(thread for thread in threading.enumerate() if thread.name == "isowright-keyring")
    assert stuck.daemon
    release.set()
    stuck.join(5)
    shelf.hang = None
    assert (await vault.keep(PERSON, PASSWORD)).startswith("Stored by")


def test_program_ends_although_the_keyring_never_answers(tmp_path):
    script = tmp_path / "hang.py"
    script.write_text(
        "import asyncio, threading, keyring\n"
        "from keyring.backend import KeyringBackend\n"
        "from isowright.recipe import Account\n"
        "from isowright.secrets import KeyringStore, Vault\n"
        "class Hang(KeyringBackend):\n"
        "    priority = 1\n"
        "    def get_password(self, *a): threading.Event().wait()\n"
        "    set_password = delete_password = get_password\n"
        "keyring.set_keyring(Hang())\n"
        "vault = Vault(KeyringStore(time_limit=0.1))\n"
        "print(asyncio.run(vault.get(Account(cloud='otc', region='r', user='u'))), vault.problem.title)\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=20, check=True)
    assert done.stdout == "None the keyring did not answer within 0.1 seconds\n"


def test_entries_do_not_mix():
    accounts = [
        PERSON,
        replace(PERSON, region="eu-nl"),
        replace(PERSON, domain="acme/kim", user="x"),
        replace(PERSON, domain="acme", user="kim/x"),
        KEYED,
        Account(cloud="custom", region="r", user="kim", endpoints={"iam": "http://127.0.0.1:81"}),
        Account(cloud="custom", region="r", user="kim", endpoints={"iam": "http://127.0.0.1:82"}),
    ]
    names = [entry_name(account) for account in accounts]
    assert None not in names
    assert len(set(names)) == len(accounts)
    assert entry_name(Account(cloud="otc")) is None


async def test_foreign_entry_is_asked_for_again():
    store = MemoryStore()
    await store.set("otc/eu-de/acme/kim", "not json")
    assert await Vault(store).get(PERSON) is None
    await store.set("otc/eu-de/acme/kim", '{"secret_key":"x"}')
    assert await Vault(store).get(PERSON) is None


def test_nothing_secret_in_repr():
    store = MemoryStore()
    for thing in (PASSWORD, KEYS, store, Vault(store)):
        assert "hunter2" not in repr(thing)
        assert "s3cr3t" not in repr(thing)


def test_environment():
    assert login_from_environment(PERSON, {}) is None
    assert login_from_environment(PERSON, {"ISOWRIGHT_PASSWORD": "hunter2"}) == PASSWORD
    keys = {"ISOWRIGHT_ACCESS_KEY": "AKID", "ISOWRIGHT_SECRET_KEY": "s3cr3t"}
    assert login_from_environment(KEYED, keys) == KEYS
    assert login_from_environment(PERSON, keys) == KEYS
    assert login_from_environment(PERSON, keys | {"ISOWRIGHT_PASSWORD": "hunter2"}) == PASSWORD
    assert login_from_environment(KEYED, {"ISOWRIGHT_SECRET_KEY": "s3cr3t"}) == KEYS
    assert login_from_environment(KEYED, keys | {"ISOWRIGHT_SECURITY_TOKEN": "t"}) == replace(
        KEYS, security_token=Secret("t")
    )
    code = {"ISOWRIGHT_PASSWORD": "hunter2", "ISOWRIGHT_PASSCODE": "123456"}
    assert login_from_environment(PERSON, code) == replace(PASSWORD, passcode="123456")
    token = {"ISOWRIGHT_TOKEN": "t0ken"}
    assert login_from_environment(replace(KEYED, method="token"), token | keys) == TokenLogin(Secret("t0ken"))
    assert login_from_environment(replace(KEYED, method="temporary_key"), token | keys) == KEYS


@pytest.mark.parametrize(
    ("account", "env", "words"),
    [
        (PERSON, {"ISOWRIGHT_ACCESS_KEY": "AKID"}, "ISOWRIGHT_SECRET_KEY"),
        (PERSON, {"ISOWRIGHT_SECRET_KEY": "x"}, "ISOWRIGHT_ACCESS_KEY"),
        (KEYED, {"ISOWRIGHT_PASSWORD": "x"}, "whose password"),
    ],
)
def test_half_an_environment(account, env, words):
    with pytest.raises(InputError, match=words) as caught:
        login_from_environment(account, env)
    assert caught.value.remedy
