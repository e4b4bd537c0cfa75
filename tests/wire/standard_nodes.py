"""Servers of asyncua whose standard nodes, six thousand of them, are built once per process: that takes longer than most tests.

A server gets a copy of each node when it first looks at it, so that none sees what another has changed.
"""

from __future__ import annotations

import asyncio
import copy
import gc
from collections.abc import Iterator, MutableMapping
from pathlib import Path

from asyncua.server.address_space import NodeData
from asyncua.server.internal_server import InternalServer
from asyncua.server.server import Server
from asyncua.server.user_managers import UserManager
from asyncua.ua.uatypes import NodeId

_built: dict[NodeId, NodeData] = {}


def build() -> None:
    """Build them, once, as asyncua does for every server. Later collections of garbage need not look at them."""
    if not _built:
        server = InternalServer()
        asyncio.run(server.load_standard_address_space())
        _built.update(server.aspace._nodes)
        del server
        gc.collect()
        gc.freeze()


def new_server(users: UserManager | None = None) -> Server:
    """A server as ``Server()`` makes it; to be initialised with ``init()``. Needs :func:`build` (fixture ``standard_nodes``)."""
    return Server(iserver=_CopyingServer(user_manager=users))


class _CopyingServer(InternalServer):
    async def load_standard_address_space(self, shelf_file: Path | None = None) -> None:
        del shelf_file
        assert _built, "the fixture standard_nodes is missing"
        self.aspace._nodes = _Copies(_built)  # type: ignore[assignment]


class _Copies(MutableMapping[NodeId, NodeData]):
    """Reads as ``source``; what was looked at or set is its own, what was deleted is gone."""

    def __init__(self, source: dict[NodeId, NodeData]) -> None:
        self._source = source
        self._own: dict[NodeId, NodeData] = {}
        self._left = dict.fromkeys(source)

    def __getitem__(self, key: NodeId) -> NodeData:
        if key not in self._own:
            if key not in self._left:
                raise KeyError(key)
            self._own[key] = copy.deepcopy(self._source[key])
        return self._own[key]

    def __contains__(self, key: object) -> bool:
        return key in self._own or key in self._left

    def __setitem__(self, key: NodeId, value: NodeData) -> None:
        self._own[key] = value

    def __delitem__(self, key: NodeId) -> None:
        if key not in self:
            raise KeyError(key)
        self._own.pop(key, None)
        self._left.pop(key, None)

    def __iter__(self) -> Iterator[NodeId]:
        yield from self._left
        yield from (k for k in self._own if k not in self._left)

    def __len__(self) -> int:
        return len(self._left) + sum(k not in self._left for k in self._own)
