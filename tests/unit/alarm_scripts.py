"""Helpers of the alarm tests: one alarm in few words, a stage run scan by scan, scripts that check every output of a line.

A script is a table, one line per scan; ``|`` parts its columns:

    seconds | input | events and answers | state | unacked | sounding | list | last 10 minutes

Inputs, parted by ``,``: ``T 85`` a value, ``T bad`` its quality (both stay), ``-`` nothing new, ``restart``, or a command:
``ack [ids]``, ``reset [ids]``, ``silence``, ``shelve MINUTES [once] [ids]``, ``unshelve [ids]``, ``remove [ids]``,
``restore [ids]``, ``comment WORDS``; ``by ROLE``, ``as of SECONDS`` and ``without reason`` may follow. Without ids it is ``a``.
Events, parted by ``&``: ``alarm A>B``, with the id before it where it is not ``a``, ``by USER`` after it where a person
did it; answers ``accepted`` and ``refused WHY``. State: the letter of ``a``, or ``a:B b:C``; the list the same way.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from alarms.stage import AlarmsState, AlarmStage
from alarms.states import LETTERS, AlarmState
from alarms.table import AlarmDef, AlarmKind, AlarmRules, AlarmTable, compile_table
from line.documents import Text
from line.messages import Command, Event, JsonObject
from line.quality import Status
from line.stage import Scan
from line.tags import TagTable
from tests.builders import T0_NS, S, snapshot

BAD = int(Status.BAD_SENSOR_FAILURE)
UNCERTAIN = int(Status.UNCERTAIN_LAST_USABLE_VALUE)
LISTS = ("active", "shelved", "suppressed", "out_of_service")
__all__ = ["BAD", "LISTS", "UNCERTAIN", "Script", "Titled", "alarm", "alarm_table", "command"]


def alarm(alarm_id: str, tags: TagTable, tag: str, kind: AlarmKind = AlarmKind.HIGH, *, limit: float | None = None,
          deadband: float = 0.0, on_delay_s: float = 0.0, off_delay_s: float = 0.0, priority: int = 3, latching: bool = False,
          unit: str = "", when: str = "", **more: Any) -> AlarmDef:  # fmt: skip
    """One alarm; its texts are its id. ``more`` are further fields of :class:`AlarmDef`."""
    text = Text(ru=f"{alarm_id} ru", en=f"{alarm_id} en")
    return AlarmDef(
        alarm_id, tag, tags.handle(tag), kind, limit, deadband, on_delay_s, off_delay_s, priority, latching, unit, "°C", when,
        text, text, text, text, 600.0, **more,
    )  # fmt: skip


def alarm_table(alarms: Sequence[AlarmDef], tags: TagTable, rules: AlarmRules | None = None) -> AlarmTable:
    """The table of ``alarms`` with its expressions compiled."""
    return compile_table(alarms, tags, rules, version="v1")


def command(kind: str, alarms: Sequence[str] | None = None, *, command_id: str = "c1", user: str = "ivanova",
            role: str = "operator", target: str = "", reason: str = "", **args: Any) -> Command:  # fmt: skip
    """A command for alarms from panel p1."""
    named: dict[str, Any] = {} if alarms is None else {"alarms": list(alarms)}
    return Command(command_id, kind, target, {**named, **args}, user, role, "p1", T0_NS, reason)


class Script:
    """Runs a stage: every step gives the events as short lines, and the state may be looked at in between."""

    def __init__(self, table: AlarmTable, tags: TagTable) -> None:
        self.stage = AlarmStage(table)
        self.table = table
        self.tags = tags
        self.state: AlarmsState = self.stage.initial()
        self.scan = Scan(T0_NS, snapshot(tags, {}))
        self.views: Mapping[str, JsonObject] = {}

    def step(self, at_s: float, values: Mapping[str, float], *commands: Command,
             status: Mapping[str, int] | None = None) -> list[str]:  # fmt: skip
        """One scan ``at_s`` seconds after the start; alarm events as ``id from>to``, answers as ``status ids``."""
        now_ns = T0_NS + round(at_s * S)
        image = snapshot(self.tags, values, now_ns=now_ns, status=status)
        self.scan = Scan(now_ns, image, commands, views=self.views)
        self.state = self.stage.step(self.state, self.scan)
        return [_line(e) for e in self.scan.events]

    def restart(self, at_s: float) -> None:
        """Save and restore, as a killed engine does: nothing is left but what the journal holds."""
        saved = json.loads(json.dumps(self.stage.save(self.state), allow_nan=False))
        self.stage = AlarmStage(self.table)
        self.state = self.stage.restore(saved, T0_NS + round(at_s * S))

    def states(self) -> dict[str, str]:
        """What the panel shows as active, by alarm id in the panel's order."""
        return {a["id"]: a["state"] for a in self.view()["active"]}

    def lists(self) -> dict[str, str]:
        """The list in which each alarm is shown, by alarm id."""
        return {a["id"]: name for name in LISTS for a in self.view()[name]}

    def letters(self) -> dict[str, str]:
        """The letter of every alarm that is not Normal, by alarm id."""
        return {self.table[row].id: LETTERS[s.state] for row, s in self.state.standing.items()}

    def view(self) -> dict[str, Any]:
        """The published view."""
        return cast(dict[str, Any], self.stage.view(self.state))


def _line(event: Event) -> str:
    data = cast(dict[str, Any], event.data)
    if event.kind == "alarm":
        return f"{event.source} {data['from']}>{data['to']}"
    if event.kind == "flood":
        return f"flood {data['what']} {data['count']}"
    return " ".join([str(data["status"]), *cast(list[str], data.get("alarms", []))])


_COMMAND = re.compile(
    r"(?P<word>ack|reset|silence|shelve|unshelve|remove|restore|comment)(?P<rest>.*?)"
    r"(?: by (?P<role>\w+))?(?: as of (?P<as_of>\d+))?(?P<without> without reason)?$"
)
_ROLES = {"remove": "engineer", "restore": "engineer"}


class Titled(Script):
    """A :class:`Script` whose lines are read from a table (module docstring)."""

    def __init__(self, table: AlarmTable, tags: TagTable, values: Mapping[str, float]) -> None:
        super().__init__(table, tags)
        self.values = dict(values)
        self.status: dict[str, int] = {}
        self.visited: set[tuple[AlarmState, str]] = set()

    def run(self, text: str) -> None:
        """Run every line and compare every output with what the line says."""
        for line in text.strip().splitlines():
            wanted = [c.strip() for c in line.split("|")]
            at, given = wanted[0].removeprefix("t="), wanted[1]
            said = self._scan(float(at), given)
            assert [wanted[0], given, *said] == wanted, line

    def _scan(self, at_s: float, given: str) -> list[str]:
        commands: list[Command] = []
        for part in (p.strip() for p in given.split(",")):
            if match := _COMMAND.match(part):
                commands.append(self._command(match, len(commands)))
            elif part == "restart":
                self.restart(at_s)
            elif part != "-":
                tag, _, value = part.partition(" ")
                self._set(tag, value)
        self.step(at_s, self.values, *commands, status=self.status)
        return self._outputs()

    def _set(self, tag: str, value: str) -> None:
        self.status.pop(tag, None)
        if value == "bad":
            self.status[tag] = BAD
        else:
            self.values[tag] = float(value)

    def _command(self, match: re.Match[str], number: int) -> Command:
        word, words = match["word"], match["rest"].split()
        args: dict[str, Any] = {}
        target = ""
        if word == "shelve":
            args["minutes"] = float(words.pop(0))
            if words[:1] == ["once"]:
                args["one_shot"] = bool(words.pop(0))
        if word == "remove":
            args["work_order"] = "WO-7"
        if word == "comment":
            target, args["text"] = "a", " ".join(words)
        elif word != "silence":
            args["alarms"] = words or ["a"]
        if match["as_of"]:
            args["as_of"] = {"a": T0_NS + int(match["as_of"]) * S}
        reason = "" if match["without"] else "because"
        role = match["role"] or _ROLES.get(word, "operator")
        return command(f"alarm.{word}", command_id=f"c{number}", role=role, target=target, reason=reason, **args)

    def _outputs(self) -> list[str]:
        view = self.view()
        events = " & ".join(said for e in self.scan.events for said in self._said(e)) or "-"
        only_a = len(self.table) == 1
        letters, lists = self.letters(), self.lists()
        assert set(letters) == set(lists)
        ids = [a.id for a in self.table]
        state = letters.get("a", "A") if only_a else " ".join(f"{i}:{letters.get(i, 'A')}" for i in ids)
        shown = lists.get("a", "-") if only_a else " ".join(f"{i}:{lists[i]}" for i in ids if i in lists) or "-"
        sounding = "-" if view["sounding"] is None else str(view["sounding"])
        return [events, state, str(view["unacked"]), sounding, shown, str(view["last_10_min"])]

    def _said(self, event: Event) -> list[str]:
        data = cast(dict[str, Any], event.data)
        if event.kind == "flood":
            return [_line(event)]
        if event.kind == "command":
            if data["status"] == "accepted":
                return ["accepted"]
            return [f"refused {r['en'].partition(': ')[2] or r['en']}" for r in data["reasons"]]
        before, after = AlarmState(data["from"]), AlarmState(data["to"])
        self.visited.add((before, data["event"]))
        name = "" if event.source == "a" else f"{event.source} "
        by = f" by {data['user']}" if data.get("user") else ""
        return [f"{name}{data['event']} {LETTERS[before]}>{LETTERS[after]}{by}"]
