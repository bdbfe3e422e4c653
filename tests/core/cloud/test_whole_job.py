"""Every call of the job, in order, against the practice cloud."""

import uuid

import pytest

from isowright.cloud import flavors, jobs
from isowright.cloud.ecs import PublicIp, ServerRequest
from isowright.errors import (
    CloudError,
    InputError,
    JobFailedError,
    NameTakenError,
    NotFoundError,
    QuotaError,
    SoldOutError,
)

OS = "Ubuntu 22.04 server 64bit"
TAGS = {"app": "isowright", "run": "r1"}


async def until(clock, look, met):
    """Lags of the cloud: what is asked for comes a little later."""
    for _ in range(60):
        found = await look()
        if met(found):
            return found
        await clock.sleep(2)
    raise AssertionError("it never came")


class Job:
    def __init__(self, world, cloud):
        self.world, self.cloud, self.clock = world, cloud, world.clock

    async def done(self, look, job_id):
        return await jobs.wait(lambda: look(job_id), clock=self.clock, deadline=1800, what="It")

    async def iso(self, isos, name="demo-iso"):
        ims = self.cloud.ims
        bucket, key = isos
        started = await ims.register_iso(name=name, bucket=bucket, key=key, os_version=OS, min_disk=40, tags=TAGS)
        image_id = (await self.done(ims.job, started)).image_id
        return await until(self.clock, lambda: ims.image(image_id), lambda i: i is not None and i.status == "active")

    async def request(self, image_id, **changes):
        cloud = self.cloud
        zone = next(z.name for z in await cloud.ecs.availability_zones() if z.available)
        vpc = (await cloud.vpc.vpcs())[0]
        subnet = next(s for s in await cloud.vpc.subnets(vpc.id) if s.free_addresses)
        best = flavors.rank(await cloud.ecs.flavors(zone), zone)[0]
        types = [t.name for t in await cloud.evs.volume_types() if t.offered_in(zone)]
        known = {
            "name": "builder-r1",
            "image_id": image_id,
            "flavor_id": best.id,
            "vpc_id": vpc.id,
            "subnet_id": subnet.id,
            "availability_zone": zone,
            "volume_type": types[0],
            "system_disk": 40,
            "data_disk": 50,
            "security_group_ids": ((await cloud.vpc.security_groups())[0].id,),
            "tags": TAGS,
        }
        return ServerRequest(**(known | changes))


@pytest.fixture(params=["password", "keys"])
def job(world, request):
    return Job(world, world.open(getattr(world, request.param)()))


async def test_iso_to_image(job, isos):
    world, cloud, clock = job.world, job.cloud, job.clock
    iso = await job.iso(isos)
    assert iso.virtual_env_type == "IsoImage"
    assert iso.data_origin == f"file,{isos[0]}:{isos[1]}"
    assert [i.id for i in await cloud.ims.images(virtual_env_type="IsoImage", tag="run=r1")] == [iso.id]
    with pytest.raises(NameTakenError):
        await job.iso(isos)

    request = await job.request(iso.id, public_ip=PublicIp())
    token = str(uuid.uuid4())
    assert (await cloud.ecs.create_server(request, client_token=token, dry_run=True)).job_id == ""
    world.faults({"action": "reset-after", "service": "ecs", "method": "POST", "path": "/cloudservers$"})
    created = await cloud.ecs.create_server(request, client_token=token)
    server_id = (await job.done(cloud.ecs.job, created.job_id)).server_id
    assert created.server_ids == (server_id,)
    server = await until(clock, lambda: cloud.ecs.server(server_id), lambda s: s is not None and len(s.volumes) == 2)
    assert [s["id"] for s in world.exists()["servers"]] == [server_id]  # the repeat made no second one
    assert [s.id for s in await cloud.ecs.servers(name="builder-r1")] == [server_id]
    assert await cloud.ecs.servers(name="builder-r") == []  # the cloud's filter is fuzzy
    assert [s.id for s in await cloud.ecs.servers_by_tag("run", "r1")] == [server_id]
    (data,) = [v.id for v in server.volumes if not v.is_boot]
    devices = {d.volume_id: d for d in await cloud.ecs.block_devices(server_id)}
    assert (devices[data].size, devices[data].boot_index == 0) == (50, False)
    assert {v.id for v in await cloud.evs.volumes(server_id=server_id)} == set(devices)
    assert (await cloud.ecs.console_url(server_id)).reveal().startswith("http")

    await job.done(cloud.ecs.job, await cloud.ecs.stop(server_id))
    await until(clock, lambda: cloud.ecs.server(server_id), lambda s: s.status == "SHUTOFF" and s.task_state is None)
    await job.done(cloud.ecs.job, await cloud.ecs.start(server_id))
    await job.done(cloud.ecs.job, await cloud.ecs.stop(server_id, hard=True))
    made = await cloud.ims.image_from_volume(name="demo", volume_id=data, os_version=OS, tags=TAGS)
    golden_id = (await job.done(cloud.ims.job, made)).image_id
    golden = await until(clock, lambda: cloud.ims.image(golden_id), lambda i: i is not None and i.status == "active")
    assert (golden.min_disk, golden.data_origin) == (50, f"volume,{data}")

    await job.done(cloud.ecs.job, await cloud.ecs.delete_server(server_id, delete_volumes=False))
    await until(clock, lambda: cloud.ecs.server(server_id), lambda s: s is None)
    left = await until(clock, lambda: cloud.evs.volume(data), lambda v: v.status == "available")
    assert left.size == 50
    await job.done(cloud.evs.job, await cloud.evs.delete_volume(data))
    await until(clock, lambda: cloud.evs.volume(data), lambda v: v is None)
    await cloud.ims.delete_image(iso.id)
    await until(clock, lambda: cloud.ims.image(iso.id), lambda i: i is None)
    await cloud.obs.delete_object(*isos)
    await cloud.obs.delete_object(*isos)
    assert await cloud.obs.head(*isos) is None


async def test_progress_call_is_given_up_where_there_is_none(world, isos):
    job = Job(world, world.open())
    world.faults({"action": "status", "status": 404, "code": "APIGW.0101", "path": "/v1/cloudimages/job/", "count": 0})
    await job.iso(isos)
    assert len(world.asked("/v1/cloudimages/job/")) == 1


async def test_console_of_other_clouds(world, isos):
    job = Job(world, world.open())
    iso = await job.iso(isos)
    created = await job.cloud.ecs.create_server(await job.request(iso.id), client_token=str(uuid.uuid4()))
    server_id = (await job.done(job.cloud.ecs.job, created.job_id)).server_id
    world.faults({"action": "status", "status": 404, "code": "APIGW.0101", "path": "/remote_console$", "count": 0})
    assert (await job.cloud.ecs.console_url(server_id)).reveal().startswith("http")
    assert len(world.asked("/remote-consoles")) == 1


async def test_console_of_no_server(world):
    cloud = world.open()
    with pytest.raises(NotFoundError):
        await cloud.ecs.console_url(str(uuid.uuid4()))
    assert world.asked("/remote-consoles") == []


async def test_refusals_of_the_cloud(world, isos):
    job = Job(world, world.open())
    cloud, (bucket, key) = job.cloud, isos
    odd = next(b for b in world.ready["buckets"] if "odd" in b["name"])["name"]
    far = next(b for b in await cloud.obs.buckets() if b.region != world.ready["region"])
    far_key = (await cloud.obs.objects(far.name)).objects[0].key

    async def refused(code, **changes):
        known = {"name": "x", "bucket": bucket, "key": key, "os_version": OS, "min_disk": 40}
        with pytest.raises(CloudError) as caught:
            await cloud.ims.register_iso(**(known | changes))
        assert caught.value.code == code
        assert caught.value.remedy
        return caught.value

    assert (await refused("IMG.0058", bucket=far.name, key=far_key)).action == "step:iso.bucket"
    assert (await refused("IMG.0175", bucket=odd, key="Name with spaces.iso")).action == "step:iso.key"
    await refused("IMG.0059", bucket=odd, key="too-large.iso")
    await refused("IMG.0166", os_version="")
    world.faults({"world": "quota-full", "resource": "image"})
    assert isinstance(await refused("IMG.0015"), QuotaError)
    assert [j for j in world.exists()["jobs"] if j["service"] == "ims"] == []


async def test_sold_out_and_failed_jobs(world, isos):
    job = Job(world, world.open())
    iso = await job.iso(isos)
    request = await job.request(iso.id)
    world.faults({"job": "createServer", "action": "fail-with-debris", "code": "Ecs.0319"})
    created = await job.cloud.ecs.create_server(request, client_token=str(uuid.uuid4()))
    with pytest.raises(JobFailedError) as failed:
        await job.done(job.cloud.ecs.job, created.job_id)
    assert failed.value.server_id  # what is left over has a name
    world.faults({"world": "sold-out", "flavor": request.flavor_id})
    with pytest.raises(SoldOutError) as sold:
        await job.cloud.ecs.create_server(request, client_token=str(uuid.uuid4()))
    assert sold.value.action == "step:server.flavor_id"
    other = await job.request(iso.id)  # the next best
    assert other.flavor_id != request.flavor_id
    world.faults({"world": "no-addresses"})
    with pytest.raises(QuotaError) as full:
        await job.cloud.ecs.create_server(other, client_token=str(uuid.uuid4()))
    assert (full.value.code, full.value.action) == ("Ecs.0012", "step:network.subnet_id")


async def test_input_errors_come_before_any_request(world):
    with pytest.raises(InputError):
        world.open(cloud="nowhere")
    with pytest.raises(InputError) as caught:
        await world.open().obs.objects("no/such bucket")
    assert caught.value.action == "step:iso.bucket"
    assert world.asked() == []
