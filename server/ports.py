"""What the server needs from others, as protocols: the engine, the history and the forwarder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from historian.alarm_facts import AlarmRow, StandingRow
from historian.alarm_journal import AlarmFilter, AlarmPage
from historian.lot_queries import LotQueries
from historian.why_names import Names
from line.documents import Text
from line.messages import Command, Event, JsonObject
from line.wire import Image, Submitted
from server.line_index import LineIndex


class EngineDownError(Exception):
    """The engine cannot be asked now. ``sent`` says whether the command may have reached it before the link broke."""

    def __init__(self, sent: bool) -> None:
        super().__init__("the engine is down")
        self.sent = sent


class EngineListener(Protocol):
    """Is told what the engine says, on the event loop, in the order in which it arrived. Must not block or raise."""

    def on_state(self, up: bool) -> None:
        """The link came up or broke."""
        ...

    def on_line(self, changed: bool, last_seq: int) -> None:
        """The engine introduced itself. ``changed``: its tags are others than before; ``last_seq``: its newest event."""
        ...

    def on_image(self) -> None:
        """There is a newer image."""
        ...

    def on_view(self, name: str) -> None:
        """A view changed."""
        ...

    def on_events(self, events: Sequence[Event]) -> None:
        """Events with a ``seq`` above all earlier ones."""
        ...


class EnginePort(Protocol):
    """The engine as the server sees it."""

    @property
    def up(self) -> bool:
        """True while the link stands and the engine has introduced itself."""
        ...

    @property
    def line(self) -> LineIndex | None:
        """The line's description; None until the engine was first reached, kept while it is down."""
        ...

    @property
    def image(self) -> Image | None:
        """The latest image; while the engine is down none of its values is Good."""
        ...

    @property
    def views(self) -> Mapping[str, JsonObject]:
        """The latest view of every stage."""
        ...

    @property
    def last_seq(self) -> int:
        """``seq`` of the newest event received or announced by the engine."""
        ...

    def listen(self, listener: EngineListener) -> None:
        """Tell ``listener`` from now on."""
        ...

    async def start(self) -> None:
        """Begin to connect; returns at once."""
        ...

    async def stop(self) -> None:
        """End the link."""
        ...

    async def submit(self, command: Command) -> Submitted:
        """Hand over a command. Raises EngineDownError when the engine cannot take or answer it; nothing is queued."""
        ...


class Trend(Protocol):
    """Samples of one tag (``historian.queries.Trend``)."""

    def to_json(self) -> JsonObject:
        """``{"t": [ns], "v": [..], "q": [..]}``, ascending by time."""
        ...


@dataclass(frozen=True)
class Older:
    """What an archive says of the time before ``until_ns``, from which on there are files here.

    ``trends`` are empty where it does not answer; ``source`` says where they come from, and the fault if there is one.
    """

    until_ns: int
    trends: Mapping[str, Trend]
    source: JsonObject


class OlderHistory(Protocol):
    """An archive that is asked for the time of which there are no files here any more."""

    async def before_files(self, tags: Sequence[str], from_ns: int, to_ns: int, points: int) -> Older | None:
        """None when there are files of the whole span. Returns within some seconds, whatever the archive does; raises nothing."""
        ...


class HistorySource(Protocol):
    """Queries over the journal and the samples (``historian.queries.Queries``); called in worker threads, several at a time."""

    def last_seq(self) -> int:
        """``seq`` of the newest committed event; 0 when there is none."""
        ...

    def events_after(self, seq: int, limit: int, kind: str | None = None) -> Sequence[Event]:
        """At most ``limit`` committed events with a greater ``seq``, in its order."""
        ...

    def history(self, tags: Sequence[str], from_ns: int, to_ns: int, points: int) -> Mapping[str, Trend]:
        """Samples by tag, thinned to about ``points`` each."""
        ...

    def alarm_page(self, wanted: AlarmFilter, before: int = 0, limit: int = 100) -> AlarmPage:
        """A page of the journal of alarms, newest first."""
        ...

    def first_ns(self) -> int | None:
        """Time of the journal's first event; None while it is empty."""
        ...

    def alarm_rows(self, from_ns: int, to_ns: int) -> Sequence[AlarmRow]:
        """Alarm events of a span, in the order of the journal."""
        ...

    def alarms_standing(self, at_ns: int) -> Sequence[StandingRow]:
        """Alarms that were not normal just before a time."""
        ...

    def shifts(self) -> Sequence[JsonObject]:
        """Shifts, newest first, without their details."""
        ...

    def shift_report(self, shift_id: str) -> JsonObject | None:
        """The report of one shift with the sample ledger; None when there is no such shift."""
        ...

    def shift_log(self, shift_id: str) -> JsonObject | None:
        """The log of a shift alone: ``{shift, log}``; None when unknown."""
        ...

    def shift_document(self, shift_id: str) -> JsonObject | None:
        """The whole report of a shift (docs/shift.md); None when there is no such shift."""
        ...

    def batches(self, limit: int = 200) -> Sequence[JsonObject]:
        """Batches, newest first, without their details."""
        ...

    def batch_record(self, batch_id: str) -> JsonObject | None:
        """One batch with what it was created with and all of its events; None when there is no such batch."""
        ...

    def batch_report(self, batch_id: str, last_seq: int | None = None) -> JsonObject | None:
        """The batch record (docs/batch-record.md); None when there is no such batch."""
        ...

    def why(self, target: str, at_ns: int | None = None, names: Names | None = None) -> JsonObject:
        """What caused a state, an output, an alarm or a refusal (docs/why.md)."""
        ...

    def command_events(self, command_id: str) -> Sequence[Event]:
        """The events of one command, in order; empty when it is unknown."""
        ...

    def state(self, name: str) -> JsonObject | None:
        """The newest committed state of a stage; None when it was never saved."""
        ...

    @property
    def lots(self) -> LotQueries:
        """Questions about lots."""
        ...


class RecipeToolsError(Exception):
    """A recipe that cannot be worked on as asked, or no line to check it against; ``text`` says why, for people."""

    def __init__(self, why: Text) -> None:
        super().__init__(why.en)
        self.text = why


class RecipeTools(Protocol):
    """What needs the files of the line or YAML: the server reads neither. Blocking calls come from a thread, one at a time."""

    def check(self, text: str) -> JsonObject:
        """``{hash|null, data|null, problems: [{line, key, message, remedy}], nodes}`` of a file. Raises RecipeToolsError."""
        ...

    def written(self, data: JsonObject) -> str:
        """``data`` as the text of a file, for versions that came without one."""
        ...

    def edited(self, text: str, changes: Sequence[tuple[tuple[str | int, ...], float | str | bool]]) -> str:
        """``text`` with single values replaced, comments and layout kept. Raises RecipeToolsError."""
        ...

    def changes(self, before: JsonObject | None, after: JsonObject) -> Sequence[JsonObject]:
        """What differs: ``{path, kind, from, to, text}`` each; everything is new without ``before``."""
        ...

    def schema(self) -> JsonObject:
        """JSON Schema of a recipe file."""
        ...

    async def dry_run(self, text: str, on_progress: Callable[[float], None]) -> JsonObject:
        """Run the file dry on the simulated line, in a process of its own that ends with this call, cancelled or not.

        The report (docs/recipes.md). Raises RecipeToolsError when there is none.
        """
        ...


@dataclass(frozen=True)
class ForwarderStatus:
    """State of the forwarding to InfluxDB; ``backlog`` is the number of points still to be sent, of the sink with the most.

    ``sinks`` are the states of all sinks (docs/INFLUXDB.md); a change of them alone is not worth a message to every panel.
    """

    state: Literal["up", "down", "off"]
    backlog: int = 0
    sinks: Sequence[JsonObject] = field(default=(), compare=False)


class Forwarding(Protocol):
    """A forwarder that runs inside the server process."""

    def status(self) -> ForwarderStatus:
        """Its state at this moment; never waits."""
        ...

    async def start(self) -> None:
        """Begin to forward; returns at once."""
        ...

    async def close(self) -> None:
        """Stop; what was not sent stays in the outbox."""
        ...


class Notifying(Protocol):
    """A listener of the engine that tells people outside, inside the server process."""

    async def start(self) -> None:
        """Begin to listen; returns at once."""
        ...

    async def close(self) -> None:
        """Stop; does not wait for messages that are under way."""
        ...


OFF = ForwarderStatus("off")
