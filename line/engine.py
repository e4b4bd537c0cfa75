"""The engine: one line's scan state with its inputs and outputs, without a clock of its own.

``line/loop.py`` drives it in real time, ``potok shift`` on a manual clock; both call :meth:`Engine.scan`, so a shift in CI and a
shift in the plant run the same code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final, Protocol

from line.clock import has_passed
from line.commands import reason
from line.diagnostics import NO_FIGURES, ScanFigures
from line.image import Readings, Snapshot
from line.messages import Command, CommandStatus, Event, EventKind, Json, JsonObject, LinkStatus, WriteResult
from line.scan import Inputs, Outputs, ScanPlan, ScanState, saved_states, scan_once

SAVE_EVERY_NS: Final = 5_000_000_000
_REMEMBERED_COMMANDS: Final = 10_000
_LOST: Final = reason(
    "Система управления перезапущена: неизвестно, выполнена ли команда", "The engine restarted: whether it was done is not known"
)


class Recorder(Protocol):
    """Where the engine's history goes; must never block and never drop."""

    def record(
        self, events: Sequence[Event], states: Mapping[str, JsonObject], on_durable: Callable[[], None] | None = None
    ) -> None:
        """Store events and the stage states that belong to them in one transaction.

        ``on_durable`` is called afterwards, in the engine's own thread.
        """
        ...

    def sample(self, image: Snapshot) -> None:
        """Store what of this image is worth storing."""
        ...


class NullRecorder:
    """Keeps nothing; everything is durable at once. For shifts on a manual clock and for tests."""

    def record(
        self, events: Sequence[Event], states: Mapping[str, JsonObject], on_durable: Callable[[], None] | None = None
    ) -> None:
        if on_durable is not None:
            on_durable()

    def sample(self, image: Snapshot) -> None:
        return


class Engine:
    """Holds the scan state, numbers the events, hands history to the recorder. Single-threaded."""

    def __init__(self, plan: ScanPlan, state: ScanState, recorder: Recorder, *, next_seq: int = 1) -> None:
        self.plan = plan
        self.state = state
        self.outputs = Outputs((), (), ())
        self._recorder = recorder
        self._next_seq = next_seq
        self._pending: list[Command] = []
        self._known: dict[str, None] = {}
        self._unsaved: set[str] = set()
        self._saved_ns = 0

    @property
    def last_seq(self) -> int:
        """Number of the newest event."""
        return self._next_seq - 1

    def submit(self, command: Command, on_journalled: Callable[[], None] | None = None) -> bool:
        """Take a command: journal it, then apply it at the next scan after it is durable.

        False when a command of this id was taken before: a client that repeats itself after a broken connection does no harm.
        """
        if command.id in self._known:
            return False
        self._known[command.id] = None
        if len(self._known) > _REMEMBERED_COMMANDS:
            del self._known[next(iter(self._known))]
        data: dict[str, Json] = {
            "id": command.id, "kind": command.kind, "target": command.target, "args": command.args,
            "status": CommandStatus.RECEIVED, "user": command.user, "role": command.role, "station": command.station,
            "reason": command.reason,
        }  # fmt: skip
        event = Event(0, command.time_ns, EventKind.COMMAND, command.user, data=data)

        def durable() -> None:
            self._pending.append(command)
            if on_journalled is not None:
                on_journalled()

        self._recorder.record(self._number([event]), {}, durable)
        return True

    def system_event(self, what: str, now_ns: int, data: JsonObject) -> None:
        """Journal something about the engine itself: started, overrun, restored, stopped."""
        body: dict[str, Json] = {"what": what, **data}
        self._recorder.record(self._number([Event(0, now_ns, EventKind.SYSTEM, "engine", data=body)]), {})

    def answer_unanswered(self, journalled: Sequence[Event], now_ns: int) -> None:
        """After a restart, close the commands that were received and then nothing: nobody knows whether they reached a PLC.

        ``journalled`` are the last events of the journal, oldest first.
        """
        waiting: dict[str, Event] = {}
        for event in journalled:
            if event.kind == EventKind.COMMAND:
                command_id = str(event.data.get("id", ""))
                if event.data.get("status") == CommandStatus.RECEIVED:
                    waiting[command_id] = event
                else:
                    waiting.pop(command_id, None)
        answers: list[Event] = []
        for event in waiting.values():
            data = {k: event.data.get(k) for k in ("id", "kind", "target", "user", "station")}
            data |= {"status": CommandStatus.TIMED_OUT, "reasons": [_LOST]}
            answers.append(Event(0, now_ns, EventKind.COMMAND, event.source, data=data))
        if answers:
            self._recorder.record(self._number(answers), {})

    def scan(
        self,
        now_ns: int,
        readings: Sequence[Readings],
        write_results: Sequence[WriteResult],
        links: Mapping[str, LinkStatus],
        figures: ScanFigures = NO_FIGURES,
    ) -> Outputs:
        """One scan; returns its writes and its numbered events after they went to the recorder."""
        commands: Sequence[Command] = ()
        if self._pending:
            commands, self._pending = self._pending, []
        inputs = Inputs(now_ns, readings, commands, write_results, links, figures)
        self.state, outputs = scan_once(self.plan, self.state, inputs)
        self._unsaved.update(outputs.changed)
        if outputs.events or (self._unsaved and has_passed(SAVE_EVERY_NS, self._saved_ns, now_ns)):
            outputs = self._record(outputs, now_ns)
        self._recorder.sample(self.state.image)
        self.outputs = outputs
        return outputs

    def save_now(self, now_ns: int) -> None:
        """Save every stage's state, for an orderly stop."""
        self._recorder.record((), saved_states(self.plan, self.state))
        self._unsaved.clear()
        self._saved_ns = now_ns

    def _record(self, outputs: Outputs, now_ns: int) -> Outputs:
        events = self._number(outputs.events)
        states = saved_states(self.plan, self.state, tuple(self._unsaved))
        self._unsaved.clear()
        self._saved_ns = now_ns
        self._recorder.record(events, states)
        return replace(outputs, events=events)

    def _number(self, events: Sequence[Event]) -> list[Event]:
        numbered = [replace(e, seq=self._next_seq + i) for i, e in enumerate(events)]
        self._next_seq += len(numbered)
        return numbered
