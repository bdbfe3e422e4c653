"""A practice cloud whose clock tests turn by hand, and a bare HTTP client that knows nothing of isowright.cloud."""

import base64
import hashlib
import hmac
import time
from datetime import UTC, datetime
from email.utils import formatdate
from urllib.parse import quote

import httpx
import pytest

from isowright.practice.server import practice_thread

OS = "Ubuntu 22.04 server 64bit"


class Clock:
    def __init__(self):
        self.now = time.time()

    def __call__(self):
        return self.now

    def advance(self, seconds):
        self.now += seconds


class Client:
    """Plain calls against a running practice cloud, and the steps of the job in terms of them."""

    def __init__(self, ready, clock):
        self.ready = ready
        self.clock = clock
        self.http = httpx.Client(timeout=60, verify=False)  # loopback only: no time for certificates
        self.token = ""
        self.project = ready["project_id"]

    def close(self):
        self.http.close()

    # Sign-in

    def password(self, user=None, password=None, domain=None, scope=None):
        user = user or self.ready["user"]
        secret = password or (self.ready["password"] if user == self.ready["user"] else self.people[user]["password"])
        person = {"name": user, "password": secret, "domain": {"name": domain or self.ready["domain"]}}
        identity = {"methods": ["password"], "password": {"user": person}}
        body = {"auth": {"identity": identity, "scope": scope or {"project": {"name": self.ready["region"]}}}}
        return self.http.post(self.ready["endpoints"]["iam"] + "/v3/auth/tokens", json=body)

    @property
    def people(self):
        return self.ready["users"]

    def sign_in(self, **who):
        answer = self.password(**who)
        assert answer.status_code == 201, answer.text
        self.token = answer.headers["X-Subject-Token"]
        return answer.json()["token"]

    # Calls

    def call(self, service, method, path, body=None, **headers):
        if self.token:
            headers.setdefault("X-Auth-Token", self.token)
        url = self.ready["endpoints"][service] + path.replace("{p}", self.project)
        return self.http.request(method, url, json=body, headers=headers)

    def get(self, service, path):
        answer = self.call(service, "GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def control(self, method, path, body=None):
        auth = (self.ready["user"], self.ready["password"])
        return self.http.request(method, self.ready["control"] + path, json=body, auth=auth)

    def faults(self, *rules):
        answer = self.control("POST", "/practice/faults", {"rules": list(rules)})
        assert answer.status_code == 201, answer.text
        return [rule["id"] for rule in answer.json()["rules"]]

    def world(self):
        return self.control("GET", "/practice/world").json()

    def sdk_signed(self, service, method, path, body=b"", access=None, secret=None, headers=None, at=None):
        """SDK-HMAC-SHA256, from the description of the algorithm. `path` has its query already encoded and sorted."""
        url = self.ready["endpoints"][service] + path.replace("{p}", self.project)
        host = url.split("/")[2]
        moment = datetime.fromtimestamp(at or self.clock.now, UTC).strftime("%Y%m%dT%H%M%SZ")
        named = {"host": host, "x-sdk-date": moment, **{k.lower(): v for k, v in (headers or {}).items()}}
        names = sorted(named)
        target, _, query = path.replace("{p}", self.project).partition("?")
        canonical = "\n".join(
            [
                method,
                target.rstrip("/") + "/",
                query,
                "".join(f"{name}:{named[name]}\n" for name in names),
                ";".join(names),
                hashlib.sha256(body).hexdigest(),
            ]
        )
        text = f"SDK-HMAC-SHA256\n{moment}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        key = (secret or self.ready["secret_key"]).encode()
        mark = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        access = access or self.ready["access_key"]
        named["authorization"] = f"SDK-HMAC-SHA256 Access={access}, SignedHeaders={';'.join(names)}, Signature={mark}"
        return self.http.request(method, url, content=body, headers=named)

    def obs(self, method, path, *, query="", signed="", body=b"", keys=None, at=None, **headers):
        """Signed with the OBS header signature. `signed`: the part of the query that belongs to the signature."""
        access, secret, token = keys or (self.ready["access_key"], self.ready["secret_key"], "")
        date = formatdate(at or self.clock.now, usegmt=True)
        sent = {"Date": date, **headers}
        if token:
            sent["x-obs-security-token"] = token
        extra = "".join(f"{name}:{value}\n" for name, value in sorted(sent.items()) if name.startswith("x-obs-"))
        if "/" not in path.strip("/") and path != "/":
            path = "/" + path.strip("/") + "/"
        head = (method, sent.get("Content-MD5", ""), sent.get("Content-Type", ""), date)
        text = "\n".join(head) + "\n" + extra + quote(path) + (f"?{signed}" if signed else "")
        mark = base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()).decode()
        sent["Authorization"] = f"OBS {access}:{mark}"
        whole = "&".join(part for part in (signed, query) if part)
        url = self.ready["endpoints"]["obs"] + quote(path) + (f"?{whole}" if whole else "")
        return self.http.request(method, url, content=body, headers=sent)

    # The job

    @property
    def bucket(self):
        return next(b for b in self.ready["buckets"] if b["name"].startswith("practice-isos"))

    @property
    def odd_bucket(self):
        return next(b for b in self.ready["buckets"] if b["name"].startswith("practice-odd"))["name"]

    @property
    def iso(self):
        return next(key for key in self.bucket["objects"] if key.startswith("ubuntu"))

    def iso_request(self, **changes):
        body = {
            "name": "iso-1",
            "image_url": f"{self.bucket['name']}:{self.iso}",
            "os_version": OS,
            "type": "IsoImage",
            "min_disk": 40,
            "image_tags": [{"key": "app", "value": "image-builder"}],
            **changes,
        }
        return {key: value for key, value in body.items() if value is not None}

    def register(self, **changes):
        answer = self.call("ims", "POST", "/v2/cloudimages/action", self.iso_request(**changes))
        assert answer.status_code == 200, answer.text
        return answer.json()["job_id"]

    def job(self, service, job_id):
        return self.get(service, f"/v1/{{p}}/jobs/{job_id}")

    def iso_image(self, **changes):
        """An active ISO image, made the whole way."""
        job_id = self.register(**changes)
        self.clock.advance(100)
        job = self.job("ims", job_id)
        assert job["status"] == "SUCCESS", job
        return job["entities"]["image_id"]

    def network(self):
        vpc = self.get("vpc", "/v1/{p}/vpcs")["vpcs"][0]["id"]
        subnets = {s["name"]: s for s in self.get("vpc", f"/v1/{{p}}/subnets?vpc_id={vpc}")["subnets"]}
        group = self.get("vpc", "/v1/{p}/security-groups")["security_groups"][0]["id"]
        return vpc, subnets, group

    def server_request(self, image_id, **changes):
        vpc, subnets, group = self.network()
        server = {
            "name": "imgbuild-1",
            "imageRef": image_id,
            "flavorRef": "s6.large.2",
            "vpcid": vpc,
            "nics": [{"subnet_id": subnets["subnet-default"]["id"]}],
            "security_groups": [{"id": group}],
            "root_volume": {"volumetype": "SSD", "size": 40},
            "data_volumes": [{"volumetype": "SSD", "size": 50}],
            "availability_zone": f"{self.ready['region']}a",
            "count": 1,
            "metadata": {"virtual_env_type": "IsoImage"},
            "extendparam": {"diskPrior": "true", "enterprise_project_id": "0"},
            "server_tags": [{"key": "app", "value": "image-builder"}],
            **changes,
        }
        return {"server": {key: value for key, value in server.items() if value is not None}}

    def launch(self, image_id, **changes):
        answer = self.call("ecs", "POST", "/v1/{p}/cloudservers", self.server_request(image_id, **changes))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def running_server(self):
        """(server id, data volume id) of a server that is up, its disks shown."""
        made = self.launch(self.iso_image())
        self.clock.advance(80)
        server_id = made["serverIds"][0]
        return server_id, self.data_volume(server_id)

    def server(self, server_id):
        return self.get("ecs", f"/v1/{{p}}/cloudservers/{server_id}")["server"]

    def data_volume(self, server_id):
        attached = self.server(server_id)["os-extended-volumes:volumes_attached"]
        (volume,) = [v for v in attached if v["bootIndex"] != "0"]
        return volume["id"]


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def cloud(clock):
    """Signed in as the main user; speed 1, so that job times are the documented cloud seconds."""
    with practice_thread(speed=1, clock=clock) as (ready, _):
        client = Client(ready, clock)
        client.sign_in()
        yield client
        client.close()


@pytest.fixture
def new_client(clock):
    """Makes further clients: for a cloud started by the test itself."""
    made = []

    def make(ready):
        made.append(Client(ready, clock))
        return made[-1]

    yield make
    for client in made:
        client.close()


def code_of(answer):
    """The error code in whichever shape the service has."""
    body = answer.json()
    if "error" in body:
        return str(body["error"]["code"])
    if "itemNotFound" in body:
        return str(body["itemNotFound"]["code"])
    return body.get("error_code") or body["code"]


@pytest.fixture(name="code_of")
def _code_of():
    return code_of
