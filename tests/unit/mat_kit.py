"""A small catalogue, and the stage of the stock on a bench: commands, uses and batch events in, events out."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

from line.documents import Text
from line.image import Snapshot
from line.jsontools import objects
from line.lots import LotUse
from line.messages import Command, CommandKind, Event, EventKind, Json, JsonObject
from line.quality import Status
from line.stage import Scan
from line.tags import TagTable, parse_tags_csv
from materials.catalogue import (
    Catalogue,
    Company,
    Material,
    MaterialKind,
    Packing,
    Paper,
    Place,
    PlaceKind,
    Product,
    Reception,
    Scale,
    Supplier,
)
from materials.desk import StockDesk
from materials.lot import Lot, LotKind, LotStatus
from materials.stage import LotStage
from materials.state import StockState
from tests.builders import T0_NS, S, snapshot

ZONE = ZoneInfo("Europe/Moscow")
TODAY = dt.datetime.fromtimestamp(T0_NS / S, ZONE).date()
DAY_NS = 24 * 3600 * S
CSV = """name,kind,device,address,eu,lo,hi,decimals,scale,offset,writable,deadband,enum,ru,en
W.Gross,float,plc,a,kg,-1,150,2,,,,0,,g,g
W.Net,float,plc,b,kg,-150,150,2,,,,0,,n,n
W.Tare,float,plc,c,kg,0,150,2,,,1,0,,t,t
W.Stable,bool,plc,d,,,,,,,,,,s,s
W.Ok,bool,plc,e,,,,,,,,,,o,o
W.Target,float,plc,f,kg,0,150,2,,,1,0,,z,z
P.Packs,int,plc,g,,0,1000000,0,,,,0,,p,p
P.Mass,float,plc,h,kg,0,1000000,1,,,,0,,m,m
R.Temp,float,plc,i,°C,-30,60,1,,,,0,,r,r
"""
SIGNED: JsonObject = {"user": "sidorova", "name": "Сидорова А. П.", "role": "technologist", "time_ns": T0_NS}


def words(text: str) -> Text:
    """The same in both languages."""
    return Text(ru=text, en=text)


def tags() -> TagTable:
    """The tags of the bench."""
    table, problems = parse_tags_csv(CSV, "tags.csv", {"plc"})
    assert problems == []
    return table


def catalogue() -> Catalogue:
    """Beef (CCP 4 °C) with frozen beef as a substitute, salt and spice, ice without lots, rework; one packer, one scale."""
    t = {tag.name: tag.handle for tag in tags()}
    meat = Reception(-1.5, 4.0, ccp=True)
    materials = (
        Material(
            "beef", words("beef"), MaterialKind.RAW, "cold", ("09522101001010",), meat, 20, 5, ("meat",), ("vet", "note"),
            ("farm",), ("frozen",),
        ),
        Material("frozen", words("frozen beef"), MaterialKind.RAW, "cold", (), Reception(None, -8.0, ccp=True), 180, 30),
        Material("salt", words("salt"), MaterialKind.ADDITIVE, "dry", ("09522105000118",), None, 730, 90),
        Material("spice", words("spice"), MaterialKind.ADDITIVE, "dry"),
        Material("ice", words("ice"), MaterialKind.RAW, "dry", traced=False),
        Material("rework", words("rework"), MaterialKind.REWORK, "cold", shelf_life_days=1, allergens=("soya",)),
    )  # fmt: skip
    return Catalogue(
        Company(words("Works"), "9521234", 0),
        places={p: Place(p, words(p), PlaceKind.DRY) for p in ("cold", "dry")},
        suppliers={s: Supplier(s, words(s), approved=s != "novy") for s in ("farm", "mine", "novy")},
        documents={d: Paper(d, words(d)) for d in ("vet", "note")},
        materials={m.id: m for m in materials},
        products={"sausage": Product("sausage", words("sausage"), "0" * 14, "1" * 14, 0.5, 10, 30, words("cold"))},
        packing={"P": Packing("P", t["P.Packs"], t["P.Mass"])},
        scales={
            "W": Scale("W", words("W"), t["W.Net"], "", t["W.Gross"], t["W.Tare"], t["W.Stable"], t["W.Target"], t["W.Ok"], 0.01),
            "bare": Scale("bare", words("bare"), t["W.Net"], "R", target=t["W.Target"]),
        },
    )


def lot(name: str = "L1", **fields: Any) -> Lot:
    """Ten kilograms of beef, available, good for ten days."""
    given: dict[str, Any] = {
        "material": "beef", "kind": LotKind.RECEIVED, "received_ns": T0_NS, "received_kg": 10.0, "left_kg": 10.0,
        "status": LotStatus.AVAILABLE, "expires": TODAY + dt.timedelta(days=10), "documents": ("vet", "note"),
    }  # fmt: skip
    return Lot(name, **{**given, **fields})


def use(name: str = "L1", kg: float = 1.0, **fields: Any) -> LotUse:
    """One kilogram for B1, by an operator."""
    given: dict[str, Any] = {"batch": "B1", "material": "beef", "user": "petrov", "role": "operator", "reason": ""}
    return LotUse(lot=name, kg=kg, **{**given, **fields})


@dataclass
class Bench:
    """The stage and its state, scan by scan; ``now_ns`` moves a second a scan.

    ``values`` are those of the tags, 0 where not given; ``bad`` tags are not Good; none has changed for ``calm_ns``.
    """

    stage: LotStage = field(default_factory=lambda: LotStage(catalogue(), tags(), ZONE))
    state: StockState = field(default_factory=StockState)
    now_ns: int = T0_NS
    values: dict[str, float] = field(default_factory=dict[str, float])
    bad: dict[str, int] = field(default_factory=dict[str, int])
    calm_ns: int = 5 * S
    views: dict[str, JsonObject] = field(default_factory=dict[str, JsonObject])
    journal: list[Event] = field(default_factory=list[Event])
    scan: Scan | None = None
    _ids: itertools.count[int] = field(default_factory=itertools.count)

    def image(self) -> Snapshot:
        """The image of this scan."""
        names = {t.name: 0.0 for t in tags()}
        found = snapshot(tags(), names | self.values, now_ns=self.now_ns, status=self.bad)
        return replace(found, source_ns=found.source_ns - self.calm_ns)

    def step(self, *commands: Command, uses: Sequence[LotUse] = (), events: Sequence[Event] = ()) -> list[Event]:
        """One scan; the events of the stage."""
        self.now_ns += S
        scan = Scan(self.now_ns, self.image(), commands, views=self.views)
        scan.events += events
        desk = self.stage.lend(self.state, scan)
        assert isinstance(desk, StockDesk)
        scan.lent[self.stage.name] = desk
        for one in uses:
            assert desk.against(one) == [], desk.against(one)
            desk.take(one)
        self.state = self.stage.step(self.state, scan)
        self.scan = scan
        new = list(scan.events[len(events) :])
        self.journal += new
        return new

    def ask(self, kind: CommandKind, target: str = "", reason: str = "", role: str = "operator", /, **args: Json) -> list[Event]:
        """One command in one scan; the events that came of it."""
        command = Command(f"c{next(self._ids)}", kind, target, args, "petrov", role, "panel", self.now_ns, reason)
        return self.step(command)

    def receive(self, name: str = "", **args: Json) -> list[Event]:
        """Ten kilograms of good beef unless said otherwise."""
        given: dict[str, Json] = {
            "material": "beef", "kg": 10.0, "supplier": "farm", "temperature_c": 2.0, "documents": ["vet", "note"],
            "expires": (self.today() + dt.timedelta(days=10)).isoformat(),
        }  # fmt: skip
        return self.ask(CommandKind.LOT_RECEIVE, name, **{k: v for k, v in {**given, **args}.items() if v is not None})

    def today(self) -> dt.date:
        """The date in the plant."""
        return dt.datetime.fromtimestamp(self.now_ns / S, ZONE).date()

    def again(self) -> None:
        """The engine is killed and comes back."""
        saved = self.stage.save(self.state)
        self.stage = LotStage(catalogue(), tags(), ZONE)
        self.state = self.stage.restore(saved, self.now_ns)

    def shown(self) -> dict[str, Any]:
        """The view."""
        return dict(self.stage.view(self.state))

    @property
    def lots(self) -> Mapping[str, Lot]:
        """The stock."""
        return self.state.lots


def told(events: Sequence[Event], what: str) -> list[Any]:
    """The events of lots with this word."""
    return [e for e in events if e.kind == EventKind.LOT and e.data["what"] == what]


def refusals(events: Sequence[Event]) -> list[str]:
    """The reasons, in English, of commands that were refused."""
    refused = [e for e in events if e.kind == EventKind.COMMAND and e.data["status"] == "refused"]
    return [str(r["en"]) for e in refused for r in objects(e.data.get("reasons"))]


def batch_event(what: str, batch: str = "B1", **data: Json) -> Event:
    """An event of a batch, as the recipe engine makes it."""
    return Event(0, 0, EventKind.BATCH, batch, "", batch, {"what": what, "node": "", **data})


BAD = int(Status.BAD_SENSOR_FAILURE)
