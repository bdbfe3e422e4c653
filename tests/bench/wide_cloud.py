"""A practice cloud with quotas for a hundred runs. `wide_cloud.py SPEED` prints its ready line."""

from __future__ import annotations

import asyncio
import json
import sys

from isowright.practice.server import PracticeCloud


async def main(speed: float) -> None:
    async with PracticeCloud(None, speed=speed) as cloud:
        quotas = cloud.world.state.quotas
        for name in quotas.__struct_fields__:
            setattr(quotas, name, 1_000_000)
        print(json.dumps(cloud.ready), flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)  # until our side hangs up


asyncio.run(main(float(sys.argv[1])))
