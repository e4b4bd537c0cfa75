"""``DATA/sinks.yaml``: where history is forwarded to (docs/INFLUXDB.md). It names where secrets are, and holds none."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from historian.forwarder import BACKFILL_POINTS_PER_S
from historian.influx import InfluxTarget
from line.documents import Document, FileModel, Problem, validate

FILE: Final = "sinks.yaml"
HELP: Final = "docs/INFLUXDB.md"

Query: TypeAlias = Literal["none", "flux", "influxql"]
ReadDocument: TypeAlias = Callable[[Path, str], tuple[Document | None, list[Problem]]]

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}", re.ASCII)


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        right = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        right = False
    else:
        if "@" in parts.netloc:
            raise ValueError("the address holds a password; put user:password into a file and name it as token_file")
    if not right:
        raise ValueError(f"'{text[:80]}' is no address; write http://HOST:PORT")
    return text


class SinkEntry(FileModel):
    """One entry of the file."""

    keys_in: ClassVar[str] = HELP

    url: Annotated[str, AfterValidator(_url)]
    api: Literal["v2", "v1"] = "v2"
    org: str = "potok"
    bucket: Annotated[str, Field(min_length=1)] = "potok"
    token_file: str = ""
    token_env: str = ""
    timeout_s: Annotated[float, Field(ge=0.5, le=120.0)] = 10.0
    backfill_points_per_s: Annotated[float, Field(ge=0.0, le=10_000_000.0)] = BACKFILL_POINTS_PER_S
    query: Query = "none"

    @model_validator(mode="after")
    def _one_token(self) -> SinkEntry:
        if self.token_file and self.token_env:
            raise ValueError("name the token by token_file or by token_env, not by both")
        return self


class SinksFile(FileModel):
    """The file: a name of one's own for every sink."""

    keys_in: ClassVar[str] = HELP

    sinks: dict[str, SinkEntry]


def no_token() -> str:
    """For a sink without one."""
    return ""


@dataclass(frozen=True)
class SinkSettings:
    """One sink as it is to be run. ``token_of`` reads the token where it lies; raises OSError when it cannot."""

    name: str
    target: InfluxTarget
    token_of: Callable[[], str] = field(default=no_token, repr=False)
    backfill_per_s: float = BACKFILL_POINTS_PER_S
    query: Query = "none"


@dataclass(frozen=True)
class Sinks:
    """What the file says. ``names``: all that stand in it, also those with a fault; None when nobody can tell."""

    settings: tuple[SinkSettings, ...] = ()
    names: tuple[str, ...] | None = ()
    problems: tuple[Problem, ...] = ()


def read_sinks(data: Path, read: ReadDocument) -> Sinks:
    """Read ``DATA/sinks.yaml``; an entry with a fault is left out and told, the others stay. No file: no sinks."""
    path = data / FILE
    if not path.exists():
        return Sinks()
    document, problems = read(path, FILE)
    if document is None:
        return Sinks(names=None, problems=tuple(problems))
    raw = document.data.get("sinks") if isinstance(document.data, dict) else None
    if not isinstance(raw, dict):
        told = document.problem((), "the key sinks is missing or holds no sinks", f"Add it; {HELP} shows the file")
        return Sinks(names=None, problems=(told,))
    return _entries(document, raw, path)


def _entries(document: Document, raw: Mapping[Any, Any], path: Path) -> Sinks:
    found: list[SinkSettings] = []
    problems: list[Problem] = []
    model, faults = validate(SinksFile, document)
    for key in raw:
        name = str(key)
        if not _NAME.fullmatch(name):
            problems.append(document.problem(("sinks", key), f"'{name}' is no name", "Use small letters, digits, - and _"))
            continue
        entry = model.sinks[name] if model is not None else _alone(document, key)
        if entry is not None:
            found.append(settings_of(name, entry, path.parent))
    return Sinks(tuple(found), tuple(str(k) for k in raw), (*problems, *faults))


def _alone(document: Document, key: Any) -> SinkEntry | None:
    """An entry of a file that has a fault somewhere: None when it is in this one."""
    model, _ = validate(SinksFile, Document(document.file, {"sinks": {str(key): document.data["sinks"][key]}}))
    return model.sinks[str(key)] if model is not None else None


def settings_of(name: str, entry: SinkEntry, folder: Path) -> SinkSettings:
    """How a sink is run; ``folder`` is where a relative ``token_file`` lies."""
    token_of: Callable[[], str] = no_token
    if entry.token_file:
        token_of = token_from(folder / entry.token_file)
    elif entry.token_env:
        token_of = _from_environment(entry.token_env)
    target = InfluxTarget(entry.url, entry.org, entry.bucket, "", entry.timeout_s, entry.api)
    return SinkSettings(name, target, token_of, entry.backfill_points_per_s, entry.query)


def token_from(path: Path) -> Callable[[], str]:
    """Reads a token from a file, anew every time: a new one needs no restart."""
    return lambda: path.read_text(encoding="utf-8").strip()


def _from_environment(name: str) -> Callable[[], str]:
    def read() -> str:
        token = os.environ.get(name)
        if token is None:
            raise OSError(f"the environment has no {name}")
        return token

    return read


def unreadable_tokens(sinks: Sequence[SinkSettings]) -> list[str]:
    """Which tokens cannot be read, for people who start the server."""
    told: list[str] = []
    for sink in sinks:
        try:
            sink.token_of()
        except (OSError, UnicodeDecodeError) as error:
            told.append(f"sink {sink.name}: its token cannot be read ({error})")
    return told
