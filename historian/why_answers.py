"""The explanations of each kind of target: a tag, a unit, a batch, an alarm, a command."""

from __future__ import annotations

from typing import Final

from historian.why import Link, both
from historian.why_names import Names
from historian.why_steps import Steps
from historian.why_trail import OF_BATCH, OF_UNIT, ONE_NODE, TO, WHOLE_BATCH, Trail, ref
from line.messages import Event

HANDSHAKE: Final = frozenset({"PhSts", "PhAct", "PhAck", "PhRes", "PhTime", "PhDone"})
"""Tags of a unit that its PLC shows: they are explained by the unit's state."""
_RESTS: Final = frozenset(
    {"pausing", "paused", "holding", "held", "stopping", "stopped", "aborting", "aborted", "complete"}
)  # fmt: skip
"""States of a batch in which it asks nobody anything: its questions are not why it stands."""
_DONE: Final = {"held": "holding", "paused": "pausing", "stopped": "stopping", "aborted": "aborting", "running": "restarting"}
"""States that follow by themselves from the one named: what began that one is the cause."""


class Explainer(Steps):
    """Finds out what a target is and follows it back. One for each question."""

    def __init__(self, trail: Trail, names: Names) -> None:
        super().__init__(trail, names)

    def explain(self, target: str) -> tuple[str, list[Link]]:
        """What the target is (command, batch, alarm, unit, tag or ''), and the chain."""
        if self.trail.command(target):
            return "command", self.command(target)
        if self.trail.first("batch = ? AND batch <> '' AND kind = 'batch'", (target,)) is not None:
            return "batch", self.batch(target)
        batch, _, node = target.partition("/")
        if node and self.trail.recipe(batch).created is not None:
            return "step", self.node(batch, node)
        if target in self.names.alarms or self.trail.last("kind = 'alarm' AND source = ?", (target,)) is not None:
            return "alarm", self.alarm(target)
        if target in self.names.units or self.trail.last("kind = 'unit' AND source = ?", (target,)) is not None:
            return "unit", self.unit(target)
        if target in self.names.tags or ("." in target and not self.names.tags) or self.trail.write(target) is not None:
            return "tag", self.tag(target)
        return "", [
            Link("end", both(
                f"«{target}»: в журнале нет ни тега, ни узла, ни партии, ни тревоги, ни команды с таким именем.",
                f"'{target}': the journal knows no tag, unit, batch, alarm or command of this name.",
            ))
        ]  # fmt: skip

    def tag(self, tag: str) -> list[Link]:
        """Who wrote a tag last; one that only its PLC moves is explained by what its unit does."""
        unit, _, suffix = tag.partition(".")
        write = None if suffix in HANDSHAKE else self.trail.write(tag)
        if write is None:
            return [*self._unwritten(tag, suffix), *(self._by_unit(unit) if suffix else [])]
        return self.of_write(write, tag)

    def _unwritten(self, tag: str, suffix: str) -> list[Link]:
        name, words = self.names.tag(tag), self.names.tags.get(tag)
        if suffix in HANDSHAKE:
            return []
        if words is not None and words.device in ("engine", "calc"):
            said = both(f"{name['ru']}: вычисляет система управления.", f"{name['en']}: reckoned by the engine.")
        elif words is not None and words.writable:
            since = "–" if self.trail.first_ns is None else self.names.at(self.trail.first_ns, self.trail.at_ns)
            said = both(
                f"{name['ru']}: с начала журнала ({since}) система этот тег не записывала; его значение задано раньше или в ПЛК.",
                f"{name['en']}: the system has not written this tag since the journal begins ({since}); its value was set before "
                "or in the PLC.",
            )
        else:
            said = both(
                f"{name['ru']}: система этот тег не записывает, его ведёт ПЛК.",
                f"{name['en']}: the system does not write this tag, the PLC moves it.",
            )
        return [Link("end" if words is None or words.device in ("engine", "calc") else "plc", said, None, ref(tag=tag))]

    def _by_unit(self, unit: str) -> list[Link]:
        return self.unit(unit) if self.trail.last("kind = 'unit' AND source = ?", (unit,)) is not None else []

    def unit(self, unit: str) -> list[Link]:
        """The state of a unit, back to what brought it there."""
        event = self.trail.last(OF_UNIT, (unit, "state"))
        label = self.names.unit(unit)
        if event is None:
            return [
                Link("end", both(f"{label}: в журнале нет состояний узла.", f"{label}: the journal has no state of the unit."))
            ]
        links = [self.unit_state(event)]
        while (before := self._began(event)) is not None:  # held follows from holding: go back to what began it
            event = before
            links.append(self.unit_state(event))
        refused = self._refusal(unit, event)
        return [*refused, *links, *self.of_unit_state(event)]

    def _refusal(self, unit: str, state: Event) -> list[Link]:
        """A refusal after the last change of state is what people ask about."""
        event = self.trail.last(OF_UNIT, (unit, "refused"))
        return [self.unit_refused(event)] if event is not None and event.seq > state.seq else []

    def _began(self, event: Event) -> Event | None:
        wanted = _DONE.get(str(event.data.get("to")))
        if wanted is None or event.data.get("from") != wanted:
            return None
        return self.trail.last(OF_UNIT + TO, (event.source, "state", wanted), event.seq)

    def batch(self, batch: str) -> list[Link]:
        """The state of a batch (held, running, ended), back to the person, rule or fault that brought it there."""
        event = self.trail.last(OF_BATCH + WHOLE_BATCH, (batch, "state"))
        if event is None:
            return [*self.created(batch)]
        asked = self.asked(batch) if event.data.get("to") not in _RESTS else []
        links = [*asked, self.batch_state(event)]
        while (before := self._batch_began(event)) is not None:
            event = before
            links.append(self.batch_state(event))
        if event.data.get("to") == "complete":
            return [*links, *self.batch_end(event)]
        return [*links, *self.of_batch_state(event)]

    def _batch_began(self, event: Event) -> Event | None:
        wanted = _DONE.get(str(event.data.get("to")))
        if wanted is None or event.data.get("from") != wanted:
            return None
        return self.trail.last(OF_BATCH + WHOLE_BATCH + TO, (event.batch, "state", wanted), event.seq)

    def node(self, batch: str, node: str) -> list[Link]:
        """One node of a batch: what it asks, its state, what brought it there; one not reached yet is explained by the batch."""
        event = self.trail.last(OF_BATCH + ONE_NODE, (batch, "state", node))
        if event is None:
            name = self.trail.recipe(batch).words.node_name(node)
            said = both(f"Шаг «{name['ru'] or node}» ещё не начинался.", f"The step '{name['en'] or node}' has not begun yet.")
            return [Link("state", said, None, ref(batch=batch, node=node)), *self.batch(batch)]
        asked = self.asked(batch, node) if event.data.get("to") not in _RESTS else []
        links = [*asked, self.batch_state(event)]
        wanted = _DONE.get(str(event.data.get("to")))
        if wanted is not None and event.data.get("from") == wanted:
            before = self.trail.last(OF_BATCH + ONE_NODE + TO, (batch, "state", node, wanted), event.seq)
            if before is not None:
                event = before
                links.append(self.batch_state(event))
        return [*links, *self.of_batch_state(event)]

    def batch_end(self, event: Event) -> list[Link]:
        """A batch that came to its end: its last phase."""
        step = self.trail.last(f"{OF_BATCH} AND json_extract(data, '$.status') = 'complete'", (event.batch, "step"), event.seq)
        links = [self.step_done(step)] if step is not None else []
        return [*links, *self.started(event.batch, event.seq)]

    def alarm(self, alarm: str) -> list[Link]:
        """Why an alarm came, and what became of it."""
        newest = self.trail.last("kind = 'alarm' AND source = ?", (alarm,))
        if newest is None:
            said = both(f"{alarm}: в журнале такой тревоги не было.", f"{alarm}: the journal never saw this alarm.")
            return [Link("end", said, None, ref(alarm=alarm))]
        where = "kind = 'alarm' AND source = ? AND json_extract(data, '$.event') IN ('alarm', 'realarm', 'resume_active')"
        raised = self.trail.last(where, (alarm,)) or newest
        links = [self.alarm_now(newest)] if newest.seq != raised.seq else []
        return [*links, *self.of_alarm(raised)]

    def command(self, command: str) -> list[Link]:
        """What became of a command, and who gave it."""
        return self.of_command(self.trail.command(command))
