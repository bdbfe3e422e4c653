"""Which disk types of a zone can be had there, and which is best for an installation. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from isowright.cloud.models import VolumeType

_ORDER = ("GPSSD", "SSD", "SAS", "ESSD", "SATA")
NEEDS_IOPS = ("GPSSD2", "ESSD2")  # a create request without iops and throughput is refused for these


def offered(types: Iterable[VolumeType], zone: str) -> list[str]:
    """The types of a zone that can be had there, the best for an installation first."""
    names = {kind.name for kind in types if kind.offered_in(zone)} - set(NEEDS_IOPS)
    return [name for name in _ORDER if name in names] + sorted(names - set(_ORDER))
