"""The hand-over of a shift in words: who to whom, what is open, what keeps it back, what happens when nobody does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hmi.rolenames import role_name
from hmi.texts import translate
from hmi.viewmodels import wire
from hmi.viewmodels.alarm_page import user_name
from hmi.viewmodels.format import clock_minutes, hours_text
from hmi.viewmodels.handover import Course, Handover, HandoverDraft, Matter, Planned, Task, parts_of
from hmi.viewmodels.store import LineStore
from hmi.widgets.entrylist import Entry, Said
from line.clock import NS_PER_S

KINDS: Final[dict[str, Callable[[], str]]] = {
    "batch": lambda: translate("Handover", "batch"),
    "prompt": lambda: translate("Handover", "question"),
    "deviation": lambda: translate("Handover", "product on hold"),
    "alarm": lambda: translate("Handover", "alarm"),
    "hidden_alarm": lambda: translate("Handover", "hidden alarm"),
    "manual": lambda: translate("Handover", "by hand"),
    "call": lambda: translate("Handover", "call"),
    "stop": lambda: translate("Handover", "stop"),
    "request": lambda: translate("Handover", "request"),
    "order": lambda: translate("Handover", "order"),
    "lot": lambda: translate("Handover", "raw material"),
    "more": lambda: "",
}
CALLED_OUT: Final = frozenset({"deviation", "prompt", "stop"})
"""Matters that somebody should still deal with before the hand-over."""
WITHDRAW_REASONS: Final[tuple[Callable[[], str], ...]] = (
    lambda: translate("Handover", "The list is not complete"),
    lambda: translate("Handover", "The notes are to be changed"),
    lambda: translate("Handover", "Somebody else hands over"),
)
MISSING: Final[dict[str, Callable[[], str]]] = {
    "read": lambda: translate("Handover", "Turn the list to its last page."),
    "talked": lambda: translate("Handover", "Talk it over and tick that."),
}


STEP_ACTIONS: Final[dict[str, Callable[[], str]]] = {
    "closed": lambda: translate("Handover", "Start a shift…"),
    "open": lambda: translate("Handover", "Prepare the hand-over"),
    "preparing": lambda: translate("Handover", "Sign: I hand over…"),
    "handing_over": lambda: translate("Handover", "Sign: I take over…"),
}
"""What the next step is called, by where the shift stands."""


def signing_words(number: int, matters: int, *, leaves: bool) -> tuple[str, str, str]:
    """Title, what is signed, and the button."""
    title = translate("Handover", "Hand-over of shift {number}").format(number=number)
    if leaves:
        text = translate("Handover", "I hand over shift {number} with the notes and the open matters listed ({n}).")
        action = translate("Handover", "Sign: I hand over")
    else:
        text = translate("Handover", "I have read the notes and the open matters of shift {number} ({n}) and take over.")
        action = translate("Handover", "Sign: I take over")
    return title, text.format(number=number, n=matters), action


def barred_words(told: Handover) -> dict[str, str]:
    """Who may not sign, and why."""
    if not told.not_user:
        return {}
    why = translate("Handover", "{name} handed over: somebody else takes over")
    return {told.not_user: why.format(name=told.outgoing.name if told.outgoing is not None else told.not_user)}


def stops_words(n: int, *, comes: bool) -> str:
    """Stops that nobody explained, for who leaves or who comes."""
    if comes:
        return translate("Handover", "! Stops without a reason that you take over: {n} ▸").format(n=n)
    return translate("Handover", "! Stops without a reason: {n}. Give the reasons before you sign ▸").format(n=n)


def step_titles() -> list[str]:
    """The three steps."""
    return [
        translate("Handover", "Prepare"), translate("Handover", "Hand over: first signature"),
        translate("Handover", "Take over: second signature"),
    ]  # fmt: skip


def who_has_it(store: LineStore, shift: Course) -> str:
    """Who leaves: number, crew, who began it."""
    number = translate("Handover", "Shift {number}").format(number=shift.number)
    by = user_name(store, shift.user) if shift.user else ""
    if not by and shift.started_by == "rule":
        by = translate("Handover", "begun by rule, by nobody")
    return " · ".join(p for p in (number, store.text(shift.crew_name) or shift.crew, by) if p)


def plan_words(planned: Planned | None, now_ns: int, *, left: bool = False) -> str:
    """Times of the calendar; how long until the end where that is asked for."""
    if planned is None:
        return translate("Handover", "not in the calendar")
    times = f"{clock_minutes(planned.start_ns)}…{clock_minutes(planned.end_ns)}"
    if not left:
        return times
    seconds = (planned.end_ns - now_ns) / NS_PER_S
    rest = hours_text(abs(seconds))
    said = translate("Handover", "{time} left") if seconds >= 0 else translate("Handover", "over for {time}")
    return f"{times} · {said.format(time=rest)}"


def who_comes(store: LineStore, shift: Course, draft: HandoverDraft) -> str:
    """Who takes over: number and crew by the calendar, or the crew that was entered."""
    if shift.coming is None:
        return draft.crew or translate("Handover", "whoever signs")
    number = translate("Handover", "Shift {number}").format(number=shift.coming.number)
    crew = draft.crew if draft.crew is not None else shift.coming.crew
    same = translate("Handover", "the same shift goes on: the next one is far") if shift.early else ""
    return " · ".join(p for p in (number, store.text(shift.crew_named(crew)), same) if p)


def rule_words(shift: Course) -> str:
    """What happens when nobody hands over."""
    if not shift.calendar:
        return translate("Handover", "Nothing by itself: a line without a calendar has its shifts ended by people.")
    if not shift.rule_ns:
        return translate("Handover", "The calendar plans no end.")
    if shift.step == "handing_over":
        short = translate("Handover", "At {time} the shift ends by rule, without the second signature.")
        return short.format(time=clock_minutes(shift.rule_ns))
    text = translate(
        "Handover",
        "At {time} the shift ends by rule: no signatures, marked so in the report. The next one begins without a name.",
    )
    return text.format(time=clock_minutes(shift.rule_ns))


def signer_words(shift: Course) -> str:
    """Who may sign the next part, and how."""
    told = shift.handover
    if told is None:
        return ""
    how = translate("Handover", "{role} or above signs with name and password; no other login is needed.")
    said = how.format(role=role_name(told.role).capitalize())
    if told.not_user and told.outgoing is not None:
        other = translate("Handover", "Not {name}: who handed over cannot take over.")
        said = f"{said} {other.format(name=told.outgoing.name)}"
    return said


def signed_words(told: Handover) -> str:
    """The first signature."""
    if told.outgoing is None:
        return ""
    text = translate("Handover", "{name}, {role}, {time}")
    signed = told.outgoing
    return text.format(name=signed.name, role=role_name(signed.role), time=clock_minutes(signed.time_ns))


def read_list(store: LineStore, told: Handover, known: frozenset[str]) -> list[Entry]:
    """Notes and open matters, as they are read and signed; those that are not among ``known`` are told to be new."""
    found: list[Entry] = []
    author = translate("Handover", "notes")
    for i, part in enumerate(parts_of(told.notes)):
        found.append(Entry(f"note/{i}", (Said(part, bold=True),), "" if i else author, own=True))
    if not told.notes.strip():
        found.append(Entry("note/0", (Said(translate("Handover", "Who leaves wrote no notes."), "label"),), author))
    for i, matter in enumerate(told.matters):
        found.append(_matter(store, matter, i, bool(known) and matter.key not in known))
    if not told.matters:
        found.append(Entry("none", (Said(translate("Handover", "Nothing is open."), "label"),)))
    return found


def _matter(store: LineStore, matter: Matter, at: int, new: bool) -> Entry:
    kind = KINDS[matter.kind]() if matter.kind in KINDS else matter.kind
    said = [Said(store.text(matter.text), bold=new)]
    if new:
        said.append(Said(translate("Handover", "new since you read it"), bold=True, small=True))
    mark = "!" if matter.kind in CALLED_OUT else ""
    return Entry(f"matter/{at}", tuple(said), kind, right=store.text(matter.now), leads=matter.place is not None, mark=mark)


def previous_words(store: LineStore, shift: Course) -> str:
    """How the shift before came to its end; '' while there is none."""
    if not shift.previous:
        return ""
    number = wire.integer(shift.previous, "number")
    told = shift.previous_handover
    if told is not None and told.outgoing is not None and told.incoming is not None:
        text = translate("Handover", "Shift {number} was handed over by {out} at {out_time}, taken over by {name} at {time}.")
        return text.format(
            number=number, out=told.outgoing.name, out_time=clock_minutes(told.outgoing.time_ns), name=told.incoming.name,
            time=clock_minutes(told.incoming.time_ns),
        )  # fmt: skip
    ended = clock_minutes(wire.integer(shift.previous, "ended_ns"))
    if wire.text(shift.previous, "ended_by") == "rule":
        return translate("Handover", "Shift {number} was ended by rule at {time}: nobody handed it over.").format(
            number=number, time=ended
        )
    return translate("Handover", "Shift {number} was ended at {time} without a hand-over.").format(number=number, time=ended)


def missing_words(missing: tuple[str, ...]) -> str:
    """What keeps the second signature back."""
    return " ".join(MISSING[name]() for name in missing)


def task_words(task: Task) -> str:
    """What the hand-over asks for, in few words: the strip."""
    texts = {
        "due": translate("Handover", "hand over by {time} ▸"),
        "overdue": translate("Handover", "hand over, was due {time} ▸"),
        "outgoing": translate("Handover", "hand-over not signed ▸"),
        "incoming": translate("Handover", "waits to be taken over ▸"),
    }
    return texts[task.kind].format(time=clock_minutes(task.until_ns))


def need_words(task: Task) -> str:
    """What the hand-over asks for, on the overview."""
    texts = {
        "due": translate("Handover", "Hand the shift over by {time}"),
        "overdue": translate("Handover", "Hand the shift over: it was due at {time}"),
        "outgoing": translate("Handover", "Hand-over of the shift: waits for the signature of who leaves"),
        "incoming": translate("Handover", "Hand-over of the shift: waits for the signature of who comes"),
    }
    return texts[task.kind].format(time=clock_minutes(task.until_ns))


def facts(store: LineStore, shift: Course, draft: HandoverDraft, now_ns: int) -> list[tuple[str, str]]:
    """Who hands over to whom, when, and what happens when nobody does; names and values."""
    found: list[tuple[str, str]] = []
    if shift.id:
        found.append((translate("Handover", "Leaves"), who_has_it(store, shift)))
    if shift.calendar:
        left = shift.step != "closed"
        found.append((translate("Handover", "Planned"), plan_words(shift.planned, now_ns, left=left)))
    told = shift.handover
    if told is not None and told.outgoing is not None:
        found.append((translate("Handover", "Signed"), signed_words(told)))
    found.append((translate("Handover", "Comes"), who_comes(store, shift, draft)))
    if shift.early and shift.following is not None:
        following = shift.following
        number = translate("Handover", "Shift {number}").format(number=following.number)
        crew = store.text(shift.crew_named(following.crew))
        found.append((translate("Handover", "Next"), " · ".join((number, crew, plan_words(following, now_ns)))))
    elif shift.coming is not None:
        found.append((translate("Handover", "Planned"), plan_words(shift.coming, now_ns)))
    if shift.step != "closed":
        found.append((translate("Handover", "If nobody does"), rule_words(shift)))
    return found


def introduction(store: LineStore, shift: Course, notes: str) -> list[Entry]:
    """Before there is a list: how it went the last time, what comes, the notes that are begun."""
    found: list[Entry] = []
    if before := previous_words(store, shift):
        where = bool(wire.text(shift.previous, "id"))
        found.append(Entry("previous", (Said(before),), translate("Handover", "before"), leads=where))
    if shift.step == "closed":
        nothing = translate("Handover", "No shift is open: there is nothing to hand over.")
        return [*found, Entry("closed", (Said(nothing, bold=True),))]
    if notes.strip():
        head = translate("Handover", "notes")
        found += [
            Entry(f"note/{i}", (Said(part, bold=True),), "" if i else head, own=True) for i, part in enumerate(parts_of(notes))
        ]
    steps = (
        translate("Handover", "Write notes for the next shift: what to watch, what was agreed, what comes next."),
        translate(
            "Handover",
            "Prepare: the list of open matters is made by itself – batches, products on hold, alarms also hidden ones, units "
            "by hand, calls, stops without a reason, requests, orders, lots on hold.",
        ),
        translate("Handover", "Deal with what can be dealt with, then sign: that freezes notes and list."),
        translate("Handover", "Talk it over face to face. Who comes reads the list and signs: their shift begins with that."),
    )
    found += [Entry(f"step/{i}", (Said(text),), f"{i + 1}") for i, text in enumerate(steps)]
    return found
