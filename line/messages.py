"""One frozen message per thing that happens: commands in, events out, writes to devices and their results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias

from line.documents import Text

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
if TYPE_CHECKING:
    JsonObject: TypeAlias = Mapping[str, Json]
else:  # pydantic cannot follow the recursive alias; what a JSON parser made needs no check of its leaves
    JsonObject = Mapping[str, object]


NO_TEXT: Final = Text(ru="", en="")


class CommandKind(StrEnum):
    """What a person or a client may ask for; ``docs/ARCHITECTURE.md`` lists target and arguments of each."""

    TAG_WRITE = "tag.write"
    UNIT_COMMAND = "unit.command"
    UNIT_MODE = "unit.mode"
    ALARM_ACK = "alarm.ack"
    ALARM_RESET = "alarm.reset"
    ALARM_SILENCE = "alarm.silence"
    ALARM_SHELVE = "alarm.shelve"
    ALARM_UNSHELVE = "alarm.unshelve"
    ALARM_REMOVE = "alarm.remove"
    ALARM_RESTORE = "alarm.restore"
    ALARM_COMMENT = "alarm.comment"
    CALL_CREATE = "call.create"
    CALL_ACCEPT = "call.accept"
    CALL_ARRIVE = "call.arrive"
    CALL_CLOSE = "call.close"
    NOTICE_RESULT = "notice.result"
    BATCH_CREATE = "batch.create"
    BATCH_COMMAND = "batch.command"
    BATCH_PARAMETER = "batch.parameter"
    BATCH_MODE = "batch.mode"
    BATCH_STEP = "batch.step"
    BATCH_REPLY = "batch.reply"
    BATCH_LOT = "batch.lot"
    BATCH_COMMENT = "batch.comment"
    BATCH_DISPOSITION = "batch.disposition"
    LOT_RECEIVE = "lot.receive"
    LOT_HOLD = "lot.hold"
    LOT_BLOCK = "lot.block"
    LOT_RELEASE = "lot.release"
    LOT_MOVE = "lot.move"
    LOT_ADJUST = "lot.adjust"
    LOT_DISCARD = "lot.discard"
    LOT_LABEL = "lot.label"
    LOT_SPLIT = "lot.split"
    LOT_MERGE = "lot.merge"
    LOT_DOCUMENT = "lot.document"
    LOT_REWORK = "lot.rework"
    LOT_DISPATCH = "lot.dispatch"
    LOT_WEIGH = "lot.weigh"
    RECIPE_SAVE = "recipe.save"
    RECIPE_EVIDENCE = "recipe.evidence"
    RECIPE_SUBMIT = "recipe.submit"
    RECIPE_WITHDRAW = "recipe.withdraw"
    RECIPE_REJECT = "recipe.reject"
    RECIPE_APPROVE = "recipe.approve"
    RECIPE_OBSOLETE = "recipe.obsolete"
    SHIFT_START = "shift.start"
    SHIFT_END = "shift.end"
    SHIFT_PREPARE = "shift.prepare"
    SHIFT_SIGN = "shift.sign"
    SHIFT_WITHDRAW = "shift.withdraw"
    LOG_ENTRY = "log.entry"
    LOG_CORRECT = "log.correct"
    STOP_REASON = "stop.reason"
    STOP_SPLIT = "stop.split"
    STOP_MERGE = "stop.merge"
    ORDER_CREATE = "order.create"
    ORDER_CHANGE = "order.change"
    ORDER_CANCEL = "order.cancel"
    ORDER_CLOSE = "order.close"
    ORDER_IMPORT = "order.import"
    REQUEST_CREATE = "request.create"
    REQUEST_TAKE = "request.take"
    REQUEST_COMMENT = "request.comment"
    REQUEST_DONE = "request.done"
    REQUEST_CONFIRM = "request.confirm"
    REQUEST_REOPEN = "request.reopen"
    REQUEST_CANCEL = "request.cancel"


@dataclass(frozen=True)
class Command:
    """A request with its author; the result is an event of kind ``command`` whose data carry the same ``id``."""

    id: str
    kind: str
    target: str
    args: JsonObject
    user: str
    role: str
    station: str
    time_ns: int
    reason: str = ""


class CommandStatus(StrEnum):
    """The life of a command as its events tell it."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    CONFIRMED = "confirmed"
    TIMED_OUT = "timed_out"


class EventKind(StrEnum):
    """Families of events; ``data`` has a fixed set of keys for each, listed in ``docs/ARCHITECTURE.md``."""

    COMMAND = "command"
    ALARM = "alarm"
    FLOOD = "flood"
    ESCALATION = "escalation"
    NOTICE = "notice"
    CALL = "call"
    ALARM_KPI = "alarm_kpi"
    UNIT = "unit"
    BATCH = "batch"
    RECIPE = "recipe"
    SHIFT = "shift"
    LOT = "lot"
    STOP = "stop"
    OEE = "oee"
    ORDER = "order"
    REQUEST = "request"
    LINK = "link"
    WRITE = "write"
    SYSTEM = "system"


@dataclass(frozen=True)
class Event:
    """Something that happened, never dropped. ``seq`` grows by one over the life of a line's journal."""

    seq: int
    time_ns: int
    kind: str
    source: str
    unit: str = ""
    batch: str = ""
    data: JsonObject = field(default_factory=dict[str, Json])


@dataclass(frozen=True)
class Write:
    """One value for one tag, in engineering units. ``origin`` is the command id, the batch id or ``heartbeat``."""

    handle: int
    value: float
    origin: str


@dataclass(frozen=True)
class WriteResult:
    """What the device said to a write after readback; ``status`` is an OPC UA code, Good when verified."""

    handle: int
    value: float
    origin: str
    status: int
    message: Text = NO_TEXT


class LinkState(StrEnum):
    """State of the connection to a device."""

    CLOSED = "closed"
    CONNECTING = "connecting"
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True)
class LinkStatus:
    """Health of one device's connection, for the panel, the link events and the diagnostic tags (line/diagnostics.py).

    Counters grow from the start of the engine. ``requests`` were sent, ``failures`` of them ended without a good answer,
    ``timeouts`` of those without any; ``discarded`` frames were no answer to what was asked (late, foreign, garbage); ``gaps``
    are places where changes may be missing. ``answered_ns`` is when the device was last heard of (0: never), ``skew_ms`` how far
    its clock is ahead of ours (0 where it has none).
    """

    device: str
    state: LinkState
    since_ns: int
    last_error: Text = NO_TEXT
    round_trip_ms: float = 0.0
    requests: int = 0
    failures: int = 0
    reconnects: int = 0
    timeouts: int = 0
    discarded: int = 0
    gaps: int = 0
    answered_ns: int = 0
    skew_ms: float = 0.0
