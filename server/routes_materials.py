"""Codes that a panel scanned, and labels of lots."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import FastAPI, Query
from pydantic import StringConstraints
from starlette.responses import Response

from historian.label_pdf import label_pdf_apart
from historian.typeset import RenderError
from line.clock import NS_PER_S, Clock
from line.jsontools import child, objects
from line.messages import JsonObject
from materials.catalogue_json import catalogue_of, product_allergens
from materials.gs1 import LENGTH_MAX
from materials.label import Label, label_of
from materials.label_layout import LabelFaultError, LabelSize, layout
from materials.scanned import explain
from server.auth import VIEWING, ApiError
from server.jsonio import ApiResponse
from server.lot_label import label_facts
from server.ports import EnginePort
from server.routes_records import zone_of
from server.texts import NOT_FOUND, text
from server.workers import Workers

_Name = Annotated[str, StringConstraints(min_length=1, max_length=128)]
_Code = Annotated[str, Query(max_length=2 * LENGTH_MAX)]
_NO_CATALOGUE = text("У линии нет справочника материалов", "The line has no catalogue of materials")


def add_material_routes(app: FastAPI, engine: EnginePort, workers: Workers, clock: Clock) -> None:
    """What a code means is looked up in the description of the line and the view ``materials``: nothing is changed by it."""

    @app.get("/api/code", dependencies=VIEWING)
    async def code(text: _Code) -> ApiResponse:
        stock = engine.views.get("materials", {})
        return ApiResponse(
            explain(text, _today(engine, stock, clock), catalogue_of(_materials(engine)), objects(stock.get("lots")))
        )

    @app.get("/api/lots/{lot}/label.pdf", dependencies=VIEWING)
    async def label(lot: _Name, size: LabelSize = LabelSize.LARGE, language: Literal["ru", "en"] = "ru") -> Response:
        materials = _materials(engine)
        catalogue = catalogue_of(materials)
        if catalogue is None:
            raise ApiError(404, _NO_CATALOGUE)
        said = await workers.history(lambda h: h.lots.label(lot))
        if said is None:
            raise ApiError(404, NOT_FOUND)
        facts = label_facts(said, catalogue, ZoneInfo(zone_of(engine)), product_allergens(materials, said.row.material))
        content = await workers.render(_set(label_of(facts, catalogue), size, language, (said.row.made_ns or 0) // NS_PER_S))
        return Response(content, media_type="application/pdf", headers={"content-disposition": 'inline; filename="label.pdf"'})


def _set(label: Label, size: LabelSize, language: str, made_s: int) -> Callable[[], bytes]:
    def render() -> bytes:
        try:
            return label_pdf_apart(layout(label, size, language), made_s)
        except LabelFaultError as fault:
            raise RenderError(fault.why.en) from fault

    return render


def _materials(engine: EnginePort) -> JsonObject:
    return child(engine.line.description, "materials") if engine.line is not None else {}


def _today(engine: EnginePort, stock: JsonObject, clock: Clock) -> dt.date:
    """The day of the stock; before the first scan that of the server's clock in the zone of the line."""
    day = stock.get("day")
    if isinstance(day, str) and day:
        return dt.date.fromisoformat(day)
    return dt.datetime.fromtimestamp(clock.now_ns() // NS_PER_S, ZoneInfo(zone_of(engine))).date()
