"""One store for all tests of this folder."""

import pytest


@pytest.fixture(scope="session")
def store(tmp_path_factory):
    from store import running_store  # needs what only `./dev proof` sets up

    with running_store(tmp_path_factory.mktemp("store")) as store:
        yield store
