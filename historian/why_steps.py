"""The single steps of an explanation: from an event to the one that stands behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from historian.record_recipe import NodeWords, Words, text_of
from historian.record_sections import node_of
from historian.record_words import VALUES
from historian.why import Link, both
from historian.why_names import reasons_of
from historian.why_says import COMMAND_WORDS, Sayings, because
from historian.why_trail import CAME, NOT_BACK, OF_BATCH, OF_UNIT, TO, WHOLE_BATCH, BatchRecipe, ref
from line.jsontools import child, finite, whole
from line.labels import batch_label
from line.messages import Event, JsonObject

_LEADS_TO: Final = {
    "start": ("running",), "hold": ("holding", "held"), "restart": ("restarting", "running"), "stop": ("stopping", "stopped"),
    "abort": ("aborting", "aborted"), "reset": ("idle",), "pause": ("pausing", "paused"), "resume": ("running",),
}  # fmt: skip
_WITHIN_S: Final = 30.0
_SAME_S: Final = 3.0
_BEFORE_S: Final = 10.0
_STANDS_STILL: Final = " AND json_extract(data, '$.to') IN ('holding', 'held', 'stopping', 'stopped', 'aborting', 'aborted')"
_OF_RECIPE: Final = "Recipe."
"""Tags that the engine of recipes shows: their alarms come of a deviation. With any other alarm it shares the cause at most."""
_RESTART_EN: Final = "The engine restarted"


class Steps(Sayings):
    """Finds what stands behind an event."""

    def of_write(self, write: Event, tag: str) -> list[Link]:
        """A write, back to the command, batch, interlock or escalation that it came from."""
        data, origin = write.data, write.source
        name, value = self.names.tag(tag), self.value(tag, write)
        good = data.get("status") == "Good"
        failed = (
            both("", "") if good else both(f" (не подтверждено: {data.get('status')})", f" (not confirmed: {data.get('status')})")
        )
        commands = self.trail.command(origin)
        if commands:
            who = both(f"командой {self.who(commands[0])['ru']}", f"by the command of {self.who(commands[0])['en']}")
            rest = self.of_command(commands)
        elif origin == "interlock":
            who = both("блокировкой узла", "by an interlock of the unit")
            rest = self.of_interlock(tag.partition(".")[0], write)
        elif origin == "escalation":
            who, rest = both("оповещением", "by an escalation"), self.of_escalation(write)
        elif self.trail.recipe(origin).created is not None:
            return self._written_by_batch(write, tag, failed)
        else:
            who, rest = both(f"источником «{origin}»", f"by '{origin}'"), [self.unknown()]
        said = both(
            f"{name['ru']}: {value['ru']} записано {self.time(write)} {who['ru']}{failed['ru']}.",
            f"{name['en']}: {value['en']} written at {self.time(write)} {who['en']}{failed['en']}.",
        )
        return [Link("write", said, write, ref(tag=tag, origin=origin)), *rest]

    def _written_by_batch(self, write: Event, tag: str, failed: Words) -> list[Link]:
        """A setpoint or a phase command of a batch: the request, the node of the recipe, the start of the batch."""
        batch, recipe = write.source, self.trail.recipe(write.source)
        name, value = self.names.tag(tag), self.value(tag, write)
        unit = tag.partition(".")[0]
        cause = self._cause_of_write(batch, unit, tag, write)
        node = recipe.words.nodes.get(node_of(cause.data, recipe.words)) if cause is not None else None
        parameter = self._parameter(cause, node, tag, write) if cause is not None else ""
        where = self.where(recipe, node, cause, parameter)
        said = both(
            f"{name['ru']}: {'задание ' if '.SP_' in tag else ''}{value['ru']} записано {self.time(write)} "
            f"партией {batch_label(batch)}{where['ru']}{failed['ru']}.",
            f"{name['en']}: {value['en']} written at {self.time(write)} by batch {batch_label(batch)}{where['en']}"
            f"{failed['en']}.",
        )
        key = node.key if node is not None else ()
        if node is not None and parameter:
            key = (*key, "parameters", self._parameter_key(node, parameter))
        links = [Link("write", said, write, ref(tag=tag, batch=batch, **self.ref_of(recipe, node, key)))]
        change = self._change(batch, parameter, write)
        if change is not None:
            return [*links, *self.of_change(change)]
        asked = cause is not None and cause.data.get("what") == "request"
        if cause is not None and asked:
            links.append(self.request(cause, node, recipe))
        word = str(cause.data.get("command")) if cause is not None and asked else _command_word(tag, write)
        return [*links, *(self._held_behind(batch, word, write) or self.started(batch, write.seq))]

    def _cause_of_write(self, batch: str, unit: str, tag: str, write: Event) -> Event | None:
        """The request that the write belongs to; in older journals the step that was begun right after."""
        where = f"{OF_BATCH} AND json_extract(data, '$.unit') = ?"
        request = self.trail.last(where, (batch, "request", unit), write.seq + 1)
        if request is not None:
            return request
        where = f"{OF_BATCH} AND unit = ?"
        after = self.trail.near(write, f"{where} AND seq > {write.seq}", (batch, "step", unit), 0.0, _WITHIN_S)
        if after is not None and (tag in child(after.data, "setpoints") or not tag.partition(".")[2].startswith("SP_")):
            return after
        return self.trail.last(where, (batch, "step", unit), write.seq)

    def _parameter(self, cause: Event, node: NodeWords | None, tag: str, write: Event) -> str:
        step = self.trail.last(f"{OF_BATCH} AND unit = ?", (cause.batch, "step", tag.partition(".")[0]), write.seq)
        for event in (cause, step):
            same = event is not None and event.data.get("node") == cause.data.get("node")
            said = child(event.data, "parameters").get(tag) if event is not None and same else None
            if isinstance(said, str):
                return said
        if node is None or ".SP_" not in tag:
            return ""
        created = self.trail.recipe(write.source).created
        values = child(created.data if created is not None else {}, "parameters")
        names = [v[1:].strip() for v in node.parameters.values() if isinstance(v, str) and v.startswith("$")]
        fitting = [n for n in names if values.get(n) == write.data.get("value")]
        return fitting[0] if len(fitting) == 1 else ""

    @staticmethod
    def _parameter_key(node: NodeWords, parameter: str) -> str:
        return next((k for k, v in node.parameters.items() if v == f"${parameter}"), parameter)

    def _change(self, batch: str, parameter: str, write: Event) -> Event | None:
        """The change of a parameter that a write follows, if it has its value."""
        where = f"{OF_BATCH} AND json_extract(data, '$.parameter') = ?"
        found = self.trail.last(where, (batch, "parameter", parameter), write.seq + 1) if parameter else None
        return found if found is not None and found.data.get("to") == write.data.get("value") else None

    def of_change(self, event: Event) -> list[Link]:
        """A parameter changed by a person."""
        data, words = event.data, self.trail.recipe(event.batch).words
        name = text_of(words.parameter(str(data.get("parameter"))).get("name"))
        old, new = (self.names.number("", data.get(k), str(data.get("eu") or "")) for k in ("from", "to"))
        said = both(
            f"{name['ru'] or data.get('parameter')}: {old['ru']} → {new['ru']}, изменил {self.names.person(data.get('user'))} "
            f"в {self.time(event)}{because(data.get('reason'), 'ru')}.",
            f"{name['en'] or data.get('parameter')}: {old['en']} → {new['en']}, changed by {self.names.person(data.get('user'))} "
            f"at {self.time(event)}{because(data.get('reason'), 'en')}.",
        )
        link = Link(
            "parameter", said, event, ref(batch=event.batch, parameter=str(data.get("parameter")), user=str(data.get("user")))
        )
        return [link, *self._command_behind(event, "batch.parameter", str(data.get("user")))]

    def _held_behind(self, batch: str, word: str, before: Event) -> list[Link]:
        """A command to a phase that follows from a change of the batch's state: hold, restart, stop, abort."""
        if word in ("start", "reset", ""):
            return []
        wanted = _LEADS_TO.get(word, ("",))[0]
        state = self.trail.last(OF_BATCH + TO, (batch, "state", wanted), before.seq + 1)
        return [self.batch_state(state), *self.of_batch_state(state)] if state is not None else []

    def of_unit_state(self, event: Event) -> list[Link]:
        """Who asked for it: the last phase command written to the unit, if it leads to this state; else the PLC itself."""
        unit, reached = event.source, str(event.data.get("to"))
        if reached == "unknown":
            return self._lost(event)
        write = self.trail.write(f"{unit}.PhCmd", event.seq)
        word = _command_word("PhCmd", write) if write is not None else ""
        asked = write is not None and reached in _LEADS_TO.get(word, ()) and event.time_ns - write.time_ns <= _WITHIN_S * 1e9
        if write is not None and asked:
            return self.of_write(write, f"{unit}.PhCmd")
        if event.data.get("from") == "unknown":
            return self._back(event)
        label = self.names.unit(unit)
        if reached == "complete":
            said = both(f"{label}: фаза сама дошла до конца.", f"{label}: the phase came to its end by itself.")
            batch = event.batch
            return [Link("plc", said, event, ref(unit=unit)), *(self.started(batch, event.seq) if batch else [])]
        said = both(
            f"{label}: команды системы не было, ПЛК сделал это сам или по кнопке на узле.",
            f"{label}: the system gave no command, the PLC did it by itself or by a button at the unit.",
        )
        link = Link("plc", said, event, ref(unit=unit))
        deviation = self.trail.near(
            event, f"{OF_BATCH} AND unit = ?{NOT_BACK}", (event.batch, "deviation", unit), _SAME_S, _SAME_S
        )
        if deviation is not None:
            return [link, *self.of_deviation(deviation)]
        where = "kind = 'alarm' AND unit = ? AND json_extract(data, '$.event') = 'alarm'"
        alarm = self.trail.near(event, where, (unit,), _WITHIN_S, _WITHIN_S)
        return [link, self.alarm_now(alarm) if alarm is not None else self.unknown(event)]

    def of_interlock(self, unit: str, event: Event) -> list[Link]:
        """The interlock that tripped before ``event``."""
        found = self.trail.last(OF_UNIT, (unit, "interlock"), event.seq + 1)
        return [self.interlock(found), *self._lost_near(found)] if found is not None else [self.unknown()]

    def _lost(self, event: Event) -> list[Link]:
        found = self._lost_near(event)
        return found or [
            Link("end", both("Состояние узла недостоверно: данных от ПЛК нет.", "The state is not Good: no data from the PLC."))
        ]

    def _back(self, event: Event) -> list[Link]:
        text = both("До этого состояние узла не было известно.", "Before that the state of the unit was not known.")
        found = self.trail.near(event, "kind IN ('link', 'system')", (), _WITHIN_S)
        return [Link("end", text, event), *([self.happened(found)] if found is not None else [])]

    def _lost_near(self, event: Event) -> list[Link]:
        """The link that was lost around an event: that of the unit's own PLC, where the line is known."""
        device = self.names.devices.get(event.unit, "")
        where, args = "kind = 'link' AND json_extract(data, '$.to') <> 'up'", ((device,) if device else ())
        found = self.trail.near(event, f"{where} AND source = ?" if device else where, args, _WITHIN_S, _SAME_S)
        return [self.happened(found)] if found is not None else []

    def of_batch_state(self, event: Event) -> list[Link]:
        """A person; else a deviation, a restart of the engine, an interlock, a lost link; else what the PLC did."""
        batch, data, to = event.batch, event.data, str(event.data.get("to"))
        if data.get("user"):
            kind = "batch.command" if data.get("from") != "idle" else "batch.%"
            found = self._command_behind(event, kind, str(data.get("user")))
            return [*found, *self._of_recipe(batch)] if to == "running" else found
        if _RESTART_EN in reasons_of(data.get("reasons"))["en"]:
            system = self.trail.last("kind = 'system' AND json_extract(data, '$.what') IN ('restored', 'started')", (), event.seq)
            return [self.happened(system)] if system is not None else [self.unknown()]
        found = self._deviation(event)
        if found is not None:
            return self.of_deviation(found)
        units = self._units_of(event)
        for unit in units:
            tripped = self.trail.near(event, OF_UNIT, (unit, "interlock"), _BEFORE_S, _SAME_S)
            if tripped is not None:
                return [self.interlock(tripped), *self._lost_near(tripped)]
        lost = self._lost_near(event)
        if lost:
            return lost
        for unit in units:
            refused = self.trail.near(event, OF_UNIT, (unit, "refused"), _BEFORE_S)
            if refused is not None:
                return [self.unit_refused(refused)]
            moved = self.trail.near(event, OF_UNIT + _STANDS_STILL, (unit, "state"), _BEFORE_S, _SAME_S)
            if moved is not None:
                return [self.unit_state(moved), *self.of_unit_state(moved)]
        return self.started(batch, event.seq) if to in ("running", "complete") else [self.unknown(event)]

    def _units_of(self, event: Event) -> list[str]:
        if event.unit:
            return [event.unit]
        found = self.trail.all(f"{OF_BATCH} AND unit <> ''", (event.batch, "step"))
        return list(dict.fromkeys(e.unit for e in reversed(found) if e.seq < event.seq))[:3]

    def _deviation(self, event: Event) -> Event | None:
        return self.trail.near(event, OF_BATCH + NOT_BACK, (event.batch, "deviation"), _SAME_S, 0.0)

    def of_deviation(self, event: Event) -> list[Link]:
        """What was outside, and the watch of the recipe that says so."""
        data, recipe = event.data, self.trail.recipe(event.batch)
        node = recipe.words.nodes.get(node_of(data, recipe.words) or self._node_at(event, recipe))
        text, number = text_of(data.get("text")), data.get("number")
        which = both(f"Отклонение №{number}", f"Deviation {number}") if number is not None else both("Отклонение", "Deviation")
        critical = (
            both(" критической контрольной точки", " of a critical control point") if data.get("kind") == "ccp" else both("", "")
        )
        decided = self._decision(event) if data.get("kind") == "ccp" else both("", "")
        said = both(
            f"{which['ru']}{critical['ru']} в {self.time(event)}: {text['ru']}{decided['ru']}.",
            f"{which['en']}{critical['en']} at {self.time(event)}: {text['en']}{decided['en']}.",
        )
        link = Link(
            "deviation", said, event, ref(batch=event.batch, tag=str(data.get("tag") or ""), deviation=whole(number) or None)
        )
        index = self._watch_index(node, data, event.unit)
        if node is None or index is None:
            return [link, *self._lost_near(event)]
        watch, key = node.watches[index], (*node.key, "watch", index)
        where = self.where(recipe, node, event, "")
        rule = both(
            f"Так следит рецепт: {watch.name['ru']}{where['ru']}.", f"The recipe watches it: {watch.name['en']}{where['en']}."
        )
        return [
            link,
            Link("recipe", rule, recipe.created, ref(batch=event.batch, **self.ref_of(recipe, node, key))),
            *self._lost_near(event),
        ]

    def _decision(self, event: Event) -> Words:
        """What a person decided of the product since, or that nobody has."""
        found = self._disposition(event.batch, whole(event.data.get("number")), None)
        if found is None:
            return both("; решения по продукту ещё нет", "; the product still awaits its disposition")
        verdict = VALUES.get(str(found.data.get("verdict")), (str(found.data.get("verdict")),) * 2)
        who = self.names.person(found.data.get("user"))
        return both(
            f"; решение: {verdict[0]} ({who}, {self.time(found)})", f"; disposition: {verdict[1]} ({who}, {self.time(found)})"
        )

    def _disposition(self, batch: str, number: int, before: int | None) -> Event | None:
        where = f"{OF_BATCH} AND json_extract(data, '$.deviation') = ?"
        return self.trail.last(where, (batch, "disposition", number), before)

    def asked(self, batch: str, node: str = "") -> list[Link]:
        """Questions to people that the batch, or one node of it, waits for: prompts that nobody has answered."""
        replied = {(e.data.get("node"), e.data.get("prompt")): e.seq for e in self.trail.all(OF_BATCH, (batch, "reply"))}
        asked = {(e.data.get("node"), e.data.get("prompt")): e for e in self.trail.all(OF_BATCH, (batch, "prompt"))}
        return [self.question(e) for key, e in asked.items() if replied.get(key, 0) < e.seq and (not node or key[0] == node)]

    @staticmethod
    def _watch_index(node: NodeWords | None, data: JsonObject, unit: str) -> int | None:
        watches = node.watches if node is not None else ()
        fitting = [i for i, w in enumerate(watches) if w.tag.replace("{u}", unit) == data.get("tag")]
        limited = [
            i
            for i in fitting
            if (watches[i].lo is None) == (data.get("lo") is None) and (watches[i].hi is None) == (data.get("hi") is None)
        ]
        return (limited or fitting or [None])[0]

    def _node_at(self, event: Event, recipe: BatchRecipe) -> str:
        step = self.trail.last(f"{OF_BATCH} AND unit = ?", (event.batch, "step", event.unit), event.seq)
        return node_of(step.data, recipe.words) if step is not None else ""

    def _of_recipe(self, batch: str) -> list[Link]:
        recipe = self.trail.recipe(batch)
        return [self.recipe_link(recipe)] if recipe.created is not None else []

    def started(self, batch: str, before: int) -> list[Link]:
        """Who started the batch."""
        where = OF_BATCH + WHOLE_BATCH + " AND json_extract(data, '$.from') = 'idle'"
        event = self.trail.last(where, (batch, "state"), before)
        if event is None:
            return [self.unknown()]
        user = str(event.data.get("user") or "")
        who = self.names.person(user) if user else ""
        said = both(
            f"Партию {batch_label(batch)} запустил {who or 'кто-то'} в {self.time(event)}.",
            f"Batch {batch_label(batch)} was started by {who or 'somebody'} at {self.time(event)}.",
        )
        return [Link("start", said, event, ref(batch=batch, user=user)), *self._command_behind(event, "batch.%", user)]

    def created(self, batch: str) -> list[Link]:
        """A batch that was made and never started."""
        recipe = self.trail.recipe(batch)
        if recipe.created is None:
            return [self.unknown()]
        return [
            self.recipe_link(recipe),
            *self._command_behind(recipe.created, "batch.create", str(recipe.created.data.get("user"))),
        ]

    def of_alarm(self, event: Event) -> list[Link]:
        """Why it came: the value against its limit, the alarm it follows from, the deviation or the link behind it."""
        data, text, tag = event.data, text_of(event.data.get("text")), str(event.data.get("tag") or "")
        told = tag.startswith(_OF_RECIPE)  # 0 or 1, which say nothing that the alarm does not say
        value = both("", "") if told else self.alarm_value(event)
        limit = self.names.number(tag, data.get("limit"), str(data.get("eu") or ""))
        has = data.get("limit") is not None and not told
        of = both(f", предел {limit['ru']}" if has else "", f", limit {limit['en']}" if has else "")
        said = both(
            f"Тревога «{text['ru'] or event.source}» пришла в {self.time(event)}: "
            f"{self.names.tag(tag)['ru']} {value['ru']}".rstrip()
            + f"{of['ru']}.",
            f"Alarm '{text['en'] or event.source}' came at {self.time(event)}: {self.names.tag(tag)['en']} {value['en']}".rstrip()
            + f"{of['en']}.",
        )
        links = [Link("alarm", said, event, ref(alarm=event.source, tag=tag, batch=event.batch))]
        first = str(data.get("consequence_of") or "")
        if first and first != event.source and (before := self.trail.last(CAME, (first,), event.seq)) is not None:
            return [*links, *self.of_alarm(before)]
        if data.get("kind") == "communication" or tag.startswith("Link."):
            return [*links, *(self._lost_near(event) or [self.unknown(event)])]
        where = f"unit = ? AND kind = 'batch' AND json_extract(data, '$.what') = 'deviation'{NOT_BACK}"
        deviation = self.trail.last(where, (event.unit,), event.seq) if told and event.unit else None
        if deviation is not None:
            return [*links, *self.of_deviation(deviation)]
        return [*links, self.rule(event, tag)]

    def of_escalation(self, write: Event) -> list[Link]:
        """The alarm or call whose escalation switched an output."""
        step = self.trail.near(write, "kind = 'escalation'", (), _SAME_S)
        if step is None:
            return [self.unknown()]
        raised = self.trail.last(CAME, (step.source,), step.seq)
        return [self.escalated(step), *(self.of_alarm(raised) if raised is not None else [])]

    def of_command(self, events: Sequence[Event]) -> list[Link]:
        """What became of a command (a refusal with its reasons first), and who gave it."""
        if not events:
            return [self.unknown()]
        given, last = events[0], events[-1]
        links: list[Link] = []
        if last.data.get("status") in ("refused", "timed_out"):
            why_not = reasons_of(last.data.get("reasons"))
            word = VALUES.get(str(last.data.get("status")), ("", ""))
            said = both(
                f"Команда {word[0].lower()} в {self.time(last)}: {why_not['ru'] or 'причина не названа'}.",
                f"The command was {word[1].lower()} at {self.time(last)}: {why_not['en'] or 'no reason was given'}.",
            )
            links.append(Link("refused", said, last, ref(command=str(last.data.get("id")))))
            links += self._behind_refusal(last)
        return [*links, self.given(given)]

    def _behind_refusal(self, refused: Event) -> list[Link]:
        """The deviation without a decision, or the lost link, that stands behind a refusal."""
        batch = str(refused.data.get("target"))
        found = self.trail.last(OF_BATCH + NOT_BACK, (batch, "deviation"), refused.seq)
        if found is None or found.data.get("kind", "ccp") != "ccp":
            return self._lost_near(refused)
        number = whole(found.data.get("number"))
        decided = self._disposition(batch, number, refused.seq)
        return self.of_deviation(found) if decided is None else []

    def _command_behind(self, event: Event, kind: str, user: str) -> list[Link]:
        """The command of a person that an event follows: the newest one, answered in the same scan."""
        where = "kind = 'command' AND json_extract(data, '$.kind') LIKE ? AND source = ?"
        accepted = f"{where} AND json_extract(data, '$.status') = 'accepted' AND seq < {event.seq}"
        found = self.trail.near(event, accepted, (kind, user), _SAME_S)
        if found is None:
            return []
        return [self.given(events[0])] if (events := self.trail.command(str(found.data.get("id")))) else []


def _command_word(tag: str, write: Event) -> str:
    """The phase command that a value of ``PhCmd`` is, '' for any other tag."""
    return COMMAND_WORDS.get(int(finite(write.data.get("value")) or 0), "") if tag.endswith("PhCmd") else ""
