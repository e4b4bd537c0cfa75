"""Polls of the Modbus driver: groups, repetitions, silent blocks, gateways, holes that heal, on a manual clock."""

from __future__ import annotations

from itertools import pairwise

import pytest

from line.clock import ManualClock
from line.devices import ModbusDevice
from line.messages import LinkState, Write
from line.quality import Status
from plc_drivers.modbus.codec import Table
from tests.builders import T0_NS
from tests.modbus_unit import CABLE, CONFIG, MS, PERIOD_MS, TIMEOUT_MS, Rig, S, scenario


def with_options(**options: object) -> ModbusDevice:
    return CONFIG.model_copy(update=options)


def test_a_slow_group_is_read_on_its_own_grid_which_a_late_poll_does_not_shift() -> None:
    async def body() -> None:
        rig = Rig("ir:0:uint16", "ir:50:uint16", every={"ir:50:uint16": 5})
        await rig.up()
        turns: list[int] = []
        for tick in range(20):
            late_ns = 40 * MS if tick in (5, 6, 10) else 0  # a poll that starts late, and one that takes long
            rig.clock.advance_ns(T0_NS + 10 * S + tick * PERIOD_MS * MS + late_ns - rig.clock.now_ns())
            rig.device.requests.clear()
            readings = await rig.driver.poll()
            assert readings.status.tolist() == [0, 0]
            assert "read ir:0+1" in rig.device.requests
            if "read ir:50+1" in rig.device.requests:
                turns.append(tick)
                assert readings.server_ns[1] >= rig.clock.now_ns() - 10 * MS
            else:
                assert readings.server_ns[1] < rig.clock.now_ns() - 50 * MS  # an older reading says how old it is
        assert turns[0] == 0  # everything is read at once when the link is up
        assert [b - a for a, b in pairwise(turns[1:])] == [5] * (len(turns) - 2)
        assert len(turns) >= 4
        await rig.driver.close()

    scenario(body)


def test_after_an_outage_slow_groups_do_not_wait_for_their_turn() -> None:
    async def body() -> None:
        rig = Rig("ir:0:uint16", "ir:50:uint16", every={"ir:50:uint16": 1000})
        await rig.up()
        assert await rig.codes() == [0, 0]
        rig.device.on_lost(CABLE)
        assert await rig.codes() == [Status.UNCERTAIN_NO_COMMUNICATION_LAST_USABLE_VALUE] * 2
        await rig.settle(1.0)
        assert rig.driver.link().state is LinkState.UP
        assert await rig.codes() == [0, 0]
        await rig.driver.close()

    scenario(body)


def test_a_slow_tag_inside_a_fast_block_is_read_with_it() -> None:
    async def body() -> None:
        rig = Rig("ir:0:uint16", "ir:1:uint16", "ir:2:uint16", every={"ir:1:uint16": 100})
        await rig.up()
        await rig.driver.poll()
        rig.device.words[Table.INPUT][1] = 7
        rig.clock.advance_ns(PERIOD_MS * MS)
        assert (await rig.driver.poll()).values.tolist() == [0.0, 7.0, 0.0]
        await rig.driver.close()

    scenario(body)


@pytest.mark.parametrize(("retries", "code"), [(0, Status.BAD_COMMUNICATION_ERROR), (1, Status.GOOD)])
def test_a_garbled_answer_is_asked_for_again_in_the_same_poll(retries: int, code: Status) -> None:
    async def body() -> None:
        rig = Rig("ir:0:uint16", "ir:50:uint16", config=with_options(retries=retries))
        await rig.up()
        rig.device.words[Table.INPUT][0] = 3
        first = await rig.driver.poll()
        rig.device.garbled = {(Table.INPUT, 0): 1}
        rig.clock.advance_ns(S)
        readings = await rig.driver.poll()
        assert readings.status.tolist() == [code, 0]
        assert readings.values.tolist() == [3.0, 0.0]
        assert readings.source_ns[0] == first.source_ns[0] or code != Status.GOOD  # a repetition is no change of the value
        assert (await rig.codes()) == [0, 0]
        assert rig.driver.link().failures == 1
        assert rig.driver.link().last_error.en == "ir:0+1: wrong CRC"
        await rig.driver.close()

    scenario(body)


def test_a_busy_device_is_asked_again_and_then_says_so() -> None:
    async def body() -> None:
        rig = Rig("ir:0:uint16", config=with_options(retries=2))
        await rig.up()
        rig.device.exception = 6
        assert await rig.codes() == [Status.BAD_RESOURCE_UNAVAILABLE]
        assert rig.device.requests == ["read ir:0+1"] * 3
        assert await rig.codes() == [Status.BAD_RESOURCE_UNAVAILABLE]
        assert rig.driver.link().state is LinkState.UP  # it speaks
        rig.device.exception = 0
        assert await rig.codes() == [0]
        await rig.driver.close()

    scenario(body)


def test_the_time_of_a_poll_is_bounded_with_repetitions_too() -> None:
    async def body() -> None:
        addresses = [f"ir:{n * 10}:uint16" for n in range(12)]
        rig = Rig(*addresses, config=with_options(retries=2))
        await rig.up()
        assert await rig.codes() == [0] * 12
        rig.device.silent = {(Table.INPUT, n * 10) for n in range(12)}
        before_ns = rig.clock.now_ns()
        assert await rig.codes() == [Status.BAD_TIMEOUT] * 12
        assert rig.clock.now_ns() - before_ns <= 4 * TIMEOUT_MS * MS
        await rig.driver.close()

    scenario(body)


def test_a_gateway_that_speaks_for_a_dead_unit_takes_that_link_down_and_it_returns_at_once() -> None:
    async def body() -> None:
        rig = Rig("ir:0:uint16", "ir:50:uint16")
        await rig.up()
        assert await rig.codes() == [0, 0]
        rig.device.exception = 11
        assert await rig.codes() == [Status.BAD_NO_COMMUNICATION] * 2
        rig.device.requests.clear()
        await rig.driver.poll()
        assert len([r for r in rig.device.requests if r.startswith("read")]) == 1  # one request is enough to see it again
        status = rig.driver.link()
        assert (status.state, status.gaps) == (LinkState.DOWN, 1)
        assert "unit 1 at 127.0.0.1:502" in status.last_error.en
        assert "behind it" in status.last_error.en
        assert "шлюз" in status.last_error.ru.lower()
        rig.device.requests.clear()
        await rig.settle(4.0)
        assert all(r in ("close", "read ir:0+1", "read ir:50+1") for r in rig.device.requests)
        assert len([r for r in rig.device.requests if r != "close"]) <= 3  # the pace of the back-off
        rig.device.exception = 0
        await rig.settle(5.0)
        assert await rig.codes() == [0, 0]
        await rig.driver.close()

    scenario(body)


def test_one_silent_block_of_a_slow_device_does_not_look_like_a_dead_unit() -> None:
    """The fast block is the only one due, and silent: before the unit is given up, the others are asked."""

    async def body() -> None:
        rig = Rig("ir:0:uint16", "ir:50:uint16", every={"ir:50:uint16": 100})
        await rig.up()
        assert await rig.codes() == [0, 0]
        rig.device.silent = {(Table.INPUT, 0)}
        for _ in range(40):
            rig.clock.advance_ns(PERIOD_MS * MS)
            assert await rig.codes() == [Status.BAD_TIMEOUT, 0]
            assert rig.driver.link().state is LinkState.UP
        rig.device.requests.clear()
        for _ in range(40):
            rig.clock.advance_ns(PERIOD_MS * MS)
            await rig.codes()
        assert rig.device.requests.count("read ir:0+1") <= 4  # in more than 4 s
        assert rig.device.requests.count("read ir:50+1") <= 5  # its own turn, and once after each silence
        await rig.driver.close()

    scenario(body)


def test_a_device_that_refused_everything_for_a_while_is_whole_again() -> None:
    async def body() -> None:
        addresses = [f"ir:{n}:uint16" for n in range(20)]
        rig = Rig(*addresses)
        await rig.up()
        assert await rig.codes() == [0] * 20
        rig.device.holes = {(Table.INPUT, n) for n in range(20)}
        assert await rig.codes() == [Status.BAD_CONFIGURATION_ERROR] * 20
        assert rig.driver.blocks == ()
        rig.clock.advance_ns(61 * S)
        rig.device.requests.clear()
        await rig.codes()
        assert len(rig.device.requests) == 1  # one address is asked for, not all of them
        rig.device.holes = {(Table.INPUT, 7)}
        rig.clock.advance_ns(61 * S)
        await rig.codes()
        assert await rig.codes() == [0] * 7 + [Status.BAD_CONFIGURATION_ERROR] + [0] * 12
        rig.device.holes.clear()
        rig.clock.advance_ns(61 * S)
        await rig.codes()
        assert await rig.codes() == [0] * 20
        assert [str(b) for b in rig.driver.blocks] == ["ir:0+20"]
        assert "refuses" not in rig.driver.link().last_error.en
        await rig.driver.close()

    scenario(body)


def test_a_busy_channel_says_nothing_about_the_unit() -> None:
    async def body() -> None:
        rig = Rig("ir:0:uint16")
        await rig.up()
        first = await rig.driver.poll()
        rig.device.busy = True
        for _ in range(5):
            readings = await rig.driver.poll()
            assert readings.status.tolist() == [0]
            assert readings.server_ns.tolist() == first.server_ns.tolist()  # it ages; the engine marks it
        link = rig.driver.link()
        assert (link.state, link.failures) == (LinkState.UP, 0)
        assert "no request was sent, the channel is busy" in link.last_error.en  # but why they age is told
        [result] = await rig.driver.write([Write(0, 1.0, "x")])
        assert result.status == Status.BAD_NOT_SUPPORTED  # an input register
        await rig.driver.close()

    scenario(body)


def test_texts_are_read_and_their_source_time_moves_with_them() -> None:
    async def body() -> None:
        rig = Rig("hr:0:string8", "hr:10:uint16")
        await rig.up()
        rig.device.words[Table.HOLDING][:2] = [0x4142, 0x4300]
        first = await rig.driver.poll()
        assert (first.status.tolist(), dict(first.strings)) == ([0, 0], {0: "ABC"})
        rig.clock.advance_ns(S)
        same = await rig.driver.poll()
        assert same.source_ns.tolist() == first.source_ns.tolist()
        rig.device.words[Table.HOLDING][1] = 0x4400
        changed = await rig.driver.poll()
        assert (dict(changed.strings), dict(first.strings)) == ({0: "ABD"}, {0: "ABC"})
        assert (changed.source_ns > first.source_ns).tolist() == [True, False]
        rig.device.words[Table.HOLDING][0] = 0xFFFF
        assert await rig.codes() == [Status.BAD_DECODING_ERROR, 0]
        await rig.driver.close()

    scenario(body)


def test_a_value_of_two_groups_blocks_is_never_put_together_from_two_answers() -> None:
    """A fast block that reaches into a slow value, by a filled gap, does not change half of it."""

    async def body() -> None:
        addresses = ("ir:0:uint16", "ir:3:uint32", "ir:3:uint16")
        rig = Rig(*addresses, every={"ir:3:uint32": 7})
        await rig.up()
        assert [str(b) for b in rig.driver.blocks] == ["ir:0+4", "ir:3+2"]
        await rig.driver.poll()
        for tick in range(30):
            rig.clock.advance_ns(PERIOD_MS * MS)
            number = tick * 0x10001
            rig.device.words[Table.INPUT][3:5] = [number >> 16, number & 0xFFFF]
            value = int((await rig.driver.poll()).values[1])
            assert value >> 16 == value & 0xFFFF
        await rig.driver.close()

    scenario(body)


def test_counters_tell_requests_time_outs_outages_and_the_mean_round_trip() -> None:
    async def body() -> None:
        rig = Rig("ir:0:uint16", "ir:50:uint16")
        await rig.up()
        await rig.driver.poll()
        rig.device.discarded = 3
        status = rig.driver.link()
        assert (status.requests, status.failures, status.timeouts, status.discarded, status.gaps) == (3, 0, 0, 3, 0)
        assert status.round_trip_ms == 2.0
        assert status.answered_ns == rig.clock.now_ns()
        rig.device.silent = {(Table.INPUT, 50)}
        await rig.driver.poll()
        status = rig.driver.link()
        assert (status.requests, status.failures, status.timeouts) == (5, 1, 1)
        rig.device.on_lost(CABLE)
        rig.device.on_lost(CABLE)
        assert (rig.driver.link().gaps, rig.driver.link().state) == (1, LinkState.DOWN)
        await rig.driver.close()

    scenario(body)


def test_a_repetition_does_not_come_before_what_was_not_reached() -> None:
    async def body() -> None:
        rig = Rig("ir:0:uint16", "ir:50:uint16", config=with_options(retries=1))
        await rig.up()
        rig.device.silent = {(Table.INPUT, 0)}
        assert await rig.codes() == [Status.BAD_TIMEOUT, 0]
        assert rig.device.requests == ["read ir:0+1", "read ir:50+1", "read ir:0+1"]
        await rig.driver.close()

    scenario(body)


def test_a_value_whose_address_vanished_is_not_usable_in_an_outage() -> None:
    async def body() -> None:
        rig = Rig("ir:0:uint16", "ir:50:uint16")
        await rig.up()
        assert await rig.codes() == [0, 0]
        rig.device.holes = {(Table.INPUT, 50)}
        assert await rig.codes() == [0, Status.BAD_CONFIGURATION_ERROR]
        rig.device.requests.clear()
        rig.device.on_lost(CABLE)
        assert await rig.codes() == [Status.UNCERTAIN_NO_COMMUNICATION_LAST_USABLE_VALUE, Status.BAD_NO_COMMUNICATION]
        await rig.settle(1.0)
        assert rig.device.requests[0] == "close"  # the channel is left to the neighbours
        await rig.driver.close()
        assert rig.device.requests[-1] == "close"

    scenario(body)


class Jumping(ManualClock):
    """A clock that is set to another time while the next request is under way; what is monotonic goes on."""

    def __init__(self) -> None:
        super().__init__(T0_NS)
        self.next_jump_ns = 0
        self._ahead_ns = 0

    def now_ns(self) -> int:
        return super().now_ns() + self._ahead_ns

    def advance_ns(self, step_ns: int) -> None:
        super().advance_ns(step_ns)
        self._ahead_ns, self.next_jump_ns = self._ahead_ns + self.next_jump_ns, 0


@pytest.mark.parametrize("jump_s", [3600, -3600, 365 * 86_400, -365 * 86_400])
def test_a_clock_that_is_set_spoils_neither_the_round_trip_nor_the_polls(jump_s: int) -> None:
    async def body() -> None:
        clock = Jumping()
        rig = Rig("ir:0:uint16", "ir:150:uint16", every={"ir:150:uint16": 5}, clock=clock)
        await rig.up()
        clock.next_jump_ns = jump_s * S
        polls: list[list[int]] = []
        for _ in range(12):
            readings = await rig.driver.poll()
            polls.append(readings.status.tolist())
            assert 0.0 <= rig.driver.link().round_trip_ms <= TIMEOUT_MS
            clock.advance_ns(PERIOD_MS * MS)
        assert polls == [[0, 0]] * 12
        assert abs(clock.now_ns() - T0_NS - jump_s * S) < 10 * S
        assert abs(clock.now_ns() - int((await rig.driver.poll()).server_ns[0])) < S
        assert rig.driver.link().round_trip_ms == 2.0
        assert sum(r.startswith("read ir:150") for r in rig.device.requests) == 3
        await rig.driver.close()

    scenario(body)
