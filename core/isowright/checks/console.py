"""The cloud's web console answers from here: the operating system is installed in it.

The console of the server itself may be at another host, which is told only when the server exists.
"""

from __future__ import annotations

from isowright.checks._remedies import AGAIN, open_page
from isowright.checks._scene import Scene
from isowright.checks.check import FINE, Answer, Check, look_at, skipped
from isowright.errors import NetworkError


async def _look(scene: Scene) -> Answer:
    url = scene.console()
    if not url:
        return skipped("The address of this cloud's web console is not known here.")
    try:
        await scene.cloud.session.reach(url)
    except NetworkError as error:
        return look_at(
            f"{error.title} The system is installed in the cloud's console, in a browser of this computer.",
            *open_page("Open the console", url),
            AGAIN,
            advice="See whether a browser opens it; if it does not, ask who runs the network.",
        )
    return FINE


CHECK = Check("console", "Console can be reached", _look, order=85)
