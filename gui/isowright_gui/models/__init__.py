"""Item models: RowsModel, generic over frozen row objects, and its Column specifications."""

from __future__ import annotations

from isowright_gui.models.rows import Column, Role, RowsModel

__all__ = ["Column", "Role", "RowsModel"]
