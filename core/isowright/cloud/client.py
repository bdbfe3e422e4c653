"""A cloud, signed in or about to be: the services behind one session."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from isowright.clock import Clock, SystemClock
from isowright.cloud import catalog
from isowright.cloud.ecs import Ecs
from isowright.cloud.eps import Eps
from isowright.cloud.evs import Evs
from isowright.cloud.iam import Iam
from isowright.cloud.ims import Ims
from isowright.cloud.ims_after import ImageChanges
from isowright.cloud.login import Login, check
from isowright.cloud.models import Identity
from isowright.cloud.multipart import Multipart
from isowright.cloud.obs import Obs
from isowright.cloud.session import Session
from isowright.cloud.transport import Timeouts
from isowright.cloud.vpc import Networks
from isowright.recipe import Account

if TYPE_CHECKING:
    import httpx


class Cloud:
    """All methods of the services raise the AppError family only. Close it when done."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.iam = Iam(session)
        self.ims = Ims(session)
        self.changes = ImageChanges(session)
        self.ecs = Ecs(session)
        self.evs = Evs(session)
        self.vpc = Networks(session)
        self.obs = Obs(session)
        self.eps = Eps(session)
        self.multipart = Multipart(session)

    @classmethod
    def open(
        cls,
        account: Account,
        login: Login,
        *,
        clock: Clock | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        timeouts: Timeouts | None = None,
    ) -> Cloud:
        """No I/O yet. Raises InputError when an endpoint or a key cannot be used."""
        check(login)
        return cls(
            Session(
                account,
                login,
                catalog.endpoints(account),
                clock=clock or SystemClock(),
                transport=transport,
                timeouts=timeouts,
            )
        )

    def elsewhere(self, region: str, project_name: str) -> Cloud:
        """The same cloud and login in another region, for its images alone; to be closed. What holds for requests here
        holds for requests there. Raises InputError if nothing tells where that region is."""
        account = catalog.elsewhere(self.session.account, region, project_name)
        there = Cloud.open(account, self.lasting_login(), clock=self.session.clock, timeouts=self.session.timeouts)
        there.session.before_change = self.session.before_change
        there.session.outages.watch = self.session.outages.watch
        return there

    @property
    def identity(self) -> Identity | None:
        """Who is signed in; None before `sign_in`."""
        return self.session.identity

    @property
    def traits(self) -> catalog.Traits:
        """What this cloud knows and allows."""
        return self.session.traits

    def now(self) -> datetime:
        """The cloud's time as far as known: the computer's own, until the cloud has said that it is wrong."""
        return self.session.auth.now()

    @property
    def clock_error(self) -> timedelta:
        """How far this computer's clock is ahead of the cloud's (behind: less than 0); 0 for less than a minute. The
        Date headers of the identity service tell; signatures and expiry go by the cloud's clock from then on."""
        return -self.session.auth.offset

    @property
    def clock_note(self) -> str:
        """A sentence about a clock that is wrong, "" for one that is right."""
        minutes = round(abs(self.clock_error).total_seconds() / 60)
        if not minutes:
            return ""
        span = f"{minutes} minute{'s' * (minutes != 1)}" if minutes < 120 else f"{round(minutes / 60)} hours"
        way = "ahead of" if self.clock_error > timedelta(0) else "behind"
        return f"This computer's clock is {span} {way} the cloud's. Requests go by the cloud's; set yours right."

    async def sign_in(self) -> Identity:
        """Checks the login and finds the project. Later calls do it by themselves where it has not been done."""
        return await self.iam.sign_in()

    def lasting_login(self) -> Login:
        """The login for others to go on with: its token in place of a one-time code that this sign-in has used up."""
        return self.session.auth.lasting_login()

    async def aclose(self) -> None:
        """Close all connections; safe to call twice."""
        await self.session.aclose()

    def __repr__(self) -> str:
        return f"Cloud({self.session!r})"
