"""How far an upload is, for people."""

from __future__ import annotations

from isowright.events import Transfer

_GIB = 1024**3
_MIB = 1024**2


def progress(transfer: Transfer) -> str:
    """ "1.2 of 4.3 GiB · 85 MB/s · 0:42 left"."""
    amount = amounts(transfer.done, transfer.total)
    if transfer.paused:
        kept = f"Paused · {amount} safe in the bucket"
        return f"{kept}, {size(transfer.again)} under way are sent again" if transfer.again else kept
    parts = [amount]
    if transfer.rate > 0:
        parts.append(rate(transfer.rate))
    if transfer.left is not None:
        parts.append(f"{lasting(transfer.left)} left")
    return " · ".join(parts)


def amounts(done: int, total: int) -> str:
    """ "1.2 of 4.3 GiB", "12 of 300 MiB"."""
    if total >= _GIB:
        return f"{done / _GIB:.1f} of {total / _GIB:.1f} GiB"
    if total >= _MIB:
        return f"{done / _MIB:.0f} of {total / _MIB:.0f} MiB"
    return f"{done / 1024:.0f} of {max(total / 1024, 1):.0f} KiB"


def size(count: int) -> str:
    """ "4.3 GiB"."""
    if count >= _GIB:
        return f"{count / _GIB:.1f} GiB"
    return f"{count / _MIB:.0f} MiB" if count >= _MIB else f"{max(count / 1024, 1):.0f} KiB"


def rate(per_second: float) -> str:
    """ "85 MB/s", "0.4 MB/s"."""
    mb = per_second / 1e6
    return f"{mb:.0f} MB/s" if mb >= 10 else f"{mb:.1f} MB/s"


def lasting(seconds: float) -> str:
    """ "0:42", "1:02:03"."""
    whole = int(seconds + 0.5)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
