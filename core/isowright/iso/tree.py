"""The folders of an ISO, whichever of its file systems tells of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Protocol

MOST_NAMES = 2_000
"""Names read of one folder. Those that matter lie in folders of a few dozen."""
MOST_FOLDER_BYTES = 256 * 1024
_MOST_NAMES_IN_ALL = 8_000


class Node(NamedTuple):
    """A file or folder. at: where it is told of, in bytes from the beginning of the ISO; size: in bytes, as told there
    (-1 = told elsewhere)."""

    name: str
    folder: bool
    at: int
    size: int


class Tree(Protocol):
    """One file system of the ISO. Nothing here raises anything of its own: what cannot be read is not there."""

    kind: str

    def root(self) -> Node | None: ...

    def children(self, folder: Node) -> tuple[Node, ...]: ...

    def size(self, file: Node) -> int:
        """In bytes."""
        ...

    def read(self, file: Node, offset: int, length: int) -> bytes:
        """Fewer bytes at its end."""
        ...


class Files:
    """Look-ups by path, case ignored, in the first tree that has it."""

    def __init__(self, trees: Iterable[Tree]) -> None:
        self._trees = tuple(trees)
        self._left = _MOST_NAMES_IN_ALL
        self._seen: dict[tuple[str, int], dict[str, Node]] = {}

    def find(self, path: str) -> tuple[Tree, Node] | None:
        """Of a file or folder such as ".disk/info"."""
        for tree in self._trees:
            node = tree.root()
            for part in path.lower().split("/"):
                node = self._names(tree, node).get(part) if node is not None else None
            if node is not None:
                return tree, node
        return None

    def has(self, path: str) -> bool:
        return self.find(path) is not None

    def names(self, path: str = "") -> tuple[str, ...]:
        """Of all in the folder, as they are written; of all trees for the root."""
        if path:
            found = self.find(path)
            return tuple(node.name for node in self._names(*found).values()) if found else ()
        return tuple({node.name for tree in self._trees for node in self._names(tree, tree.root()).values()})

    def text(self, path: str, most: int = 8 * 1024) -> str:
        """The beginning of a text file; "" if there is none."""
        found = self.find(path)
        if found is None or found[1].folder:
            return ""
        return found[0].read(found[1], 0, most).decode("utf-8", "replace")

    def _names(self, tree: Tree, node: Node | None) -> dict[str, Node]:
        if node is None or not node.folder:
            return {}
        key = (tree.kind, node.at)
        if key not in self._seen:
            named: dict[str, Node] = {}
            for child in tree.children(node) if self._left > 0 else ():
                named.setdefault(child.name.lower(), child)
                self._left -= 1
            self._seen[key] = named
        return self._seen[key]
