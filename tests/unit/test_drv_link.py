"""Back-off, link state table and the keeper, on a manual clock."""

from __future__ import annotations

import asyncio
import logging

import pytest

from line.clock import ManualClock
from line.documents import Text
from line.messages import NO_TEXT, LinkState
from plc_drivers.backoff import backoff_s
from plc_drivers.link import TRANSITIONS, LinkError, LinkKeeper, LinkMonitor
from tests.builders import T0_NS, S

CABLE = Text(ru="кабель", en="cable")
CUT = Text(ru="обрыв", en="cut")


def test_backoff_doubles_up_to_its_limit() -> None:
    assert [backoff_s(n) for n in range(7)] == [0.5, 1.0, 2.0, 4.0, 5.0, 5.0, 5.0]
    assert backoff_s(10_000) == 5.0
    with pytest.raises(ValueError):
        backoff_s(-1)


def test_the_table_knows_every_state_and_leads_to_known_ones() -> None:
    assert set(TRANSITIONS) == set(LinkState)
    assert {s for row in TRANSITIONS.values() for s in row.values()} <= set(LinkState)
    assert all("close" in row for row in TRANSITIONS.values())


def test_an_event_out_of_place_is_an_error() -> None:
    link = LinkMonitor("plc1", ManualClock(T0_NS))
    with pytest.raises(KeyError):
        link.event("lost")


def test_edges_are_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="plc_drivers.link")
    link = LinkMonitor("plc1", ManualClock(T0_NS))
    for event in ("open", "failed", "failed", "failed", "up", "lost", "failed", "up"):
        link.event(event, CABLE if event in ("failed", "lost") else NO_TEXT)
    messages = [r.getMessage() for r in caplog.records]
    assert messages == ["plc1: link is down: cable", "plc1: link is up", "plc1: link is down: cable", "plc1: link is up"]
    assert link.status().reconnects == 1
    assert link.status().last_error == NO_TEXT


def test_counters_and_the_remark_are_in_the_status() -> None:
    clock = ManualClock(T0_NS)
    link = LinkMonitor("plc1", clock)
    for event in ("open", "up"):
        link.event(event)
    link.answered(T0_NS, T0_NS + 3_000_000)
    link.failed(CABLE)
    link.failed(CUT, timed_out=True)
    link.remark = Text(ru="нет регистра", en="no such register")
    status = link.status()
    assert (status.requests, status.failures, status.timeouts) == (3, 2, 1)
    assert (status.round_trip_ms, status.answered_ns) == (3.0, T0_NS + 3_000_000)
    assert status.last_error == Text(ru="обрыв; нет регистра", en="cut; no such register")
    link.event("lost", CABLE)
    assert link.status().last_error.en == "cable; no such register"


def test_a_link_error_carries_both_languages() -> None:
    error = LinkError(CUT)
    assert (str(error), error.text.ru) == ("cut", "обрыв")


class FakeDevice:
    """Answers ``connect`` from a list of errors; None is success."""

    def __init__(self, clock: ManualClock, answers: list[Exception | None]) -> None:
        self.clock = clock
        self.answers = answers
        self.attempts_s: list[float] = []
        self.open = 0
        self.downs = 0

    async def connect(self) -> None:
        self.attempts_s.append((self.clock.now_ns() - T0_NS) / S)
        self.open += 1
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer

    async def disconnect(self) -> None:
        self.open = 0

    def down(self) -> None:
        self.downs += 1


async def run_until(clock: ManualClock, seconds: float) -> None:
    """Move the clock on in steps of 0.1 s and let the tasks run."""
    for _ in range(round(seconds * 10)):
        for _ in range(5):
            await asyncio.sleep(0)
        clock.advance_ns(S // 10)


def test_the_keeper_backs_off_and_starts_over_after_success() -> None:
    async def scenario() -> None:
        clock = ManualClock(T0_NS)
        failures: list[Exception | None] = [OSError("refused"), ValueError(), RuntimeError("odd"), OSError("refused"), None]
        device = FakeDevice(clock, failures)
        link = LinkMonitor("plc1", clock)
        keeper = LinkKeeper(link, clock, device.connect, device.disconnect, device.down)
        keeper.start("keeper")
        keeper.start("keeper")
        await run_until(clock, 10)
        assert device.attempts_s == pytest.approx([0.0, 0.5, 1.5, 3.5, 7.5], abs=0.11)
        assert link.status().state is LinkState.UP
        before = device.downs
        keeper.lost(CUT)
        keeper.lost(CABLE)
        assert (link.status().state, link.status().last_error, device.downs) == (LinkState.DOWN, CUT, before + 1)
        await run_until(clock, 1)
        assert device.attempts_s[-1] == pytest.approx(10.5, abs=0.11)
        assert link.status().state is LinkState.UP
        await keeper.stop()
        await keeper.stop()
        assert (link.status().state, device.open) == (LinkState.CLOSED, 0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(scenario())


def test_closing_while_backing_off_ends_the_task() -> None:
    async def scenario() -> None:
        clock = ManualClock(T0_NS)
        device = FakeDevice(clock, [OSError("refused")] * 50)
        link = LinkMonitor("plc1", clock)
        keeper = LinkKeeper(link, clock, device.connect, device.disconnect, device.down)
        keeper.start("keeper")
        await run_until(clock, 2)
        assert link.status().state is LinkState.DOWN
        await keeper.stop()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(scenario())


def test_a_connection_that_is_lost_while_it_is_made_is_not_taken_for_one() -> None:
    async def scenario() -> None:
        clock = ManualClock(T0_NS)
        device = FakeDevice(clock, [])
        link = LinkMonitor("plc1", clock)

        async def connect() -> None:
            await device.connect()
            if len(device.attempts_s) == 1:
                keeper.lost(CUT)

        keeper = LinkKeeper(link, clock, connect, device.disconnect, device.down)
        keeper.start("keeper")
        await run_until(clock, 0.2)
        assert (link.status().state, link.status().last_error) == (LinkState.DOWN, CUT)
        await run_until(clock, 1)
        assert link.status().state is LinkState.UP
        await keeper.stop()

    asyncio.run(scenario())


def test_a_disconnect_that_fails_does_not_end_the_keeper(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        clock = ManualClock(T0_NS)
        device = FakeDevice(clock, [OSError("refused"), None])
        link = LinkMonitor("plc1", clock)

        async def disconnect() -> None:
            raise OSError("the port is gone")

        keeper = LinkKeeper(link, clock, device.connect, disconnect, device.down)
        keeper.start("keeper")
        await run_until(clock, 1)
        assert link.status().state is LinkState.UP
        await keeper.stop()
        assert link.status().state is LinkState.CLOSED

    asyncio.run(scenario())
    assert [r.levelname for r in caplog.records if "the port is gone" in r.getMessage()] == ["WARNING", "WARNING"]
