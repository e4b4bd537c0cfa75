"""Whatever a port answers: no exception escapes, every write has one result, no tag is Good with a value that was not held."""

from __future__ import annotations

import asyncio
import math
import struct
from collections.abc import Callable, Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from line.clock import ManualClock
from line.devices import ModbusDevice
from line.documents import Text
from line.messages import Write
from line.quality import Status
from line.tags import TagTable
from plc_drivers.modbus.codec import BIT_TABLES, Table, WordArray
from plc_drivers.modbus.driver import ModbusDriver
from plc_drivers.modbus.pdu import fault_of
from plc_drivers.modbus.port import Answer, Fault
from tests.builders import T0_NS, tag
from tests.modbus_unit import CONFIG, MS, FakePort, S, context, kind_of

ADDRESSES = (
    "ir:0:uint16", "ir:1:float32", "ir:3:uint32", "ir:8:bcd16", "ir:90:int16", "hr:0:uint16", "hr:1:float32", "hr:10.3",
    "hr:10.4",
    "hr:20:uint64", "hr:40:string6", "co:0", "co:1", "di:7",
)  # fmt: skip
WRITABLE = tuple(i for i, a in enumerate(ADDRESSES) if a[:2] in ("hr", "co") and "string" not in a)
TEXT = Text(ru="помеха", en="disturbance")
FAULTS = st.builds(Fault, st.sampled_from(list(Status)[1:]), st.just(TEXT), st.sampled_from([0, 0, 1, 2, 3, 4, 6, 10, 11, 99]))
TAGS = TagTable(
    replace(
        tag(a, i, address=a, kind=kind_of(a), lo=-1e19, hi=1e19, writable=i in WRITABLE), poll_every=3 if i % 4 == 1 else 1
    )
    for i, a in enumerate(ADDRESSES)
)  # fmt: skip


class Disturbed(FakePort):
    """Answers well, or with the next disturbance: a fault, bytes that are no answer, nothing, the loss of the channel."""

    def __init__(self, clock: ManualClock, on_lost: Callable[[Text], None], disturbances: list[object]) -> None:
        super().__init__(clock, on_lost)
        self.disturbances = disturbances

    async def run(self, requests: Sequence[bytes], timeout_s: float, budget_s: float) -> list[Answer]:
        answers: list[Answer] = []
        for request in requests:
            good = (await super().run([request], timeout_s, budget_s))[0]
            now_ns = self.clock.now_ns()
            disturbance = self.disturbances.pop() if self.disturbances else None
            if disturbance is None:
                answers.append(good)
            elif isinstance(disturbance, Fault):
                answers.append(Answer(fault=disturbance, sent_ns=now_ns, received_ns=now_ns))
            elif isinstance(disturbance, bytes):
                # bytes that happen to be an answer are one: then the device said so, and no driver could know better
                misleading = fault_of(request, disturbance) is None
                answers.append(good if misleading else Answer(disturbance, None, now_ns, now_ns))
            elif isinstance(disturbance, tuple):
                answers.append(_spoilt(good, disturbance[0]))
            elif disturbance == "unsent":
                answers.append(Answer())
            else:
                self.on_lost(TEXT)
                answers.append(Answer(fault=Fault(Status.BAD_COMMUNICATION_ERROR, TEXT), sent_ns=now_ns, received_ns=now_ns))
        return answers


def _spoilt(good: Answer, how: int) -> Answer:
    """The answer with a byte too few or too many, or with another function code or byte count."""
    pdu = good.pdu
    if not pdu:
        return good
    if how < 0:
        pdu = pdu[:how] + (b"" if how < -1 else b"\0\0")
    elif how < 256:
        pdu = bytes((how,)) + pdu[1:]
    elif how < 512 and pdu[0] in (1, 2, 3, 4, 23):
        pdu = pdu[:1] + bytes((how - 256,)) + pdu[2:]
    return replace(good, pdu=pdu)


DISTURBANCES = st.lists(
    st.one_of(
        st.none(),
        st.none(),
        FAULTS,
        st.binary(max_size=12),
        st.tuples(st.one_of(st.integers(-3, -1), st.integers(0, 600))),
        st.just("unsent"),
        st.just("lost"),
    ),
    max_size=60,
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("poll"), st.just(0), st.just(0)),
        st.tuples(st.just("wait"), st.integers(1, 70), st.just(0)),
        st.tuples(st.just("plant"), st.integers(0, 199), st.integers(0, 0xFFFF)),
        st.tuples(st.just("write"), st.integers(0, len(ADDRESSES) - 1), st.integers(-3, 70_000)),
    ),
    min_size=5,
    max_size=25,
)
CONFIGS = st.builds(
    lambda retries, single, combined: CONFIG.model_copy(
        update={
            "retries": retries,
            "write_function": "single" if single else "multiple",
            "readback": "combined" if combined else "separate",
        }
    ),
    st.integers(0, 2),
    st.booleans(),
    st.booleans(),
)


class Device:
    """A driver, and every state of the words that its unit was ever in."""

    def __init__(self, config: ModbusDevice, disturbances: list[object]) -> None:
        self.clock = ManualClock(T0_NS)
        self.ports: list[Disturbed] = []

        def make(on_lost: Callable[[Text], None]) -> Disturbed:
            self.ports.append(Disturbed(self.clock, on_lost, disturbances))
            return self.ports[-1]

        self.driver = ModbusDriver("plc1", config, TAGS, context(self.clock), make)
        self.port = self.ports[0]
        self.held: list[set[object]] = [set() for _ in ADDRESSES]

    def note(self) -> None:
        """What each tag would be if it were read now, by an undisturbed driver of its own."""
        for i, (values, strings) in enumerate(_truth(self.port)):
            self.held[i].add(strings if strings is not None else values)

    async def check_poll(self) -> None:
        self.note()
        readings = await self.driver.poll()
        self.note()
        for i in range(len(ADDRESSES)):
            if readings.status[i] == 0:
                got = readings.strings.get(i) if "string" in ADDRESSES[i] else float(readings.values[i])
                assert got in self.held[i], (ADDRESSES[i], got)

    async def check_write(self, writes: list[Write]) -> None:
        self.note()
        results = await self.driver.write(writes)
        self.note()
        assert [(r.handle, r.value, r.origin) for r in results] == [(w.handle, w.value, w.origin) for w in writes]
        for result in results:
            assert result.status == Status.GOOD or result.message.en
            if result.handle not in WRITABLE:
                assert result.status != Status.GOOD
        for handle, result in {r.handle: r for r in results}.items():  # the last one to each tag
            if result.status == Status.GOOD:
                assert _truth(self.port)[handle][0] == result.value  # verified means that the device holds it


def _truth(port: FakePort) -> list[tuple[float, str | None]]:
    """Decoded by hand, not by the codec."""
    ir, hr = port.words[Table.INPUT], port.words[Table.HOLDING]

    def number(words: WordArray, code: str) -> float:
        value = float(struct.unpack(f">{code}", struct.pack(f">{len(words)}H", *(int(w) for w in words)))[0])
        return value if math.isfinite(value) else math.nan

    text = struct.pack(">3H", *(int(w) for w in hr[40:43])).partition(b"\0")[0]
    digits = f"{int(ir[8]):04x}"
    return [
        (number(ir[:1], "H"), None), (number(ir[1:3], "f"), None), (number(ir[3:5], "I"), None),
        (float(digits) if digits.isdecimal() else math.nan, None), (number(ir[90:91], "h"), None),
        (number(hr[:1], "H"), None), (number(hr[1:3], "f"), None), (float(int(hr[10]) >> 3 & 1), None),
        (float(int(hr[10]) >> 4 & 1), None), (number(hr[20:24], "Q"), None),
        (math.nan, text.decode("utf-8", "replace").rstrip()), (float(port.words[Table.COIL][0]), None),
        (float(port.words[Table.COIL][1]), None), (float(port.words[Table.DISCRETE][7]), None),
    ]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(CONFIGS, DISTURBANCES, STEPS)
def test_no_answer_whatever_breaks_the_driver_or_its_honesty(
    config: ModbusDevice, disturbances: list[object], steps: list[tuple[str, int, int]]
) -> None:
    async def body() -> None:
        device = Device(config, list(disturbances))
        await device.driver.open()
        writes: list[Write] = []
        for what, a, b in steps:
            if what == "wait":
                device.clock.advance_ns(a * S)
                for _ in range(10):
                    await asyncio.sleep(0)
            elif what == "plant":
                for table, words in device.port.words.items():
                    words[a] = b & 1 if table in BIT_TABLES else b
            elif what == "write":
                writes.append(Write(a, float(b), f"o{b % 3}"))
                if b % 2:
                    await device.check_write(writes)
                    writes = []
            else:
                device.clock.advance_ns(100 * MS)
                await device.check_poll()
        await device.check_write(writes)
        await device.driver.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(body())
