"""Every request of a run meets every fault of a network, a gateway or a service, once and until it is mended.

The engine works in this process against practice clouds over real HTTP. Whatever happens, a run comes to its end or
stops with an error that says what to do; once the fault is gone it can be gone on with, or cleaned up. Then there is
one image or none, nothing was made twice, and nothing is left.
"""

import contextlib
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from fault_tools import Asked, Cell, Lane, opened, requests_of_a_run, shoot_all

LANES = 10
SPEED = 4000.0  # of the clouds: jobs take a few looks
SHARDS = 10
PAGE = "<html><head><title>Welcome</title></head><body><form>Sign in to the guest network</form></body></html>"

SERVERS = "/v1/{id}/cloudservers"
IMAGES = "/v2/cloudimages"
ASKED = [
    Asked("sign-in", "iam", "POST", "/v3/auth/tokens"),
    Asked("sign-in", "iam", "GET", "/v3/auth/projects", by_key=True),
    Asked("sign-in", "iam", "GET", "/v3/auth/domains", by_key=True),
    Asked("register-iso", "ims", "GET", f"{IMAGES}?name"),
    Asked("register-iso", "ims", "POST", f"{IMAGES}/action", after=(IMAGES, "ims")),
    Asked("register-iso", "ims", "GET", "/v1/cloudimages/job/{id}"),
    Asked("register-iso", "ims", "GET", f"{IMAGES}?id"),
    Asked("launch-server", "ecs", "POST", SERVERS, body='"dry_run":true'),
    Asked("launch-server", "ecs", "POST", SERVERS, body='"dry_run":false', after=("/cloudservers$", "ecs")),
    Asked("launch-server", "ecs", "GET", "/v1/{id}/jobs/{id}"),
    Asked("launch-server", "ecs", "GET", SERVERS + "/{id}"),
    Asked("launch-server", "evs", "POST", "/v2/{id}/cloudvolumes/{id}/tags/action"),
    Asked("install-os", "ecs", "GET", SERVERS + "/{id}"),
    Asked("capture-disk", "ecs", "GET", SERVERS + "/{id}"),
    Asked("capture-disk", "ecs", "POST", SERVERS + "/action"),
    Asked("capture-disk", "ecs", "GET", "/v1/{id}/jobs/{id}"),
    Asked("capture-disk", "ecs", "GET", SERVERS + "/{id}/block_device"),
    Asked("capture-disk", "ims", "POST", f"{IMAGES}/action", after=("/block_device$", "ims")),
    Asked("capture-disk", "ims", "GET", "/v1/cloudimages/job/{id}"),
    Asked("capture-disk", "ims", "GET", f"{IMAGES}?id"),
    Asked("verify-image", "ims", "GET", f"{IMAGES}?id"),
    Asked("clean-up", "ecs", "GET", SERVERS + "/{id}"),
    Asked("clean-up", "ecs", "GET", SERVERS + "/detail?name"),
    Asked("clean-up", "ims", "DELETE", "/v2/images/{id}"),
    Asked("clean-up", "ims", "GET", f"{IMAGES}?id"),
    Asked("clean-up", "ecs", "POST", SERVERS + "/delete"),
    Asked("clean-up", "ecs", "GET", "/v1/{id}/jobs/{id}"),
    Asked("clean-up", "evs", "GET", "/v2/{id}/cloudvolumes/{id}"),
    Asked("clean-up", "iam", "POST", "/v3.0/OS-CREDENTIAL/securitytokens"),
    Asked("clean-up", "obs", "DELETE", "/{id}/{key}"),
    Asked("clean-up", "obs", "HEAD", "/{id}/{key}"),
]
ELSEWHERE = "ims@practice-2"
LAST = [
    Asked("test-boot", "ecs", "POST", SERVERS, body='"dry_run":true', last=True),
    Asked("test-boot", "ecs", "POST", SERVERS, body='"dry_run":false', after=("/cloudservers$", "ecs"), last=True),
    Asked("test-boot", "ecs", "GET", "/v1/{id}/jobs/{id}", last=True),
    Asked("test-boot", "ecs", "GET", SERVERS + "/{id}", last=True),
    Asked("test-boot", "evs", "POST", "/v2/{id}/cloudvolumes/{id}/tags/action", last=True),
    Asked("test-boot", "ecs", "GET", SERVERS + "/{id}/console-output", last=True),
    Asked("test-boot", "ecs", "GET", SERVERS + "/detail?name", last=True),
    Asked("test-boot", "ecs", "POST", SERVERS + "/delete", last=True),
    Asked("test-boot", "evs", "GET", "/v2/{id}/cloudvolumes/{id}", last=True),
    Asked("set-properties", "ims", "POST", "/v2/{id}/images/{id}/tags/action", last=True),
    Asked("set-properties", "ims", "PATCH", IMAGES + "/{id}", last=True),
    Asked("share-image", "ims", "GET", "/v1/{id}/cloudimages/{id}/members", last=True),
    Asked("share-image", "ims", "POST", "/v1/cloudimages/members", last=True),
    Asked("share-image", "ims", "GET", "/v1/cloudimages/job/{id}", last=True),
    Asked("copy-image", "iam", "POST", "/v3/auth/tokens", last=True),
    Asked("copy-image", ELSEWHERE, "GET", f"{IMAGES}?name", last=True),
    Asked("copy-image", "ims", "POST", "/v1/cloudimages/{id}/cross_region_copy", after=(IMAGES, "ims"), last=True),
    Asked("copy-image", "ims", "GET", "/v1/cloudimages/job/{id}", last=True),
    Asked("copy-image", ELSEWHERE, "GET", f"{IMAGES}?id", last=True),
    Asked("export-image", "obs", "HEAD", "/{id}/{key}", last=True),
    Asked("export-image", "ims", "POST", "/v1/cloudimages/{id}/file", after=("golden", "ims"), last=True),
    Asked("export-image", "ims", "GET", "/v1/cloudimages/job/{id}", last=True),
]

# What "not there (yet)" looks like, by service and part of the path.
MISSING = {
    ("ims", "job"): {"status": 400, "code": "IMG.0001", "message": "The job does not exist or has expired."},
    ("ims", ""): {"status": 404, "code": "IMG.0144"},
    (ELSEWHERE, ""): {"status": 404, "code": "IMG.0144"},
    ("ecs", "jobs"): {"status": 400, "code": "Common.0011"},
    ("ecs", ""): {"status": 404, "code": "Ecs.0114"},
    ("evs", ""): {"status": 404, "body": {"itemNotFound": {"code": 404, "message": "could not be found"}}},
    ("iam", ""): {"status": 404, "code": "IAM.0004"},
    ("obs", ""): {"status": 404, "code": "NoSuchKey"},
}
FAULTS = {
    "connection refused": {"action": "down-before"},
    "reset before": {"action": "reset-before"},
    "reset after": {"action": "reset-after"},
    "silence before": {"action": "silence-before"},
    "silence after": {"action": "silence-after"},
    "401": {"action": "status", "status": 401},
    "403": {"action": "refuse"},
    "404": {"action": "status"},
    "409": {"action": "status", "status": 409},
    "429": {"action": "status", "status": 429, "retry_after": 2},
    "500": {"action": "status", "status": 500},
    "500 after": {"action": "after-status", "status": 500},
    "503": {"action": "status", "status": 503},
    "504 after": {"action": "after-status", "status": 504, "body": "Gateway Time-out"},
    "202 with an error": {"action": "error-202"},
    "truncated": {"action": "truncated"},
    "HTML": {"action": "html"},
    "HTML of a guest network": {
        "action": "status",
        "status": 200,
        "body": PAGE,
        "headers": {"Content-Type": "text/html"},
    },
}
AFTER = ("reset after", "silence after", "500 after")  # of a read, the same as before
TELLING = ("reset after", "403", "404", "409", "500 after", "HTML")  # faults after which a clean-up differs


def rules_of(asked, fault, *, lasting):
    rule = FAULTS[fault] | asked.rule | {"count": 0 if lasting else 1}
    if fault == "404":
        rule |= next(how for (service, part), how in MISSING.items() if service == asked.service and part in asked.path)
    elif fault == "409" and asked.creates and asked.service == "ims":
        rule |= {"status": 400, "code": "IMG.0009"}
    elif fault == "connection refused":
        rule |= {"seconds": 0.0 if lasting else 0.02, "count": 1}
        if asked.creates:  # its own connection finds the port closed
            rule |= {"action": "down-after", "method": "", "match_body": "", "service": ""}
            rule |= {"path": asked.after[0], "name": asked.after[1]}
    return (rule,)


# Of the last stages: what differs between requests that are met in every run already.
LAST_FAULTS = ("reset after", "403", "HTML")
LAST_CREATES = ("connection refused", "reset before", "504 after", "202 with an error", "409", *LAST_FAULTS)
CELLS = [
    Cell(asked, fault, rules_of(asked, fault, lasting=lasting), lasting=lasting, clean_up=clean_up)
    for asked in ASKED
    for fault in FAULTS
    for lasting, clean_up in ((False, False), (True, False), (True, True))
    if not (clean_up and (asked.stage in ("sign-in", "clean-up") or fault not in TELLING))
    and not (asked.reads and fault in AFTER)
]
LAST_CELLS = [
    Cell(asked, fault, rules_of(asked, fault, lasting=lasting), lasting=lasting, clean_up=clean_up)
    for asked in LAST
    for fault in (LAST_CREATES if asked.creates else LAST_FAULTS)
    for lasting, clean_up in ((False, False), (True, False), (True, True))
    if not (asked.reads and (fault in AFTER or not lasting))
    if not (clean_up and (fault != "403" or asked.reads))
]


@pytest.fixture(scope="module")
def lanes(new_lab, tmp_path_factory):
    folder = tmp_path_factory.mktemp("faults")
    with contextlib.ExitStack() as stack:
        yield [Lane(stack.enter_context(new_lab(folder / f"{n}", speed=SPEED))) for n in range(LANES)]


@pytest.fixture
def count(record_property):
    """Says at the end of the tests how many cells there were."""
    return lambda ends: record_property("fault matrix", sum(ends.values()))


async def test_table_has_every_request_of_a_run(lanes):
    async with opened(lanes[:1]) as (lane,):
        by_password = await requests_of_a_run(lane)
        by_key = await requests_of_a_run(lane, by_key=True)
    assert sorted({*by_password, *by_key}) == sorted(asked.name for asked in ASKED)
    assert {asked.name for asked in ASKED if asked.by_key} == set(by_key) - set(by_password)


async def test_table_has_every_request_of_the_last_stages(lanes):
    stages = {asked.stage for asked in LAST}
    async with opened(lanes[:1]) as (lane,):
        found = [name for name in await requests_of_a_run(lane, last=True) if name[0] in stages]
    assert sorted(set(found)) == sorted(asked.name for asked in LAST)


async def test_sample_of_the_last_stages(lanes, count):
    async with opened(lanes):
        count(await shoot_all(lanes, [cell for cell in LAST_CELLS if not cell.slow][::12]))


@pytest.mark.matrix
@pytest.mark.timeout(300)
async def test_every_cell_of_the_last_stages(lanes, count):
    async with opened(lanes):
        count(await shoot_all(lanes, LAST_CELLS))


async def test_sample_of_the_matrix(lanes, count):
    async with opened(lanes):
        count(await shoot_all(lanes, [cell for cell in CELLS if not cell.slow][::44]))


@pytest.mark.matrix
@pytest.mark.timeout(600)
@pytest.mark.parametrize("shard", range(SHARDS))
async def test_every_cell(lanes, count, shard):
    async with opened(lanes):
        count(await shoot_all(lanes, CELLS[shard::SHARDS]))
