"""``potok browse``: the variables of an OPC UA server as a ``tags.csv`` to begin with."""

from __future__ import annotations

import argparse
import asyncio
import csv
import io
import json
import math
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, get_args

from pydantic import ValidationError

from line.clock import SystemClock
from line.devices import OpcUaDevice, OpcUaPolicy
from line.documents import Text
from line.driver import DriverContext
from line.tags import COLUMNS, OPTIONAL_COLUMNS, parse_tags_csv
from plc_drivers.check import check_addresses
from plc_drivers.link import LinkError
from plc_drivers.opcua.browse import FoundVariable, browse
from plc_drivers.opcua.codec import parse_node
from potok.exit_codes import OK

POLICIES: Final[tuple[str, ...]] = get_args(OpcUaPolicy)
MAX_ELEMENTS: Final = 1000
"""Elements of one array that get a row each."""

SHOWN_STRUCTURES: Final = 20
"""Structures whose addresses the summary names."""

FLOAT_RANGE: Final = (-1e9, 1e9)
"""Written where the server gives no range: the default 0 to 100 would mark most values Uncertain."""

_INT_RANGES: Final = {
    "SByte": (-(2**7), 2**7 - 1), "Byte": (0, 2**8 - 1), "Int16": (-(2**15), 2**15 - 1), "UInt16": (0, 2**16 - 1),
    "Int32": (-(2**31), 2**31 - 1), "UInt32": (0, 2**32 - 1), "Int64": (-(2**63), 2**63), "UInt64": (0, 2**64),
}  # fmt: skip
_LOGIN_FILES: Final = ("password_file", "user_certificate", "user_key")
_NO_NAMESPACE: Final = "urn:potok:browse:none"
_LETTERS: Final = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        "a,b,v,g,d,e,e,zh,z,i,y,k,l,m,n,o,p,r,s,t,u,f,kh,ts,ch,sh,sch,,y,,e,yu,ya".split(","),  # noqa: SIM905
        strict=True,
    )
)


@dataclass
class TagRows:
    """Rows of ``tags.csv`` and what there is to tell of them."""

    rows: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    namespace: str = ""
    skipped: Counter[str] = field(default_factory=Counter[str])
    without_range: int = 0
    enums: dict[str, Mapping[int, str]] = field(default_factory=dict[str, Mapping[int, str]])
    structures: list[str] = field(default_factory=list[str])

    def csv(self) -> str:
        """The file as a spreadsheet reads it."""
        out = io.StringIO(newline="")
        writer = csv.DictWriter(out, [*COLUMNS, *OPTIONAL_COLUMNS], lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        return out.getvalue()


def run_browse(options: argparse.Namespace) -> int:
    """Ask the server, write the table and a summary. Raises ValueError for wrong options, OSError for the rest."""
    config = _device(options)
    out: Path | None = options.out
    if out is not None and out.exists() and not options.force:
        raise ValueError(f"{out} exists; name another file, or overwrite it with --force")
    pki = options.pki or Path("pki")
    try:
        found = asyncio.run(browse(config, DriverContext(SystemClock(), 100, pki, Path()), options.under, _progress))
    except LinkError as error:
        raise OSError(f"{options.url}: {error}") from error
    finally:
        _progress(-1)
    made = rows_of(found, device=options.device, namespace=options.namespace, writable=options.writable)
    text = made.csv()
    _check(text, made, options)
    if out is None:
        sys.stdout.write(text)
    else:
        out.write_text(text, encoding="utf-8", newline="")
    print(_summary(made, found, out, options), file=sys.stderr)
    return OK


def rows_of(found: Sequence[FoundVariable], *, device: str, namespace: str = "", writable: bool = False) -> TagRows:
    """Variables → rows that ``potok check`` accepts. ``namespace`` limits them to one; '' takes all, the commonest is short.

    ``writable`` marks what the server lets be written; otherwise nothing is marked.
    """
    made = TagRows()
    usable = [v for v in found if not namespace or v.namespace == namespace]
    made.skipped["in another namespace"] = len(found) - len(usable)
    made.namespace = namespace or next(iter(Counter(v.namespace for v in usable).most_common(1)), ("",))[0]
    chosen = [(v, a) for v in usable if (a := _address(v, made)) and _is_a_tag(v, a, made)]
    names = _names([v.path for v, _ in chosen], device)
    used: set[str] = set()
    for (variable, address), name in zip(chosen, names, strict=True):
        for suffix, options in _elements(variable, made):
            row = _row(variable, made, device, address, options, writable=writable)
            row["name"] = _unique(name + suffix, used)
            made.rows.append(row)
    made.skipped = +made.skipped
    return made


def _device(options: argparse.Namespace) -> OpcUaDevice:
    if options.security_policy != "none" and options.pki is None:
        raise ValueError(
            "--pki DIR is missing: the folder of certificates, DATA/pki of the line (docs/howto/commission.md); "
            "--security-policy none reads without any protection"
        )
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", options.device, re.ASCII):
        raise ValueError(f"'{options.device}' is no name of a device; use Latin letters, digits and underscore")
    if options.under and not parse_node(options.under).namespace and not options.namespace:
        raise ValueError(f"--under {options.under} names no namespace; write nsu=URI;{options.under}, or add --namespace URI")
    try:
        return OpcUaDevice.model_validate({
            "driver": "opcua", "name": Text(ru=options.device, en=options.device), "url": options.url, "timeout_ms": 5000,
            "namespace": options.namespace or _NO_NAMESPACE, "security_policy": options.security_policy,
            "security_mode": options.security_mode, "user": options.user,
            **{k: str(file.absolute()) for k in _LOGIN_FILES if (file := getattr(options, k)) is not None},
        })  # fmt: skip
    except ValidationError as error:
        raise ValueError("; ".join(_said(str(e["msg"]), e["loc"], options.url) for e in error.errors())) from error


def _said(message: str, where: tuple[str | int, ...], url: str) -> str:
    if "url" in where:
        return f"'{url}' is no address of an OPC UA server; write opc.tcp://HOST:PORT"
    return message.removeprefix("Value error, ")


def _progress(count: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K" if count < 0 else f"\r{count} variables …")
        sys.stderr.flush()


def _check(text: str, made: TagRows, options: argparse.Namespace) -> None:
    """What is written must load: the same checks as those of ``potok check``. Raises RuntimeError when it would not."""
    tags, problems = parse_tags_csv(text, "tags.csv", [options.device])
    config = OpcUaDevice(driver="opcua", name=Text(ru="", en=""), url="opc.tcp://x", namespace=made.namespace or _NO_NAMESPACE)
    findings = check_addresses(tags, {options.device: config}, "tags.csv")
    if problems or findings:
        raise RuntimeError(f"the table that was made does not load: {[*problems, *findings][:3]}")


def _address(variable: FoundVariable, made: TagRows) -> str:
    """The address, or '' when it could not be read back."""
    short = variable.namespace == made.namespace
    address = variable.identifier if short else f"nsu={variable.namespace};{variable.identifier}"
    try:
        node = parse_node(address)
    except ValueError:
        node = None
    if node is None or (node.namespace, node.identifier) != ("" if short else variable.namespace, variable.identifier):
        made.skipped["with a node id that no address can express"] += 1
        return ""
    return address


def _is_a_tag(variable: FoundVariable, address: str, made: TagRows) -> bool:
    if variable.kind == "struct":
        made.structures.append(address)
        made.skipped["structures (the option field=Member reads one member)"] += 1
    elif not variable.kind:
        made.skipped[f"of type {variable.type_name}"] += 1
    elif not variable.readable:
        made.skipped["that may not be read"] += 1
    elif variable.length == -2:
        made.skipped["arrays of more than one dimension"] += 1
    else:
        return True
    return False


def _elements(variable: FoundVariable, made: TagRows) -> Iterator[tuple[str, str]]:
    """Suffix of the name and options, one for each row of the variable."""
    if variable.length == -1:
        yield "", ""
        return
    if variable.length == 0:
        made.skipped["empty arrays"] += 1
    if variable.length > MAX_ELEMENTS:
        made.skipped[f"elements of arrays beyond the first {MAX_ELEMENTS}"] += variable.length - MAX_ELEMENTS
    for index in range(min(variable.length, MAX_ELEMENTS)):
        yield f"_{index}", f"index={index}"


def _row(v: FoundVariable, made: TagRows, device: str, address: str, options: str, *, writable: bool) -> dict[str, str]:
    row: dict[str, str] = dict.fromkeys((*COLUMNS, *OPTIONAL_COLUMNS), "")
    text = " ".join((v.description or v.title or v.path[-1]).split())
    row |= {"kind": v.kind, "device": device, "address": address, "eu": v.eu, "options": options, "ru": text, "en": text}
    if v.kind == "enum":
        if v.enum:
            row["enum"] = name = _enum_name(v, made)
            made.enums.setdefault(name, v.enum)
            row["lo"], row["hi"] = _numbers(min(v.enum), max(max(v.enum), min(v.enum) + 1))
        else:
            row["kind"] = "int"
            row["lo"], row["hi"] = _numbers(*_INT_RANGES["Int32"])
    elif v.kind in ("int", "float"):
        has_range = math.isfinite(v.lo) and math.isfinite(v.hi) and v.lo < v.hi
        made.without_range += v.kind == "float" and not has_range
        default = _INT_RANGES.get(v.type_name, _INT_RANGES["Int64"]) if v.kind == "int" else FLOAT_RANGE
        row["lo"], row["hi"] = _numbers(v.lo, v.hi) if has_range else _numbers(*default)
        row["decimals"] = "2" if v.kind == "float" else ""
    if writable and v.writable and v.kind != "string":
        row["writable"] = "1"
    return row


def _numbers(lo: float, hi: float) -> tuple[str, str]:
    return _number(lo), _number(hi)


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))


def _enum_name(variable: FoundVariable, made: TagRows) -> str:
    """The name of the data type; of two with other texts the second gets a number."""
    base = name = _latin(variable.type_name).lower() or "enum"
    number = 2
    while made.enums.get(name, variable.enum) != variable.enum:
        name, number = f"{base}_{number}", number + 1
    return name


def _names(paths: Sequence[tuple[str, ...]], device: str) -> list[str]:
    """Tag names from browse paths: folders that all have in common are left out, but for one where it is needed."""
    common = 0
    parents = [p[:-1] for p in paths]
    while parents and all(len(p) > common and p[common] == parents[0][common] for p in parents):
        common += 1
    if any(len(p) == common for p in parents):
        common = max(0, common - 1)
    names: list[str] = []
    for path in paths:
        parts = [_latin(part) or "x" for piece in path[common:] for part in piece.split(".") if part]
        names.append(".".join(parts if len(parts) > 1 else [device, *parts]))
    return names


def _latin(text: str) -> str:
    """Letters, digits and underscore; Russian letters become Latin ones."""
    written = "".join(
        _LETTERS[c] if c in _LETTERS else _LETTERS[c.lower()].capitalize() if c.lower() in _LETTERS else c for c in text
    )
    return re.sub(r"[^A-Za-z0-9]+", "_", written.replace("_", " ")).strip("_")


def _unique(name: str, used: set[str]) -> str:
    candidate, number = name, 2
    while candidate.lower() in used:
        candidate, number = f"{name}_{number}", number + 1
    used.add(candidate.lower())
    return candidate


def _summary(made: TagRows, found: Sequence[FoundVariable], out: Path | None, options: argparse.Namespace) -> str:
    lines = [f"{len(found)} variables found, {len(made.rows)} rows written{f' to {out}' if out else ''}"]
    lines += [f"left out: {count} {what}" for what, count in sorted(made.skipped.items())]
    if made.structures:
        more = ", …" if len(made.structures) > SHOWN_STRUCTURES else ""
        lines.append(f"the structures: {', '.join(made.structures[:SHOWN_STRUCTURES])}{more}")
    if made.namespace:
        lines.append(f"line.yaml, devices, {options.device}: namespace: {json.dumps(made.namespace, ensure_ascii=False)}")
    if made.without_range:
        lines.append(f"{made.without_range} have no range in the server: write lo and hi of the plant into the table")
    if made.enums:
        lines.append("put this into line.yaml:\nenums:")
        for name, texts in made.enums.items():
            lines.append(f"  {name}:")
            for number, text in sorted(texts.items()):
                said = json.dumps(text or str(number), ensure_ascii=False)
                lines.append(f"    {number}: {{ru: {said}, en: {said}}}")
    lines.append("translate the columns ru and en, then: potok check LINE")
    return "\n".join(lines)
