"""What holds for every mixture of units and devices: shares of the channel, and that no wrong value is ever accepted."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plc_drivers.link import LinkError
from plc_drivers.modbus.channel import Port
from plc_drivers.modbus.framing import mbap_frame, rtu_frame
from plc_drivers.modbus.rtu_channel import OVER_TCP, LineTiming
from plc_drivers.modbus.turns import Account, Turns
from tests.unit.modbus_bench import (
    MS,
    Bench,
    Lost,
    connected,
    echo,
    good,
    number_of,
    on_bench,
    read,
    value_of,
)

TIMEOUT_MS = 100.0
TIMING = LineTiming.of_serial(19_200, 11)


class Shop:
    """Serves one account after the other, without a pause unless told."""

    def __init__(self, customers: int) -> None:
        self.turns = Turns()
        self.accounts = [Account() for _ in range(customers)]
        self.used = [0] * customers
        self.now_ns = 0

    def serve(self, among: list[int], cost: Callable[[int], int]) -> int:
        chosen = self.turns.next_of([self.accounts[i] for i in among])
        assert chosen is not None
        i = self.accounts.index(chosen)
        used = cost(i)
        self.turns.begin(chosen, self.now_ns)
        self.now_ns += used
        self.turns.end(chosen, used, self.now_ns)
        self.used[i] += used
        return i


@given(st.lists(st.lists(st.integers(1, 1000), min_size=1, max_size=5), min_size=2, max_size=6), st.integers(50, 300))
def test_units_that_always_wait_get_equal_shares(costs: list[list[int]], turns: int) -> None:
    """However different their requests are: no two shares are further apart than the longest request of each (Goyal 1996)."""
    shop, everybody = Shop(len(costs)), list(range(len(costs)))
    taken = Counter[int]()
    for _ in range(turns):
        taken[shop.serve(everybody, lambda i: costs[i][taken[i] % len(costs[i])])] += 1
        for a in everybody:
            for b in range(a):
                assert abs(shop.used[a] - shop.used[b]) <= max(costs[a]) + max(costs[b])


@given(st.integers(1, 1000), st.integers(1, 1000), st.integers(1, 200))
def test_a_unit_that_was_idle_has_saved_up_nothing(mine: int, theirs: int, busy_turns: int) -> None:
    shop = Shop(2)
    for _ in range(busy_turns):
        shop.serve([1], lambda _: theirs)
    before = shop.used[1]
    while shop.now_ns < before + 20_000:
        shop.serve([0, 1], lambda i: (mine, theirs)[i])
        assert shop.used[0] - (shop.used[1] - before) <= mine + theirs


@given(st.integers(1, 1000), st.integers(0, 3000))
def test_what_was_used_too_much_is_forgiven_by_as_much_idle_time(debt: int, idle: int) -> None:
    shop = Shop(2)
    shop.serve([0], lambda _: debt)
    shop.now_ns += idle
    first = [shop.serve([0, 1], lambda _: 10) for _ in range(300)].index(0)
    assert first <= 1 + max(0, debt - idle) // 10 + 1
    assert first >= max(0, debt - idle) // 10


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(5, 150), min_size=2, max_size=4))
def test_each_unit_has_its_share_of_the_channel_whatever_the_others_take(delays: list[int]) -> None:
    """Units that take longer than the time-out are dead, and pay for their silence. The others always have something to ask: a
    unit that pauses, be it for the blink between two calls, gets nothing back for it."""
    whole_ms = 2000.0

    async def body(bench: Bench) -> None:
        ports = [await connected(bench, unit + 1) for unit in range(len(delays))]
        answered = Counter[int]()
        used = Counter[int]()
        bench.device = lambda f: echo(bench, delays[f[6] - 1])(f)

        async def poll(unit: int, port: Port) -> None:
            while bench.ms < whole_ms:
                for answer in await port.run([read(unit)] * 500, TIMEOUT_MS / 1e3, max(1.0, whole_ms - bench.ms) / 1e3):
                    if not answer.unsent:
                        used[unit] += answer.received_ns - answer.sent_ns
                        answered[unit] += answer.fault is None

        await bench.all_of(*(poll(unit, port) for unit, port in enumerate(ports)))
        least_ms = whole_ms / len(delays) - 2 * TIMEOUT_MS
        for unit, delay in enumerate(delays):
            if delay < TIMEOUT_MS:
                assert used[unit] / MS >= least_ms, (unit, delays)
                assert answered[unit] >= least_ms / delay - 1

    on_bench(body)


@dataclass(frozen=True)
class Deed:
    """What the device does with one request."""

    what: str
    delay_ms: float
    noise: bytes = b""


DEEDS = (
    "answer", "answer", "late", "silence", "unit", "function", "longer", "shorter", "noise", "short", "pieces", "exception",
    "number", "twice", "checksum",
)  # fmt: skip
DEED = st.builds(Deed, st.sampled_from(DEEDS), st.floats(0.0, 60.0), st.binary(min_size=1, max_size=30))


def misdeed(pdu: bytes, what: str) -> bytes:
    if what == "function":
        return bytes((pdu[0] + 1,)) + pdu[1:]
    if what == "longer":
        return bytes((pdu[0], pdu[1] + 2)) + pdu[2:] + b"\x7f\x7f"
    if what == "shorter":
        return bytes((pdu[0], pdu[1] - 2)) + pdu[4:]
    return b"\x83\x04" if what == "exception" else pdu


def mbap_device(bench: Bench, deeds: list[Deed]) -> Callable[[bytes], None]:
    """A device that leaves bytes out does not also put some in or send in pieces: what comes first would complete the answer
    that was cut, and Modbus TCP has nothing to tell it by (docs/decisions/0010)."""
    turn = iter(deeds * 1000)
    leaves_out = any(d.what == "short" for d in deeds)

    def device(frame: bytes) -> None:
        deed = next(turn)
        number, unit, pdu = number_of(frame), frame[6], misdeed(good(frame[7:]), deed.what)
        out = mbap_frame(
            (number + 30_000) % 65_536 if deed.what == "number" else number, unit ^ 4 if deed.what == "unit" else unit, pdu
        )
        after = deed.delay_ms + (TIMEOUT_MS + 5.0 if deed.what == "late" else 0.0)
        if deed.what == "noise" and not leaves_out:
            out = deed.noise + out
        if deed.what == "short":
            out = out[: -1 - int(deed.delay_ms) % 4]
        if deed.what == "pieces" and not leaves_out:
            middle = len(out) // 2
            bench.answer(out[:middle], after)
            out, after = out[middle:], after + deed.delay_ms
        if deed.what != "silence":
            bench.answer(out, after)
        if deed.what == "twice":
            bench.answer(out, after + deed.delay_ms)

    return device


def rtu_device(bench: Bench, deeds: list[Deed]) -> Callable[[bytes], None]:
    """Late answers come within twice the time-out: what comes later still nobody can tell from an answer in time."""
    turn = iter(deeds * 1000)

    def device(frame: bytes) -> None:
        deed = next(turn)
        out = rtu_frame(frame[0] ^ 4 if deed.what == "unit" else frame[0], misdeed(good(frame[1:-2]), deed.what))
        after = deed.delay_ms + (TIMEOUT_MS + 20.0 if deed.what == "late" else 0.0)
        if deed.what == "noise":
            out = deed.noise + out
        if deed.what == "twice":
            out += deed.noise
        if deed.what == "short":
            out = out[: -1 - int(deed.delay_ms) % 4]
        if deed.what == "checksum":
            out = out[:-1] + bytes((out[-1] ^ 1,))
        if deed.what == "pieces":
            middle = len(out) // 2
            bench.answer(out[:middle], after)
            out, after = out[middle:], after + deed.delay_ms / 2
        if deed.what != "silence":
            bench.answer(out, after)

    return device


@pytest.mark.parametrize("line", ["mbap", "rtu", "rtu over tcp"])
@settings(max_examples=40, deadline=None)
@given(deeds=st.lists(DEED, min_size=1, max_size=25), in_flight=st.integers(1, 4), units=st.integers(1, 3))
def test_whatever_a_device_does_no_wrong_value_is_accepted_and_no_call_hangs(
    line: str, deeds: list[Deed], in_flight: int, units: int
) -> None:
    async def body(bench: Bench) -> None:
        bench.device = (mbap_device if line == "mbap" else rtu_device)(bench, deeds)
        number = iter(range(60_000))

        async def poll(port: Port) -> None:
            for _ in range(8):
                try:
                    await port.connect(1.0)
                except LinkError:
                    continue
                began_ms = bench.ms
                starts = [next(number) for _ in range(4)]
                answers = await port.run([read(s) for s in starts], TIMEOUT_MS / 1e3, 0.4)
                assert bench.ms - began_ms <= 400 + TIMEOUT_MS + 10
                assert len(answers) == 4
                for start, answer in zip(starts, answers, strict=True):
                    if answer.fault is None and answer.pdu and answer.pdu[0] < 0x80:
                        assert value_of(answer) == start
                    assert not (answer.fault and answer.pdu)

        ports = [bench.channel.port(unit + 1, in_flight if line == "mbap" else 1, Lost()) for unit in range(units)]
        await bench.all_of(*(poll(p) for p in ports))
        for port in ports:
            port.close()
        assert bench.channel.link is None
        assert all(t.aborted for t in bench.wire.transports)

    on_bench(body, {"mbap": None, "rtu": TIMING, "rtu over tcp": OVER_TCP}[line])


def test_a_dead_neighbour_costs_a_live_unit_no_more_than_its_own_share() -> None:
    """Six units behind a gateway, one dead: in 10 s each of the others is answered hundreds of times."""

    async def body(bench: Bench) -> None:
        ports = [await connected(bench, unit + 1) for unit in range(6)]
        bench.device = lambda f: echo(bench, 1e6 if f[6] == 1 else 5.0)(f)
        answered = Counter[int]()

        async def poll(unit: int, port: Port) -> None:
            while bench.ms < 10_000:
                for answer in await port.run([read(unit)] * 10, 0.5, 0.5):
                    answered[unit] += answer.fault is None and not answer.unsent
                await asyncio.sleep(0)

        await bench.all_of(*(poll(unit, port) for unit, port in enumerate(ports)))
        assert answered[0] == 0
        assert all(answered[unit] >= 10_000 / 6 / 5 * 0.8 for unit in range(1, 6)), answered

    on_bench(body)
