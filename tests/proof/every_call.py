"""Our client asks all that the pages of the wizard ask, and for all changes to things that are not there; then, with a
token, for what is of the whole account.

`python every_call.py` in Isowright's environment; facts as JSON on standard input: endpoints, region, access_key,
secret_key, domain, user, password, bucket, key.
"""

import asyncio
import contextlib
import json
import sys

from isowright.cloud.client import Cloud
from isowright.cloud.login import KeyLogin, PasswordLogin, TokenLogin
from isowright.cloud.models import Secret
from isowright.errors import AppError
from isowright.recipe import Account

NOTHING = "00000000-0000-4000-8000-000000000000"


async def ask(facts):
    account = Account(
        cloud="custom",
        region=facts["region"],
        method="access_key",
        access_key=facts["access_key"],
        endpoints=facts["endpoints"],
    )
    cloud = Cloud.open(account, KeyLogin(facts["access_key"], Secret(facts["secret_key"])))
    zone = facts["region"] + "a"
    try:
        await cloud.sign_in()
        await cloud.iam.projects()
        await cloud.ims.os_versions()
        await cloud.ims.quota()
        await cloud.ims.images(name="an image")
        await cloud.ims.images(tag="app=image-builder")
        await cloud.ecs.availability_zones()
        await cloud.ecs.flavors(zone)
        await cloud.ecs.limits()
        await cloud.ecs.servers(name="a server")
        await cloud.ecs.servers_like("a.server")
        await cloud.ecs.servers_by_tag("app", "image-builder")
        await cloud.ecs.tags_where("app", "image-builder")
        await cloud.evs.volume_types()
        await cloud.evs.quota()
        await cloud.evs.volumes(name="a disk")
        for vpc in await cloud.vpc.vpcs():
            await cloud.vpc.subnets(vpc.id)
        await cloud.vpc.security_groups()
        await network_of_its_own(cloud)
        await cloud.eps.projects()
        await cloud.obs.buckets()
        await cloud.obs.bucket(facts["bucket"])
        await cloud.obs.objects(facts["bucket"])
        await cloud.obs.read(facts["bucket"], facts["key"], 32768, 2048)
        await change(cloud)
    finally:
        await cloud.aclose()


async def network_of_its_own(cloud):
    """Made, marked and taken away again."""
    marks = {"app": "image-builder", "run": "0123456789ab"}
    await cloud.vpc.vpc_quota()
    vpc = await cloud.vpc.create_vpc("proof", "192.168.0.0/24", description="Made to be deleted")
    for _ in range(1200):
        if all(one.status == "OK" for one in await cloud.vpc.vpcs()):
            break
        await asyncio.sleep(0.05)
    subnet = await cloud.vpc.create_subnet(
        "proof", vpc.id, "192.168.0.0/24", "192.168.0.1", description="As the other", name_servers=("100.125.1.250",)
    )
    await cloud.vpc.tag_vpc(vpc.id, marks)
    await cloud.vpc.tag_subnet(subnet.id, marks)
    assert set(await cloud.vpc.vpc_tags(vpc.id)) == {f"{key}={value}" for key, value in marks.items()}
    await cloud.vpc.delete_subnet(vpc.id, subnet.id)
    await cloud.vpc.delete_vpc(vpc.id)
    with contextlib.suppress(AppError):
        await cloud.vpc.create_vpc("proof", "192.168.0.0/24", enterprise_project_id=NOTHING)


async def change(cloud):
    """The cloud refuses, for there is nothing to change; what was asked for has its shape all the same."""
    for asked in (
        cloud.ecs.stop(NOTHING),
        cloud.ecs.stop(NOTHING, hard=True),
        cloud.ecs.start(NOTHING),
        cloud.ecs.delete_server(NOTHING, delete_volumes=True),
        cloud.ecs.set_auto_terminate_time(NOTHING, "2031-04-05T06:07:00Z"),
        cloud.ecs.set_delete_on_termination(NOTHING, NOTHING),
        cloud.ecs.console_url(NOTHING),
        cloud.evs.tag_volume(NOTHING, {"app": "image-builder"}),
        cloud.evs.delete_volume(NOTHING),
        cloud.ims.delete_image(NOTHING),
        cloud.ims.show_image(NOTHING),
        cloud.changes.members(NOTHING),
        cloud.changes.share(NOTHING, ["0123456789abcdef0123456789abcdef"]),
        cloud.changes.tag(NOTHING, {"stage": "gold"}),
        cloud.changes.set_ram(NOTHING, least=1024, most=4096),
        cloud.changes.set_firmware(NOTHING, "uefi"),
        cloud.changes.copy_to_region(
            NOTHING, name="a copy", region="practice-2", project_name="practice-2", agency="an_agency"
        ),
        cloud.changes.export(NOTHING, bucket="a-bucket", key="an-image.vhd", file_format="vhd"),
        cloud.changes.export(NOTHING, bucket="a-bucket", key="an-image"),
        cloud.ecs.console_output(NOTHING),
        cloud.iam.temporary_keys(),
    ):
        with contextlib.suppress(AppError):
            await asked


async def ask_with_a_token(facts):
    """What a token of a project does not reach is asked for with keys that it has made."""
    where = {"cloud": "custom", "region": facts["region"], "endpoints": facts["endpoints"]}
    maker = Cloud.open(Account(**where), PasswordLogin(facts["domain"], facts["user"], Secret(facts["password"])))
    await maker.sign_in()
    cloud = Cloud.open(Account(**where, method="token"), TokenLogin(maker.session.auth._token.value))
    try:
        await cloud.sign_in()
        assert await cloud.eps.projects()
    finally:
        await cloud.aclose()
        await maker.aclose()


async def main(facts):
    await ask(facts)
    await ask_with_a_token(facts)


asyncio.run(main(json.load(sys.stdin)))
