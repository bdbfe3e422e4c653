"""Uploads a file to the store, as a process to be killed: `upload_process.py URL BUCKET KEY FILE FOLDER LIMIT`.

Prints a line for each part that has arrived, and at the end `done`.
"""

import asyncio
import json
import sys
from pathlib import Path

from upload_store import opened, uploader

from isowright.upload.pacing import Control


class Loud:
    """What the uploader writes down, told; what a run's journal would keep, kept."""

    def __init__(self, path):
        self.path = path

    async def intend(self, before):
        self.path.write_text(json.dumps(["", before]))
        print("intend", flush=True)

    async def began(self, upload_id):
        self.path.write_text(json.dumps([upload_id, ""]))
        print("began", upload_id, flush=True)

    async def over(self, upload_id, *, completed):
        self.path.unlink(missing_ok=True)
        print("over", completed, flush=True)

    async def completing(self):
        print("completing", flush=True)

    async def made(self):
        print("made", flush=True)

    def open_upload(self):
        return tuple(json.loads(self.path.read_text())) if self.path.exists() else None


async def main():
    url, bucket, key, file, folder, limit = sys.argv[1:]
    async with opened(url) as cloud:
        uploading = uploader(
            cloud, bucket, key, Path(file), Path(folder), Loud(Path(folder) / "journal"), Control(float(limit))
        )
        arrived = uploading._arrived

        async def tell(part, md5, etag):
            await arrived(part, md5, etag)
            print("part", part.number, flush=True)

        uploading._arrived = tell
        await uploading.run()
    print("done", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
