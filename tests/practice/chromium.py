"""Drives Debian's chromium through its DevTools protocol, with the WebSocket client that is here anyway.

Playwright would bring 53 MB (168 MB unpacked, with a Node.js of its own) for the six commands that a page needs here.
"""

import base64
import contextlib
import itertools
import json
import os
import shutil
import subprocess
import time
import urllib.request

from websockets.sync.client import connect

_FLAGS = [
    "--headless=new",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--remote-debugging-port=0",
    "--remote-allow-origins=*",
    "--window-size=1280,800",
]


def program():
    """The path of chromium, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


class Page:
    """One tab, over its DevTools WebSocket. `seconds` bounds each wait."""

    def __init__(self, devtools, seconds=60):
        self.seconds = seconds
        self._socket = devtools
        self._numbers = itertools.count(1)
        self._loaded = 0
        self.errors = []
        for domain in ("Page", "Runtime", "Log"):
            self.send(f"{domain}.enable")

    def send(self, method, **params):
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while (message := self._next()).get("id") != number:
            pass
        assert "error" not in message, message
        return message["result"]

    def _next(self):
        message = json.loads(self._socket.recv(timeout=self.seconds))
        event, details = message.get("method"), message.get("params", {})
        if event == "Page.loadEventFired":
            self._loaded += 1
        elif event == "Runtime.exceptionThrown":
            self.errors.append(details["exceptionDetails"])
        elif event == "Log.entryAdded" and details["entry"]["level"] == "error":
            self.errors.append(details["entry"])
        return message

    def open(self, url):
        """Until the page has loaded, what its scripts do after that aside."""
        before = self._loaded
        self.send("Page.navigate", url=url)
        while self._loaded == before:
            self._next()

    def ask(self, expression):
        """What a JavaScript expression comes to; a promise is awaited."""
        answer = self.send("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait(self, expression):
        """Until the expression is true, looked at with each picture that the page draws."""
        look = f"(async () => {{ while (!({expression})) await new Promise(requestAnimationFrame); return true; }})()"
        limit = f"new Promise(done => setTimeout(done, {self.seconds * 500}, false))"
        assert self.ask(f"Promise.race([{look}, {limit}])"), (
            f"{expression} never came true: {self.ask('document.body.innerText')}"
        )

    def click(self, css):
        box = "(({x, y, width, height}) => [x + width / 2, y + height / 2])"
        x, y = self.ask(f"{box}(document.querySelector({json.dumps(css)}).getBoundingClientRect())")
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def key(self, code, key, text="", modifiers=0, kinds=("keyDown", "keyUp")):
        for kind in kinds:
            extra = {"text": text} if text and kind == "keyDown" else {}
            self.send("Input.dispatchKeyEvent", type=kind, code=code, key=key, modifiers=modifiers, **extra)

    def insert(self, text):
        """Into the field that has the focus, as from a clipboard."""
        self.send("Input.insertText", text=text)

    def picture(self, path):
        path.write_bytes(base64.b64decode(self.send("Page.captureScreenshot")["data"]))


@contextlib.contextmanager
def browser(folder):
    """A new chromium with an empty profile in `folder`; a function that opens tabs."""
    arguments = [program(), *_FLAGS, f"--user-data-dir={folder}/profile"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")  # chromium's own sandbox does not start as root
    environment = {**os.environ, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "XDG_CACHE_HOME": str(folder)}
    with subprocess.Popen(
        [*arguments, "about:blank"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        sockets = contextlib.ExitStack()
        try:
            port = _port(process)

            def tab():
                request = urllib.request.Request(f"http://127.0.0.1:{port}/json/new?about:blank", method="PUT")
                with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
                    devtools = connect(json.load(answer)["webSocketDebuggerUrl"], max_size=None, proxy=None)
                return Page(sockets.enter_context(devtools))

            yield tab
        finally:
            sockets.close()
            process.terminate()
            process.communicate(timeout=30)


def _port(process):
    """From the line with which chromium says where it listens."""
    began = time.monotonic()
    said = []
    while line := process.stderr.readline():
        said.append(line)
        if line.startswith("DevTools listening on ws://"):
            return int(line.split("/")[2].split(":")[1])
        assert time.monotonic() - began < 60, "chromium is not ready after a minute"
    raise AssertionError(f"chromium ended at once: {''.join(said)}")
