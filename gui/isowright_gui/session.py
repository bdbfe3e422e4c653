"""The wizard's state: the recipe, who is signed in, and the lists already fetched. The only state that pages share.

Pages change the recipe through `update` and re-derive what they show from `changed`; nothing else flows between them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

from PySide6.QtCore import QObject, Signal

from isowright import flow
from isowright.cloud.client import Cloud
from isowright.cloud.login import Login
from isowright.cloud.models import Identity
from isowright.iso.report import Inspection
from isowright.recipe import IsoSource, Recipe

T = TypeVar("T")


class WizardSession(QObject):
    """One use of the wizard. `cloud`, `login` and `identity` are set while signed in, else None."""

    changed = Signal()  # the recipe
    signed = Signal()  # signed in or out

    def __init__(self, recipe: Recipe | None = None, *, profile: str = "", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._recipe = recipe or Recipe()
        self.profile = profile  # name of the profile that this came from, or ""
        self.revises = ""  # id of the stopped run whose answers these are, "" = they are for a new one
        self.cloud: Cloud | None = None
        self.login: Login | None = None
        self.identity: Identity | None = None
        saved, usual = self._recipe.image, Recipe().image
        self.own_firmware = bool(saved.firmware)  # likewise
        self.own_min_disk = bool(saved.os_version) or saved.min_disk != usual.min_disk  # not ours to propose
        self.recalled: dict[str, Any] = {}  # step → its answers, where they were preselected as they were last time
        self._lists: dict[object, Any] = {}
        self._inspections: dict[tuple[str, ...], Inspection] = {}

    @property
    def recipe(self) -> Recipe:
        return self._recipe

    def update(self, recipe: Recipe) -> None:
        """Take new answers; later answers that depend on what changed are cleared (`flow.invalidate`)."""
        recipe = flow.invalidate(self._recipe, recipe)
        if recipe != self._recipe:
            self._recipe = recipe
            self.changed.emit()

    def put_checked(self, recipe: Recipe) -> None:
        """Take answers about which the cloud has just been asked: nothing later is cleared."""
        if recipe != self._recipe:
            self._recipe = recipe
            self.changed.emit()

    @property
    def inspection(self) -> Inspection | None:
        """What looking into the chosen ISO has told; None = nobody has looked, or it could not be read."""
        return self._inspections.get(_place(self._recipe.iso))

    def inspected(self, iso: IsoSource, inspection: Inspection | None) -> None:
        """Somebody has looked into an ISO, chosen or not."""
        if inspection is None:
            self._inspections.pop(_place(iso), None)
        else:
            self._inspections[_place(iso)] = inspection

    def signed_in(self, cloud: Cloud, login: Login, identity: Identity) -> None:
        """A sign-in succeeded. The former cloud must have been closed by the caller."""
        self.cloud, self.login, self.identity = cloud, login, identity
        self._lists.clear()
        self.signed.emit()

    def signed_out(self) -> Cloud | None:
        """Forget who is signed in; returns the cloud for the caller to close."""
        cloud, self.cloud, self.login, self.identity = self.cloud, None, None, None
        self._lists.clear()
        self.signed.emit()
        return cloud

    async def fetch(self, key: object, get: Callable[[Cloud], Awaitable[T]], *, fresh: bool = False) -> T:
        """A list from the cloud, remembered for this sign-in so that going back and forth asks nothing twice."""
        if self.cloud is None:
            raise RuntimeError("not signed in")
        cloud = self.cloud
        if fresh or key not in self._lists:
            answer = await get(cloud)
            if cloud is self.cloud:
                self._lists[key] = answer
            return answer
        return cast("T", self._lists[key])


def _place(iso: IsoSource) -> tuple[str, ...]:
    return (iso.path,) if iso.path else (iso.bucket, iso.key)
