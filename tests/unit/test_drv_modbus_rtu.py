"""A channel on a serial line, on a manual clock: silence, rests, checksums, noise."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from line.quality import Status
from plc_drivers.modbus.framing import rtu_frame
from plc_drivers.modbus.rtu_channel import LineTiming
from tests.unit.modbus_bench import (
    MS,
    Bench,
    connected,
    good,
    on_bench,
    read,
    rtu_echo,
    said,
    value_of,
)

TIMING = LineTiming.of_serial(19_200, 11)


def test_the_line_is_silent_before_each_request() -> None:
    async def body(bench: Bench) -> None:
        bench.device = rtu_echo(bench, 5.0)
        port = await connected(bench)
        answers = (await bench.all_of(port.run([read(i) for i in range(4)], 1.0, 1.0)))[0]
        assert [value_of(a) for a in answers] == [0, 1, 2, 3]
        times = [at for at, _ in bench.written]
        silence_ns = TIMING.silence_ns
        assert silence_ns == pytest.approx(3.5 * 11 / 19_200 * 1e9, abs=1)
        assert all(after - before >= 5 * MS + silence_ns for before, after in itertools.pairwise(times))

    on_bench(body, TIMING)


def test_the_time_of_a_request_counts_from_when_its_last_byte_has_left() -> None:
    async def body(bench: Bench) -> None:
        port = await connected(bench)
        answer = (await bench.all_of(port.run([read(1)], 0.1, 1.0)))[0][0]
        assert answer.fault is not None
        assert answer.fault.timed_out
        assert bench.ms == pytest.approx((TIMING.silence_ns + 8 * TIMING.character_ns) / MS + 100, abs=0.01)

    on_bench(body, TIMING)


def test_after_a_time_out_the_unit_rests_while_the_others_go_on() -> None:
    async def body(bench: Bench) -> None:
        dead, live = [await connected(bench, unit) for unit in (1, 2)]
        bench.device = lambda f: rtu_echo(bench, 150.0 if f[0] == 1 else 5.0)(f)
        first, second = await bench.all_of(dead.run([read(11)], 0.1, 5.0), live.run([read(22)] * 30, 0.1, 5.0))
        assert first[0].fault is not None
        assert first[0].fault.timed_out
        assert [value_of(a) for a in second] == [22] * 30
        assert dead.discarded == 1
        assert live.discarded == 0
        gave_up_ms = (first[0].received_ns - 1_700_000_000_000_000_000) / MS
        await bench.all_of(dead.run([read(12)], 0.1, 5.0))
        asked_again = [at for at, f in bench.written if f[0] == 1][1]
        assert (asked_again - bench.written[0][0]) / MS >= gave_up_ms + 100 - 3

    on_bench(body, TIMING)


def test_a_late_answer_is_never_taken_for_the_next_one() -> None:
    async def body(bench: Bench) -> None:
        port = await connected(bench)
        bench.device = rtu_echo(bench, 180.0)
        await bench.all_of(port.run([read(11)], 0.1, 5.0))
        bench.device = rtu_echo(bench, 5.0)
        answer = (await bench.all_of(port.run([read(12)], 0.1, 5.0)))[0][0]
        assert value_of(answer) == 12
        assert port.discarded == 1

    on_bench(body, TIMING)


def test_an_answer_that_came_too_late_is_named_with_the_next_time_out() -> None:
    async def body(bench: Bench) -> None:
        port = await connected(bench)
        bench.device = rtu_echo(bench, 150.0)
        first = (await bench.all_of(port.run([read(11)], 0.1, 5.0)))[0][0]
        second = (await bench.all_of(port.run([read(12)], 0.1, 5.0)))[0][0]
        assert said(first) == "no answer within 100 ms"
        assert said(second).startswith("no answer within 100 ms; the answer to an earlier request came 4")
        assert said(second).endswith("ms too late, raise timeout_ms")

    on_bench(body, TIMING)


def test_a_wrong_checksum_ends_the_request_after_the_silence_and_is_named() -> None:
    async def body(bench: Bench) -> None:
        port = await connected(bench)
        frame = bytearray(rtu_frame(1, good(read(1))))
        frame[3] ^= 4
        bench.device = lambda _: bench.answer(bytes(frame), 5.0)
        answers = (await bench.all_of(port.run([read(1), read(1)], 0.5, 5.0)))[0]
        for answer in answers:
            assert answer.fault is not None
            assert answer.fault.status is Status.BAD_COMMUNICATION_ERROR
            assert "CRC" in answer.fault.text.ru
            assert "CRC" in said(answer)
        assert bench.ms < 30
        assert port.discarded == 2

    on_bench(body, TIMING)


@pytest.mark.parametrize(
    "before",
    [b"\0", b"\xff\xff", rtu_frame(2, good(read(1))), rtu_frame(1, b"\4\2\0\1"), rtu_frame(1, good(read(1, 2))), b"\1\x7f"],
    ids=["glitch", "glitches", "unit", "function", "length", "half a frame"],
)
@pytest.mark.parametrize("gap_ms", [0.0, 10.0])
def test_what_is_no_answer_is_skipped_to_the_silence(before: bytes, gap_ms: float) -> None:
    async def body(bench: Bench) -> None:
        port = await connected(bench)

        def device(frame: bytes) -> None:
            bench.answer(before, 5.0)
            bench.answer(rtu_frame(1, good(frame[1:-2])), 5.0 + gap_ms)

        bench.device = device
        answers = (await bench.all_of(port.run([read(7), read(8)], 0.5, 5.0)))[0]
        assert [value_of(a) for a in answers] == [7, 8]
        assert port.discarded == 2

    on_bench(body, TIMING)


@pytest.mark.parametrize(
    ("data", "text"),
    [(rtu_frame(1, good(read(1, 4)))[:6], "stopped after 6 of 13 bytes"), (b"\x55" * 20, "20 bytes came that were no answer")],
)
def test_what_came_instead_of_an_answer_is_named(data: bytes, text: str) -> None:
    async def body(bench: Bench) -> None:
        port = await connected(bench)
        bench.device = lambda _: bench.answer(data, 5.0)
        answer = (await bench.all_of(port.run([read(1, 4)], 0.1, 5.0)))[0][0]
        assert answer.fault is not None
        assert answer.fault.status is Status.BAD_COMMUNICATION_ERROR
        assert text in said(answer)
        assert port.discarded == 1

    on_bench(body, TIMING)


def test_pieces_of_an_answer_may_be_apart() -> None:
    async def body(bench: Bench) -> None:
        port = await connected(bench)

        def device(frame: bytes) -> None:
            answer = rtu_frame(1, good(frame[1:-2]))
            for i, byte in enumerate(answer):
                bench.answer(bytes((byte,)), 5.0 + 8.0 * i)

        bench.device = device
        assert value_of((await bench.all_of(port.run([read(7)], 0.5, 5.0)))[0][0]) == 7
        assert port.discarded == 0

    on_bench(body, TIMING)


def test_a_request_under_way_when_the_line_was_lost_is_not_answered_on_the_next_connection() -> None:
    async def body(bench: Bench) -> None:
        port = await connected(bench)
        task = asyncio.create_task(port.run([read(1)], 0.1, 5.0))
        await bench.advance(20)
        bench.wire.links[-1].connection_lost(OSError("unplugged"))
        assert said((await task)[0]) == "unplugged"
        await bench.all_of(port.connect(1.0))
        bench.answer(rtu_frame(1, good(read(1))), 30.0)
        bench.device = rtu_echo(bench)
        assert value_of((await bench.all_of(port.run([read(2)], 0.1, 5.0)))[0][0]) == 2
        assert bench.ms > 120
        assert port.discarded == 1

    on_bench(body, TIMING)


def test_nobody_is_asked_by_broadcast() -> None:
    async def body(bench: Bench) -> None:
        port = await connected(bench, unit=0)
        answer = (await bench.all_of(port.run([read(1)], 0.1, 5.0)))[0][0]
        assert answer.fault is not None
        assert answer.fault.status is Status.BAD_CONFIGURATION_ERROR
        assert bench.written == []

    on_bench(body, TIMING)
