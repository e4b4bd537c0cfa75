"""Ways through the tree of nodes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from recipes.model import Node, NodeKind


def ancestors(nodes: Sequence[Node], index: int) -> Iterator[int]:
    """The nodes above ``index``, nearest first; the last one is the whole procedure."""
    parent = nodes[index].parent
    while parent >= 0:
        yield parent
        parent = nodes[parent].parent


def inside(nodes: Sequence[Node], index: int, scope: int) -> bool:
    """Whether ``index`` is ``scope`` or lies below it."""
    return index == scope or scope in ancestors(nodes, index)


def subtree(nodes: Sequence[Node], index: int) -> range:
    """``index`` and all that lies below it: pre-order makes that one stretch."""
    end = index + 1
    while end < len(nodes) and inside(nodes, end, index):
        end += 1
    return range(index, end)


def operation_of(nodes: Sequence[Node], index: int) -> str:
    """What the operation that a node lies in is called in the file, '' outside one."""
    return nodes[nearest(nodes, index, NodeKind.OPERATION)].id.rsplit(".", 1)[-1]


def nearest(nodes: Sequence[Node], index: int, kind: NodeKind) -> int:
    """The node of ``kind`` that is ``index`` or stands nearest above it; 0, the procedure, when there is none."""
    if nodes[index].kind is kind:
        return index
    return next((a for a in ancestors(nodes, index) if nodes[a].kind is kind), 0)
