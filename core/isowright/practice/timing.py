"""How long things take in the practice cloud, in cloud seconds: divided by the speed they are real ones."""

from dataclasses import dataclass

IMPORT_ISO = 90.0
CREATE_SERVER = 75.0
STOP_SERVER = 10.0
START_SERVER = 15.0
CAPTURE_VOLUME = 150.0
DELETE_SERVER = 20.0
DELETE_VOLUME = 10.0
DETACH_VOLUME = 8.0
# The part of a job during which it still says INIT.
INIT_SHARE = 0.04
# A new server is unknown to its own API for a while (404), and shows its disks a little after its job.
SERVER_UNKNOWN = 6.0
VOLUMES_LAG = 1.5
# An image is unlisted right after its job, then "saving", then "active".
IMAGE_LISTED_LAG = 1.0
IMAGE_ACTIVE_LAG = 2.5
# 204 and job SUCCESS come before the thing is gone.
IMAGE_GONE_LAG = 4.0
SERVER_GONE_LAG = 2.5
INSTALL = 60.0
# From ACTIVE until the guest has written its login prompt to the serial console.
BOOT = 12.0

# Not scaled: these are about people and secrets, not about work.
TOKEN_LIFE = 24 * 3600.0
CONSOLE_LINK_LIFE = 600.0
CLIENT_TOKEN_LIFE = 8 * 3600.0
PASSWORD_LOCK = 900.0
KEY_LOCK = 300.0
CLOCK_SKEW = 900.0


@dataclass(frozen=True)
class Pace:
    """`speed` 60 makes a cloud minute pass in one real second."""

    speed: float

    def real(self, cloud_seconds: float) -> float:
        return cloud_seconds / self.speed
