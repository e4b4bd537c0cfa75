"""A channel on a manual clock: matching, time-outs, garbage, connections (the line: test_drv_modbus_rtu)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from line.documents import Text
from line.quality import Status
from plc_drivers.link import LinkError
from plc_drivers.modbus.channel import Port
from plc_drivers.modbus.framing import mbap_frame
from plc_drivers.modbus.port import Answer
from tests.unit.modbus_bench import (
    GONE,
    MS,
    Bench,
    Lost,
    connected,
    echo,
    good,
    number_of,
    on_bench,
    read,
    said,
    value_of,
)


def test_one_request_after_the_other_each_in_the_call_that_brought_the_last_answer() -> None:
    async def body(bench: Bench) -> None:
        bench.device = echo(bench, 2.0)
        port = await connected(bench)
        answers = (await bench.all_of(port.run([read(i) for i in range(5)], 1.0, 1.0)))[0]
        assert [value_of(a) for a in answers] == [0, 1, 2, 3, 4]
        assert [(at - bench.written[0][0]) / MS for at, _ in bench.written] == [0, 2, 4, 6, 8]
        assert [(a.received_ns - a.sent_ns) / MS for a in answers] == [2] * 5
        assert port.discarded == 0

    on_bench(body)


def test_as_many_requests_are_under_way_as_the_device_takes_and_any_order_of_answers_is_right() -> None:
    async def body(bench: Bench) -> None:
        delays = iter([9.0, 1.0, 5.0, 3.0, 1.0, 1.0])
        bench.device = lambda f: echo(bench, next(delays))(f)
        port = await connected(bench, in_flight=4)
        answers = (await bench.all_of(port.run([read(i) for i in range(6)], 1.0, 1.0)))[0]
        assert [value_of(a) for a in answers] == list(range(6))
        assert [round((at - bench.written[0][0]) / MS) for at, _ in bench.written] == [0, 0, 0, 0, 1, 2]

    on_bench(body)


def test_several_units_have_one_request_each_under_way_and_no_more_than_the_least_able_device_takes() -> None:
    async def body(bench: Bench) -> None:
        under_way: list[int] = []
        most = 0

        def device(frame: bytes) -> None:
            nonlocal most
            assert frame[6] not in under_way
            under_way.append(frame[6])
            most = max(most, len(under_way))
            bench.call_later(0.005, lambda: under_way.remove(frame[6]))
            echo(bench, 5.0)(frame)

        bench.device = device
        ports = [await connected(bench, unit, in_flight=2 if unit == 1 else 8) for unit in (1, 2, 3)]
        for answers in await bench.all_of(*(p.run([read(i) for i in range(4)], 1.0, 1.0) for p in ports)):
            assert [value_of(a) for a in answers] == [0, 1, 2, 3]
        assert most == 2

    on_bench(body)


def test_after_a_time_out_nothing_more_is_sent_and_the_late_answer_is_dropped_and_counted() -> None:
    async def body(bench: Bench) -> None:
        port = await connected(bench)
        bench.device = echo(bench, 150.0)
        first, second, third = (await bench.all_of(port.run([read(1), read(2), read(3)], 0.1, 5.0)))[0]
        assert bench.ms == pytest.approx(100)
        assert first.fault is not None
        assert first.fault.timed_out
        assert said(first) == "no answer within 100 ms"
        assert second.unsent
        assert third.unsent
        assert second.fault is None
        assert len(bench.written) == 1
        again = (await bench.all_of(port.run([read(4)], 0.1, 5.0)))[0][0]
        assert again.fault is not None
        assert again.fault.timed_out
        assert "came 50 ms too late, raise timeout_ms" in said(again)
        assert port.discarded == 1
        bench.device = echo(bench, 1.0)
        assert value_of((await bench.all_of(port.run([read(5)], 0.1, 5.0)))[0][0]) == 5
        await bench.advance(300)
        assert port.discarded == 2
        assert len({number_of(f) for _, f in bench.written}) == 3

    on_bench(body)


def test_a_number_that_may_still_be_answered_is_not_used_again() -> None:
    async def body(bench: Bench) -> None:
        port = await connected(bench)
        await bench.all_of(port.run([read(1)], 0.1, 5.0))
        silent = number_of(bench.written[0][1])
        bench.written.clear()
        bench.device = echo(bench, 0.0)
        for _ in range(66):
            await bench.all_of(port.run([read(0)] * 1000, 0.1, 50.0))
        numbers = [number_of(f) for _, f in bench.written]
        assert len(set(numbers)) == 65_535
        assert silent not in numbers

    on_bench(body)


def test_a_strange_transaction_id_is_named_when_nothing_better_comes() -> None:
    async def body(bench: Bench) -> None:
        port = await connected(bench)
        bench.device = lambda f: bench.answer(mbap_frame(number_of(f) + 5, 1, good(f[7:])))
        answer = (await bench.all_of(port.run([read(1)], 0.1, 1.0)))[0][0]
        assert answer.fault is not None
        assert answer.fault.status is Status.BAD_COMMUNICATION_ERROR
        assert said(answer) == "the answer carries transaction id 6 instead of 1"
        assert port.discarded == 1

    on_bench(body)


def test_another_unit_under_the_right_number_ends_the_request() -> None:
    async def body(bench: Bench) -> None:
        port = await connected(bench, unit=3)
        bench.device = lambda f: bench.answer(mbap_frame(number_of(f), 4, good(f[7:])), 1.0)
        first, second = (await bench.all_of(port.run([read(1), read(2)], 1.0, 1.0)))[0]
        assert said(first) == said(second) == "unit 4 answered instead of 3; check unit_id"
        assert bench.ms == pytest.approx(2)
        assert port.discarded == 2

    on_bench(body)


@pytest.mark.parametrize(
    ("asked", "echoed", "taken"), [(0, 255, True), (255, 0, True), (0, 1, False), (1, 0, False), (1, 255, False)]
)
def test_only_the_two_numbers_of_the_device_itself_stand_for_each_other(asked: int, echoed: int, taken: bool) -> None:
    async def body(bench: Bench) -> None:
        port = await connected(bench, unit=asked)
        bench.device = lambda f: bench.answer(mbap_frame(number_of(f), echoed, good(f[7:])))
        answer = (await bench.all_of(port.run([read(1)], 0.1, 1.0)))[0][0]
        assert (answer.fault is None) == taken

    on_bench(body)


@pytest.mark.parametrize("pdu", [b"\4\2\0\1", b"\3\4\0\1\0\1", b"\3\3\0\1", b"\3", b"\x84\2", b"\x83\0"])
def test_an_answer_that_does_not_fit_ends_its_request_and_the_next_one_goes_on(pdu: bytes) -> None:
    async def body(bench: Bench) -> None:
        port = await connected(bench)
        answers = iter([pdu, good(read(2))])
        bench.device = lambda f: bench.answer(f[:4] + (len(p := next(answers)) + 1).to_bytes(2, "big") + f[6:7] + p)
        first, second = (await bench.all_of(port.run([read(1), read(2)], 0.1, 1.0)))[0]
        assert first.fault is not None
        assert first.fault.status in (Status.BAD_DECODING_ERROR, Status.BAD_COMMUNICATION_ERROR)
        assert not first.pdu
        if len(pdu) > 1:
            assert value_of(second) == 2

    on_bench(body)


def test_an_exception_is_handed_on_as_it_came() -> None:
    async def body(bench: Bench) -> None:
        port = await connected(bench)
        bench.device = lambda f: bench.answer(mbap_frame(number_of(f), 1, b"\x83\x0b"))
        answer = (await bench.all_of(port.run([read(1)], 0.1, 1.0)))[0][0]
        assert (answer.pdu, answer.fault) == (b"\x83\x0b", None)

    on_bench(body)


def test_garbage_closes_the_connection_and_everybody_is_told_at_once() -> None:
    async def body(bench: Bench) -> None:
        lost = [Lost(), Lost()]
        ports = [await connected(bench, unit, 2, lost[unit - 1]) for unit in (1, 2)]
        bench.device = lambda f: bench.answer(b"HTTP/1.1 400 Bad Request\r\n", 3.0) if f[6] == 1 else None
        results = await bench.all_of(*(p.run([read(1), read(2)], 1.0, 1.0) for p in ports))
        assert bench.ms == pytest.approx(3)
        for first, second in results:
            assert first.fault is not None
            assert first.fault.status is Status.BAD_COMMUNICATION_ERROR
            assert "not Modbus TCP" in said(first)
            assert second.unsent
        assert [len(each) for each in lost] == [1, 1]
        assert "not Modbus TCP" in lost[0][0].en
        assert bench.wire.transports[0].aborted
        refused = (await bench.all_of(ports[0].run([read(1)], 1.0, 1.0)))[0][0]
        assert refused.unsent
        assert said(refused) == "the connection is closed"

    on_bench(body)


def test_an_answer_that_stops_in_the_middle_gives_the_connection_up() -> None:
    """The bytes of the next answer would be taken for its rest."""

    async def body(bench: Bench) -> None:
        lost = Lost()
        port = await connected(bench, lost=lost)
        bench.device = lambda f: bench.answer(mbap_frame(number_of(f), 1, good(f[7:]))[:-4])
        answer = (await bench.all_of(port.run([read(1, 4)], 0.1, 1.0)))[0][0]
        assert said(answer) == "the answer stopped after 13 of 17 bytes"
        assert answer.fault is not None
        assert answer.fault.status is Status.BAD_COMMUNICATION_ERROR
        assert len(lost) == 1

    on_bench(body)


def test_a_peer_that_closes_ends_what_waits_and_what_is_queued() -> None:
    async def body(bench: Bench) -> None:
        lost = Lost()
        port = await connected(bench, lost=lost)
        bench.device = lambda f: bench.call_later(0.004, lambda: bench.wire.links[-1].connection_lost(None)) and None
        one, two = await bench.all_of(port.run([read(1), read(2)], 1.0, 1.0), port.run([read(3)], 1.0, 1.0))
        assert bench.ms == pytest.approx(4)
        assert said(one[0]) == said(two[0]) == "gone"
        assert two[0].unsent
        assert lost == [GONE]
        bench.device = echo(bench)
        await bench.all_of(port.connect(1.0))
        assert value_of((await bench.all_of(port.run([read(7)], 1.0, 1.0)))[0][0]) == 7
        bench.wire.links[0].connection_lost(None)  # what the old connection still says concerns nobody
        bench.wire.links[0].data_received(b"garbage")
        assert lost == [GONE]

    on_bench(body)


def test_nothing_is_sent_after_the_budget_even_while_another_unit_holds_the_channel() -> None:
    async def body(bench: Bench) -> None:
        slow, quick = [await connected(bench, unit) for unit in (1, 2)]
        bench.device = lambda f: echo(bench, 500.0 if f[6] == 1 else 30.0)(f)
        ends: dict[str, float] = {}

        async def timed(name: str, port: Port, requests: Sequence[bytes], budget_s: float) -> list[Answer]:
            answers = await port.run(requests, 1.0, budget_s)
            ends[name] = bench.ms
            return answers

        one, two = await bench.all_of(timed("slow", slow, [read(1)], 1.0), timed("quick", quick, [read(2)], 0.1))
        assert value_of(one[0]) == 1
        assert two[0].unsent
        assert ends["quick"] == pytest.approx(100)
        three = (await bench.all_of(timed("three", quick, [read(i) for i in range(9)], 0.1)))[0]
        assert [a.unsent for a in three] == [False] * 4 + [True] * 5
        assert [value_of(a) for a in three[:4]] == [0, 1, 2, 3]

    on_bench(body)


def test_a_run_that_is_cancelled_keeps_its_place_on_the_line_until_it_is_answered() -> None:
    async def body(bench: Bench) -> None:
        bench.device = echo(bench, 50.0)
        port = await connected(bench)
        task = asyncio.create_task(port.run([read(1), read(2)], 1.0, 1.0))
        await bench.advance(10)
        task.cancel()
        answers = (await bench.all_of(port.run([read(3)], 1.0, 1.0)))[0]
        assert value_of(answers[0]) == 3
        assert [(at - bench.written[0][0]) / MS for at, _ in bench.written] == [0, 50]
        assert task.cancelled()

    on_bench(body)


def test_units_that_connect_together_share_one_connection_and_the_last_closes_it() -> None:
    async def body(bench: Bench) -> None:
        bench.device = echo(bench)
        bench.wire.gate = asyncio.Event()
        lost = Lost()
        ports = [bench.channel.port(unit, 1, lost) for unit in (1, 2, 3)]
        tasks = [asyncio.create_task(p.connect(1.0)) for p in ports]
        await bench.settle()
        bench.wire.gate.set()
        await asyncio.gather(*tasks)
        assert len(bench.wire.links) == 1
        ports[0].close()
        ports[0].close()
        ports[1].close()
        assert not bench.wire.transports[0].aborted
        assert value_of((await bench.all_of(ports[2].run([read(9)], 1.0, 1.0)))[0][0]) == 9
        ports[2].close()
        assert bench.wire.transports[0].aborted
        bench.wire.links[0].connection_lost(None)
        assert lost == []

    on_bench(body)


def test_a_connection_that_fails_fails_all_who_wait_for_it_with_its_reason() -> None:
    async def body(bench: Bench) -> None:
        bench.wire.gate = asyncio.Event()
        bench.wire.fault = LinkError(Text(ru="отказ", en="refused"))
        tasks = [asyncio.create_task(bench.channel.port(unit, 1, Lost()).connect(1.0)) for unit in (1, 2)]
        await bench.settle()
        bench.wire.gate.set()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert [str(r) for r in results] == ["refused", "refused"]
        assert all(isinstance(r, LinkError) and r.text.ru == "отказ" for r in results)
        bench.wire.fault = None
        await connected(bench)

    on_bench(body)


def test_who_gives_up_connecting_leaves_the_attempt_to_the_others() -> None:
    async def body(bench: Bench) -> None:
        bench.wire.gate = asyncio.Event()
        one, two = [asyncio.create_task(bench.channel.port(unit, 1, Lost()).connect(1.0)) for unit in (1, 2)]
        await bench.settle()
        one.cancel()
        await bench.settle()
        bench.wire.gate.set()
        await two
        assert one.cancelled()
        assert len(bench.wire.links) == 1

    on_bench(body)


def test_an_attempt_that_nobody_waits_for_any_more_is_ended() -> None:
    async def body(bench: Bench) -> None:
        bench.wire.gate = asyncio.Event()
        port = bench.channel.port(1, 1, Lost())
        task = asyncio.create_task(port.connect(1.0))
        await bench.settle()
        task.cancel()
        await bench.settle()
        assert task.cancelled()
        with pytest.raises(LinkError, match="bench:502: 10 ms"):
            await port.connect(0.01)
        assert bench.wire.links == []

    on_bench(body)


def test_a_half_open_connection_is_given_up_when_a_unit_connects_again() -> None:
    """Each of two units would find the connection open that the other one holds, for ever."""

    async def body(bench: Bench) -> None:
        lost = Lost()
        one, two = await connected(bench, 1), await connected(bench, 2, lost=lost)
        for port in (one, two):
            await bench.all_of(port.run([read(1)], 0.1, 1.0))
        one.close()
        await bench.all_of(one.connect(1.0))
        assert len(bench.wire.links) == 2
        assert [reason.en for reason in lost] == ["nothing comes over the connection"]
        bench.device = echo(bench)
        assert value_of((await bench.all_of(one.run([read(5)], 1.0, 1.0)))[0][0]) == 5
        one.close()
        await bench.all_of(one.connect(1.0))
        assert len(bench.wire.links) == 3

    on_bench(body)


def test_a_dead_unit_that_connects_again_leaves_a_quiet_neighbour_its_connection() -> None:
    async def body(bench: Bench) -> None:
        lost = Lost()
        dead, quiet = await connected(bench, 1), await connected(bench, 2, lost=lost)
        bench.device = lambda f: echo(bench)(f) if f[6] == 2 else None
        await bench.all_of(quiet.run([read(1)], 0.1, 1.0))
        for _ in range(3):
            await bench.all_of(dead.run([read(1)], 0.1, 1.0))
            dead.close()
            await bench.all_of(dead.connect(1.0))
        assert lost == []
        assert len(bench.wire.links) == 1

    on_bench(body)


def test_no_request_no_answer() -> None:
    async def body(bench: Bench) -> None:
        port = await connected(bench)
        assert (await bench.all_of(port.run([], 1.0, 1.0)))[0] == []

    on_bench(body)
