"""Stands between our program and a cloud, hands everything on untouched, and keeps what it saw."""

import http.client
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

_OF_THE_CONNECTION = {"connection", "keep-alive", "transfer-encoding", "content-length"}


@dataclass
class Exchange:
    service: str
    method: str
    path: str
    query: list
    headers: dict  # names in lower case
    body: bytes
    status: int
    answer: bytes


class Relay:
    """`endpoints`: those of the cloud, with the relay's own addresses. `seen`: all exchanges, oldest first."""

    def __init__(self, endpoints):
        self.seen = []
        self._servers = {name: self._serve(name, url) for name, url in endpoints.items()}
        self.endpoints = {name: f"http://127.0.0.1:{one.server_port}" for name, one in self._servers.items()}

    def _serve(self, service, url):
        seen, target = self.seen, urlsplit(url).netloc
        service = service.partition("@")[0]  # another region's is the same service

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def hand_on(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                far = http.client.HTTPConnection(target, timeout=60)
                far.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                for name, value in self.headers.items():  # Host as it came: it is part of signatures
                    far.putheader(name, value)
                far.endheaders(body)
                answer = far.getresponse()
                content = answer.read()
                parts = urlsplit(self.path)
                query = parse_qsl(parts.query, keep_blank_values=True)
                headers = {name.lower(): value for name, value in self.headers.items()}
                seen.append(Exchange(service, self.command, parts.path, query, headers, body, answer.status, content))
                self.send_response_only(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in _OF_THE_CONNECTION:
                        self.send_header(name, value)
                length = answer.getheader("Content-Length") if self.command == "HEAD" else str(len(content))
                self.send_header("Content-Length", length or "0")
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)
                far.close()

            def log_message(self, *_):
                pass

        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"):
            setattr(Handler, f"do_{method}", Handler.hand_on)
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return server

    def close(self):
        for server in self._servers.values():
            server.shutdown()
            server.server_close()
