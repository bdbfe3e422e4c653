"""The answers have the keys and types of the recorded examples."""

import json
from pathlib import Path

import pytest

DATA = Path(__file__).parents[1] / "data" / "api"
CONSOLE = {"remote_console": {"protocol": "vnc", "type": "novnc"}}


def example(name):
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def differences(want, got, where="", optional=()):
    """Sentences about keys and types that differ; null fits everything, lists are compared by their first elements."""
    if want is None or got is None:
        return []
    if isinstance(want, dict) and isinstance(got, dict):
        if where.endswith(("addresses", "metadata", "os_extra_specs")):
            values = {type(v) for v in want.values()} | {type(v) for v in got.values()}
            return [] if len(values) < 2 else [f"{where}: {values}"]
        found = [f"{where}.{key} is missing" for key in want.keys() - got.keys() if key not in optional]
        found += [f"{where}.{key} is new" for key in got.keys() - want.keys() if key not in optional]
        for key in want.keys() & got.keys():
            found += differences(want[key], got[key], f"{where}.{key}", optional)
        return found
    if isinstance(want, list) and isinstance(got, list):
        return differences(want[0], got[0], f"{where}[0]", optional) if want and got else []
    return [] if type(want) is type(got) else [f"{where}: {type(got).__name__}, not {type(want).__name__}"]


def same(name, got, *, optional=()):
    assert differences(example(name), got, optional=optional) == []


def test_the_comparison_sees_differences():
    assert differences({"a": 1, "b": [{"c": ""}]}, {"a": "1", "b": [{"d": ""}]}) != []
    assert differences({"a": 1, "b": None}, {"a": 2, "b": 3}) == []


def test_sign_in_shapes(cloud):
    same("iam_token_project_201.json", cloud.password().json())
    same("iam_token_domain_201.json", cloud.password(scope={"domain": {"name": cloud.ready["domain"]}}).json())
    same("iam_error_401.json", cloud.password(password="wrong").json())
    same("iam_auth_projects_200.json", cloud.get("iam", "/v3/auth/projects"))
    same("iam_projects_by_name_200.json", cloud.get("iam", "/v3/projects?name=practice-1"))
    same("iam_auth_domains_200.json", cloud.get("iam", "/v3/auth/domains"))
    same("iam_credentials_list_200.json", cloud.get("iam", "/v3.0/OS-CREDENTIAL/credentials"))
    key = cloud.call("iam", "POST", "/v3.0/OS-CREDENTIAL/securitytokens", example("req_iam_securitytokens.json"))
    same("iam_securitytokens_201.json", key.json())


def test_offer_shapes(cloud):
    same("ims_os_version_200.json", cloud.get("ims", "/v1/cloudimages/os_version"))
    same("ims_quota_200.json", cloud.get("ims", "/v1/cloudimages/quota"))
    same("ims_list_images_empty_200.json", cloud.get("ims", "/v2/cloudimages?name=nothing"))
    same("ecs_availability_zones_200.json", cloud.get("ecs", "/v2.1/{p}/os-availability-zone"))
    same("ecs_flavors_200.json", cloud.get("ecs", "/v1/{p}/cloudservers/flavors"))
    same("ecs_limits_200.json", cloud.get("ecs", "/v1/{p}/cloudservers/limits"))
    same("evs_volume_types_200.json", cloud.get("evs", "/v2/{p}/types"))
    same("vpc_list_vpcs_200.json", cloud.get("vpc", "/v1/{p}/vpcs"))
    same("vpc_list_subnets_200.json", cloud.get("vpc", "/v1/{p}/subnets"))
    same("vpc_v1_security_groups_200.json", cloud.get("vpc", "/v1/{p}/security-groups"))
    same("vpc_v3_security_groups_200.json", cloud.get("vpc", "/v3/{p}/vpc/security-groups"))
    cloud.sign_in(scope={"domain": {"name": cloud.ready["domain"]}})
    same("eps_list_200.json", cloud.get("eps", "/v1.0/enterprise-projects"))


def test_image_shapes(cloud, clock):
    created = cloud.call("ims", "POST", "/v2/cloudimages/action", cloud.iso_request()).json()
    same("ims_create_image_200.json", created)
    same("ims_job_init_200.json", cloud.job("ims", created["job_id"]))
    clock.advance(30)
    same("ims_job_running_iso_200.json", cloud.job("ims", created["job_id"]))
    running = cloud.get("ims", f"/v1/cloudimages/job/{created['job_id']}")
    same("ims_job_progress_running_200.json", running)
    clock.advance(62)
    job = cloud.job("ims", created["job_id"])
    same("ims_job_success_iso_200.json", job)
    path = f"/v2/images/{job['entities']['image_id']}"
    only = ("__root_origin", "__originalimagename")
    same("ims_show_image_saving_200.json", cloud.get("ims", path), optional=only)
    clock.advance(5)
    same("ims_show_image_200.json", cloud.get("ims", path), optional=only)
    same("ims_list_images_200.json", cloud.get("ims", "/v2/cloudimages?name=iso-1"))
    same("ims_error_400_name.json", cloud.call("ims", "POST", "/v2/cloudimages/action", cloud.iso_request()).json())
    failed = cloud.register(name="bad", image_url=f"{cloud.odd_bucket}:not-an-iso.iso")
    clock.advance(100)
    same("ims_job_fail_200.json", cloud.job("ims", failed))


def test_server_shapes(cloud, clock):
    made = cloud.launch(cloud.iso_image())
    same("ecs_create_server_200.json", made)
    same("ecs_job_init_200.json", cloud.job("ecs", made["job_id"]))
    path = f"/v1/{{p}}/cloudservers/{made['serverIds'][0]}"
    same("ecs_error_404.json", cloud.call("ecs", "GET", path).json())
    clock.advance(30)
    same("ecs_job_running_200.json", cloud.job("ecs", made["job_id"]))
    same("ecs_show_server_build_200.json", cloud.get("ecs", path))
    clock.advance(50)
    same("ecs_job_success_200.json", cloud.job("ecs", made["job_id"]))
    same("ecs_show_server_active_200.json", cloud.get("ecs", path))
    same("ecs_servers_detail_200.json", cloud.get("ecs", "/v1/{p}/cloudservers/detail"))
    same("ecs_block_device_200.json", cloud.get("ecs", path + "/block_device"))
    same("ecs_remote_console_200.json", cloud.call("ecs", "POST", path + "/remote_console", CONSOLE).json())
    volume = cloud.data_volume(made["serverIds"][0])
    same("evs_show_volume_200.json", cloud.get("evs", f"/v2/{{p}}/cloudvolumes/{volume}"))
    same("evs_list_volumes_200.json", cloud.get("evs", f"/v2/{{p}}/cloudvolumes/detail?id={volume}"))
    stop = {"os-stop": {"type": "SOFT", "servers": [{"id": made["serverIds"][0]}]}}
    same("ecs_batch_stop_200.json", cloud.call("ecs", "POST", "/v1/{p}/cloudservers/action", stop).json())
    clock.advance(11)
    same("ecs_show_server_shutoff_200.json", cloud.get("ecs", path))
    removal = {"servers": [{"id": made["serverIds"][0]}]}
    deleted = cloud.call("ecs", "POST", "/v1/{p}/cloudservers/delete", removal).json()
    same("ecs_delete_servers_200.json", deleted)
    clock.advance(30)
    same("ecs_job_delete_success_200.json", cloud.job("ecs", deleted["job_id"]))
    gone = cloud.call("evs", "DELETE", f"/v2/{{p}}/cloudvolumes/{volume}").json()
    same("evs_delete_volume_200.json", gone)
    clock.advance(11)
    same("evs_job_success_200.json", cloud.job("evs", gone["job_id"]))
    missing = cloud.call("evs", "GET", f"/v2/{{p}}/cloudvolumes/{volume}").json()
    same("evs_error_404_item_not_found.json", missing)


def test_failed_server_shapes(cloud, clock):
    image_id = cloud.iso_image()
    cloud.faults({"job": "createServer", "action": "fail-with-debris"})
    made = cloud.launch(image_id)
    clock.advance(80)
    same("ecs_job_fail_200.json", cloud.job("ecs", made["job_id"]))
    same("ecs_show_server_error_200.json", cloud.get("ecs", f"/v1/{{p}}/cloudservers/{made['serverIds'][0]}"))


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("apigw_error_401_token.json", {"status": 401}),
        ("apigw_error_404.json", {"status": 404}),
        ("apigw_error_429.json", {"status": 429}),
        ("common_error_503_flow_control.json", {"status": 503}),
    ],
)
def test_error_shapes(cloud, name, rule):
    cloud.faults({"action": "status", **rule})
    got = cloud.call("ecs", "GET", "/v1/{p}/cloudservers/limits").json()
    same(name, got)
    code, text = ("error_code", "error_msg") if "error_code" in got else ("code", "message")
    pick = example(name).get("error", example(name))
    assert {k: pick[k] for k in (code, text)} == {k: got.get("error", got)[k] for k in (code, text)}
