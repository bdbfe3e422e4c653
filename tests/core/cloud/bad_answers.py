"""Answers that no cloud should give, and a server on loopback that gives them."""

import asyncio
import contextlib
import gzip
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from isowright.cloud.ecs import ServerRequest
from isowright.cloud.models import (
    AvailabilityZone,
    BlockDevice,
    Bucket,
    BucketInfo,
    CreatedServer,
    EnterpriseProject,
    Flavor,
    Identity,
    Image,
    ImageQuota,
    Job,
    Limits,
    ObjectInfo,
    ObjectPage,
    OpenUpload,
    OsVersion,
    Project,
    Secret,
    SecurityGroup,
    SentPart,
    Server,
    Subnet,
    TemporaryKeys,
    Volume,
    VolumeQuota,
    VolumeType,
    Vpc,
)

EXAMPLES = Path(__file__).parents[2] / "data" / "api"
SERVER = ServerRequest(
    name="n",
    image_id="i",
    flavor_id="f",
    vpc_id="v",
    subnet_id="s",
    availability_zone="z",
    volume_type="SSD",
    system_disk=40,
    data_disk=40,
)


@dataclass(frozen=True)
class Call:
    """One method of the client: how it is called, what it answers in this program, and the good answer it is read from.

    `path`: of the request that gets the bad answer; what else the client asks on the way is answered well.
    """

    name: str
    ask: Any
    result: Any
    example: str
    path: str
    login: str = "password"  # or "key", or "token"


def _register(cloud):
    return cloud.ims.register_iso(name="n", bucket="b-1", key="k.iso", os_version="o", min_disk=40)


def _create(cloud, *, dry_run=False):
    return cloud.ecs.create_server(SERVER, client_token="0b8b0f1e-0000-4000-8000-000000000000", dry_run=dry_run)


_SERVERS = "/v1/[^/]+/cloudservers"
_VOLUMES = "/v2/[^/]+/cloudvolumes"
CALLS = [
    Call("sign in", lambda c: c.sign_in(), Identity, "iam_token_project_201.json", "/v3/auth/tokens"),
    Call("token's owner", lambda c: c.sign_in(), Identity, "iam_token_project_201.json", "/v3/auth/tokens", "token"),
    Call("key's project", lambda c: c.sign_in(), Identity, "iam_projects_by_name_200.json", "/v3/projects", "key"),
    Call("key's domain", lambda c: c.sign_in(), Identity, "iam_auth_domains_200.json", "/v3/auth/domains", "key"),
    Call("projects", lambda c: c.iam.projects(), list[Project], "iam_auth_projects_200.json", "/v3/auth/projects"),
    Call(
        "temporary keys",
        lambda c: c.iam.temporary_keys(),
        TemporaryKeys,
        "iam_securitytokens_201.json",
        "/v3.0/OS-CREDENTIAL/securitytokens",
    ),
    Call("register ISO", _register, str, "ims_create_image_200.json", "/v2/cloudimages/action"),
    Call(
        "image from volume",
        lambda c: c.ims.image_from_volume(name="n", volume_id="v", os_version="o"),
        str,
        "ims_create_image_200.json",
        "/v2/cloudimages/action",
    ),
    Call("image job", lambda c: c.ims.job("j"), Job, "ims_job_success_subjobs_200.json", "/v1/cloudimages/job/j"),
    Call("failed job", lambda c: c.ims.job("j"), Job, "ims_job_fail_200.json", "/v1/cloudimages/job/j"),
    Call("images", lambda c: c.ims.images(name="n"), list[Image], "ims_list_images_200.json", "/v2/cloudimages"),
    Call("image", lambda c: c.ims.image("i"), Image | None, "ims_list_images_200.json", "/v2/cloudimages"),
    Call("show image", lambda c: c.ims.show_image("i"), Image, "ims_show_image_200.json", "/v2/images/i"),
    Call("delete image", lambda c: c.ims.delete_image("i"), None, "", "/v2/images/i"),
    Call(
        "OS versions",
        lambda c: c.ims.os_versions(),
        list[OsVersion],
        "ims_os_version_200.json",
        "/v1/cloudimages/os_version",
    ),
    Call("image quota", lambda c: c.ims.quota(), ImageQuota, "ims_quota_200.json", "/v1/cloudimages/quota"),
    Call("create server", _create, CreatedServer, "ecs_create_server_200.json", _SERVERS),
    Call("dry run", lambda c: _create(c, dry_run=True), CreatedServer, "", _SERVERS),
    Call("server job", lambda c: c.ecs.job("j"), Job, "ecs_job_success_200.json", "/v1/[^/]+/jobs/j"),
    Call("failed server job", lambda c: c.ecs.job("j"), Job, "ecs_job_fail_200.json", "/v1/[^/]+/jobs/j"),
    Call("server", lambda c: c.ecs.server("s"), Server | None, "ecs_show_server_active_200.json", f"{_SERVERS}/s"),
    Call(
        "failed server", lambda c: c.ecs.server("s"), Server | None, "ecs_show_server_error_200.json", f"{_SERVERS}/s"
    ),
    Call(
        "servers", lambda c: c.ecs.servers_like("n"), list[Server], "ecs_servers_detail_200.json", f"{_SERVERS}/detail"
    ),
    Call(
        "server tags",
        lambda c: c.ecs.tags_where("k", "v"),
        dict[str, tuple[str, ...]],
        "",
        f"{_SERVERS}/resource_instances/action",
    ),
    Call(
        "block devices",
        lambda c: c.ecs.block_devices("s"),
        list[BlockDevice],
        "ecs_block_device_200.json",
        f"{_SERVERS}/s/block_device",
    ),
    Call("flavors", lambda c: c.ecs.flavors("z"), list[Flavor], "ecs_flavors_200.json", f"{_SERVERS}/flavors"),
    Call("limits", lambda c: c.ecs.limits(), Limits, "ecs_limits_200.json", f"{_SERVERS}/limits"),
    Call(
        "zones",
        lambda c: c.ecs.availability_zones(),
        list[AvailabilityZone],
        "ecs_availability_zones_200.json",
        "/v2.1/[^/]+/os-availability-zone",
    ),
    Call(
        "console",
        lambda c: c.ecs.console_url("s"),
        Secret,
        "ecs_remote_console_200.json",
        f"{_SERVERS}/s/remote_console|/v2.1/[^/]+/servers/s/remote-consoles",
    ),
    Call(
        "servers by tag",
        lambda c: c.ecs.servers_by_tag("k", "v"),
        list[Server],
        "",
        f"{_SERVERS}/resource_instances/action",
    ),
    Call(
        "disk goes with its server",
        lambda c: c.ecs.set_delete_on_termination("s", "v"),
        None,
        "",
        f"{_SERVERS}/s/block_device/v",
    ),
    Call("start", lambda c: c.ecs.start("s"), str, "ecs_batch_start_200.json", f"{_SERVERS}/action"),
    Call("stop", lambda c: c.ecs.stop("s"), str, "ecs_batch_stop_200.json", f"{_SERVERS}/action"),
    Call(
        "delete server",
        lambda c: c.ecs.delete_server("s", delete_volumes=True),
        str,
        "ecs_delete_servers_200.json",
        f"{_SERVERS}/delete",
    ),
    Call(
        "end of a server",
        lambda c: c.ecs.set_auto_terminate_time("s", "2031-04-05T06:07:00Z"),
        None,
        "",
        f"{_SERVERS}/s/actions/update-auto-terminate-time",
    ),
    Call(
        "volume types", lambda c: c.evs.volume_types(), list[VolumeType], "evs_volume_types_200.json", "/v2/[^/]+/types"
    ),
    Call(
        "disk quota", lambda c: c.evs.quota(), VolumeQuota | None, "evs_quota_200.json", "/v2/[^/]+/os-quota-sets/[^/]+"
    ),
    Call("volume", lambda c: c.evs.volume("v"), Volume | None, "evs_show_volume_200.json", f"{_VOLUMES}/v"),
    Call("volumes", lambda c: c.evs.volumes(), list[Volume], "evs_list_volumes_200.json", f"{_VOLUMES}/detail"),
    Call("delete volume", lambda c: c.evs.delete_volume("v"), str, "evs_delete_volume_200.json", f"{_VOLUMES}/v"),
    Call("tag a volume", lambda c: c.evs.tag_volume("v", {"k": "v"}), None, "", f"{_VOLUMES}/v/tags/action"),
    Call("volume job", lambda c: c.evs.job("j"), Job, "evs_job_success_200.json", "/v1/[^/]+/jobs/j"),
    Call("VPCs", lambda c: c.vpc.vpcs(), list[Vpc], "vpc_list_vpcs_200.json", "/v1/[^/]+/vpcs"),
    Call("subnets", lambda c: c.vpc.subnets("v"), list[Subnet], "vpc_list_subnets_200.json", "/v1/[^/]+/subnets"),
    Call(
        "security groups",
        lambda c: c.vpc.security_groups(),
        list[SecurityGroup],
        "vpc_v1_security_groups_200.json",
        "/v1/[^/]+/security-groups|/v3/[^/]+/vpc/security-groups",
    ),
    Call(
        "enterprise projects",
        lambda c: c.eps.projects(),
        list[EnterpriseProject],
        "eps_list_200.json",
        "/v1.0/enterprise-projects",
    ),
    Call(
        "enterprise projects by a token",
        lambda c: c.eps.projects(),
        list[EnterpriseProject],
        "eps_list_200.json",
        "/v1.0/enterprise-projects",
        "token",
    ),
    Call("delete an object", lambda c: c.obs.delete_object("b-1", "k"), None, "", "/b-1/k"),
    Call("buckets", lambda c: c.obs.buckets(), list[Bucket], "obs_list_buckets_200.xml", "/"),
    Call("bucket", lambda c: c.obs.bucket("b-1"), BucketInfo, "", "/b-1/?"),
    Call("objects", lambda c: c.obs.objects("b-1"), ObjectPage, "obs_list_objects_200.xml", "/b-1/?"),
    Call("object", lambda c: c.obs.head("b-1", "k"), ObjectInfo | None, "", "/b-1/k"),
    Call("part of an object", lambda c: c.obs.read("b-1", "k", 2, 5), bytes, "obs_error_404.xml", "/b-1/k"),
    Call(
        "begin upload", lambda c: c.multipart.initiate("b-1", "k", {}), str, "obs_initiate_multipart_200.xml", "/b-1/k"
    ),
    Call(
        "parts of an upload",
        lambda c: c.multipart.parts("b-1", "k", "u"),
        list[SentPart] | None,
        "obs_list_parts_200.xml",
        "/b-1/k",
    ),
    Call(
        "complete upload",
        lambda c: c.multipart.complete("b-1", "k", "u", [(1, "e")]),
        str,
        "obs_complete_multipart_200.xml",
        "/b-1/k",
    ),
    Call("abort upload", lambda c: c.multipart.abort("b-1", "k", "u"), bool, "", "/b-1/k"),
    Call(
        "unfinished uploads",
        lambda c: c.multipart.uploads("b-1"),
        list[OpenUpload],
        "obs_list_uploads_200.xml",
        "/b-1/?",
    ),
]


# --- what may come ---------------------------------------------------------------------------------------------------

_STATUSES = [200] * 12 + [201, 202, 204, 206, 300, 302, 400, 401, 403, 404, 405, 409, 413, 416, 418, 429, 451]
_STATUSES += [499, 500, 501, 502, 503, 504, 511, 599, 999]
_HEADERS = {
    "Retry-After": ["", "0", "-1", "inf", "nan", "1e999", "soon", "Wed, 21 Oct 99999 07:28:00 GMT", "9" * 400],
    "Date": [
        "",
        "now",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Mon, 01 Jan 0001 00:00:00 +2359",
        "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
        "Tue, 24 Nov 2026 10:00:00 -0000",
    ],
    "Content-Type": ["", "text/html", "application/xml", "application/json; charset=no-such", "\xff"],
    "Content-Encoding": ["gzip", "deflate", "identity", "no-such"],
    "Content-Range": ["bytes 5-2/0", "nonsense"],
    "x-obs-error-code": ["NoSuchKey", "RequestTimeTooSkewed", "\xfe\xff"],
    "X-Subject-Token": ["", "short", "M" * 40_000],
    "Location": ["https://elsewhere.test/", "//", "\x7f"],
}
_SIZES = st.sampled_from([3, 300, 4400, 70_000])
_HUGE = _SIZES.map(lambda n: "9" * n) | _SIZES.map(lambda n: '"' + "é" * n + '"')
_DEPTHS = st.sampled_from([5, 300, 700, 900, 950, 990, 1000, 5000, 100_000])
_DEEP = _DEPTHS.map(lambda n: "[" * n + "]" * n) | _DEPTHS.map(lambda n: '{"a":' * n + "1" + "}" * n)
_SCALARS = [
    *("null", "true", "false", "0", "-1", "1.5", "1e308", "1e999", "-0.0", "9223372036854775808", "NaN", "Infinity"),
    *('""', '"x"', '"\\ud800"', '"\\u0000"', '"a\\nb"', '"12"', '"1e999"', '"true"', '"2026-13-45T99:99:99Z"'),
    *('"9999-12-31T23:59:59Z"', '"0001-01-01T00:00:00+23:59"', '"2026-11-24"', '"SUCCESS"', '"FAIL"', '"/../x"'),
    *("[]", "{}", "[null]", "[[]]", '[{"id":"x"}]', '{"id":null}', '{"message":[],"code":{}}'),
]
_WRONG = st.sampled_from(_SCALARS) | _HUGE | _DEEP
_HTML = "<!DOCTYPE html><html><head><title>Sign in to the guest network</title></head><body>…</body></html>"
_TEMPLATES = [
    '{"error":%s}',
    '{"error":{"code":%s,"message":"m","details":[%s]}}',
    '{"error_code":%s,"error_msg":%s}',
    '{"code":%s,"message":%s}',
    '{"itemNotFound":{"message":%s,"code":%s}}',
    '{"job_id":"j","status":%s,"entities":%s}',
    '{"status":"FAIL","error_code":%s,"fail_reason":%s,"entities":{"sub_jobs":[%s]}}',
    '{"code":"APIGW.0301","message":"server time:99999999T999999Z","x":%s}',
    '{"resources":[{"resource_id":"r","tags":%s}]}',
    "%s",
]
_MARK = "\x00hole\x00"


def _places(value, path=()):
    """Paths to everything in a decoded JSON value."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from _places(inner, (*path, key))


@st.composite
def _mutated_json(draw, text):
    """A good body of which a few places are missing, null, of another type, huge or nested too deep."""
    value = json.loads(text)
    holes = []
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from([p for p in _places(value) if p] or [()]))
        if not path:
            return draw(_WRONG)
        holder = value
        for key in path[:-1]:
            holder = holder[key]
        how = draw(st.sampled_from(["drop", "wrong", "wrong", "wrong", "extra", "repeat"]))
        if how == "drop":
            del holder[path[-1]]
        elif how == "extra" and isinstance(holder, dict):
            holder["no_such_field"] = _MARK
            holes.append(draw(_WRONG))
        elif how == "repeat" and isinstance(holder, list):
            holder *= 2
        else:
            holder[path[-1]] = _MARK
            holes.append(draw(_WRONG))
    body = json.dumps(value)
    for hole in holes:
        body = body.replace(json.dumps(_MARK), hole, 1)
    return body.replace(json.dumps(_MARK), "null")


@st.composite
def _mutated_xml(draw, text):
    """A good document of which an element is gone, empty, repeated, nested, unclosed or full of something else."""
    elements = [m.group() for m in re.finditer(r"(?s)<(\w+)[^>/]*>.*?</\1>", text)]
    element = draw(st.sampled_from(elements))
    tag = re.match(r"<(\w+)", element).group(1)
    inner = draw(st.sampled_from(["", "x", "-1", "9" * 5000, "true", "é" * 3000, "&lt;", "&nope;", "\x01", "<a>"]))
    changed = draw(
        st.sampled_from(
            [
                "",
                f"<{tag}/>",
                element * 3,
                element.replace("</", "<", 1),
                f"<{tag}>{inner}</{tag}>",
                "<a>" * 3000 + "</a>" * 3000,
                f"<{tag}><![CDATA[{inner}]]></{tag}>",
            ]
        )
    )
    prefix = draw(st.sampled_from(["", "", "", '<!DOCTYPE a [<!ENTITY b "c">]>', "\ufeff", "<?xml version='9'?>"]))
    return prefix + text.replace(element, changed, 1)


@st.composite
def bodies(draw, example):
    """Bytes instead of the good answer of that name."""
    text = (EXAMPLES / example).read_text(encoding="utf-8") if example else "{}"
    kind = draw(st.integers(0, 11))
    if kind <= 6:
        body = draw(_mutated_xml(text) if example.endswith("xml") else _mutated_json(text))
    elif kind == 7:
        template = draw(st.sampled_from(_TEMPLATES))
        body = template % tuple(draw(_WRONG) for _ in range(template.count("%s")))
    elif kind == 8:
        body = text[: draw(st.integers(0, len(text)))]
    elif kind == 9:
        return draw(st.binary(max_size=300))
    else:
        body = draw(
            st.sampled_from(["", " ", "null", "[]", "{}", "0", '"x"', _HTML, _HTML.lower(), "Bad Gateway", "<"])
        )
    return body.encode("utf-8", "replace")


@st.composite
def answers(draw, call):
    """All that the server sends, head and body, and whether HTTP itself is broken by it."""
    body = draw(bodies(call.example))
    if draw(st.integers(0, 19)) == 0:
        broken = [b"", b"\r\n\r\n", b"HTTP/1.1\r\n\r\n", b"HTTP/9.9 200 OK\r\n\r\n{}", b"SSH-2.0-x\r\n", body[:50]]
        broken += [
            b"HTTP/1.1 200 OK\r\nX-Request-Id: %s\r\n" + line + b"\r\n\r\n" + body
            for line in (
                b"Content-Length: 99999999",
                b"Content-Length: -1",
                b"Content-Length: 1\r\nContent-Length: 2",
                b"Transfer-Encoding: chunked",
                b"X: " + b"y" * 200_000,
                b"no colon here",
                b"Content-Encoding: gzip",
            )
        ]
        return draw(st.sampled_from(broken)), True
    headers = {"Content-Length": str(len(body)), "Connection": "close"}
    for name in draw(st.lists(st.sampled_from(sorted(_HEADERS)), max_size=2, unique=True)):
        headers[name] = draw(st.sampled_from(_HEADERS[name]))
    if "X-Subject-Token" not in headers and draw(st.integers(0, 3)):
        headers["X-Subject-Token"] = "a-token-of-the-test"
    broken = False
    if headers.get("Content-Encoding") == "gzip" and draw(st.booleans()):
        body = gzip.compress(body, 1)
        headers["Content-Length"] = str(len(body))
    elif headers.get("Content-Encoding") in ("gzip", "deflate"):
        broken = True  # announced, and not so
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    broken = broken or "\x7f" in lines
    status = draw(st.sampled_from(_STATUSES))
    return f"HTTP/1.1 {status} Said So\r\nX-Request-Id: %s\r\n{lines}\r\n".encode("latin-1") + body, broken


# --- who says it -----------------------------------------------------------------------------------------------------


class Liar:
    """A server on loopback. `say(path, bytes)`: what it answers there from now on; `given`: the ids of its
    answers since, `lies`: how many of them were that."""

    def __init__(self):
        self.given = []
        self.lies = 0
        self._path, self._said = re.compile("$."), b""
        self._server = None
        self.url = ""

    async def start(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self):
        self._server.close()
        await self._server.wait_closed()

    def say(self, path, said):
        self._path, self._said, self.given, self.lies = re.compile(path), said, [], 0

    async def _serve(self, reader, writer):
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            if length := re.search(r"(?i)\r\ncontent-length: (\d+)", head):
                await reader.readexactly(int(length.group(1)))
            method, target, _ = head.split(" ", 2)
            writer.write(self._answer(method, target.partition("?")[0]))
            await writer.drain()
        writer.close()

    def _answer(self, method, path):
        self.given.append(f"request-{len(self.given)}")
        if self._path.fullmatch(path):
            self.lies += 1
            said = self._said.replace(b"%s", self.given[-1].encode(), 1)
            return said if method != "HEAD" else said.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        good = {
            "/v3/auth/tokens": (201, "iam_token_project_201.json"),
            "/v3.0/OS-CREDENTIAL/securitytokens": (201, "iam_securitytokens_201.json"),
            "/v3/projects": (200, "iam_projects_by_name_200.json"),
            "/v3/auth/domains": (200, "iam_auth_domains_200.json"),
        }
        status, name = good.get(path, (404, ""))
        body = (EXAMPLES / name).read_bytes() if name else b"{}"
        body = re.sub(rb'"expires_at": *"[^"]*"', b'"expires_at": "2099-01-01T00:00:00Z"', body)
        token = "X-Subject-Token: the-token-of-the-test\r\n" if path == "/v3/auth/tokens" else ""
        length = f"Content-Length: {len(body)}\r\nConnection: close\r\n"
        head = f"HTTP/1.1 {status} OK\r\nX-Request-Id: {self.given[-1]}\r\n{token}{length}\r\n"
        return head.encode() + body
