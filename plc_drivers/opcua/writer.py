"""Writes to an OPC UA server: one call in order, a status per node, everything read back, nothing repeated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from asyncua import ua

from line.messages import Write
from line.quality import Status, is_bad
from plc_drivers.opcua import codec, texts
from plc_drivers.opcua.points import Point
from plc_drivers.opcua.services import OpcUaServiceError
from plc_drivers.opcua.session import NodeInfo, OpcUaSession
from plc_drivers.writes import WriteBatch, differs, refused

_Chosen = tuple[int, NodeInfo, ua.Variant]
"""A write by its place in the batch, where it goes, and what is sent."""


class OpcUaWriter:
    """Writes of one driver; ``points`` and ``nodes`` are the driver's, by position, ``position`` is by handle."""

    def __init__(self, points: Mapping[int, Point], nodes: Mapping[int, NodeInfo], position: Mapping[int, int]) -> None:
        self._points = points
        self._nodes = nodes
        self._position = position

    async def write(self, session: OpcUaSession, batch: WriteBatch) -> None:
        """Every write of the batch gets its result."""
        chosen = self._encoded(batch)
        if not chosen:
            return
        taken: list[tuple[int, NodeInfo]] = []
        for start in range(0, len(chosen), session.per_call):
            part = [c for c in chosen[start : start + session.per_call] if not batch.held_back(c[0])]
            if part and not await self._send(session, batch, part, taken):
                break
        if taken:
            await self._read_back(session, batch, taken)

    async def _send(
        self, session: OpcUaSession, batch: WriteBatch, part: Sequence[_Chosen], taken: list[tuple[int, NodeInfo]]
    ) -> bool:
        """One call; what the server took is added to ``taken``. False: no answer to it, and what comes after it is not sent."""
        try:
            codes = await session.write([(info.node, info.range, variant) for _, info, variant in part])
        except OpcUaServiceError as error:
            sent = {index for index, _, _ in part}
            for index in range(len(batch.writes)):
                if index in sent:
                    batch.done(index, error.status, texts.write_unknown(error.text))
                elif index > max(sent) and batch.pending(index):
                    batch.done(index, error.status, texts.write_not_sent(error.text))
            return False
        for (index, info, _), code in zip(part, codes, strict=True):
            if is_bad(code):
                batch.done(index, code, refused(codec.code_name(code)))
            else:
                taken.append((index, info))
        return True

    def _encoded(self, batch: WriteBatch) -> list[_Chosen]:
        """What can be sent, in order; a write that cannot gets its result."""
        chosen: list[_Chosen] = []
        for index, write in enumerate(batch.writes):
            if batch.held_back(index):
                continue
            position = self._position.get(write.handle, -1)
            info, point = self._nodes.get(position), self._points.get(position)
            if info is None or point is None or info.missing:
                batch.done(index, int(Status.BAD_NODE_ID_UNKNOWN), texts.NO_SUCH_NODE)
                continue
            try:
                chosen.append((index, info, _variant(point, info, write)))
            except codec.UnwritableError as error:
                batch.done(index, int(error.status), error.text)
        return [c for c in chosen if not batch.held_back(c[0])]

    async def _read_back(self, session: OpcUaSession, batch: WriteBatch, taken: Sequence[tuple[int, NodeInfo]]) -> None:
        try:
            values = await session.read([(info.node, info.range) for _, info in taken])
        except OpcUaServiceError as error:
            for index, _ in taken:
                batch.done(index, error.status, texts.written_not_read(error.text))
            return
        for (index, info), data in zip(taken, values, strict=True):
            self._compare(batch, index, info, data)

    def _compare(self, batch: WriteBatch, index: int, info: NodeInfo, data: codec.RawValue) -> None:
        write = batch.writes[index]
        point = self._points[self._position[write.handle]]
        tag = point.tag
        held, _ = point.decode(data, bool(info.range))
        if is_bad(held.status):
            batch.done(index, held.status, texts.readback_bad(codec.code_name(held.status)))
        elif batch.superseded(index) or abs(held.value - write.value) <= codec.tolerance(info.kind, write.value, tag.scale):
            batch.done(index, int(Status.GOOD))
        else:
            batch.done(index, int(Status.BAD_OUT_OF_RANGE), differs(held.value, write.value, tag.decimals, tag.eu))


def _variant(point: Point, info: NodeInfo, write: Write) -> ua.Variant:
    """Raises UnwritableError."""
    if point.options.path:
        raise codec.UnwritableError(Status.BAD_NOT_SUPPORTED, texts.MEMBER_NOT_WRITABLE)
    if (point.options.index is not None or isinstance(info.value.raw, list)) and not info.range:
        raise codec.UnwritableError(Status.BAD_NOT_SUPPORTED, texts.ELEMENT_NOT_WRITABLE)
    variant = codec.encode(point.tag, write.value, info.kind)
    return ua.Variant([variant.Value], variant.VariantType, is_array=True) if info.range else variant
