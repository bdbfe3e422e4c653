"""An uploader whose cloud is the store, and faults on the way to it."""

import contextlib

import httpx
from store import ACCESS, SECRET, NamedAws, NamedAwsParts

from isowright.clock import FastClock
from isowright.cloud.client import Cloud
from isowright.cloud.login import KeyLogin
from isowright.cloud.models import Secret
from isowright.cloud.part_transport import PartTransport
from isowright.recipe import Account
from isowright.upload.order import Order
from isowright.upload.pacing import Control
from isowright.upload.record import RecordFile
from isowright.upload.upload import Uploader

RUN = "0123456789ab"


@contextlib.asynccontextmanager
async def opened(url, transport=None):
    nowhere = "http://127.0.0.1:9"
    endpoints = dict.fromkeys(("iam", "ims", "ecs", "evs", "vpc"), nowhere) | {"obs": url}
    account = Account(cloud="custom", region="us-east-1", method="access_key", access_key=ACCESS, endpoints=endpoints)
    cloud = Cloud.open(
        account, KeyLogin(ACCESS, Secret(SECRET)), transport=transport or NamedAws(), clock=FastClock(50)
    )
    try:
        yield cloud
    finally:
        await cloud.aclose()


class Notes:
    """What a run's journal would hold."""

    def __init__(self):
        self.upload = None
        self.objects = []
        self.said = []

    async def intend(self, before):
        self.upload = ("", before)

    async def began(self, upload_id):
        self.upload = (upload_id, "")

    async def over(self, upload_id, *, completed):
        self.upload = None

    async def completing(self):
        self.objects.append("planned")

    async def made(self):
        self.objects.append("made")

    def open_upload(self):
        return self.upload


def uploader(cloud, bucket, key, path, folder, ledger, control=None, *, parts=None, tell=None, **order):
    transport = PartTransport(cloud.session.account, given=parts or NamedAwsParts())
    return Uploader(
        cloud,
        Order(run=RUN, bucket=bucket, key=key, **order),
        path,
        RecordFile.of_run(folder, RUN),
        ledger,
        control or Control(),
        tell=tell or (lambda _text, _fraction, _transfer: None),
        note=getattr(ledger, "said", []).append,
        transport=transport,
    )


class Trouble:
    """Which requests of a kind meet trouble: the first `count` from the `nth` on."""

    def __init__(self, method, word, what, nth=1, count=1):
        self.method, self.word, self.what, self.nth, self.count = method, word, what, nth, count
        self.seen = self.fired = 0

    def due(self, request):
        if request.method != self.method or self.word not in request.url.query.decode():
            return ""
        self.seen += 1
        if not self.nth <= self.seen < self.nth + self.count:
            return ""
        self.fired += 1
        return self.what


def refused(request):
    body = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
    return httpx.Response(503, content=body, headers={"content-type": "application/xml"}, request=request)


class TroubledParts(NamedAwsParts):
    """lost: never arrives; unanswered: arrives, and nobody hears; slow: 503; changed: one byte is another one."""

    def __init__(self, trouble):
        super().__init__()
        self.trouble = trouble

    def handle_request(self, request):
        what = self.trouble.due(request)
        if what == "lost":
            raise httpx.WriteError("broken", request=request)
        if what == "slow":
            return refused(request)
        if what == "changed":
            request.stream = Changed(request.stream)
        response = super().handle_request(request)
        if what == "unanswered":
            response.read()
            response.close()
            raise httpx.ReadError("broken", request=request)
        return response


class Changed(httpx.SyncByteStream):
    def __init__(self, stream):
        self.stream = stream

    def __iter__(self):
        for number, piece in enumerate(self.stream):
            yield piece if number else bytes([piece[0] ^ 1]) + piece[1:]


class Troubled(NamedAws):
    def __init__(self, trouble):
        super().__init__()
        self.trouble = trouble

    async def handle_async_request(self, request):
        what = self.trouble.due(request)
        if what == "lost":
            raise httpx.WriteError("broken", request=request)
        if what == "slow":
            return refused(request)
        response = await super().handle_async_request(request)
        if what == "unanswered":
            await response.aread()
            await response.aclose()
            raise httpx.ReadError("broken", request=request)
        return response
