"""The shell around every service: matches the route, settles the world, authenticates, answers, and writes down.

Around the handler sit the host and origin checks, the fault script, the log of requests and the headers that every
answer carries. Handlers are plain functions from Call to Answer; they never see the network.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

from isowright.practice.blobs import Incoming
from isowright.practice.faults import Rule
from isowright.practice.model import Caller
from isowright.practice.refusals import Refusal, denied

from .call import Answer, Call
from .context import Context
from .wire import Dropped, Hold, keep_silent, reset, send_half

Handler = Callable[[Call], Answer]
_LARGEST_BODY = 12 * 1024 * 1024
_UNDONE = {"reset-before", "silence-before", "down-before"}


@dataclass(frozen=True)
class Path:
    method: str
    path: str
    handler: Handler
    open: bool = False


class Service:
    """One service on one port. Subclasses name their routes, their error body and how they know their callers."""

    name = ""
    regional = True
    largest_body = _LARGEST_BODY

    def __init__(self, context: Context) -> None:
        self.context = context
        self.app = Starlette(routes=[Mount("/", app=self.serve)])
        self._routes = [route for route in self.routes() if context.world.dialect.has(self.name, route.path)]

    # What subclasses say

    def routes(self) -> list[Path]:
        raise NotImplementedError

    def authenticate(self, call: Call) -> Caller:
        raise NotImplementedError

    def error_body(self, refusal: Refusal) -> Any:
        error: dict[str, Any] = {"message": refusal.message, "code": refusal.code}
        if refusal.details:
            error["details"] = [{"code": code, "message": message} for code, message in refusal.details]
        return {"error": error}

    def not_found(self, call: Call) -> Refusal:  # noqa: ARG002 (subclasses name the path)
        message = "The API does not exist or has not been published in the environment"
        return Refusal(404, "APIGW.0101", message, shape="gateway")

    def action_name(self, call: Call) -> str:
        """For the text of a policy denial."""
        verb = {"GET": "get", "HEAD": "get", "POST": "create", "DELETE": "delete"}.get(call.method, "update")
        return f"{self.name}:{call.path.strip('/').split('/')[-1][:40]}:{verb}"

    def headers(self, call: Call) -> dict[str, str]:
        return {"X-Request-Id": call.request_id}

    # From the network

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self.socket(scope, receive, send)
            return
        request = Request(scope, receive)
        call = self._call(request, b"", None)
        try:
            if rule := self.context.faults.cut(self.name, call.method, _target(call)):
                await self._cut(call, rule, request)
                return
            body, incoming = await self.receive(request)
        except ClientDisconnect:
            return
        try:
            await self._answer(self._call(request, body, incoming), scope, receive, send)
        finally:
            if incoming is not None:
                incoming.drop()

    async def socket(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 (for who has one)
        """A WebSocket: refused with 403, where a service has none."""
        await send({"type": "websocket.close"})

    async def receive(self, request: Request) -> tuple[bytes, Incoming | None]:
        """The body, or where it has been put."""
        return await request.body(), None

    async def _cut(self, call: Call, rule: Rule, request: Request) -> None:
        """Ends the request when so much of its body has come."""
        came = 0
        async for piece in request.stream():
            came += len(piece)
            if came >= rule.after_bytes:
                break
        self.context.log(self.name, call, 0, self.context.world.now, [rule])
        await reset(request.scope, request.receive)

    async def _answer(self, call: Call, scope: Scope, receive: Receive, send: Send) -> None:
        began = self.context.world.now
        refusal = self._gate(call)
        rules = [] if refusal else self.context.faults.request(self.name, call.method, _target(call), call.body)
        try:
            answer = await self._before(call, rules)
            if answer is None and not (rules and rules[-1].action in _UNDONE):
                answer = self._refused(call, refusal) if refusal else self.handle(call)
                if isinstance(answer.body, Awaitable):
                    answer = await self._awaited(call, answer)
                answer = await self._after(call, rules, answer)
        except Dropped:
            answer = None
        status = answer.status if answer else 0
        self.context.log(self.name, call, status, began, rules)
        last = rules[-1].action if rules else ""
        if last in {"silence-before", "silence-after"}:
            what = Hold(rules[-1].id, "after" if answer else "before", f"{call.method} {call.path}")
            await keep_silent(lambda: self.context.hold(what), scope, receive)
        elif answer is None or last == "reset-after":
            await reset(scope, receive)
        elif last == "truncated":
            await send_half(self._finished(call, answer), scope, receive, send)
        else:
            await self._response(call, answer)(scope, receive, send)

    def _call(self, request: Request, body: bytes, incoming: Incoming | None) -> Call:
        headers: dict[str, str] = {}
        for name, value in request.headers.items():
            headers[name] = f"{headers[name]},{value}" if name in headers else value
        raw_path = request.scope.get("raw_path", b"").decode("latin-1") or request.url.path
        return Call(
            world=self.context.world,
            service=self.name,
            method=request.method,
            path=raw_path.split("?")[0],
            raw_query=request.scope.get("query_string", b"").decode("latin-1"),
            headers=headers,
            query=request.query_params,
            params={},
            body=body,
            incoming=incoming,
        )

    def _gate(self, call: Call) -> Refusal | None:
        """Only this computer's own programs, no web page of somebody else's (DNS rebinding, cross-site requests)."""
        host = call.headers.get("host", "")
        name = host.rsplit(":", 1)[0]
        if name not in {"127.0.0.1", "localhost"}:
            return Refusal(403, "APIGW.0401", f"The host {name[:80]} is not served here.", shape="gateway")
        origin = call.headers.get("origin")
        if origin is not None and origin != f"http://{host}":
            return Refusal(403, "APIGW.0401", "Requests of foreign web pages are refused.", shape="gateway")
        if call.size > self.largest_body:
            return Refusal(413, "APIGW.0201", "The request body is too large.", shape="gateway")
        return None

    # To the world

    def handle(self, call: Call) -> Answer:
        """The answer of the service itself, faults aside."""
        world = call.world
        world.settle()
        try:
            route, params = self._match(call)
            call.params = params
            if not route.open:
                call.who = self.authenticate(call)
                if call.who.user.rights == "none" and self.name != "iam":
                    raise denied(self.action_name(call))
            answer = route.handler(call)
        except Refusal as refusal:
            answer = self._refused(call, refusal.with_traceback(None))
        self.context.save()
        return answer

    async def _awaited(self, call: Call, answer: Answer) -> Answer:
        try:
            answer.body = await answer.body
        except Refusal as refusal:
            return self._refused(call, refusal.with_traceback(None))
        return answer

    def _match(self, call: Call) -> tuple[Path, dict[str, str]]:
        segments = call.path.strip("/").split("/")
        for route in self._routes:
            params = _match_path(route.path, segments)
            if params is not None and route.method == call.method:
                return route, params
        raise self.not_found(call)

    def _refused(self, call: Call, refusal: Refusal) -> Answer:
        if refusal.shape == "gateway":
            body: Any = {
                "error_msg": refusal.message,
                "error_code": refusal.code,
                "request_id": call.request_id,
            }
        elif refusal.shape == "not-found":
            body = {"itemNotFound": {"code": refusal.status, "message": refusal.message}}
        elif refusal.shape == "keystone":
            titles = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found"}
            title = titles.get(refusal.status, "Error")
            body = {"error": {"code": refusal.status, "message": refusal.message, "title": title}}
        else:
            body = self.error_body(refusal)
        return Answer(refusal.status, body)

    # Faults

    async def _before(self, call: Call, rules: list[Rule]) -> Answer | None:
        """Faults that come before the effect; an answer ends the request without it."""
        for rule in rules:
            action = rule.action
            if action == "delay":
                await asyncio.sleep(rule.seconds)
            elif action in {"expire-tokens", "expire-keys", "lose-part"}:
                self.context.lose(action, call.query.get("uploadId", ""))
            elif action == "hold-before":
                await self.context.hold(Hold(rule.id, "before", f"{call.method} {call.path}"))
            elif action in {"down-before", "down-after"}:
                self.context.doors.close(rule.name or self.name, rule.id, rule.seconds)
            elif action == "status":
                return self._scripted(call, rule, rule.status or 500)
            elif action == "refuse":
                return self._refused(call, denied(self.action_name(call)))
            elif action == "error-202":
                message = rule.message or "Api flow control Error because too many requests are running."
                return Answer(202, {"error": {"code": rule.code or "Common.0024", "message": message}})
            elif action == "html":
                page = "<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"
                return Answer(rule.status or 502, page, media_type="text/html")
        return None

    async def _after(self, call: Call, rules: list[Rule], answer: Answer) -> Answer:
        for rule in rules:
            if rule.action == "hold-after":
                await self.context.hold(Hold(rule.id, "after", f"{call.method} {call.path}"))
            elif rule.action == "down-after":
                answer.headers["Connection"] = "close"
            elif rule.action == "after-status":
                answer = self._scripted(call, rule, rule.status or 500)
        return answer

    def _scripted(self, call: Call, rule: Rule, status: int) -> Answer:
        if rule.body is not None:
            answer = Answer(
                status, rule.body, media_type="text/plain" if isinstance(rule.body, str) else "application/json"
            )
        elif rule.code:
            gateway = rule.code.startswith("APIGW.")
            message = rule.message or "Told so by a fault script."
            answer = self._refused(call, Refusal(status, rule.code, message, shape="gateway" if gateway else "service"))
        else:
            answer = self._refused(call, _usual(status))
        answer.headers.update(rule.headers)
        if rule.retry_after is not None:
            answer.headers["Retry-After"] = str(rule.retry_after)
        return answer

    # Back to the network

    def _finished(self, call: Call, answer: Answer) -> Answer:
        """With the headers that every answer has."""
        answer.headers = {
            "Date": formatdate(call.world.now, usegmt=True),
            "Cache-Control": "no-store",
            **self.headers(call),
            **answer.headers,
        }
        return answer

    def _response(self, call: Call, answer: Answer) -> Response:
        self._finished(call, answer)
        content = answer.encode()
        media = answer.media_type
        if isinstance(content, bytes):
            if answer.length is not None:
                answer.headers["Content-Length"] = str(answer.length)
            no_body = answer.status == 204 or not content
            return Response(content, answer.status, answer.headers, media_type=None if no_body else media)
        if answer.length is not None:
            answer.headers["Content-Length"] = str(answer.length)
        return StreamingResponse(_pieces(content), answer.status, answer.headers, media_type=media)


async def _pieces(content: Iterable[bytes]) -> Any:
    for piece in content:
        yield piece


def _target(call: Call) -> str:
    return f"{call.path}?{call.raw_query}" if call.raw_query else call.path


def _match_path(pattern: str, segments: list[str]) -> dict[str, str] | None:
    parts = pattern.strip("/").split("/")
    if len(parts) != len(segments):
        return None
    params: dict[str, str] = {}
    for part, segment in zip(parts, segments, strict=True):
        if part.startswith("{"):
            if not segment:
                return None
            params[part[1:-1]] = unquote(segment)
        elif part != segment:
            return None
    return params


def _usual(status: int) -> Refusal:
    """The error that a status usually comes with."""
    usual = {
        401: ("APIGW.0307", "The token must be updated."),
        403: ("APIGW.0302", "The user is not allowed to do this."),
        404: ("APIGW.0101", "The API does not exist or has not been published in the environment"),
        429: (
            "APIGW.0308",
            "The throttling threshold has been reached: policy user over ratelimit,limit:200,time:1 second",
        ),
        502: ("APIGW.0201", "Backend unavailable."),
        504: ("APIGW.0201", "Backend timeout."),
    }
    if status == 503:
        return Refusal(503, "Common.1503", "Api flow control Error because too many requests are running.")
    code, message = usual.get(status, ("APIGW.0601", "Internal server error."))
    return Refusal(status, code, message, shape="gateway")
