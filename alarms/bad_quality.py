"""The diagnostics that alarms bring along: a measurement of bad quality blinds its alarms, so it raises an alarm of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from alarms.entries import RESPONSE_TIME_S, DiagnosticsEntry
from alarms.faults import Placed
from alarms.table import STATUS_KINDS, AlarmDef, AlarmKind
from line.documents import Text
from line.eu import eu_text
from line.expr import ExpressionError, parse_expression
from line.integrals import is_integral, reads
from line.tags import CALC_DEVICE, ENGINE_DEVICE, TagDef, TagKind, TagTable

_NAMED_ALARMS: Final = 2
_MOST_SOURCES: Final = 8


def bad_quality_alarms(
    placed: Sequence[Placed], entry: DiagnosticsEntry, tags: TagTable, labels: Mapping[str, str]
) -> list[Placed]:
    """A ``bad_quality`` alarm for every tag that the conditions of ``placed`` are judged by and that has none of its own.

    None for tags of the engine, and none where an entry declines it. It means something only while the links to all devices
    behind the tag are up: a lost link is one alarm. That of a computed tag moreover needs the quality of those inputs that
    have a diagnostic themselves: a broken sensor is one alarm.
    """
    if not entry.bad_quality:
        return []
    judged: dict[int, list[Placed]] = {}
    for one in placed:
        if one.alarm.kind not in STATUS_KINDS:
            for handle in one.judges:
                judged.setdefault(handle, []).append(one)
    declined = {handle for one in placed if not one.diagnosed for handle in one.judges}
    own = {one.alarm.handle for one in placed if one.alarm.kind is AlarmKind.BAD_QUALITY}
    wanted = [h for h in judged if h not in declined | own and not tags[h].broken]
    sources = {h: _sources(tags[h], tags) for h in wanted}
    diagnosed = own | {h for h in wanted if sources[h]}
    found: list[Placed] = []
    for handle in wanted:
        if sources[handle]:
            blinded = judged[handle]
            when = _when(tags[handle], sources[handle], diagnosed, tags)
            alarm = _alarm(tags[handle], [p.alarm for p in blinded], entry, when, _Words(tags[handle], sources[handle], labels))
            found.append(Placed(alarm, blinded[0].path, (handle,)))
    return found


def _sources(tag: TagDef, tags: TagTable) -> list[TagDef]:
    """The tags of devices that ``tag`` comes from: itself, or those that it is computed from; without the engine's."""
    found: dict[int, TagDef] = {}
    seen = {tag.handle}
    waiting = [tag]
    while waiting:
        each = waiting.pop()
        if each.device == CALC_DEVICE:
            new = [h for h in _inputs(each, tags) if h not in seen]
            seen.update(new)
            waiting += [tags[h] for h in new]
        elif each.device != ENGINE_DEVICE and not each.broken:
            found[each.handle] = each
    return [found[h] for h in sorted(found)]


def _inputs(tag: TagDef, tags: TagTable) -> tuple[int, ...]:
    """What a computed tag needs; nothing while its expression is wrong, which is told elsewhere."""
    if is_integral(tag.address):
        return reads(tag, tags)
    try:
        return parse_expression(tag.address, tags).needs_good
    except ExpressionError:
        return ()


def _when(tag: TagDef, sources: Sequence[TagDef], diagnosed: set[int], tags: TagTable) -> str:
    links = [f"Link.{device}.Up" for device in dict.fromkeys(s.device for s in sources)]
    terms = [f"{link} == 1" for link in links if link in tags]
    terms += [f"good({s.name})" for s in sources if s.handle in diagnosed and s.handle != tag.handle]
    return " and ".join(terms)


class _Words:
    """The texts of the diagnostic of a tag, from the tag's own name and that of the alarms that are blind without it."""

    def __init__(self, tag: TagDef, sources: Sequence[TagDef], labels: Mapping[str, str]) -> None:
        self._tag = tag
        self._labels = labels
        self._inputs = [s for s in sources if s.handle != tag.handle][:_MOST_SOURCES]

    def name(self, unit: str) -> Text:
        label = self._labels.get(unit, "")
        bad = ("сигнал недостоверен", "bad signal") if label else ("Сигнал недостоверен", "Bad signal")
        ru, en = ((f"{label}: {word}" if label else word) for word in bad)
        return Text(ru=f"{ru} ({self._tag.text.ru})", en=f"{en} ({self._tag.text.en})")

    def cause(self) -> Text:
        if self._inputs:
            listed = ", ".join(s.name for s in self._inputs)
            return Text(
                ru=f"Недостоверен один из сигналов, по которым считается: {listed}",
                en=f"One of the signals that it is computed from is bad: {listed}",
            )
        if self._tag.kind is TagKind.FLOAT:
            ends = f"{self._tag.lo:g}…{self._tag.hi:g}".replace("-", "\u2212")
            ru, en = (f"{ends} {eu_text(self._tag.eu, language)}".rstrip() for language in ("ru", "en"))
            return Text(
                ru=f"Обрыв или замыкание датчика, кабеля, отказ входа ПЛК, значение вне шкалы {ru.replace('.', ',')}",
                en=f"Sensor or cable broken or shorted, PLC input faulty, value outside its scale {en}",
            )
        return Text(
            ru="Обрыв кабеля, отказ датчика, входа или модуля ПЛК",
            en="Cable broken, sensor, input or module of the PLC faulty",
        )

    def consequence(self, blinded: Iterable[AlarmDef]) -> Text:
        names = list(dict.fromkeys(a.name for a in blinded))
        shown = names[:_NAMED_ALARMS]
        ru, en = ("; ".join(n.get(language) for n in shown) for language in ("ru", "en"))
        if len(names) > len(shown):
            ru, en = f"{ru}; ещё {len(names) - len(shown)}", f"{en}; {len(names) - len(shown)} more"
        return Text(ru=f"Не сработают тревоги: {ru}", en=f"These alarms cannot come: {en}")

    def response(self) -> Text:
        name = self._tag.name
        call = (f"Вызовите КИПиА, назовите {name}.", f"Call instrumentation, name {name}.")
        if self._inputs:
            look = ("Найдите на панели, какой из сигналов недостоверен.", "Find on the panel which of the signals is bad.")
            return _steps(look, ("Следите по местным приборам.", "Watch the local instruments."), call)
        if self._tag.kind is TagKind.FLOAT:
            read = ("Снимайте показания по месту, пишите в журнал.", "Read the value on site, write it into the log.")
            return _steps(read, ("Осмотрите датчик, разъём и кабель.", "Inspect sensor, plug and cable."), call)
        look = ("Проверьте состояние по месту.", "Check the state on site.")
        return _steps(look, ("Осмотрите датчик и кабель.", "Inspect sensor and cable."), call)


def _steps(*steps: tuple[str, str]) -> Text:
    ru, en = ("\n".join(f"{i}. {step[k]}" for i, step in enumerate(steps, 1)) for k in (0, 1))
    return Text(ru=ru, en=en)


def _alarm(tag: TagDef, blinded: Sequence[AlarmDef], entry: DiagnosticsEntry, when: str, words: _Words) -> AlarmDef:
    first = next((a for a in blinded if a.handle == tag.handle), blinded[0])
    return AlarmDef(
        id=f"{tag.name}.{AlarmKind.BAD_QUALITY}",
        tag=tag.name,
        handle=tag.handle,
        kind=AlarmKind.BAD_QUALITY,
        limit=None,
        deadband=0.0,
        on_delay_s=entry.on_delay_s,
        off_delay_s=entry.off_delay_s,
        priority=entry.priority,
        latching=False,
        unit=first.unit,
        eu=tag.eu,
        when=when,
        name=words.name(first.unit),
        cause=words.cause(),
        consequence=words.consequence(blinded),
        response=words.response(),
        response_time_s=RESPONSE_TIME_S.get(entry.priority, RESPONSE_TIME_S[4]),
        area=first.area,
        generated=True,
    )
