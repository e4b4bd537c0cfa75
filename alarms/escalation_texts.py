"""What people are told: title and body of a notice, in Russian and English."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from alarms.escalation_state import ACTION, Subject, Wait
from alarms.policy import EscalatesOn
from alarms.table import ANALOG_KINDS, DEVIATION_KINDS, RATE_KINDS, AlarmDef
from line.clock import NS_PER_S
from line.documents import Text
from line.eu import eu_text

MINUS: Final = "\u2212"

NO_ANSWER: Final = Text(ru="нет ответа за 60 с", en="no answer within 60 s")
NOT_DELIVERED: Final = Text(ru="не доставлено", en="not delivered")

_TITLES: Final = {
    EscalatesOn.UNACKED: Text(ru="Тревога P{p} не квитирована: {text}", en="Alarm P{p} not acknowledged: {text}"),
    EscalatesOn.NO_ACTION: Text(ru="Тревога P{p}, ничего не сделано: {text}", en="Alarm P{p}, nothing done: {text}"),
    EscalatesOn.UNACCEPTED: Text(ru="{text} — никто не принял", en="{text} — nobody has accepted"),
    EscalatesOn.NOT_ON_SITE: Text(ru="{text} — принят, никто не пришёл", en="{text} — accepted, nobody has come"),
}
_WAITED: Final = {
    EscalatesOn.UNACKED: Text(ru="Не квитирована {t}", en="Not acknowledged for {t}"),
    EscalatesOn.NO_ACTION: Text(ru="Никаких действий {t}", en="No action for {t}"),
    EscalatesOn.UNACCEPTED: Text(ru="Ждёт {t}", en="Waits for {t}"),
    EscalatesOn.NOT_ON_SITE: Text(ru="После приёма прошло {t}", en="Accepted {t} ago"),
}
_OVER: Final = {
    Wait.ACKED: Text(ru="тревога квитирована", en="the alarm was acknowledged"),
    Wait.RETURNED: Text(ru="тревога ушла", en="the alarm has returned to normal"),
    Wait.SUPPRESSED: Text(ru="тревога подавлена по условию", en="the alarm is suppressed by design"),
    Wait.OUT_OF_SERVICE: Text(ru="тревога выведена из работы", en="the alarm was taken out of service"),
    Wait.ACCEPTED: Text(ru="вызов принят", en="the call was accepted"),
    Wait.ARRIVED: Text(ru="на вызов пришли", en="somebody has come"),
    Wait.CLOSED: Text(ru="вызов закрыт", en="the call was closed"),
    ACTION: Text(ru="на узле начали действовать", en="somebody acts at the unit"),
}
_STILL_STANDS: Final = Text(ru="Сама тревога ещё стоит.", en="The alarm itself still stands.")
_NO_MORE: Final = Text(ru="Больше сообщений об этом не будет.", en="There will be no further messages about it.")
_ENDED: Final = Text(ru="эскалация прекращена", en="the escalation has ended")


@dataclass(frozen=True)
class Place:
    """What messages say of the line: its name, ``labels`` of units with their names, decimals of tags by handle, local time."""

    line: Text
    labels: Mapping[str, Text]
    decimals: Sequence[int]
    zone: ZoneInfo


@dataclass(frozen=True)
class Told:
    """A contact that was told before, and when."""

    name: Text
    at_ns: int


def call_text(number: int, service: Text) -> Text:
    """The call in a few words, as runs and titles show it."""
    return Text(ru=f"Вызов № {number}: {service.ru}", en=f"Call no. {number}: {service.en}")


def title(on: EscalatesOn, subject: Subject) -> Text:
    """What is wrong, in one line."""
    return _each(lambda language: _filled(_TITLES[on], language, p=str(subject.priority), text=subject.text.get(language)))


def body(on: EscalatesOn, subject: Subject, alarm: AlarmDef | None, told: Sequence[Told], elapsed_s: float, place: Place) -> Text:
    """All that somebody needs who stands elsewhere: what, where, the value, since when, what to do, who has not reacted."""
    return _each(lambda language: "\n".join(_lines(on, subject, alarm, told, elapsed_s, place, language)))


def over_title(subject: Subject, why: str) -> Text:
    """Why nobody need come any more, in one line. An acknowledgement is no all-clear for the fault, and is not called one."""
    said = _OVER.get(why, _ENDED)
    return _each(lambda language: f"{said.get(language)[0].upper()}{said.get(language)[1:]}: {subject.text.get(language)}")


def over_body(subject: Subject, why: str, user: str, now_ns: int, place: Place) -> Text:
    """When it ended and by whom, and whether the alarm still stands."""

    def one(language: str) -> str:
        by = f" ({user})" if user else ""
        lines = [f"{local_time(now_ns, place.zone)} {_OVER.get(why, _ENDED).get(language)}{by}"]
        if why in (Wait.ACKED, ACTION):
            lines.append(_STILL_STANDS.get(language))
        lines.append(_NO_MORE.get(language))
        return "\n".join(lines)

    return _each(one)


def _lines(
    on: EscalatesOn, subject: Subject, alarm: AlarmDef | None, told: Sequence[Told], elapsed_s: float, place: Place, language: str
) -> list[str]:
    label = place.labels.get(subject.unit)
    lines = [subject.text.get(language)] if subject.what == "alarm" else []
    lines.append(
        _pair(
            "Где", "Where", f"{label.get(language)}, {place.line.get(language)}" if label else place.line.get(language), language
        )
    )
    if subject.what == "call":
        who = f"{subject.by}, {subject.station}" if subject.station else subject.by
        lines += [_pair("Почему", "Why", subject.reason.get(language), language), _pair("Кто вызвал", "Called by", who, language)]
    elif alarm is not None and alarm.kind in ANALOG_KINDS:
        lines.append(_measured(subject, alarm, place, language))
    since = ("Вызвали", "Called") if subject.what == "call" else ("Стоит с", "Since")
    lines.append(_pair(*since, local_time(subject.since_ns, place.zone), language))
    lines.append(_filled(_WAITED[on], language, t=duration(elapsed_s, language)))
    if told:
        names = ", ".join(f"{t.name.get(language)} ({_clock(t.at_ns, place.zone)})" for t in told)
        lines.append(_pair("Сообщали", "Told before", names, language))
    if alarm is not None and alarm.response.get(language).strip():
        lines += ["Что делать:" if language == "ru" else "What to do:", alarm.response.get(language).strip()]
    return lines


def _measured(subject: Subject, alarm: AlarmDef, place: Place, language: str) -> str:
    decimals = place.decimals[alarm.handle] if 0 <= alarm.handle < len(place.decimals) else 1
    eu = eu_text(alarm.eu, language)
    if subject.value is None:
        value = Text(ru="нет данных", en="no data").get(language)
    else:
        value = with_unit(number_text(subject.value, decimals, language), eu)
        value += "" if subject.good else Text(ru=" (недостоверно)", en=" (not reliable)").get(language)
    said = _pair("Значение", "Value", value, language)
    if alarm.limit is None:
        return said
    limit = number_text(alarm.limit, max(decimals, _decimals_of(alarm.limit)) if alarm.limit % 1 else 0, language)
    if alarm.kind in RATE_KINDS:
        name, eu = Text(ru="предел скорости", en="limit of the rate"), f"{eu}/{eu_text('min', language)}"
    elif alarm.kind in DEVIATION_KINDS:
        name = Text(ru="допустимое отклонение", en="allowed deviation")
    else:
        name = Text(ru="предел", en="limit")
    return f"{said}, {name.get(language)} {with_unit(limit, eu)}"


def number_text(value: float, decimals: int, language: str) -> str:
    """A number with fixed decimals: decimal comma in Russian, true minus."""
    digits = f"{abs(value):.{decimals}f}"
    negative = value < 0 and any(c in "123456789" for c in digits)
    return (MINUS if negative else "") + (digits.replace(".", ",") if language == "ru" else digits)


def with_unit(number: str, eu: str) -> str:
    """Number and unit with a no-break space between."""
    return f"{number}\u00a0{eu}" if eu else number


def duration(seconds: float, language: str) -> str:
    """``45 с``, ``5 мин``, ``1 ч 10 мин``: below two minutes in seconds, in whole minutes from there on."""
    whole = max(0, round(seconds))
    if whole < 120:
        return with_unit(str(whole), eu_text("s", language))
    hours, minutes = divmod(whole // 60, 60)
    parts = [with_unit(str(hours), eu_text("h", language))] if hours else []
    return " ".join([*parts, *([with_unit(str(minutes), eu_text("min", language))] if minutes or not hours else [])])


def local_time(time_ns: int, zone: ZoneInfo) -> str:
    """``22.11.2026 03:00:07`` on the clock of the plant."""
    return _local(time_ns, zone).strftime("%d.%m.%Y %H:%M:%S")


def local_minute(time_ns: int, zone: ZoneInfo) -> int:
    """Minutes after local midnight."""
    local = _local(time_ns, zone)
    return local.hour * 60 + local.minute


def _clock(time_ns: int, zone: ZoneInfo) -> str:
    return _local(time_ns, zone).strftime("%H:%M")


def _local(time_ns: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(time_ns // NS_PER_S, zone)


def _decimals_of(value: float) -> int:
    return len(f"{value:.6f}".rstrip("0").partition(".")[2])


def _pair(ru: str, en: str, value: str, language: str) -> str:
    return f"{ru if language == 'ru' else en}: {value}"


def _filled(template: Text, language: str, **words: str) -> str:
    return template.get(language).format(**words)


def _each(make: Callable[[str], str]) -> Text:
    return Text(ru=make("ru"), en=make("en"))
