"""A run that is being driven by this process: to be waited for, stopped, left, told that the OS is installed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from isowright.cloud.client import Cloud
from isowright.cloud.models import Secret
from isowright.errors import LeaseLostError, StateError
from isowright.events import Resource
from isowright.pipeline.lease import Lease
from isowright.pipeline.runner import End, Runner
from isowright.pipeline.sight import Sight
from isowright.pipeline.teller import Teller


class RunHandle:
    """A run that this process is driving. Its task lives here; keep the handle for as long as the run shall go on."""

    def __init__(
        self, run_id: str, runner: Runner, cloud: Cloud, teller: Teller, lease: Lease, let_go: Callable[[], None]
    ) -> None:
        self.run_id = run_id
        self.runner = runner
        self._cloud = cloud
        self._teller = teller
        self._lease = lease
        self._let_go = let_go
        self._cancelling = False
        self._lost = False
        self._task = asyncio.create_task(self._drive(), name=f"run {run_id}")

    @property
    def running(self) -> bool:
        return not self._task.done()

    def when_ended(self, call: Callable[[], None]) -> None:
        """`call` comes after the drive has ended, however that was."""
        self._task.add_done_callback(lambda _task: call())

    async def wait(self) -> End | None:
        """The final event; None if the run was left as it is (`detach`). Cancelling the wait leaves the run alone."""
        await asyncio.wait({self._task})
        return None if self._task.cancelled() else self._task.result()

    async def cancel(self) -> End | None:
        """Stop now. Nothing is deleted: that is `Engine.clean_up`."""
        self._cancelling = True
        self._stop()
        return await self.wait()

    async def detach(self) -> None:
        """Leave the run as it is, to be gone on with at the next start."""
        self._stop()
        await asyncio.wait({self._task})

    def lost(self) -> None:
        """Another process has taken the run over: this drive ends, and asks the cloud for nothing more."""
        self._lost = True
        self._stop()

    def _stop(self) -> None:
        self._cloud.session.outages.give_up()  # what has not been sent for want of a network never will be
        self._task.cancel()

    def installed(self) -> None:
        """The operator says that the OS is installed."""
        self.runner.context.installed.set()

    def boots(self, *, good: bool) -> None:
        """The operator says whether the server of the test boot has come up as it should."""
        self.runner.context.boots.say(good=good)

    def pause_upload(self) -> None:
        """Stop sending until `resume_upload`; what the cloud has stays. Does nothing to a run that uploads nothing."""
        self.runner.context.upload.pause()

    def resume_upload(self) -> None:
        self.runner.context.upload.resume()

    def set_upload_limit(self, rate: float) -> None:
        """MB/s (10^6 bytes) at the most, 0 = no limit. Of this drive only: the recipe keeps its own."""
        self.runner.context.upload.limit(rate)

    @property
    def upload_paused(self) -> bool:
        return self.runner.context.upload.paused

    @property
    def upload_limit(self) -> float:
        """MB/s, 0 = none."""
        return self.runner.context.upload.throttle.limit

    async def console_url(self) -> Secret:
        """A fresh one-time URL of the temporary server's console, good for some ten minutes."""
        server = self.runner.context.log.resource("server")
        url = await self._cloud.ecs.console_url(console_of(server if self.running else None))
        self.sight.consoles += 1
        return url

    @property
    def sight(self) -> Sight:
        """What the server shows during the operator's turn."""
        return self.runner.context.sight

    async def _drive(self) -> End:
        try:
            return await self.runner.run()
        except asyncio.CancelledError:
            try:
                if self._lost:
                    await asyncio.to_thread(self._lease.check)
                if not self._cancelling:
                    raise
                return await self.runner.cancelled()
            except LeaseLostError as error:
                return self.runner.taken_over(error)
        finally:
            self._teller.flush()
            await self._cloud.aclose()
            self._let_go()


def console_of(server: Resource | None) -> str:
    """The server's id. Raises StateError if it has no console."""
    if server is None or not server.id or server.fate == "deleted":
        raise StateError(
            "There is no server whose console could be opened.",
            detail="The temporary server has not been made yet, or is gone.",
            remedy="Wait until the run is at “Install the OS”.",
        )
    return server.id
