"""How the clouds that this one stands for differ: which calls they lack, and what they allow.

Facts: Open Telekom Cloud's API references name no progress call, no OS list, no v1 console nor
console log, no X-Client-Token and no
scheduled deletion; Huawei Cloud's own give 40 GB as the least min_disk and end Windows images. Huawei Cloud Stack is
played at its worst, as the private installation that knows least.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Dialect:
    """`lacks`: (service, part of a route's path). Fields of requests that a dialect does not know are ignored."""

    lacks: tuple[tuple[str, str], ...] = ()
    min_disk: int = 1  # GB
    windows: bool = True
    knows_client_token: bool = True
    knows_dry_run: bool = True

    def has(self, service: str, path: str) -> bool:
        """Whether there is such a route."""
        return not any(service == name and part in path for name, part in self.lacks)


_NOT_IN_OTC = (
    ("ims", "/v1/cloudimages/job/"),
    ("ims", "/v1/cloudimages/os_version"),
    ("ecs", "/remote_console"),
    ("ecs", "/console-output"),
    ("ecs", "/update-auto-terminate-time"),
)

DIALECTS = {
    "practice": Dialect(),
    "huaweicloud": Dialect(lacks=(("ecs", "/remote-consoles"),), min_disk=40, windows=False),
    "otc": Dialect(lacks=_NOT_IN_OTC, knows_client_token=False),
    "hcs": Dialect(lacks=_NOT_IN_OTC, knows_client_token=False, knows_dry_run=False),
}
