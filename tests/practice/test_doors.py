"""Who gets in: host and origin of requests, the control door, the console's one-time links."""

import re

import pytest

CONSOLE = {"remote_console": {"protocol": "vnc", "type": "novnc"}}


@pytest.fixture
def console(cloud):
    """(cloud, server id, a function that makes links)."""
    server_id, _ = cloud.running_server()

    def link():
        answer = cloud.call("ecs", "POST", f"/v1/{{p}}/cloudservers/{server_id}/remote_console", CONSOLE)
        return answer.json()["remote_console"]["url"]

    return cloud, server_id, link


def test_every_service_checks_host_and_origin(cloud):
    for url in [*cloud.ready["endpoints"].values(), cloud.ready["control"]]:
        foreign = cloud.http.get(url + "/", headers={"Host": "attacker.example"})
        assert foreign.status_code == 403, url
        assert "attacker.example" in foreign.text or "AccessDenied" in foreign.text
        page = cloud.http.get(url + "/", headers={"Origin": "https://attacker.example"})
        assert page.status_code == 403, url
        assert "access-control-allow-origin" not in page.headers
        opaque = cloud.http.get(url + "/", headers={"Origin": "null"})
        assert opaque.status_code == 403, url


def test_every_answer_has_its_marks(cloud):
    for service, url in cloud.ready["endpoints"].items():
        answer = cloud.http.get(url + "/v1/nothing")
        assert answer.headers["X-Request-Id"], service
        assert answer.headers["Date"].endswith("GMT"), service


def test_control_needs_user_and_password(cloud):
    url = cloud.ready["control"] + "/practice/world"
    nobody = cloud.http.get(url)
    assert (nobody.status_code, nobody.headers["WWW-Authenticate"][:5]) == (401, "Basic")
    assert cloud.http.get(url, auth=(cloud.ready["user"], "wrong")).status_code == 401
    assert cloud.control("GET", "/practice/world").status_code == 200
    assert cloud.control("GET", "/practice/nothing").status_code == 404


def test_finish_install_needs_a_running_server(cloud, code_of):
    assert cloud.control("POST", "/practice/servers/nobody/finish-install").status_code == 404
    server_id, _ = cloud.running_server()
    assert cloud.control("POST", f"/practice/servers/{server_id}/finish-install").status_code == 200
    again = cloud.control("POST", f"/practice/servers/{server_id}/finish-install")
    assert (again.status_code, code_of(again)) == (409, "Practice.0001")


def test_operator_installs_and_powers_off(console, clock):
    cloud, server_id, link = console
    url = link()
    page = cloud.http.get(url)
    assert page.status_code == 200
    assert "Install onto the second disk" in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert not re.search(r"(src|href)=", page.text)
    base = url.split("/vnc_auto")[0]
    session = {"X-Console-Session": re.search(r'const session = "([^"]+)"', page.text)[1]}

    def ask(method, path):
        return cloud.http.request(method, base + path, headers=session).json()

    state = ask("GET", "/console/state")
    assert (state["phase"], [d["medium"] for d in state["disks"]]) == ("ready", [True, False])
    assert ask("POST", "/console/install")["phase"] == "installing"
    clock.advance(30)
    assert ask("GET", "/console/state")["percent"] in {49, 50}
    clock.advance(31)
    assert ask("GET", "/console/state")["phase"] == "installed"
    assert cloud.server(server_id)["status"] == "ACTIVE"
    assert ask("POST", "/console/power-off")["phase"] == "off"
    assert cloud.server(server_id)["status"] == "SHUTOFF"
    assert [v["installed"] for v in cloud.world()["volumes"]] == [False, True]
    assert cloud.http.post(base + "/console/power-off", headers=session).status_code == 409


def test_power_off_in_mid_installation_leaves_a_blank_disk(console, clock):
    cloud, _, link = console
    url = link()
    session = {"X-Console-Session": re.search(r'const session = "([^"]+)"', cloud.http.get(url).text)[1]}
    base = url.split("/vnc_auto")[0]
    cloud.http.post(base + "/console/install", headers=session)
    clock.advance(10)
    cloud.http.post(base + "/console/power-off", headers=session)
    clock.advance(100)
    assert not any(v["installed"] for v in cloud.world()["volumes"])


def test_links_open_once_and_not_for_long(console, clock):
    cloud, _, link = console
    used = link()
    assert cloud.http.get(used).status_code == 200
    again = cloud.http.get(used)
    assert (again.status_code, "already used" in again.text) == (403, True)
    late = link()
    clock.advance(601)
    assert "has expired" in cloud.http.get(late).text
    made_up = cloud.http.get(late.split("?")[0] + "?token=made-up")
    assert (made_up.status_code, "not valid" in made_up.text) == (403, True)
    base = late.split("/vnc_auto")[0]
    assert cloud.http.get(base + "/console/state").status_code == 403
    foreign = cloud.http.post(base + "/console/install", headers={"Origin": "http://127.0.0.1:1"})
    assert foreign.status_code == 403


def test_console_of_a_machine_that_is_off(console, code_of):
    cloud, server_id, _ = console
    cloud.control("POST", f"/practice/servers/{server_id}/finish-install")
    answer = cloud.call("ecs", "POST", f"/v1/{{p}}/cloudservers/{server_id}/remote_console", CONSOLE)
    assert code_of(answer) == "Ecs.0100"
    nova = cloud.call("ecs", "POST", f"/v2.1/{{p}}/servers/{server_id}/remote-consoles", CONSOLE)
    assert code_of(nova) == "Ecs.0100"
