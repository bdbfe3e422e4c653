"""Leftovers in a project: temporary servers, their disks, ISO images and networks that belong to no live run, of
whichever computer. `find` looks, `remove` deletes what was chosen; neither ever touches what does not carry two of our
marks.

    found = await find(cloud, account, await engine.runs(), now=clock.now())
    told = await remove(cloud, chosen, runs=engine.runs, clock=clock, tell=show)
"""

from isowright.orphans.find import FINDERS, YOUNG, find
from isowright.orphans.found import Found, Orphan, Removal, kind_word, lasting
from isowright.orphans.remove import remove

__all__ = ["FINDERS", "YOUNG", "Found", "Orphan", "Removal", "find", "kind_word", "lasting", "remove"]
