"""Runs inside a session bus of its own; prints one JSON object. argv: what to do, time limit in seconds."""

from __future__ import annotations

import asyncio
import json
import sys
import time

from isowright.cloud.login import PasswordLogin
from isowright.cloud.models import Secret
from isowright.recipe import Account
from isowright.secrets import KeyringStore, Vault

ACCOUNT = Account(cloud="otc", region="eu-de", domain="acme", user="kim")
LOGIN = PasswordLogin(domain="acme", user="kim", password=Secret("hunter2 ü"))


def raw() -> list[str]:
    """What the keyring really holds, asked for without our own code."""
    import secretstorage

    bus = secretstorage.dbus_init()
    try:
        items = secretstorage.get_default_collection(bus).get_all_items()
        return [item.get_secret().decode() for item in items if item.get_attributes().get("service") == "isowright"]
    finally:
        bus.close()


def lock() -> None:
    import secretstorage

    bus = secretstorage.dbus_init()
    try:
        collection = secretstorage.get_default_collection(bus)
        collection.lock()
        assert collection.is_locked()
    finally:
        bus.close()


async def main(what: str, limit: float) -> dict[str, object]:
    said: dict[str, object] = {}
    if what == "locked":
        said["kept"] = await Vault(KeyringStore(limit)).keep(ACCOUNT, LOGIN)
        await asyncio.to_thread(lock)
    vault = Vault(KeyringStore(limit))
    began = time.monotonic()
    said["place"] = await vault.place()
    said["found"] = await vault.get(ACCOUNT) == LOGIN
    said["keep"] = await vault.keep(ACCOUNT, LOGIN)
    said["memory"] = await vault.get(ACCOUNT) == LOGIN
    if what == "there":
        said["raw"] = await asyncio.to_thread(raw)
        said["again"] = await Vault(KeyringStore(limit)).get(ACCOUNT) == LOGIN
        await vault.forget(ACCOUNT)
        said["left"] = await asyncio.to_thread(raw)
        said["forgotten"] = await Vault(KeyringStore(limit)).get(ACCOUNT) is None
    said["problem"] = vault.problem.title if vault.problem else ""
    said["seconds"] = time.monotonic() - began
    return said


print(json.dumps(asyncio.run(main(sys.argv[1], float(sys.argv[2])))))
