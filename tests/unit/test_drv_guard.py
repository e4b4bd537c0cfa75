"""A driver that raises, hangs or answers nonsense costs its own device only."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, cast

import numpy as np
import pytest

from line.clock import ManualClock
from line.image import ImageDraft, ImageRules, Readings
from line.messages import LinkState, LinkStatus, Write, WriteResult
from line.quality import Status
from plc_drivers.guard import GuardedDriver
from tests.builders import T0_NS, S, table

TAGS = table("A", "B", "C")
"""A and B are the device's, C is another's."""

DEFECT = RuntimeError("index out of range")


class Sloppy:
    """A driver of A and B; ``answers`` replaces what a call gives: a value, an exception to raise, or a function to await."""

    device = "scale"

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.answers: dict[str, object] = {}
        self.calls: list[str] = []

    async def _answer(self, call: str, sound: object) -> object:
        self.calls.append(call)
        answer = self.answers.get(call, sound)
        if isinstance(answer, Exception):
            raise answer
        return await cast(Callable[[], Coroutine[Any, Any, object]], answer)() if callable(answer) else answer

    def link(self) -> LinkStatus:
        answer = self.answers.get("link", LinkStatus("scale", LinkState.UP, T0_NS, requests=7))
        if isinstance(answer, Exception):
            raise answer
        return cast(LinkStatus, answer)

    async def open(self) -> None:
        await self._answer("open", None)

    async def poll(self) -> Readings:
        return cast(Readings, await self._answer("poll", readings(self.clock.now_ns())))

    async def write(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        sound = [WriteResult(w.handle, w.value, w.origin, 0) for w in writes]
        return cast(Sequence[WriteResult], await self._answer("write", sound))

    async def close(self) -> None:
        await self._answer("close", None)


def readings(now_ns: int, handles: Sequence[int] = (0, 1), **more: Any) -> Readings:
    stamps = np.full(2, now_ns, dtype=np.int64)
    kept: dict[str, Any] = {
        "values": np.array([1.0, np.nan]),
        "status": np.array([0, Status.BAD_SENSOR_FAILURE], dtype=np.uint32),
    }
    return Readings(**{"handles": np.array(handles), "source_ns": stamps, "server_ns": stamps, **kept, **more})


def story(body: Callable[[Sloppy, GuardedDriver, ManualClock], Coroutine[Any, Any, None]], call_within_s: float = 10.0) -> None:
    async def main() -> None:
        clock = ManualClock(T0_NS)
        sloppy = Sloppy(clock)
        await body(sloppy, GuardedDriver(sloppy, "scale", [TAGS[0], TAGS[1]], clock, call_within_s), clock)

    asyncio.run(main())


async def forever() -> None:
    await asyncio.get_running_loop().create_future()


def test_a_sound_driver_is_passed_through() -> None:
    async def body(sloppy: Sloppy, driver: GuardedDriver, clock: ManualClock) -> None:
        assert driver.device == "scale"
        await driver.open()
        found = await driver.poll()
        assert (found.handles.tolist(), found.values.tolist()[0], found.status.tolist()) == ([0, 1], 1.0, [0, 0x808C0000])
        assert (await driver.write([Write(0, 5.0, "c")]))[0].status == 0
        assert driver.link().requests == 7
        await driver.close()
        assert sloppy.calls == ["open", "poll", "write", "close"]

    story(body)


@pytest.mark.parametrize(
    "answer",
    [
        DEFECT,
        None,
        readings(T0_NS, (0, 2)),
        readings(T0_NS, (0, 1, 1)),
        readings(T0_NS, values=np.array([1.0])),
        readings(T0_NS, values=np.array(["a", "b"])),
        readings(T0_NS, status=np.array([-1, 0])),
        readings(T0_NS, status=np.array([0.5, "x"], dtype=object)),
        readings(T0_NS, alive_ns=np.zeros(3, dtype=np.int64)),
        readings(T0_NS, strings={2: "x"}),
    ],
)  # fmt: skip
def test_nothing_that_a_poll_gives_reaches_the_scan_as_good(answer: object, caplog: pytest.LogCaptureFixture) -> None:
    async def body(sloppy: Sloppy, driver: GuardedDriver, clock: ManualClock) -> None:
        await driver.open()
        await driver.poll()
        sloppy.answers["poll"] = answer
        clock.advance_ns(S)
        found = await driver.poll()
        codes = [Status.UNCERTAIN_NO_COMMUNICATION_LAST_USABLE_VALUE, Status.BAD_NO_COMMUNICATION]
        assert (found.values.tolist()[0], found.status.tolist()) == (1.0, codes)
        assert found.source_ns.tolist() == [T0_NS + S] * 2
        draft = ImageDraft(ImageRules(TAGS, S), ImageRules(TAGS, S).initial())
        draft.latch(found)
        link = driver.link()
        assert (link.state, link.since_ns) == (LinkState.DOWN, T0_NS + S)
        assert "defect of the driver (poll)" in link.last_error.en
        del sloppy.answers["poll"]
        clock.advance_ns(S)
        assert (await driver.poll()).status[0] == 0
        assert driver.link().state is LinkState.UP

    story(body)
    assert [(r.levelno, r.getMessage()) for r in caplog.records] == [
        (logging.ERROR, "scale: a defect of its driver in poll"), (logging.WARNING, "scale: its driver works again"),
    ]  # fmt: skip


def test_a_driver_that_never_gave_a_value_gives_none_when_it_fails() -> None:
    async def body(sloppy: Sloppy, driver: GuardedDriver, clock: ManualClock) -> None:
        sloppy.answers["open"] = DEFECT
        await driver.open()
        found = await driver.poll()
        assert (found.handles.tolist(), found.status.tolist()) == ([0, 1], [Status.BAD_NO_COMMUNICATION] * 2)
        assert np.isnan(found.values).all()
        assert driver.link().state is LinkState.DOWN
        [result] = await driver.write([Write(0, 1.0, "c")])
        assert (result.status, "defect" in result.message.en) == (Status.BAD_DEVICE_FAILURE, True)
        clock.advance_ns(S)
        await driver.poll()
        assert sloppy.calls == ["open", "open"]  # neither polled nor written to before it is open
        del sloppy.answers["open"]
        clock.advance_ns(5 * S)
        assert (await driver.poll()).status[0] == 0

    story(body)


def test_it_is_called_again_at_the_pace_of_the_back_off_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    async def body(sloppy: Sloppy, driver: GuardedDriver, clock: ManualClock) -> None:
        await driver.open()
        sloppy.answers["poll"] = DEFECT
        for _ in range(200):
            await driver.poll()
            driver.link()
            clock.advance_ns(S // 10)
        assert sloppy.calls.count("poll") == 7  # at 0, 0.5, 1.5, 3.5, 7.5, 12.5 and 17.5 s

    story(body)
    assert len(caplog.records) == 1


def test_one_that_fails_now_and_then_does_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async def body(sloppy: Sloppy, driver: GuardedDriver, clock: ManualClock) -> None:
        await driver.open()
        for second in range(300):
            sloppy.answers = {"poll": DEFECT} if second % 2 else {}
            await driver.poll()
            clock.advance_ns(S)

    story(body)
    assert 2 <= len(caplog.records) <= 10


@pytest.mark.parametrize("answer", [DEFECT, [], None, [WriteResult(1, 1.0, "c", 0)], "x"])
def test_a_write_that_ends_in_a_defect_is_not_known_to_be_done(answer: object) -> None:
    async def body(sloppy: Sloppy, driver: GuardedDriver, clock: ManualClock) -> None:
        await driver.open()
        await driver.poll()
        sloppy.answers["write"] = answer
        [result] = await driver.write([Write(0, 1.0, "c")])
        assert (result.handle, result.value, result.origin) == (0, 1.0, "c")
        assert result.status == Status.BAD_DEVICE_FAILURE
        assert result.message.en.endswith("whether it was written is not known")
        assert driver.link().state is LinkState.DOWN

    story(body)


@pytest.mark.parametrize("answer", [DEFECT, None, LinkStatus("other", LinkState.UP, 0)])
def test_a_link_that_cannot_be_told_is_down(answer: object) -> None:
    async def body(sloppy: Sloppy, driver: GuardedDriver, clock: ManualClock) -> None:
        await driver.open()
        sloppy.answers["link"] = answer
        assert (driver.link().device, driver.link().state) == ("scale", LinkState.DOWN)

    story(body)


def test_a_call_that_hangs_is_given_up() -> None:
    async def body(sloppy: Sloppy, driver: GuardedDriver, clock: ManualClock) -> None:
        sloppy.answers = {"open": forever, "poll": forever, "write": forever, "close": forever}
        await driver.open()
        assert driver.link().last_error.en.startswith("a defect of the driver (open): TimeoutError")
        sloppy.answers["open"] = None
        clock.advance_ns(S)
        assert (await driver.poll()).status.tolist() == [Status.BAD_NO_COMMUNICATION] * 2
        assert driver.link().last_error.en.startswith("a defect of the driver (poll): TimeoutError")
        await driver.close()

    story(body, 0.01)
