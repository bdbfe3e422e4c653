"""The checks before a run, each verdict against the practice cloud over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from isowright.checks import Finding, all_checks, run_all, with_answers

Bench = Any


def leads(finding: Finding) -> bool:
    """Whether somebody who reads the finding knows why, and what to do."""
    return bool(finding.why and finding.remedies)


def action(finding: Finding) -> str:
    """Where the first of its buttons leads."""
    return finding.remedies[0].action


def leads_to(finding: Finding) -> set[str]:
    return {remedy.action for remedy in finding.remedies}


async def test_all_checks_run_side_by_side_and_a_good_recipe_has_no_remark(bench: Bench) -> None:
    findings = await run_all(bench.cloud, bench.recipe, found=lambda one: bench.heard.append(one.id))
    assert [one.id for one in findings] == [check.id for check in all_checks()]
    assert sorted(bench.heard) == sorted(one.id for one in findings)
    assert {one.id: one.verdict for one in findings} == dict.fromkeys((check.id for check in all_checks()), "fine") | {
        "dry-run": "skipped"
    }


async def test_checks_make_nothing(bench: Bench) -> None:
    await bench.iso_image()
    state = bench.practice.world.state
    images = list(state.images)
    findings = await run_all(bench.cloud, bench.recipe)
    assert {one.verdict for one in findings} == {"fine"}
    assert list(state.images) == images
    assert not state.servers
    assert not state.volumes


async def test_image_quota_needs_two_places(bench: Bench) -> None:
    state = bench.practice.world.state
    state.quotas.images = len(state.images) + 2
    assert (await bench.look("image-quota")).verdict == "fine"
    state.quotas.images = len(state.images) + 1
    finding = await bench.look("image-quota")
    assert finding.verdict == "must-fix"
    assert f"{len(state.images)} of {len(state.images) + 1}" in finding.why
    assert "retry" in leads_to(finding)


async def test_a_taken_name_leads_to_the_name(bench: Bench) -> None:
    bench.change("image", name="debian-11-golden")
    finding = await bench.look("image-name")
    assert finding.verdict == "must-fix"
    assert "debian-11-golden" in finding.why
    assert "step:image.name" in leads_to(finding)


@pytest.mark.parametrize(
    ("bucket", "key", "said"),
    [
        ("isos", "gone.iso", "not in the bucket"),
        ("odd", "archived-installer.iso", "Standard class"),
        ("odd", "empty.iso", "is empty"),
        ("odd", "too-large.iso", "128 GB"),
        ("far", "debian-12_7_0-amd64-netinst.iso", "practice-2"),
        ("nowhere", "debian.iso", "does not exist"),
    ],
)
async def test_an_iso_that_the_image_service_cannot_read(bench: Bench, bucket: str, key: str, said: str) -> None:
    names = [name for name in bench.practice.world.state.buckets if name.startswith(f"practice-{bucket}")]
    bench.change("iso", bucket=(names or ["isowright-no-such-bucket"])[0], key=key)
    finding = await bench.look("iso-object")
    assert finding.verdict == "must-fix"
    assert said in finding.why
    assert action(finding).startswith("step:iso")


async def test_an_os_version_has_to_be_known_to_the_letter(bench: Bench) -> None:
    bench.change("image", os_version="ubuntu 22.04 server 64bit")
    finding = await bench.look("os-version")
    assert finding.verdict == "must-fix"
    assert "step:image.os_version" in leads_to(finding)


async def test_a_cloud_without_an_os_list_gives_a_remark(bench: Bench) -> None:
    bench.fault(
        service="ims",
        path="os_version",
        action="status",
        status=404,
        count=0,
        body={"error_code": "APIGW.0101", "error_msg": "The API does not exist or has not been published."},
    )
    assert (await bench.look("os-version")).verdict == "fine"  # a documented one
    bench.change("image", os_version="Plan 9 64bit")
    finding = await bench.look("os-version")
    assert finding.verdict == "look"
    assert leads(finding)


async def test_a_flavor_sold_out_since_it_was_chosen(bench: Bench) -> None:
    bench.fault(world="sold-out", flavor=bench.recipe.server.flavor_id)
    finding = await bench.look("flavor")
    assert finding.verdict == "must-fix"
    assert "step:server.flavor_id" in leads_to(finding)


async def test_a_flavor_of_another_kind_is_the_operators_risk(bench: Bench) -> None:
    bench.change("server", flavor_id="c6.large.2")
    finding = await bench.look("flavor")
    assert finding.verdict == "look"
    assert "not general computing" in finding.why


async def test_a_flavor_in_open_beta_gives_a_remark(bench: Bench) -> None:
    bench.change("server", flavor_id="s7n.large.4")
    finding = await bench.look("flavor")
    assert finding.verdict == "look"
    assert "beta" in finding.why


async def test_a_disk_type_sold_out_in_the_zone(bench: Bench) -> None:
    bench.change("server", volume_type="SATA")
    finding = await bench.look("disk-type")
    assert finding.verdict == "must-fix"
    assert "step:server.volume_type" in leads_to(finding)


@pytest.mark.parametrize(("resource", "word"), [("server", "servers"), ("cores", "vCPUs"), ("ram", "memory")])
async def test_the_servers_quota(bench: Bench, resource: str, word: str) -> None:
    bench.fault(world="quota-full", resource=resource)
    finding = await bench.look("limits")
    assert finding.verdict == "must-fix"
    assert word in finding.why
    assert "retry" in leads_to(finding)


@pytest.mark.parametrize(
    ("subnet", "verdict", "said"),
    [("subnet-full", "must-fix", "no free address"), ("subnet-static", "look", "DHCP is off")],
)
async def test_subnets(bench: Bench, subnet: str, verdict: str, said: str) -> None:
    found = next(one for one in bench.practice.world.state.subnets.values() if one.name == subnet)
    bench.change("network", subnet_id=found.id, subnet_name=found.name)
    finding = await bench.look("addresses")
    assert finding.verdict == verdict
    assert said in finding.why
    assert "step:network.subnet_id" in leads_to(finding)


async def test_a_subnet_of_another_vpc_is_gone(bench: Bench) -> None:
    bench.change("network", subnet_id="not-there", subnet_name="old-net")
    finding = await bench.look("addresses")
    assert finding.verdict == "must-fix"
    assert "old-net" in finding.why


async def test_a_security_group_that_is_gone(bench: Bench) -> None:
    bench.change("network", security_group_ids=("not-there",), security_group_names=("sg-old",))
    finding = await bench.look("security-groups")
    assert finding.verdict == "must-fix"
    assert "sg-old" in finding.why
    assert "step:network.security_group_ids" in leads_to(finding)


async def test_the_dry_run_takes_any_iso_image_of_the_project(bench: Bench) -> None:
    assert (await bench.look("dry-run")).verdict == "skipped"
    await bench.iso_image()
    assert (await bench.look("dry-run")).verdict == "fine"
    bench.fault(world="quota-full", resource="volume")
    finding = await bench.look("dry-run")
    assert finding.verdict == "must-fix"
    assert leads(finding)


async def test_a_run_that_takes_the_next_flavor_is_not_stopped_by_the_dry_run(bench: Bench) -> None:
    await bench.iso_image()
    bench.fault(world="sold-out", flavor=bench.recipe.server.flavor_id)
    assert (await bench.look("dry-run")).verdict == "must-fix"
    bench.change("server", next_flavor=True)
    for check_id in ("flavor", "dry-run"):
        finding = await bench.look(check_id)
        assert finding.verdict == "look", finding
        assert "takes the next one that fits" in finding.why
    # A disk type that is sold out is not gone round.
    other = next(one for one in (await bench.look("flavor")).remedies if one.kind == "use")
    bench.recipe = with_answers(bench.recipe, other.answers)
    bench.fault(world="sold-out-volume-type", name=bench.recipe.server.volume_type)
    finding = await bench.look("dry-run")
    assert (finding.verdict, finding.code) == ("must-fix", "Ecs.0044")


async def test_what_the_dry_run_has_against_another_image_is_a_remark(bench: Bench) -> None:
    await bench.iso_image()
    bench.change("server", flavor_id="c6.large.2")
    finding = await bench.look("dry-run")
    assert finding.verdict == "look"
    assert leads(finding)


async def test_a_refused_reading_is_a_remark_and_no_answer_has_to_be_fixed(bench: Bench) -> None:
    bench.fault(service="ecs", path="limits", action="refuse", count=0)
    finding = await bench.look("limits")
    assert finding.verdict == "look"
    assert finding.advice
    bench.fault(service="ims", path="quota", action="status", status=503, count=0)
    finding = await bench.look("image-quota")
    assert finding.verdict == "must-fix"
    assert "retry" in leads_to(finding)
    assert finding.request_id
