"""A practice cloud as a process of its own, in which time passes only by being asked: `python stepped_cloud.py`.

Each request moves the cloud's clock on, one about a job by more. So the same run always asks the same
questions, however fast or busy the computer is, and the n-th request is the same one each time. The first line of
standard output is that of `isowright practice`.
"""

import asyncio
import json
import re
import sys
import time

from isowright.practice.server import PracticeCloud

# Cloud seconds that one request takes, by the first pattern found in its path and query.
STEPS = (
    (re.compile(r"/jobs?/"), 12.0),
    (re.compile(r"/v2/cloudimages\?.*name="), 10.0),  # looks for what an unanswered request has made
    (re.compile(r"/cloudservers/detail\?"), 10.0),
    (re.compile(r""), 1.2),  # short enough to meet what is not listed yet, not visible yet, not gone yet
)


class SteppedCloud(PracticeCloud):
    def __init__(self):
        self.time = time.time()
        super().__init__(speed=1.0, clock=lambda: self.time)

    async def _dispatch(self, scope, receive, send):
        name = self._apps[scope["server"][1]].name
        if name not in ("control", "console"):
            target = f"{scope['path']}?{scope['query_string'].decode()}"
            self.time += next(seconds for pattern, seconds in STEPS if pattern.search(target))
        await super()._dispatch(scope, receive, send)


async def main():
    cloud = SteppedCloud()
    await cloud.start()
    print(json.dumps(cloud.ready), flush=True)
    # Each line is a number of seconds that pass at once. Ends with whoever started it, however that ends.
    while line := await asyncio.to_thread(sys.stdin.readline):
        cloud.time += float(line)
        print(flush=True)
    await cloud.stop()


if __name__ == "__main__":
    asyncio.run(main())
