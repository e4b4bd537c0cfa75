"""Events said in words for an operator: each gives one link of an explanation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from historian.record_recipe import NodeWords, Words, text_of
from historian.record_sections import node_of
from historian.record_words import QUALITIES, ROLES, STATES, VALUES
from historian.why import Link, both
from historian.why_names import Names, reasons_of
from historian.why_trail import BatchRecipe, Trail, ref
from line.jsontools import child, finite
from line.labels import batch_label
from line.messages import Event, Json
from line.phases import PHASE_COMMANDS
from line.quality import is_good, status_name

COMMAND_WORDS: Final = {number: word for word, number in PHASE_COMMANDS.items()}
COMMAND_RU: Final = {
    "start": "Пуск", "hold": "Удержать", "restart": "Продолжить", "stop": "Стоп", "abort": "Прервать", "reset": "Сброс",
    "pause": "Пауза", "resume": "Снять с паузы",
}  # fmt: skip


class Sayings:
    """Says events in words; finds nothing."""

    def __init__(self, trail: Trail, names: Names) -> None:
        self.trail = trail
        self.names = names

    def time(self, event: Event) -> str:
        """When an event happened, as people say it."""
        return self.names.at(event.time_ns, self.trail.at_ns)

    def where(self, recipe: BatchRecipe, node: NodeWords | None, cause: Event | None, parameter: str) -> Words:
        """`` — cooking (recipe Doktorskaya 1.0, step smokehouse.cooking.cook, parameter cook_temp)``."""
        name = recipe.words.name if recipe.words.source is not None else text_of(recipe.id)
        place = node.id if node is not None else str(cause.data.get("phase", "")) if cause is not None else ""
        phase = node.name if node is not None else text_of(place)
        words = {"ru": ("рецепт", "шаг", "параметр"), "en": ("recipe", "step", "parameter")}
        values = {k: (f"{name[k]} {recipe.version}".strip(), place, parameter) for k in ("ru", "en")}
        parts = {k: [f"{w} {v}" for w, v in zip(words[k], values[k], strict=True) if v] for k in ("ru", "en")}
        return {k: (f" — {phase[k]}" if phase[k] else "") + f" ({', '.join(parts[k])})" for k in ("ru", "en")}

    def ref_of(self, recipe: BatchRecipe, node: NodeWords | None, key: Sequence[str | int] = ()) -> dict[str, str | int | None]:
        """Where in the recipe, and in which line of a file where that is known."""
        place = self.names.place(recipe.id, recipe.hash, tuple(key)) if recipe.id and key else None
        return {
            "recipe": recipe.id, "version": recipe.version, "hash": recipe.hash, "node": node.id if node is not None else None,
            "key": ".".join(str(k) for k in key), "file": place[0] if place else None, "line": place[1] if place else None,
        }  # fmt: skip

    def request(self, event: Event, node: NodeWords | None, recipe: BatchRecipe) -> Link:
        """What the engine asked the unit for, and why."""
        data = event.data
        word, unit, cause = str(data.get("command")), self.names.unit(str(data.get("unit"))), text_of(data.get("cause"))
        phase = self.names.phase(str(data.get("unit")), str(data.get("phase") or ""))
        said = both(
            f"Партия {batch_label(event.batch)} дала команду «{COMMAND_RU.get(word, word)}» фазе «{phase['ru']}» узла {unit} "
            f"в {self.time(event)}"
            f"{': ' + cause['ru'] if cause['ru'] else ''}.",
            f"Batch {batch_label(event.batch)} asked {unit} to {word} the phase '{phase['en']}' at {self.time(event)}"
            f"{': ' + cause['en'] if cause['en'] else ''}.",
        )
        key = node.key if node is not None else ()
        return Link(
            "request",
            said,
            event,
            ref(request=str(data.get("request") or ""), batch=event.batch, **self.ref_of(recipe, node, key)),
        )

    def unit_state(self, event: Event) -> Link:
        """A change of the phase's state in the PLC."""
        data, unit = event.data, self.names.unit(event.source)
        old, new = (state_words(data.get(k)) for k in ("from", "to"))
        name = self.names.phase(event.source, str(data.get("phase") or ""))
        phase = both(f" «{name['ru']}»", f" '{name['en']}'") if data.get("phase") else both("", "")
        said = both(
            f"{unit}: фаза{phase['ru']} {old['ru']} → {new['ru']} в {self.time(event)}.",
            f"{unit}: phase{phase['en']} {old['en']} → {new['en']} at {self.time(event)}.",
        )
        return Link("state", said, event, ref(unit=event.source, batch=event.batch))

    def unit_refused(self, event: Event) -> Link:
        """A command that the unit did not take."""
        data, why_not = event.data, reasons_of(event.data.get("reasons"))
        unit, word = self.names.unit(event.source), str(data.get("command"))
        said = both(
            f"{unit}: команда «{COMMAND_RU.get(word, word)}» отклонена в {self.time(event)}: {why_not['ru']}.",
            f"{unit}: the command {word} was refused at {self.time(event)}: {why_not['en']}.",
        )
        return Link("refused", said, event, ref(unit=event.source))

    def interlock(self, event: Event) -> Link:
        """An interlock that tripped, with the condition that was not fulfilled."""
        why_not, label = reasons_of(event.data.get("reasons")), self.names.unit(event.source)
        action = "прервала" if event.data.get("action") == "abort" else "задержала"
        verb = "aborted" if event.data.get("action") == "abort" else "held"
        said = both(
            f"{label}: блокировка {action} фазу в {self.time(event)}: {why_not['ru']}.",
            f"{label}: an interlock {verb} the phase at {self.time(event)}: {why_not['en']}.",
        )
        return Link("interlock", said, event, ref(unit=event.source, interlock=why_not["en"]))

    def happened(self, event: Event) -> Link:
        """A lost or restored link, a start or restart of the engine."""
        data = event.data
        if event.kind == "link":
            up, error = data.get("to") == "up", text_of(data.get("error"))
            said = both(
                f"Связь с {event.source} {'восстановлена' if up else 'потеряна'} в {self.time(event)}"
                f"{': ' + error['ru'] if error['ru'] else ''}.",
                f"The link to {event.source} {'came back' if up else 'was lost'} at {self.time(event)}"
                f"{': ' + error['en'] if error['en'] else ''}.",
            )
            return Link("link", said, event, ref(device=event.source))
        word = {"started": "запущена", "restored": "перезапущена", "stopped": "остановлена"}.get(
            str(data.get("what")), str(data.get("what"))
        )
        said = both(f"Система управления {word} в {self.time(event)}.", f"The engine: {data.get('what')} at {self.time(event)}.")
        return Link("system", said, event, ref())

    def batch_state(self, event: Event) -> Link:
        """A change of state of a batch or of one of its nodes, with the reasons that were given."""
        data, why_not = event.data, reasons_of(event.data.get("reasons"))
        old, new = (state_words(data.get(k)) for k in ("from", "to"))
        node = self.trail.recipe(event.batch).words.node_name(str(data.get("node") or ""))
        of = {k: f", {node[k]}" if node[k] else "" for k in ("ru", "en")}
        said = both(
            f"Партия {batch_label(event.batch)}{of['ru']}: {old['ru']} → {new['ru']} в {self.time(event)}"
            f"{': ' + why_not['ru'] if why_not['ru'] else ''}.",
            f"Batch {batch_label(event.batch)}{of['en']}: {old['en']} → {new['en']} at {self.time(event)}"
            f"{': ' + why_not['en'] if why_not['en'] else ''}.",
        )
        return Link("state", said, event, ref(batch=event.batch, node=str(data.get("node") or "")))

    def recipe_link(self, recipe: BatchRecipe) -> Link:
        """Which version of which recipe a batch follows."""
        created = recipe.created
        name = recipe.words.name if recipe.words.source is not None else text_of(recipe.id)
        batch = created.batch if created is not None else ""
        said = both(
            f"Партия {batch_label(batch)} идёт по рецепту {name['ru']} {recipe.version} (сумма {recipe.hash[:12]}).",
            f"Batch {batch_label(batch)} follows recipe {name['en']} {recipe.version} (hash {recipe.hash[:12]}).",
        )
        return Link("recipe", said, created, ref(batch=batch, **self.ref_of(recipe, None, ("recipe",))))

    def step_done(self, event: Event) -> Link:
        """A phase that came to its end."""
        recipe = self.trail.recipe(event.batch)
        node = recipe.words.nodes.get(node_of(event.data, recipe.words))
        where = self.where(recipe, node, event, "")
        said = both(
            f"Последняя фаза закончена в {self.time(event)}{where['ru']}.",
            f"The last phase ended at {self.time(event)}{where['en']}.",
        )
        return Link(
            "step", said, event, ref(batch=event.batch, **self.ref_of(recipe, node, node.key if node is not None else ()))
        )

    def alarm_now(self, event: Event) -> Link:
        """Where an alarm stands, and who acknowledged it."""
        data, text = event.data, text_of(event.data.get("text"))
        who = self.names.person(data.get("user")) if data.get("user") else ""
        did = _ALARM.get(str(data.get("event")), both(str(data.get("event")), str(data.get("event"))))
        said = both(
            f"Тревога «{text['ru'] or event.source}»: {did['ru']} в {self.time(event)}{' — ' + who if who else ''}.",
            f"Alarm '{text['en'] or event.source}': {did['en']} at {self.time(event)}{' by ' + who if who else ''}.",
        )
        return Link("alarm", said, event, ref(alarm=event.source))

    def rule(self, event: Event, tag: str) -> Link:
        """What an alarm is set on: further back the journal does not know."""
        data = event.data
        during = both("", "")
        if event.batch and data.get("phase"):
            phase = self.names.phase(event.unit, str(data.get("phase")))
            during = both(
                f"; шла фаза «{phase['ru']}» партии {batch_label(event.batch)}",
                f"; phase '{phase['en']}' of batch {batch_label(event.batch)} was running",
            )
        name, delay = self.names.tag(tag), f"{finite(data.get('on_delay_s')) or 0.0:g}"
        bad = data.get("kind") == "bad_quality"
        end = both(
            "почему нет достоверного значения, журнал не знает: проверьте датчик, кабель и вход ПЛК" if bad
            else "почему изменилась величина, журнал не знает",
            "why there is no good value, the journal does not know: check the sensor, its cable and the input of the PLC" if bad
            else "why the value moved, the journal does not know",
        )  # fmt: skip
        said = both(
            f"Тревога следит за величиной «{name['ru']}», задержка {delay.replace('.', ',')} с{during['ru']}; {end['ru']}.",
            f"The alarm watches '{name['en']}', delay {delay} s{during['en']}; {end['en']}.",
        )
        return Link("end", said, event, ref(alarm=event.source, tag=tag))

    def given(self, event: Event) -> Link:
        """Who gave a command, where, when and why."""
        data, args = event.data, child(event.data, "args")
        kind = VALUES.get(str(data.get("kind")), (str(data.get("kind")), str(data.get("kind"))))
        word = str(args.get("command") or args.get("value") or "")
        did = (f": «{COMMAND_RU.get(word, word)}»", f": {word}") if word else ("", "")
        target = self.names.target(str(data.get("kind")), str(data.get("target") or ""))
        said = both(
            f"{self.who(event)['ru']} — {kind[0]} {target['ru']}{did[0]}, {self.time(event)}{because(data.get('reason'), 'ru')}.",
            f"{self.who(event)['en']}: {kind[1]} {target['en']}{did[1]}, {self.time(event)}{because(data.get('reason'), 'en')}.",
        )
        return Link(
            "command",
            said,
            event,
            ref(command=str(data.get("id")), user=str(data.get("user")), station=str(data.get("station") or "")),
        )

    def value(self, tag: str, write: Event) -> Words:
        """What was written: a phase command by its word, any other value with its unit."""
        number = self.names.number(tag, write.data.get("value"))
        word = COMMAND_WORDS.get(int(finite(write.data.get("value")) or 0), "") if tag.endswith(".PhCmd") else ""
        return both(f"«{COMMAND_RU[word]}»", word) if word in COMMAND_RU else number

    def question(self, event: Event) -> Link:
        """A prompt that waits for its reply."""
        text, role = text_of(event.data.get("text")), str(event.data.get("role") or "operator")
        who = ROLES.get(role, (role, role))[0]
        said = both(
            f"Партия {batch_label(event.batch)} ждёт ответа с {self.time(event)}: «{text['ru']}» (отвечает {who}).",
            f"Batch {batch_label(event.batch)} waits for a reply since {self.time(event)}: '{text['en']}' "
            f"(answered by: {ROLES.get(role, (role, role))[1]}).",
        )
        return Link("prompt", said, event, ref(batch=event.batch, node=str(event.data.get("node") or "")))

    def alarm_value(self, event: Event) -> Words:
        """The value at which an alarm came; one that was not Good is not shown."""
        code = event.data.get("quality")
        if isinstance(code, int) and not is_good(code):
            ru = QUALITIES.get(status_name(code), status_name(code))
            return both(f"значение недостоверно ({ru})", f"not Good ({status_name(code)})")
        return self.names.number(str(event.data.get("tag") or ""), event.data.get("value"), str(event.data.get("eu") or ""))

    def escalated(self, step: Event) -> Link:
        """A step of an escalation, or its end."""
        data = step.data
        what = _ESCALATION.get(str(data.get("what")), both(str(data.get("what")), str(data.get("what"))))
        why_ended = f" ({data['why']})" if data.get("why") else ""
        said = both(
            f"Оповещение по «{step.source}»: {what['ru']} {data.get('step') or ''}".rstrip()
            + f" в {self.time(step)}{why_ended}.",
            f"Escalation of '{step.source}': {what['en']} {data.get('step') or ''}".rstrip()
            + f" at {self.time(step)}{why_ended}.",
        )
        return Link("escalation", said, step, ref(alarm=step.source))

    def who(self, event: Event) -> Words:
        """A person with the station."""
        station = str(event.data.get("station") or "")
        name = self.names.person(event.data.get("user"))
        return both(f"{name} (пост {station})" if station else name, f"{name} (station {station})" if station else name)

    def unknown(self, event: Event | None = None) -> Link:
        """Where the journal says no more."""
        return Link("end", both("Дальше журнал не говорит.", "The journal says no more."), event, ref())


_ESCALATION: Final = {
    "started": both("началось", "started"), "step": both("шаг", "step"), "paused": both("приостановлено", "paused"),
    "resumed": both("возобновлено", "resumed"), "ended": both("закончено", "ended"), "failed": both("никого не нашли", "failed"),
}  # fmt: skip
_ALARM: Final = {
    "ack": both("принята", "acknowledged"), "return": both("вернулась в норму", "returned"), "alarm": both("пришла", "came"),
    "shelve": both("отложена", "shelved"), "unshelve": both("возвращена из отложенных", "unshelved"),
    "realarm": both("пришла повторно", "came again"),
    "reset": both("сброшена", "reset"), "suppress": both("подавлена", "suppressed"),
    "remove": both("выведена из работы", "taken out of service"),
    "restore": both("возвращена в работу", "put back into service"),
}  # fmt: skip


def state_words(word: Json) -> Words:
    """A state as people say it."""
    ru, en = STATES.get(str(word), (str(word), str(word)))
    return both("неизвестна" if word == "unknown" else ru, en)


def because(reason: Json, language: str) -> str:
    """The reason that a person gave, in quotation marks."""
    text = str(text_of(reason)[language]) if reason else ""
    return f" («{text}»)" if text and language == "ru" else f" ('{text}')" if text else ""
