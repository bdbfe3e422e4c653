"""A company's network: a proxy that asks who is there and looks into TLS, an authority of its own, a wrong clock."""

import contextlib
import datetime as dt
import ssl
import sys
from pathlib import Path

import pytest

from isowright import private
from isowright.cloud import proxy as proxies
from isowright.cloud.client import Cloud
from isowright.cloud.models import Secret
from isowright.cloud.proxy import ProxyLogin
from isowright.cloud.transport import tls_context
from isowright.errors import InputError, KeyringError, NetworkError, ProxyLoginError, TlsError
from isowright.home import Home
from isowright.profiles import Profiles
from isowright.recipe import Account, Recipe
from isowright.secrets import MemoryStore, Vault

sys.path.insert(0, str(Path(__file__).parent))

from company import Authority, CompanyProxy

PASS = ProxyLogin("d.white", Secret("pass-of-the-proxy"))


@pytest.fixture(autouse=True)
def nobody_known(monkeypatch):
    """No proxy of the machine that runs this, and none remembered from another test."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setattr(proxies, "_logins", {})
    tls_context.cache_clear()
    yield
    tls_context.cache_clear()


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


@pytest.fixture
async def company(world, authority):
    ports = {name: int(url.rsplit(":", 1)[1]) for name, url in world.ready["endpoints"].items()}
    async with CompanyProxy(authority, ports) as running:
        yield running


@pytest.fixture
async def behind(world, company, authority):
    """Opens a cloud that can be reached by the company's proxy alone."""
    opened = []

    def open_one(**changes):
        account = Account(
            **{
                "cloud": "custom",
                "region": world.ready["region"],
                "endpoints": {"*": "https://{service}.cloud.test"},
                "proxy": company.url,
                "ca_file": str(authority.file),
                "domain": world.ready["domain"],
                "user": world.ready["user"],
            }
            | changes
        )
        opened.append(Cloud.open(account, world.password(), clock=world.clock))
        return opened[-1]

    yield open_one
    for cloud in opened:
        await cloud.aclose()


# --- proxies --------------------------------------------------------------------------------------


async def test_everything_goes_by_the_proxy(behind, company):
    cloud = behind()
    assert (await cloud.sign_in()).project_id
    assert (await cloud.ims.quota()).quota > 0
    with contextlib.suppress(Exception):  # buckets are hosts of their own
        await cloud.obs.bucket("isos-1")
    hosts = {host for host, _ in company.asked}
    assert {"iam.cloud.test", "ims.cloud.test", "isos-1.obs.cloud.test"} <= hosts


@pytest.mark.parametrize("known", [None, ProxyLogin("d.white", Secret("wrong-password"))])
async def test_a_refusing_proxy_is_asked_once(behind, company, world, known):
    company.login = PASS
    cloud = behind()
    proxies.remember(proxies.place_of(cloud.session.account), known)
    with pytest.raises(ProxyLoginError) as caught:
        await cloud.sign_in()
    assert caught.value.action == "step:account.proxy_user"
    assert not caught.value.sent
    assert not caught.value.retryable
    assert company.asked == [("iam.cloud.test", False)]  # again and again would lock the user
    assert world.clock.waits == []
    assert "wrong-password" not in str(caught.value)


async def test_the_proxys_password_comes_from_the_keyring(behind, company):
    company.login = PASS
    account = behind(proxy_user="d.white").session.account
    store = MemoryStore()
    assert "Stored by" in await Vault(store).keep_proxy(account, PASS)
    proxies.remember(proxies.place_of(account), None)  # another process
    vault = Vault(store)
    assert await vault.get(account) is None  # the account's own password is not kept; the proxy's is found all the same
    assert (await behind(proxy_user="d.white").sign_in()).user
    assert "pass-of-the-proxy" not in repr(proxies._logins) + repr(account) + repr(store)
    await vault.keep_proxy(account, None)
    with pytest.raises(ProxyLoginError):
        await behind().sign_in()


async def test_a_keyring_that_fails_keeps_it_for_the_session(behind, company):
    class Broken(MemoryStore):
        async def set(self, entry, value):
            raise KeyringError("the keyring is locked", remedy="Unlock it.")

    company.login = PASS
    cloud = behind(proxy_user="d.white")
    vault = Vault(Broken())
    assert "this session only" in await vault.keep_proxy(cloud.session.account, PASS)
    assert vault.problem is not None
    assert (await cloud.sign_in()).user
    account = behind(keep_secret=False).session.account
    store = MemoryStore()
    await Vault(store).keep_proxy(account, PASS)
    assert repr(store) == "MemoryStore(0 entries)"


async def test_the_environment_names_proxy_and_password(behind, company, monkeypatch):
    company.login = PASS
    monkeypatch.setenv("HTTPS_PROXY", company.url.replace("//", f"//{PASS.user}:{PASS.password.reveal()}@"))
    assert (await behind(proxy="").sign_in()).user
    monkeypatch.setenv("HTTPS_PROXY", company.url)
    with pytest.raises(ProxyLoginError):
        await behind(proxy="").sign_in()
    monkeypatch.setenv("ISOWRIGHT_PROXY_USER", PASS.user)
    monkeypatch.setenv("ISOWRIGHT_PROXY_PASSWORD", PASS.password.reveal())
    private.take_secrets()
    try:
        assert (await behind(proxy="").sign_in()).user
    finally:
        private.take_secrets()  # it has left the environment: nothing is given any more
    company.asked.clear()
    # Exceptions, and none at all: the hosts do not exist outside.
    for changes, exceptions in (({"proxy": ""}, "cloud.test"), ({"proxy": "direct"}, "")):
        monkeypatch.setenv("NO_PROXY", exceptions)
        with pytest.raises(NetworkError):
            await behind(**changes).sign_in()
    assert company.asked == []


async def test_a_proxy_that_is_spoken_to_in_tls(world, authority, behind, company):
    async with CompanyProxy(authority, company._ports, tls=True) as secure:
        secure.login = PASS
        cloud = behind(proxy=secure.url)
        proxies.remember(proxies.place_of(cloud.session.account), PASS)
        assert (await cloud.sign_in()).user
        await cloud.aclose()


@pytest.mark.parametrize(
    ("proxy", "words"),
    [
        ("http://d.white:pw@proxy:3128", "fields of their own"),
        ("proxy:3128", "not http"),
        ("socks5://proxy:1080", "SOCKS is not supported"),
        ("SOCKS://proxy:1080", "SOCKS is not supported"),
        ("http://proxy:99999", "not http"),
        ("http://proxy:3128/path", "not http"),
    ],
)
def test_addresses_that_are_no_proxy(proxy, words):
    account = Account(cloud="otc", region="eu-de", domain="d", user="u", proxy=proxy)
    (problem,) = Recipe(account).problems("account")
    assert (problem.field, words in problem.message) == ("proxy", True)
    for good in ("", "direct", "http://proxy:3128", "https://proxy"):
        assert not Recipe(Account(cloud="otc", region="eu-de", domain="d", user="u", proxy=good)).problems("account")


@pytest.mark.parametrize("name", ["ALL_PROXY", "HTTPS_PROXY"])
@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "socks4", "socks"])
async def test_a_socks_proxy_of_the_environment_is_said_in_words(behind, company, monkeypatch, name, scheme):
    monkeypatch.setenv(name, f"{scheme}://d.white:pass-of-the-proxy@127.0.0.1:1080")
    with pytest.raises(InputError) as caught:
        await behind(proxy="").sign_in()
    error = caught.value
    assert error.title == "A SOCKS proxy cannot be used."
    assert "HTTPS_PROXY or ALL_PROXY" in error.detail
    assert "“direct”" in error.remedy
    assert error.action == "step:account.proxy"
    assert PASS.password.reveal() not in f"{error} {error.detail} {error.remedy}"
    assert (await behind().sign_in()).user  # an HTTP proxy of the account goes before
    assert {host for host, _ in company.asked} == {"iam.cloud.test"}


async def test_who_has_a_proxy_by_pac_file_is_told_what_to_do(behind):
    with pytest.raises(NetworkError) as caught:
        await behind(proxy="direct").sign_in()
    assert "PAC file" in caught.value.remedy


# --- authorities ----------------------------------------------------------------------------------


async def test_a_company_that_looks_into_tls_has_to_be_trusted(behind, company, authority, monkeypatch):
    with pytest.raises(TlsError) as caught:
        await behind(ca_file="").sign_in()
    assert "does not know" in caught.value.detail
    assert caught.value.action == "step:account.ca_file"
    assert len(company.asked) == 1
    # The operating system's store is where a company puts its authority.
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    tls_context.cache_clear()
    assert (await behind(ca_file="").sign_in()).user


async def test_nothing_switches_verification_off(behind, tmp_path, monkeypatch):
    for name, value in (("PYTHONHTTPSVERIFY", "0"), ("CURL_CA_BUNDLE", ""), ("REQUESTS_CA_BUNDLE", "")):
        monkeypatch.setenv(name, value)
    keys = tmp_path / "keys.log"
    monkeypatch.setenv("SSLKEYLOGFILE", str(keys))
    with pytest.raises(TlsError):
        await behind(ca_file="").sign_in()
    assert not keys.exists()
    context = tls_context("", 0.0)
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    home = Home.at(tmp_path)
    home.ensure()
    for switch in ("verify = false", "insecure = true", "ca_file = false"):
        (home.profiles_dir / "loose.toml").write_text(
            f'schema = 1\nname = "loose"\n[account]\ncloud = "otc"\n{switch}\n'
        )
        with pytest.raises(InputError):
            Profiles(home).load("loose")


# --- clocks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["password", "keys"])
@pytest.mark.parametrize(
    ("skew", "words"),
    [
        (dt.timedelta(hours=3), "3 hours ahead of"),
        (dt.timedelta(minutes=-20), "20 minutes behind"),
        (dt.timedelta(minutes=5), "5 minutes ahead of"),  # not yet wrong enough for any signature to be refused
        (dt.timedelta(seconds=20), ""),
        (dt.timedelta(0), ""),
    ],
)
async def test_a_wrong_clock_is_told_and_made_up_for(world, isos, who, skew, words):
    world.clock.skew = skew
    cloud = world.open(getattr(world, who)())
    await cloud.sign_in()
    assert words in cloud.clock_note
    assert bool(cloud.clock_note) is bool(words)
    assert abs(cloud.clock_error - skew) < dt.timedelta(seconds=30)
    assert abs(cloud.now() - (world.clock.now() - skew)) < dt.timedelta(seconds=30)
    world.forget()
    await cloud.ecs.limits()
    assert await cloud.obs.head(*isos)
    assert all(r["status"] < 300 for r in world.asked())  # nothing had to be asked twice
    # Set right while we run: found out at the next sign-in.
    world.clock.skew = dt.timedelta(0)
    await cloud.sign_in()
    assert cloud.clock_note == ""


async def test_a_clock_that_cannot_be_is_not_followed(world):
    world.faults(
        {
            "service": "iam",
            "path": "/v3/projects",
            "action": "after-status",
            "status": 200,
            "headers": {"Date": "Thu, 01 Jan 1970 00:00:00 GMT"},
            "body": {"projects": [{"id": world.ready["project_id"], "name": world.ready["region"]}]},
        }
    )
    cloud = world.open(world.keys())
    await cloud.sign_in()
    assert cloud.clock_note == ""
    assert (await cloud.ecs.limits()).max_servers
