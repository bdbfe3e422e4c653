"""Two environments run these tests: the official clients' own, and Isowright's for its clients against real servers."""

import importlib.util
import os

import pytest

WITNESSES = importlib.util.find_spec("huaweicloudsdkcore") is not None


def _not_here():
    """Each environment takes up what it can import. `./dev proof` runs both; nothing else runs any."""
    if "ISOWRIGHT_PYTHON" not in os.environ:
        return ["*"]
    return ["ours/*"] if WITNESSES else ["test_*.py"]


collect_ignore_glob = _not_here()


@pytest.fixture(scope="session")
def practice(tmp_path_factory):
    """A practice cloud at a hundred and fifty times the speed of a real one."""
    from practice_process import Practice

    cloud = Practice(150, tmp_path_factory.mktemp("practice"))
    yield cloud
    cloud.close()
