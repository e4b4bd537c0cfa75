"""The escalation's state in the journal. In a flood it is saved with every scan, so that runs that stand are not written anew."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, replace
from typing import Any

from alarms.escalation_state import EscalationState, Lamp, Notice, Phase, Run, RunKey, Subject
from alarms.policy import EscalatesOn, Output
from line.documents import FileModel, Text
from line.messages import Json, JsonObject
from line.tags import TagTable


class _SavedSubject(FileModel):
    id: str
    what: str
    unit: str
    priority: int
    text: Text
    since_ns: int
    value: float | None
    good: bool
    number: int
    service: str
    service_name: Text
    reason: Text
    by: str
    station: str


class _SavedRun(FileModel):
    number: int
    on: EscalatesOn
    policy: str
    subject: _SavedSubject
    began_ns: int
    mark_ns: int
    counted_ns: int
    paused: bool
    step: int
    muted: bool
    failed: tuple[int, ...]


class _SavedNotice(FileModel):
    id: str
    run_number: int
    run: str
    contact: str
    policy: str
    step: int
    unit: str
    priority: int
    title: Text
    body: Text
    phase: Phase
    told_ns: int
    mark_ns: int
    attempt: int
    attempts: int
    retry_s: float
    recalled: bool
    error: Text
    ended_ns: int
    over_title: Text
    over_body: Text


class _SavedLamp(FileModel):
    on: bool
    wrote_ns: int
    tries: int
    tag: str = ""
    off: float = 0.0


class SavedEscalation(FileModel):
    """The stage's state in the journal. ``runs`` is one JSON text a line; older builds wrote objects."""

    standing: Mapping[str, str]
    runs: tuple[_SavedRun, ...] | str
    notices: tuple[_SavedNotice, ...]
    lamps: Mapping[str, _SavedLamp]
    last_run: int
    last_notice: int
    looked_ns: int


class EscalationSaver:
    """Writes states. Remembers the text of runs that have not changed since: a memory, not a state."""

    def __init__(self, outputs: Collection[Output], tags: TagTable) -> None:
        self._outputs = outputs
        self._tags = tags
        self._runs: dict[RunKey, tuple[Run, str]] = {}

    def save(self, state: EscalationState) -> JsonObject:
        """The state as JSON; runs are JSON texts of their own."""
        known = self._runs
        kept: dict[RunKey, tuple[Run, str]] = {}
        for key, run in state.runs.items():
            old = known.get(key)
            kept[key] = old if old is not None and old[0] is run else (run, _run_text(run))
        self._runs = kept
        return {
            "standing": dict(state.standing),
            "runs": "\n".join(text for _, text in kept.values()),
            "notices": [_notice_json(n) for n in state.notices.values()],
            "lamps": {o.id: self._lamp(o, state.lamps[o.id]) for o in (*self._outputs, *state.left_on) if o.id in state.lamps},
            "last_run": state.last_run,
            "last_notice": state.last_notice,
            "looked_ns": state.looked_ns,
        }

    def _lamp(self, output: Output, lamp: Lamp) -> JsonObject:
        """With what it takes to switch it off when the file has it no more."""
        return {**asdict(lamp), "tag": self._tags[output.handle].name, "off": output.off}


def left_on(saved: JsonObject, outputs: Collection[Output], tags: TagTable) -> dict[Output, Lamp]:
    """The outputs of ``saved`` that may be on and whose tags are those of no output any more."""
    kept = {o.handle for o in outputs}
    found: dict[Output, Lamp] = {}
    for output_id, lamp in SavedEscalation.model_validate(saved).lamps.items():
        tag = tags.find(lamp.tag) if lamp.tag and (lamp.on or lamp.tries) else None
        if tag is not None and tag.writable and tag.handle not in kept:
            name = Text(ru=output_id, en=output_id)
            found[Output(f"tag:{tag.name}", name, tag.handle, lamp.off, lamp.off)] = Lamp(False, lamp.wrote_ns, 1)
    return found


def _run_text(run: Run) -> str:
    texts = {"text": run.subject.text, "service_name": run.subject.service_name, "reason": run.subject.reason}
    subject: dict[str, Json] = {**vars(run.subject), **{k: t.to_json() for k, t in texts.items()}}
    whole: dict[str, Json] = {**vars(run), "on": run.on.value, "subject": subject, "failed": list(run.failed)}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))


def _notice_json(notice: Notice) -> JsonObject:
    texts = {"title": notice.title, "body": notice.body, "error": notice.error}
    texts |= {"over_title": notice.over_title, "over_body": notice.over_body}
    return {**vars(notice), **{k: t.to_json() for k, t in texts.items()}, "phase": notice.phase.value}


def load(saved: JsonObject) -> EscalationState:
    """The state as :meth:`EscalationSaver.save` gave it. Raises ValueError for anything else."""
    data = SavedEscalation.model_validate(saved)
    saved_runs = data.runs
    if isinstance(saved_runs, str):
        saved_runs = tuple(_SavedRun.model_validate_json(line) for line in saved_runs.split("\n") if line)
    runs = [replace(Run(**_fields(r)), subject=Subject(**_fields(r.subject))) for r in saved_runs]
    notices = [Notice(**_fields(n)) for n in data.notices]
    return EscalationState(
        standing=data.standing,
        runs={r.key: r for r in runs},
        notices={n.id: n for n in notices},
        lamps={i: Lamp(lamp.on, lamp.wrote_ns, lamp.tries) for i, lamp in data.lamps.items()},
        last_run=data.last_run,
        last_notice=data.last_notice,
        looked_ns=data.looked_ns,
    )


def _fields(model: FileModel) -> dict[str, Any]:
    return {name: getattr(model, name) for name in type(model).model_fields}
