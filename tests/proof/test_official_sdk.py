"""The official SDK does the whole job in the practice cloud, signing each request with an access key and no token.

Every answer must fit its model to the last key, and have all that the recorded examples have.
"""

import warnings

import huaweicloudsdkecs.v2 as ecs
import huaweicloudsdkeps.v1 as eps
import huaweicloudsdkevs.v2 as evs
import huaweicloudsdkiam.v3 as iam
import huaweicloudsdkims.v2 as ims
import huaweicloudsdkvpc.v2 as vpc
import huaweicloudsdkvpc.v3 as vpc3
import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials, GlobalCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from huaweicloudsdkcore.region.region import Region
from practice_process import until
from sdk_check import check, differences, example, missing, recorded

UBUNTU = "Ubuntu 22.04 server 64bit"


class Sdk:
    """The SDK's clients for one access key. `said` collects what is wrong with the answers."""

    def __init__(self, practice, access=None, secret=None, token=None):
        self.practice = practice
        self.access, self.secret = access or practice.access_key, secret or practice.secret_key
        self.token = token
        self.said = []
        self.calls = set()
        self._clients = {}

    def client(self, kind, service):
        if kind not in self._clients:
            credentials = BasicCredentials(self.access, self.secret, self.practice.project_id)
            if service in ("iam", "eps"):
                credentials = GlobalCredentials(self.access, self.secret).with_iam_endpoint(
                    self.practice.endpoints["iam"]
                )
            if self.token:
                credentials = credentials.with_security_token(self.token)
            # A region of our own: the SDK then looks the account's id up by itself, as it does on real clouds.
            region = Region(self.practice.region, self.practice.endpoints[service])
            self._clients[kind] = kind.new_builder().with_credentials(credentials).with_region(region).build()
        return self._clients[kind]

    def ask(self, kind, service, name, request, *examples):
        answer = getattr(self.client(kind, service), name)(request)
        self.calls.add(f"{service} {name}")
        self.said += [f"{name}: {sentence}" for sentence in check(answer, *examples)]
        return answer

    def ims(self, name, request, *examples):
        return self.ask(ims.ImsClient, "ims", name, request, *examples)

    def ecs(self, name, request, *examples):
        return self.ask(ecs.EcsClient, "ecs", name, request, *examples)

    def evs(self, name, request, *examples):
        return self.ask(evs.EvsClient, "evs", name, request, *examples)

    def vpc(self, name, request, *examples):
        return self.ask(vpc.VpcClient, "vpc", name, request, *examples)

    def iam(self, name, request, *examples):
        return self.ask(iam.IamClient, "iam", name, request, *examples)

    def job(self, service, job_id, last):
        """Asked until it has ended; each state on the way is checked. `last`: the example of its end."""
        models = {"ims": ims, "ecs": ecs, "evs": evs}[service]
        on_the_way = {
            "ims": ("ims_job_init_200.json", "ims_job_running_iso_200.json"),
            "ecs": ("ecs_job_init_200.json", "ecs_job_running_200.json"),
            "evs": (),
        }[service]

        def look():
            answer = getattr(self, service)(
                "show_job", models.ShowJobRequest(job_id=job_id), *on_the_way, *([last] if last else [])
            )
            assert answer.status in ("INIT", "RUNNING", "SUCCESS"), answer.fail_reason
            return answer if answer.status == "SUCCESS" else None

        return until(look)

    def close(self):
        for client in self._clients.values():
            client.close()


@pytest.fixture
def sdk(practice):
    with warnings.catch_warnings():
        # The SDK's own code: utcnow, and files of its log.
        warnings.simplefilter("ignore", DeprecationWarning)
        clients = Sdk(practice)
        yield clients
        clients.close()


def register(sdk, name):
    """A job's id: the ISO of the practice bucket becomes an image."""
    body = ims.CreateImageRequestBody(
        name=name,
        image_url=f"{sdk.practice.bucket['name']}:{sdk.practice.iso}",
        os_version=UBUNTU,
        type="IsoImage",
        min_disk=40,
        image_tags=[ims.TagKeyValue(key="app", value="proof")],
    )
    return sdk.ims("create_image", ims.CreateImageRequest(body=body), "ims_create_image_200.json").job_id


def active_image(sdk, image_id):
    def look():
        page = sdk.ims("list_images", ims.ListImagesRequest(id=image_id, imagetype="private"))
        return next((image for image in page.images if image.status == "active"), None)

    return until(look)


def launch(sdk, name, image_id, network):
    vpc_id, subnet_id, group_id = network
    server = ecs.PostPaidServer(
        name=name,
        image_ref=image_id,
        flavor_ref="s6.large.2",
        vpcid=vpc_id,
        nics=[ecs.PostPaidServerNic(subnet_id=subnet_id)],
        security_groups=[ecs.PostPaidServerSecurityGroup(id=group_id)],
        root_volume=ecs.PostPaidServerRootVolume(volumetype="SSD", size=40),
        data_volumes=[ecs.PostPaidServerDataVolume(volumetype="SSD", size=50)],
        availability_zone=f"{sdk.practice.region}a",
        count=1,
        metadata={"virtual_env_type": "IsoImage"},
        extendparam=ecs.PostPaidServerExtendParam(disk_prior="true", enterprise_project_id="0"),
        server_tags=[ecs.PostPaidServerTag(key="app", value="proof")],
    )
    checked = ecs.CreatePostPaidServersRequestBody(dry_run=True, server=server)
    sdk.ecs("create_post_paid_servers", ecs.CreatePostPaidServersRequest(body=checked))
    request = ecs.CreatePostPaidServersRequest(body=ecs.CreatePostPaidServersRequestBody(server=server))
    return sdk.ecs("create_post_paid_servers", request, "ecs_create_server_200.json")


def network(sdk):
    """(VPC, subnet, security group) to put a server into."""
    vpcs = sdk.vpc("list_vpcs", vpc.ListVpcsRequest(limit=100), "vpc_list_vpcs_200.json").vpcs
    subnets = sdk.vpc("list_subnets", vpc.ListSubnetsRequest(vpc_id=vpcs[0].id), "vpc_list_subnets_200.json").subnets
    groups = sdk.vpc("list_security_groups", vpc.ListSecurityGroupsRequest(), "vpc_v1_security_groups_200.json")
    subnet = next(subnet for subnet in subnets if subnet.name == "subnet-default")
    return vpcs[0].id, subnet.id, groups.security_groups[0].id


def test_the_whole_job(sdk, practice):
    # The ISO becomes an image.
    job_id = register(sdk, "sdk-iso")
    sdk.ims("show_job_progress", ims.ShowJobProgressRequest(job_id=job_id))
    iso_id = sdk.job("ims", job_id, "ims_job_success_iso_200.json").entities.image_id
    assert active_image(sdk, iso_id).virtual_env_type == "IsoImage"
    sdk.ims("list_images", ims.ListImagesRequest(name="sdk-iso"), "ims_list_images_200.json")
    sdk.ims("glance_show_image", ims.GlanceShowImageRequest(image_id=iso_id), "ims_show_image_200.json")

    # A server starts from it.
    made = launch(sdk, "sdk-server", iso_id, network(sdk))
    job = sdk.job("ecs", made.job_id, "ecs_job_success_200.json")
    server_id = job.entities.sub_jobs[0].entities.server_id
    assert made.server_ids == [server_id]

    def server(*examples):
        return sdk.ecs("show_server", ecs.ShowServerRequest(server_id=server_id), *examples).server

    attached = until(lambda: server().os_extended_volumesvolumes_attached)
    assert server("ecs_show_server_active_200.json").status == "ACTIVE"
    data_volume = next(volume.id for volume in attached if volume.boot_index != "0")
    disks = sdk.ecs(
        "list_server_block_devices",
        ecs.ListServerBlockDevicesRequest(server_id=server_id),
        "ecs_block_device_200.json",
    )
    assert sorted(disk.size for disk in disks.volume_attachments) == [40, 50]
    listed = sdk.ecs(
        "list_servers_details", ecs.ListServersDetailsRequest(name="sdk-server"), "ecs_servers_detail_200.json"
    )
    assert [found.id for found in listed.servers] == [server_id]
    tagged = sdk.ecs(
        "list_servers_by_tag",
        ecs.ListServersByTagRequest(
            body=ecs.ListServersByTagRequestBody(
                action="filter", limit="100", offset="0", tags=[ecs.ServerTags(key="app", values=["proof"])]
            )
        ),
    )
    assert [found.resource_id for found in tagged.resources] == [server_id]
    same = sdk.ecs("nova_show_server", ecs.NovaShowServerRequest(server_id=server_id)).server
    assert (same.id, same.status, len(same.os_extended_volumesvolumes_attached)) == (server_id, "ACTIVE", 2)
    listed = sdk.ecs("nova_list_servers_details", ecs.NovaListServersDetailsRequest(name="sdk-server"))
    assert [found.id for found in listed.servers] == [server_id]

    # Somebody installs the system at the console; then it is switched off.
    option = ecs.GetServerRemoteConsoleOption(protocol="vnc", type="novnc")
    console = sdk.ecs(
        "show_server_remote_console",
        ecs.ShowServerRemoteConsoleRequest(
            server_id=server_id, body=ecs.ShowServerRemoteConsoleRequestBody(remote_console=option)
        ),
        "ecs_remote_console_200.json",
    )
    assert console.remote_console.url.startswith("http://127.0.0.1:")
    practice.finish_install(server_id)
    until(lambda: server().status == "SHUTOFF")
    power(sdk, server_id)
    until(lambda: server("ecs_show_server_shutoff_200.json").status == "SHUTOFF")

    # Its data disk becomes the image.
    shown = sdk.evs("show_volume", evs.ShowVolumeRequest(volume_id=data_volume), "evs_show_volume_200.json").volume
    assert (shown.size, shown.status, shown.attachments[0].server_id) == (50, "in-use", server_id)
    sdk.evs("list_volumes", evs.ListVolumesRequest(server_id=server_id), "evs_list_volumes_200.json")
    body = ims.CreateImageRequestBody(name="sdk-image", volume_id=data_volume, os_version=UBUNTU, type="ECS")
    capture = sdk.ims("create_image", ims.CreateImageRequest(body=body), "ims_create_image_200.json")
    done = sdk.job("ims", capture.job_id, "ims_job_success_volume_200.json")
    image = active_image(sdk, done.entities.image_id)
    assert (image.name, image.min_disk, image.os_version) == ("sdk-image", 50, UBUNTU)
    assert next(i for i in practice.world()["images"] if i["id"] == image.id)["installed"]
    change = [ims.UpdateImageRequestBody(op="replace", path="/name", value="sdk-image-2")]
    renamed = sdk.ims(
        "update_image", ims.UpdateImageRequest(image_id=image.id, body=change), "ims_update_image_200.json"
    )
    assert renamed.name == "sdk-image-2"

    clean_up(sdk, server_id, data_volume, iso_id, image.id)
    assert sdk.said == []
    assert len(sdk.calls) >= 20


def power(sdk, server_id):
    """On, and off again."""
    servers = [ecs.ServerId(id=server_id)]
    start = ecs.BatchStartServersRequestBody(os_start=ecs.BatchStartServersOption(servers=servers))
    started = sdk.ecs("batch_start_servers", ecs.BatchStartServersRequest(body=start), "ecs_batch_start_200.json")
    sdk.job("ecs", started.job_id, None)
    stop = ecs.BatchStopServersRequestBody(os_stop=ecs.BatchStopServersOption(servers=servers, type="HARD"))
    stopped = sdk.ecs("batch_stop_servers", ecs.BatchStopServersRequest(body=stop), "ecs_batch_stop_200.json")
    sdk.job("ecs", stopped.job_id, None)


def clean_up(sdk, server_id, data_volume, iso_id, image_id):
    """The server goes and leaves its data disk; then the disk, then both images."""
    body = ecs.DeleteServersRequestBody(
        servers=[ecs.ServerId(id=server_id)], delete_publicip=False, delete_volume=False
    )
    gone = sdk.ecs("delete_servers", ecs.DeleteServersRequest(body=body), "ecs_delete_servers_200.json")
    sdk.job("ecs", gone.job_id, "ecs_job_delete_success_200.json")

    def no_server():
        try:
            sdk.ecs("show_server", ecs.ShowServerRequest(server_id=server_id))
        except ClientRequestException as refused:
            return refused
        return None

    refused = until(no_server)
    assert (refused.status_code, refused.error_code) == (404, "Ecs.0114")
    dropped = sdk.evs("delete_volume", evs.DeleteVolumeRequest(volume_id=data_volume), "evs_delete_volume_200.json")
    sdk.job("evs", dropped.job_id, "evs_job_success_200.json")
    for image in (iso_id, image_id):
        sdk.ims("glance_delete_image", ims.GlanceDeleteImageRequest(image_id=image))
        until(lambda image=image: sdk.ims("list_images", ims.ListImagesRequest(id=image)).images == [])


def test_what_a_cloud_offers(sdk):
    sdk.ims("list_os_versions", ims.ListOsVersionsRequest(), "ims_os_version_200.json")
    sdk.ims("show_image_quota", ims.ShowImageQuotaRequest(), "ims_quota_200.json")
    flavors = sdk.ecs("list_flavors", ecs.ListFlavorsRequest(), "ecs_flavors_200.json").flavors
    sdk.ecs("list_flavors", ecs.ListFlavorsRequest(availability_zone=f"{sdk.practice.region}a", limit=3))
    assert "s6.large.2" in [flavor.id for flavor in flavors]
    sdk.ecs("nova_list_availability_zones", ecs.NovaListAvailabilityZonesRequest(), "ecs_availability_zones_200.json")
    sdk.ecs("show_server_limits", ecs.ShowServerLimitsRequest(), "ecs_limits_200.json")
    sdk.evs("cinder_list_volume_types", evs.CinderListVolumeTypesRequest(), "evs_volume_types_200.json")
    sdk.evs("cinder_list_availability_zones", evs.CinderListAvailabilityZonesRequest())
    network(sdk)
    groups = vpc3.ListSecurityGroupsRequest(limit=10)
    sdk.ask(vpc3.VpcClient, "vpc", "list_security_groups", groups, "vpc_v3_security_groups_200.json")
    assert sdk.said == []


def test_a_network_made_and_deleted(sdk):
    """VPC and subnet with their tags and quota; in use and taken names refused as documented."""

    def used():
        quota = sdk.vpc("show_quota", vpc.ShowQuotaRequest(type="vpc")).quotas.resources
        return [(one.type, one.used) for one in quota]

    ((kind, before),) = used()
    assert kind == "vpc"
    wanted = vpc.CreateVpcOption(name="sdk-network", cidr="10.77.0.0/16", description="of the SDK")
    body = vpc.CreateVpcRequestBody(vpc=wanted)
    made = sdk.vpc("create_vpc", vpc.CreateVpcRequest(body=body)).vpc
    with pytest.raises(ClientRequestException) as taken:
        sdk.vpc("create_vpc", vpc.CreateVpcRequest(body=body))
    assert taken.value.error_code == "VPC.0115"
    until(lambda: sdk.vpc("show_vpc", vpc.ShowVpcRequest(vpc_id=made.id)).vpc.status == "OK")
    assert used() == [("vpc", before + 1)]
    option = vpc.CreateSubnetOption(name="sdk-subnet", cidr="10.77.1.0/24", gateway_ip="10.77.1.1", vpc_id=made.id)
    option.dns_list = ["100.125.1.250"]
    request = vpc.CreateSubnetRequest(body=vpc.CreateSubnetRequestBody(subnet=option))
    subnet = sdk.vpc("create_subnet", request).subnet
    until(lambda: sdk.vpc("show_subnet", vpc.ShowSubnetRequest(subnet_id=subnet.id)).subnet.status == "ACTIVE")
    tags = vpc.BatchCreateVpcTagsRequestBody(action="create", tags=[vpc.ResourceTag(key="app", value="proof")])
    sdk.vpc("batch_create_vpc_tags", vpc.BatchCreateVpcTagsRequest(vpc_id=made.id, body=tags))
    shown = sdk.vpc("show_vpc_tags", vpc.ShowVpcTagsRequest(vpc_id=made.id)).tags
    assert [(tag.key, tag.value) for tag in shown] == [("app", "proof")]
    with pytest.raises(ClientRequestException) as full:
        sdk.vpc("delete_vpc", vpc.DeleteVpcRequest(vpc_id=made.id))
    assert (full.value.status_code, full.value.error_code) == (409, "VPC.0104")
    sdk.vpc("delete_subnet", vpc.DeleteSubnetRequest(vpc_id=made.id, subnet_id=subnet.id))
    sdk.vpc("delete_vpc", vpc.DeleteVpcRequest(vpc_id=made.id))
    assert used() == [("vpc", before)]
    assert sdk.said == []


def test_the_openstack_side(sdk, practice):
    """Versions, and the lists that the services share with OpenStack."""
    assert [v.status for v in sdk.ims("list_versions", ims.ListVersionsRequest()).versions] == ["CURRENT", "SUPPORTED"]
    assert sdk.evs("list_versions", evs.ListVersionsRequest()).versions[0].id == "v3.0"
    assert sdk.ecs("nova_list_versions", ecs.NovaListVersionsRequest()).versions[0].id == "v2.1"
    assert sdk.iam("keystone_show_version", iam.KeystoneShowVersionRequest()).version.id == "v3.6"
    images = sdk.ims("glance_list_images", ims.GlanceListImagesRequest(limit=1))
    assert len(images.images) == 1
    token = iam.KeystoneValidateTokenRequest(x_subject_token=password_token(sdk, practice))
    user = sdk.iam("keystone_validate_token", token).token.user.id
    mine = sdk.iam("keystone_list_projects_for_user", iam.KeystoneListProjectsForUserRequest(user_id=user)).projects
    assert practice.project_id in [project.id for project in mine]
    assert sdk.said == []


def test_identity(sdk, practice):
    """Keys that the account's password buys, and that the SDK then signs with."""
    projects = sdk.iam(
        "keystone_list_auth_projects", iam.KeystoneListAuthProjectsRequest(), "iam_auth_projects_200.json"
    ).projects
    assert practice.project_id in [project.id for project in projects]
    sdk.iam(
        "keystone_list_projects",
        iam.KeystoneListProjectsRequest(name=practice.region),
        "iam_projects_by_name_200.json",
    )
    sdk.iam("keystone_list_auth_domains", iam.KeystoneListAuthDomainsRequest(), "iam_auth_domains_200.json")
    sdk.iam("list_permanent_access_keys", iam.ListPermanentAccessKeysRequest(), "iam_credentials_list_200.json")
    one = iam.ShowPermanentAccessKeyRequest(access_key=practice.access_key)
    assert sdk.iam("show_permanent_access_key", one).credential.status == "active"
    token = password_token(sdk, practice)
    checked = iam.KeystoneValidateTokenRequest(x_subject_token=token)
    assert sdk.iam("keystone_validate_token", checked).token.user.name == practice.user
    identity = iam.TokenAuthIdentity(methods=["token"], token=iam.IdentityToken(id=token, duration_seconds=900))
    body = iam.CreateTemporaryAccessKeyByTokenRequestBody(auth=iam.TokenAuth(identity=identity))
    keys = sdk.iam(
        "create_temporary_access_key_by_token",
        iam.CreateTemporaryAccessKeyByTokenRequest(body=body),
        "iam_securitytokens_201.json",
    ).credential
    assert sdk.said == []
    borrowed = Sdk(practice, keys.access, keys.secret, keys.securitytoken)
    assert borrowed.ims("show_image_quota", ims.ShowImageQuotaRequest()).quotas.resources[0].type == "image"
    listed = borrowed.ask(eps.EpsClient, "eps", "list_enterprise_project", eps.ListEnterpriseProjectRequest())
    assert "0" in [project.id for project in listed.enterprise_projects]  # what a token of a project does not reach
    assert borrowed.said == []
    borrowed.close()


def password_token(sdk, practice):
    """Of the project and of the account; the project's is returned."""
    user = iam.PwdPasswordUser(
        domain=iam.PwdPasswordUserDomain(name=practice.domain), name=practice.user, password=practice.password
    )
    identity = iam.PwdIdentity(methods=["password"], password=iam.PwdPassword(user=user))
    for scope, name in (
        (iam.AuthScope(domain=iam.AuthScopeDomain(name=practice.domain)), "iam_token_domain_201.json"),
        (iam.AuthScope(project=iam.AuthScopeProject(name=practice.region)), "iam_token_project_201.json"),
    ):
        body = iam.KeystoneCreateUserTokenByPasswordRequestBody(auth=iam.PwdAuth(identity=identity, scope=scope))
        request = iam.KeystoneCreateUserTokenByPasswordRequest(body=body)
        answer = sdk.iam("keystone_create_user_token_by_password", request, name)
    return answer.x_subject_token


def test_the_sdk_finds_project_and_account_by_itself(practice, sdk):
    """With nothing but a key and a region: signed look-ups at the IAM endpoint."""
    credentials = BasicCredentials(practice.access_key, practice.secret_key)
    credentials = credentials.with_iam_endpoint(practice.endpoints["iam"])
    region = Region(practice.region, practice.endpoints["ims"])
    client = ims.ImsClient.new_builder().with_credentials(credentials).with_region(region).build()
    assert client.show_image_quota(ims.ShowImageQuotaRequest()).status_code == 200
    assert client.get_credentials().project_id == practice.project_id
    client.close()
    listed = sdk.ask(
        eps.EpsClient, "eps", "list_enterprise_project", eps.ListEnterpriseProjectRequest(), "eps_list_200.json"
    )
    assert "0" in [project.id for project in listed.enterprise_projects]
    assert sdk.said == []


def test_a_wrong_signature_is_refused(practice, sdk):
    for access, secret in ((practice.access_key, "x" * 40), ("NOSUCHKEY00000000000", practice.secret_key)):
        stranger = Sdk(practice, access, secret)
        with pytest.raises(ClientRequestException) as refused:
            stranger.ims("show_image_quota", ims.ShowImageQuotaRequest())
        assert (refused.value.status_code, refused.value.error_code) == (401, "APIGW.0301")
        assert refused.value.request_id
        stranger.close()


def test_errors_are_read_as_such(sdk):
    """Code, message and request id, in the shape of each service."""
    nowhere = "00000000-0000-4000-8000-000000000000"
    cases = [
        (lambda: sdk.ecs("show_server", ecs.ShowServerRequest(server_id=nowhere)), 404, "Ecs.0114"),
        (lambda: sdk.ecs("show_job", ecs.ShowJobRequest(job_id="f" * 32)), 400, "Common.0011"),
        (lambda: sdk.evs("show_volume", evs.ShowVolumeRequest(volume_id="x")), 400, "EVS.1002"),
        (lambda: sdk.vpc("list_vpcs", vpc.ListVpcsRequest(limit=5000)), 400, "VPC.0101"),
        (
            lambda: sdk.ims(
                "create_image", ims.CreateImageRequest(body=ims.CreateImageRequestBody(name="without anything"))
            ),
            400,
            "IMG.",
        ),
    ]
    for call, status, code in cases:
        with pytest.raises(ClientRequestException) as refused:
            call()
        assert refused.value.status_code == status
        assert refused.value.error_code.startswith(code)
        assert refused.value.error_msg
        assert refused.value.request_id


def test_the_comparison_sees_what_is_wrong():
    """Of the checker itself: an unknown key, a bent type, a missing mandatory attribute, a key that examples have."""
    good = example("evs_show_volume_200.json")
    kind = evs.ShowVolumeResponse

    assert len(recorded()) > 40

    def findings(volume):
        return differences({"volume": volume}, kind)

    assert findings(good["volume"]) == []
    for change, complaint in (
        ({"hue": "blue"}, "is not in the model"),
        ({"size": "40"}, "instead of int"),
        ({"attachments": {}}, "is no list"),
    ):
        (sentence,) = findings(good["volume"] | change)
        assert complaint in sentence
    less = {key: value for key, value in good["volume"].items() if key != "status"}
    (sentence,) = findings(less)
    assert sentence.endswith(".status is mandatory in VolumeDetail")
    assert missing(good, {"volume": less}, "x") == ["x.volume.status is missing"]
