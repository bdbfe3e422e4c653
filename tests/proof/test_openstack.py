"""OpenStack's own client, and what Open Telekom Cloud adds to it, at the practice cloud: identity and catalogue, images
by both services' calls, servers and disks."""

import contextlib
import warnings

import openstack
import pytest
from openstack.block_storage.v3.volume import Volume
from openstack.compute.v2.server import Server
from openstack.exceptions import NotFoundException, SDKException
from otcextensions import sdk as otcextensions
from practice_process import until

UBUNTU = "Ubuntu 22.04 server 64bit"


@contextlib.contextmanager
def connected(practice, user=None, **scope):
    """A connection that has found everything by password and catalogue; only global services are named, because the
    catalogue lists them for the region “*”, which this client takes for a name."""
    auth = {
        "auth_url": practice.endpoints["iam"] + "/v3",
        "username": practice.user,
        "password": practice.password,
        "user_domain_name": practice.domain,
        **(user or {}),
        **(scope or {"project_name": practice.region, "project_domain_name": practice.domain}),
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own deprecated calls
        connection = openstack.connect(
            load_yaml_config=False,
            load_envvars=False,
            auth=auth,
            region_name=practice.region,
            identity_endpoint_override=auth["auth_url"],
        )
        try:
            yield connection
        finally:
            connection.close()


@pytest.fixture(scope="module")
def cloud(practice):
    with connected(practice) as connection:
        otcextensions.register_otc_extensions(connection)
        yield connection


def test_identity_and_catalogue(cloud, practice):
    assert cloud.current_project_id == practice.project_id
    projects = {project.name: project.id for project in cloud.identity.user_projects(cloud.current_user_id)}
    assert projects[practice.region] == practice.project_id
    assert {project.id for project in cloud.identity.projects()} == set(projects.values())
    (found,) = cloud.identity.projects(name=practice.region)
    assert (found.name, found.is_enabled, found.domain_id) == (practice.region, True, found.parent_id)
    urls = {entry["type"]: entry["endpoints"][0]["url"] for entry in cloud.service_catalog}
    for service, kind in (("iam", "identity"), ("ecs", "compute"), ("ims", "image"), ("evs", "volumev2")):
        assert urls[kind].startswith(practice.endpoints[service])
    keys = cloud.identity.create_security_token(duration=900)
    assert keys.access
    assert keys.security_token


def test_scopes_and_refusals(practice):
    with connected(practice, domain_name=practice.domain) as account:
        access = account.session.auth.get_access(account.session)
        assert (access.project_id, access.domain_name) == (None, practice.domain)
    with connected(practice, project_id=practice.project_id) as by_id:
        assert by_id.session.auth.get_access(by_id.session).project_name == practice.region
    for user, scope, words in (
        ({"password": "wrong"}, {}, "password is wrong"),
        ({}, {"project_name": "nowhere-9", "project_domain_name": practice.domain}, "Could not find project"),
    ):
        with connected(practice, user, **scope) as stranger, pytest.raises(SDKException, match=words):
            stranger.authorize()
    with connected(practice) as right:
        right.authorize()  # else a few wrong passwords would lock the user


def iso_image(cloud, practice, name):
    """An active ISO image's id, by way of IMS v2 and its jobs of v1."""
    made = cloud.imsv2.create_image(
        name=name,
        image_url=f"{practice.bucket['name']}:{practice.iso}",
        os_version=UBUNTU,
        type="IsoImage",
        min_disk=40,
        image_tags=[{"key": "app", "value": "proof"}],
    )

    def ended():
        job = cloud.imsv1.get_async_job(made.job_id)
        assert job.status in ("INIT", "RUNNING", "SUCCESS")
        return job if job.status == "SUCCESS" else None

    job = until(ended)
    assert job.entities.image_name == name
    until(lambda: [image for image in cloud.imsv2.images(name=name) if image.status == "active"])
    return job.entities.image_id


def test_images(cloud, practice):
    image_id = iso_image(cloud, practice, "openstack-iso")
    (listed,) = cloud.imsv2.images(name="openstack-iso", virtual_env_type="IsoImage", __imagetype="private")
    shown = cloud.image.get_image(image_id)
    assert (listed.id, listed.min_disk, listed.disk_format) == (image_id, 40, "iso")
    assert (shown.name, shown.status, shown.min_disk, shown.disk_format) == ("openstack-iso", "active", 40, "iso")
    assert shown.visibility == "private"
    assert shown.owner_id == practice.project_id
    # Page by page, as Glance has it.
    every = [image.id for image in cloud.image.images()]
    assert image_id in every
    assert [image.id for image in cloud.image.images(limit=1)] == every
    # The client's own update no longer runs with the OpenStack client of today; the call itself does.
    change = [{"op": "replace", "path": "/name", "value": "openstack-iso-2"}]
    assert cloud.imsv2.patch(f"/cloudimages/{image_id}", json=change).json()["name"] == "openstack-iso-2"
    cloud.image.delete_image(image_id)
    until(lambda: image_id not in [image.id for image in cloud.image.images()])
    with pytest.raises(NotFoundException):
        cloud.image.get_image(image_id)


def unknown_keys(kind, body):
    """What this client would drop from an answer."""
    return sorted(body.keys() - kind._body_mapping().keys() - {"links"})


def test_servers_and_volumes(cloud, practice):
    image_id = iso_image(cloud, practice, "openstack-server-iso")
    server_id = launch(cloud, practice, image_id)
    server = until(lambda: next((s for s in cloud.compute.servers() if s.id == server_id and s.attached_volumes), None))
    shown = cloud.compute.get_server(server_id)
    assert (shown.name, shown.status, shown.power_state) == ("openstack-server", "ACTIVE", 1)
    assert shown.metadata["virtual_env_type"] == "IsoImage"
    assert shown.image.id == image_id
    assert shown.availability_zone == f"{practice.region}a"
    assert unknown_keys(Server, cloud.compute.get(f"/servers/{server_id}").json()["server"]) == []
    (address,) = next(iter(shown.addresses.values()))
    assert address["OS-EXT-IPS:type"] == "fixed"

    attached = [volume.id for volume in server.attached_volumes]
    volumes = {volume.id: volume for volume in cloud.block_storage.volumes() if volume.id in attached}
    assert sorted(volume.size for volume in volumes.values()) == [40, 50]
    assert sorted(volume.is_bootable for volume in volumes.values()) == [False, True]
    data = next(volume for volume in volumes.values() if not volume.is_bootable)
    one = cloud.block_storage.get_volume(data.id)
    assert (one.status, one.volume_type, one.attachments[0]["server_id"]) == ("in-use", "SSD", server_id)
    assert unknown_keys(Volume, cloud.block_storage.get(f"/volumes/{data.id}").json()["volume"]) == []
    assert {zone.name for zone in cloud.compute.availability_zones()} >= {f"{practice.region}a"}

    cloud.ecs.post("/cloudservers/delete", json={"servers": [{"id": server_id}], "delete_volume": True})
    until(lambda: server_id not in [s.id for s in cloud.compute.servers()])
    with pytest.raises(NotFoundException):
        cloud.compute.get_server(server_id)
    until(lambda: data.id not in [volume.id for volume in cloud.block_storage.volumes()])
    cloud.image.delete_image(image_id)


def launch(cloud, practice, image_id):
    """By the call of ECS, which is not OpenStack's."""
    profile = practice.profile_table()
    network, flavor = profile["network"], profile["server"]["flavor_id"]
    server = {
        "name": "openstack-server",
        "imageRef": image_id,
        "flavorRef": flavor,
        "vpcid": network["vpc_id"],
        "nics": [{"subnet_id": network["subnet_id"]}],
        "security_groups": [{"id": group} for group in network["security_group_ids"]],
        "root_volume": {"volumetype": "SSD", "size": 40},
        "data_volumes": [{"volumetype": "SSD", "size": 50}],
        "availability_zone": f"{practice.region}a",
        "metadata": {"virtual_env_type": "IsoImage"},
        "extendparam": {"diskPrior": "true"},
    }
    answer = cloud.ecs.post("/cloudservers", json={"server": server})
    assert answer.status_code == 200, answer.text
    return answer.json()["serverIds"][0]
