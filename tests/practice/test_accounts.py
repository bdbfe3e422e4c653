"""Signing in: passwords, locks, tokens and their ends, temporary keys."""

from pathlib import Path


def test_token_answers(cloud):
    answer = cloud.password()
    token = answer.json()["token"]
    assert answer.status_code == 201
    assert len(answer.headers["X-Subject-Token"]) > 1500
    assert answer.headers["X-IAM-Trace-Id"]
    assert token["project"]["id"] == cloud.project
    assert {entry["type"] for entry in token["catalog"]} >= {"ecs", "vpc", "object"}
    domain = cloud.password(scope={"domain": {"name": cloud.ready["domain"]}}).json()["token"]
    assert domain["domain"]["name"] == cloud.ready["domain"]
    assert "project" not in domain


def test_wrong_passwords_lock_the_user(cloud, clock, code_of):
    for _ in range(5):
        answer = cloud.password(password="wrong")
        assert (answer.status_code, answer.json()["error"]["title"]) == (401, "Unauthorized")
    locked = cloud.password()
    assert (locked.status_code, code_of(locked)) == (401, "IAM.0061")
    clock.advance(901)
    assert cloud.password().status_code == 201


def test_people_who_may_not(cloud, code_of):
    for name, status, code in (("locked-out", 401, "IAM.0061"), ("console-only", 403, "IAM.0081")):
        answer = cloud.password(user=name)
        assert (answer.status_code, code_of(answer)) == (status, code)
    assert cloud.password(domain="somebody-else").status_code == 401
    assert cloud.password(scope={"project": {"name": "nowhere"}}).status_code == 404
    cloud.sign_in(user="no-rights")
    for service, path in (("ims", "/v2/cloudimages"), ("ecs", "/v1/{p}/cloudservers/limits"), ("vpc", "/v1/{p}/vpcs")):
        answer = cloud.call(service, "GET", path)
        assert (answer.status_code, code_of(answer)) == (403, "Pdp.0001")
    answer = cloud.call("iam", "GET", "/v3/projects")
    assert (answer.status_code, code_of(answer)) == (403, "IAM.0003")
    assert cloud.call("iam", "GET", "/v3/auth/projects").status_code == 200


def test_tokens_end(cloud, clock, code_of):
    clock.advance(24 * 3600 + 1)
    answer = cloud.call("ims", "GET", "/v2/cloudimages")
    assert (answer.status_code, code_of(answer)) == (401, "APIGW.0307")
    assert answer.headers["X-Request-Id"] == answer.json()["request_id"]
    cloud.token = "made-up"
    assert code_of(cloud.call("ims", "GET", "/v2/cloudimages")) == "APIGW.0301"
    cloud.token = ""
    assert code_of(cloud.call("ims", "GET", "/v2/cloudimages")) == "APIGW.0301"


def test_token_of_another_region(cloud, code_of):
    cloud.sign_in(scope={"project": {"name": "practice-2"}})
    assert code_of(cloud.call("ims", "GET", "/v2/cloudimages")) == "APIGW.0307"


def test_sub_project_is_a_world_of_its_own(cloud):
    main = cloud.get("vpc", "/v1/{p}/vpcs")["vpcs"]
    token = cloud.sign_in(scope={"project": {"name": "practice-1_team-a"}})
    cloud.project = token["project"]["id"]
    assert cloud.get("ims", "/v2/cloudimages")["images"] == []
    assert not {v["id"] for v in cloud.get("vpc", "/v1/{p}/vpcs")["vpcs"]} & {v["id"] for v in main}


def test_projects(cloud):
    names = [p["name"] for p in cloud.get("iam", "/v3/auth/projects")["projects"]]
    assert names == ["practice-1", "practice-1_team-a", "practice-2", "MOS"]
    (found,) = cloud.get("iam", "/v3/projects?name=practice-1")["projects"]
    assert found["id"] == cloud.project


def test_enterprise_projects_need_the_account(cloud, code_of):
    answer = cloud.call("eps", "GET", "/v1.0/enterprise-projects")
    assert (answer.status_code, code_of(answer)) == (403, "EPS.0004")
    token = cloud.sign_in(scope={"domain": {"name": cloud.ready["domain"]}})
    assert cloud.get("eps", "/v1.0/enterprise-projects")["total_count"] == 2
    domain = token["domain"]["id"]
    signed = cloud.sdk_signed("eps", "GET", "/v1.0/enterprise-projects", headers={"X-Domain-Id": domain})
    assert signed.json()["enterprise_projects"][0]["id"] == "0"


def test_temporary_keys_everywhere(cloud, clock, code_of):
    body = {"auth": {"identity": {"methods": ["token"], "token": {"duration_seconds": 900}}}}
    answer = cloud.call("iam", "POST", "/v3.0/OS-CREDENTIAL/securitytokens", body)
    assert answer.status_code == 201
    key = answer.json()["credential"]
    keys = (key["access"], key["secret"], key["securitytoken"])
    assert cloud.obs("GET", "/", keys=keys).status_code == 200
    without = cloud.obs("GET", "/", keys=(*keys[:2], ""))
    assert (without.status_code, "InvalidAccessKeyId" in without.text) == (403, True)
    signed = {"access": keys[0], "secret": keys[1], "headers": {"X-Security-Token": keys[2]}}
    assert cloud.sdk_signed("ims", "GET", "/v2/cloudimages", **signed).status_code == 200
    clock.advance(901)
    late = cloud.obs("GET", "/", keys=keys)
    assert (late.status_code, "ExpiredToken" in late.text) == (403, True)
    assert code_of(cloud.sdk_signed("ims", "GET", "/v2/cloudimages", **signed)) == "APIGW.0301"
    too_long = {"auth": {"identity": {"methods": ["token"], "token": {"duration_seconds": 90000}}}}
    cloud.sign_in()
    assert cloud.call("iam", "POST", "/v3.0/OS-CREDENTIAL/securitytokens", too_long).status_code == 400


def test_nothing_secret_is_shown(cloud):
    secrets = [cloud.ready["password"], cloud.ready["secret_key"], cloud.token]
    shown = cloud.control("GET", "/practice/world").text + cloud.control("GET", "/practice/requests").text
    shown += Path(cloud.ready["profile"]).read_text(encoding="utf-8")
    assert not any(secret in shown for secret in secrets)
