"""``escalation.yaml`` → :class:`EscalationPlan`, with every fault of the file found in one run."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, Literal, TypeVar, cast

from pydantic import Field, ValidationError

from alarms.entries import Number, State
from alarms.escalation_reach import unreachable
from alarms.policy import (
    ALARM_MODES,
    Between,
    Contact,
    EscalatesOn,
    EscalationPlan,
    Occasion,
    Output,
    Policy,
    Service,
    Step,
)  # fmt: skip
from alarms.table import AlarmTable
from line.clock import is_time_zone
from line.documents import Document, FileModel, KeyPath, Problem, Text, validate
from line.roles import ROLES
from line.tags import TagKind, TagTable

ATTEMPTS_MAX: Final = 20
RETRY_MIN_S: Final = 5.0
LONGEST_S: Final = 7 * 86_400.0
"""One week: whoever writes a longer time has mistaken the unit."""

_TIME: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_NAME: Final = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


class ContactEntry(FileModel):
    """A person or a duty that can be told."""

    name: Text
    role: str = ""
    outside: bool = False
    language: Literal["ru", "en"] = "ru"
    all_clear: bool = False


class OutputEntry(FileModel):
    """A writable tag that makes itself heard or seen."""

    name: Text
    tag: str
    on_value: State = 1.0
    off_value: State = 0.0
    silenceable: bool = False


class ServiceEntry(FileModel):
    """Whom an operator can call."""

    name: Text
    reasons: tuple[Text, ...] = ()


class StepEntry(FileModel):
    """One step of a policy."""

    after_s: Number
    outputs: tuple[str, ...] = ()
    sound_s: Number = 0.0
    tell: tuple[str, ...] = ()
    attempts: int = 3
    retry_s: Number = 30.0


class PolicyEntry(FileModel):
    """One policy; what is left out is for all."""

    id: str
    waits_on: EscalatesOn
    priorities: tuple[int, ...] = ()
    units: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    shifts: tuple[int, ...] = ()
    between: tuple[str | int, ...] = ()
    steps: tuple[StepEntry, ...] = ()


class EscalationFile(FileModel):
    """``escalation.yaml``."""

    keys_in = "docs/escalation.md"
    time_zone: str = ""
    """Deprecated: that of line.yaml, which is to say the same."""
    contacts: dict[str, ContactEntry] = Field(default_factory=dict[str, ContactEntry])
    outputs: dict[str, OutputEntry] = Field(default_factory=dict[str, OutputEntry])
    services: dict[str, ServiceEntry] = Field(default_factory=dict[str, ServiceEntry])
    policies: tuple[PolicyEntry, ...] = ()


def load_escalation(
    document: Document,
    tags: TagTable,
    units: Collection[str],
    alarms: AlarmTable | None,
    reserved: Collection[str] = (),
    time_zone: str = "",
) -> tuple[EscalationPlan, list[Problem]]:
    """The plan of ``document`` and every fault in it; a caller that sees problems starts nothing.

    ``alarms`` is None while the alarm file has faults of its own: what refers to it is not judged then. ``reserved`` are the
    tags that only the engine writes. ``time_zone`` is the line's; '' leaves it to the file, and else to UTC.
    """
    loader = _Loader(document, tags, units, alarms, reserved)
    plan = loader.load(time_zone)
    return (EscalationPlan() if loader.problems else plan), sorted(loader.problems)


ModelT = TypeVar("ModelT", bound=FileModel)


class _Loader:
    def __init__(
        self, document: Document, tags: TagTable, units: Collection[str], alarms: AlarmTable | None, reserved: Collection[str]
    ) -> None:
        self._document = document
        self._data: Mapping[str, Any] = cast(Mapping[str, Any], document.data) if isinstance(document.data, Mapping) else {}
        self._tags = tags
        self._units = units
        self._alarms = alarms
        self._reserved = reserved
        self.problems: list[Problem] = []

    def load(self, time_zone: str) -> EscalationPlan:
        """Entries with a fault are left out, so that the rest is checked too."""
        self.problems = validate(EscalationFile, self._document)[1]
        own = self._time_zone(zone) if isinstance(zone := self._data.get("time_zone"), str) else ""
        contacts = {i: self._contact(i, e) for i, e in self._entries("contacts", ContactEntry)}
        outputs = {i: o for i, e in self._entries("outputs", OutputEntry) if (o := self._output(i, e)) is not None}
        services = {i: self._service(i, e) for i, e in self._entries("services", ServiceEntry)}
        policies = self._policies()
        plan = EscalationPlan(
            time_zone=time_zone or own or "UTC",
            contacts=contacts,
            outputs=outputs,
            silenceable=frozenset(i for i, e in self._entries("outputs", OutputEntry) if e.silenceable),
            services=services,
            policies=tuple(policies.values()),
        )
        if not self.problems:
            self._check_reach(list(policies), plan)
        return plan

    def _fault(self, path: KeyPath, message: str, remedy: str) -> None:
        problem = self._document.problem(path, message, remedy)
        if problem not in self.problems:
            self.problems.append(problem)

    def _entries(self, key: str, model: type[ModelT]) -> list[tuple[str, ModelT]]:
        raw = self._data.get(key)
        entries = cast(Mapping[object, object], raw).items() if isinstance(raw, Mapping) else ()
        return [(str(i), e) for i, value in entries if (e := _readable(model, value)[0]) is not None]

    def _names(self, key: str) -> Collection[str]:
        """The ids under ``key``, also of entries with faults."""
        raw = self._data.get(key)
        return [str(i) for i in cast(Mapping[object, object], raw)] if isinstance(raw, Mapping) else []

    def _time_zone(self, zone: str) -> str:
        if zone and not is_time_zone(zone):
            self._fault(("time_zone",), f"there is no time zone '{zone}'", "Write one as Europe/Moscow or Asia/Yekaterinburg")
        return zone

    def _contact(self, contact: str, entry: ContactEntry) -> Contact:
        path: KeyPath = ("contacts", contact)
        self._id(contact, path)
        self._text(entry.name, (*path, "name"))
        if entry.role and entry.role not in ROLES:
            self._fault(
                (*path, "role"), f"there is no role '{entry.role}'", f"Use one of {', '.join(ROLES)}, or leave it out for all"
            )
        if entry.all_clear and not entry.outside:
            self._fault(
                (*path, "all_clear"), "an all-clear goes to contacts outside only", "Add outside: true, or remove all_clear"
            )
        return Contact(contact, entry.name, entry.role, entry.outside, entry.language, entry.all_clear)

    def _output(self, output: str, entry: OutputEntry) -> Output | None:
        path: KeyPath = ("outputs", output)
        self._id(output, path)
        self._text(entry.name, (*path, "name"))
        tag = self._tags.find(entry.tag)
        if tag is None:
            near = difflib.get_close_matches(entry.tag, [t.name for t in self._tags], n=1)
            remedy = f"Did you mean {near[0]}?" if near else "Correct the name or add the tag to tags.csv"
            self._fault((*path, "tag"), f"there is no tag '{entry.tag}'", remedy)
            return None
        if tag.broken:
            return None
        if not tag.writable or entry.tag in self._reserved:
            why = "is written by the engine only" if tag.writable else "cannot be written"
            self._fault((*path, "tag"), f"{entry.tag} {why}", "Name a tag that has writable: 1 in tags.csv and is free for this")
        if tag.kind is TagKind.STRING:
            self._fault((*path, "tag"), f"{entry.tag} is a text", "Name a bool or a number")
            return None
        for key, value in (("on_value", entry.on_value), ("off_value", entry.off_value)):
            lo, hi = (0.0, 1.0) if tag.kind is TagKind.BOOL else (tag.lo, tag.hi)
            if not lo <= value <= hi:
                self._fault(
                    (*path, key), f"{key} {value:g} is outside the range of {entry.tag}, {lo:g}..{hi:g}", "Correct the value"
                )
        if entry.on_value == entry.off_value:
            self._fault(path, f"on and off are both {entry.on_value:g}", "Give on_value and off_value different values")
        for other in list(self._names("outputs")):
            if other == output:
                break
            raw = cast(Mapping[str, Any], self._data["outputs"])[other]
            if isinstance(raw, Mapping) and cast(Mapping[str, Any], raw).get("tag") == entry.tag:
                self._fault(
                    (*path, "tag"), f"{entry.tag} is the tag of the output '{other}' already", "Give each output a tag of its own"
                )
        return Output(output, entry.name, tag.handle, entry.on_value, entry.off_value)

    def _service(self, service: str, entry: ServiceEntry) -> Service:
        path: KeyPath = ("services", service)
        self._id(service, path)
        self._text(entry.name, (*path, "name"))
        for i, why in enumerate(entry.reasons):
            self._text(why, (*path, "reasons", i))
            if max(len(why.ru), len(why.en)) > 200:
                self._fault((*path, "reasons", i), "a reason has more than 200 characters", "Make it shorter")
        return Service(service, entry.name, tuple(entry.reasons))

    def _id(self, name: str, path: KeyPath) -> None:
        if not _NAME.fullmatch(name):
            self._fault(path, f"'{name}' cannot be an id", "Use Latin letters, digits, underscore and hyphen")

    def _text(self, text: Text, path: KeyPath) -> None:
        for language in ("ru", "en"):
            if not text.get(language).strip():
                self._fault((*path, language), f"the text {language} is empty", "Write it: people read it")

    def _policies(self) -> dict[int, Policy]:
        """By their place in the file; what is wrong in them is told, and the rest checked all the same."""
        raw = self._data.get("policies")
        policies: dict[int, Policy] = {}
        first: dict[str, int] = {}
        for at, value in enumerate(cast(list[object], raw) if isinstance(raw, list) else []):
            entry, faulty = _readable(PolicyEntry, value, id=f"policies.{at}", waits_on=EscalatesOn.UNACKED)
            if entry is None:
                continue
            path: KeyPath = ("policies", at)
            if not entry.id.strip():
                self._fault((*path, "id"), "the id is empty", "Write a short id: it stands in the journal")
            elif entry.id in first:
                line = self._document.line_of(("policies", first[entry.id]))
                self._fault((*path, "id"), f"the id '{entry.id}' is used in line {line} already", "Give it another id")
            first.setdefault(entry.id, at)
            policies[at] = self._policy(entry, faulty, cast(Mapping[str, Any], value).get("steps"), path)
        return policies

    def _policy(self, entry: PolicyEntry, faulty: frozenset[str], raw_steps: object, path: KeyPath) -> Policy:
        of_calls = entry.waits_on not in ALARM_MODES
        for key in () if "waits_on" in faulty else ("priorities", "alarms") if of_calls else ("services",):
            if getattr(entry, key):
                what = "a call has no" if of_calls else "an alarm has no"
                self._fault((*path, key), f"waits_on: {entry.waits_on}: {what} {key}", f"Remove {key}, or correct waits_on")
        self._known(entry.units, self._units, (*path, "units"), "unit")
        self._known(entry.services, self._names("services"), (*path, "services"), "service")
        if self._alarms is not None:
            self._known(entry.alarms, [a.id for a in self._alarms], (*path, "alarms"), "alarm")
        for key, numbers, hi in (("priorities", entry.priorities, 4), ("shifts", entry.shifts, 99)):
            for i, number in enumerate(numbers):
                if not 1 <= number <= hi:
                    self._fault((*path, key, i), f"{number} is none of the {key}", f"Use 1 to {hi}")
        return Policy(
            id=entry.id,
            on=entry.waits_on,
            steps=self._steps(raw_steps, entry.id, (*path, "steps")),
            priorities=frozenset(entry.priorities),
            units=frozenset(entry.units),
            alarms=frozenset(entry.alarms),
            services=frozenset(entry.services),
            shifts=frozenset(entry.shifts),
            between=self._between(entry.between, (*path, "between")),
        )

    def _steps(self, raw: object, policy: str, path: KeyPath) -> tuple[Step, ...]:
        entries = cast(list[object], raw) if isinstance(raw, list) else []
        if not entries and not raw:
            message = f"the policy '{policy}' has no steps"
            self._fault(path[:-1], message, "Add steps: what is done after how many seconds")
        steps: list[Step] = []
        latest_s = -1.0
        for i, value in enumerate(entries):
            entry, faulty = _readable(StepEntry, value, after_s=latest_s + 1.0)
            if entry is None:
                continue
            if "after_s" not in faulty and entry.after_s <= latest_s and entry.after_s >= 0.0:
                message = f"after_s {entry.after_s:g} is not above {latest_s:g} of the step before"
                self._fault((*path, i, "after_s"), message, "Sort the steps by time, and join steps of the same time")
            latest_s = max(latest_s, entry.after_s)
            steps.append(self._step(entry, faulty, (*path, i)))
        return tuple(steps)

    def _step(self, entry: StepEntry, faulty: frozenset[str], path: KeyPath) -> Step:
        if entry.after_s < 0:
            self._fault((*path, "after_s"), f"after_s is {entry.after_s:g}, below zero", "Write 0 or more")
        for key in ("after_s", "sound_s", "retry_s"):
            if (number := cast(float, getattr(entry, key))) > LONGEST_S:
                self._fault((*path, key), f"{key} is {number:g}, longer than a week", "Write seconds")
        if entry.sound_s and entry.sound_s < 1:
            self._fault((*path, "sound_s"), f"sound_s is {entry.sound_s:g}", "Write 1 or more seconds, or 0 for no sound")
        if not 1 <= entry.attempts <= ATTEMPTS_MAX:
            self._fault((*path, "attempts"), f"{entry.attempts} attempts", f"Use 1 to {ATTEMPTS_MAX}")
        if entry.retry_s < RETRY_MIN_S:
            self._fault((*path, "retry_s"), f"retry_s is {entry.retry_s:g}", f"Wait {RETRY_MIN_S:g} s at least between attempts")
        self._known(entry.outputs, self._names("outputs"), (*path, "outputs"), "output")
        self._known(entry.tell, self._names("contacts"), (*path, "tell"), "contact")
        if not entry.outputs and not entry.tell and not entry.sound_s and not faulty:
            self._fault(path, "the step does nothing", "Give it outputs, sound_s or tell, or remove it")
        return Step(
            entry.after_s, tuple(entry.outputs), entry.sound_s, tuple(dict.fromkeys(entry.tell)), entry.attempts, entry.retry_s
        )

    def _known(self, names: Iterable[str], known: Collection[str], path: KeyPath, what: str) -> None:
        for i, name in enumerate(names):
            if name not in known:
                near = difflib.get_close_matches(name, list(known), n=1)
                remedy = (
                    f"Did you mean {near[0]}?" if near else f"Use one of {', '.join(sorted(known)) or 'none: there is none yet'}"
                )
                self._fault((*path, i), f"there is no {what} '{name}'", remedy)

    def _between(self, times: Sequence[str | int], path: KeyPath) -> Between | None:
        if not times:
            return None
        minutes: list[int] = []
        for i, time in enumerate(times):
            match = _TIME.fullmatch(time) if isinstance(time, str) else None
            if match is None:
                said = (
                    f"'{time}' is no time of day"
                    if isinstance(time, str)
                    else f"a time without quotes is read as the number {time}"
                )
                self._fault((*path, i), said, 'Write it in quotes, as "22:00"')
            else:
                minutes.append(int(match[1]) * 60 + int(match[2]))
        if len(times) != 2:
            self._fault(path, f"between has {len(times)} times", 'Write two: ["22:00", "06:00"]')
        elif len(minutes) == 2 and minutes[0] == minutes[1]:
            self._fault(path, "between begins and ends at the same time", "Leave it out for any time of day")
        return Between(minutes[0], minutes[1]) if len(minutes) == 2 else None

    def _check_reach(self, places: Sequence[int], plan: EscalationPlan) -> None:
        if self._alarms is None:
            return
        occasions = [Occasion(0, 0, a.unit, a.priority, a.id) for a in self._alarms]
        occasions += [Occasion(0, 0, unit, service=service) for service in plan.services for unit in ("", *self._units)]
        for at, earlier in unreachable(plan.policies, occasions).items():
            names = ", ".join(f"'{plan.policies[i].id}'" for i in earlier)
            message = f"the policy '{plan.policies[at].id}' is never chosen: {names} above take all that it is for"
            self._fault(("policies", places[at]), message, "Move it up, or narrow the others: the first that matches is taken")


def _readable(model: type[ModelT], raw: object, **stand_in: object) -> tuple[ModelT | None, frozenset[str]]:
    """The entry without the keys that are wrong, whose faults are told already, and which these are; ``stand_in`` takes the
    place of needed ones. None when nothing is left of it."""
    if not isinstance(raw, Mapping):
        return None, frozenset()
    entry = cast(Mapping[str, Any], raw)
    try:
        return model.model_validate(entry), frozenset()
    except ValidationError as error:
        faulty = frozenset(str(e["loc"][0]) for e in error.errors() if e["loc"])
    try:
        left = {k: v for k, v in entry.items() if str(k) not in faulty}
        return model.model_validate({**stand_in, **left}), faulty
    except ValidationError:
        return None, faulty
