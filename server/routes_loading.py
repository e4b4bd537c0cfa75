"""Before a lot is loaded: what speaks for and against it, as a list to look at."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Query
from pydantic import StringConstraints

from line.jsontools import child
from materials.catalogue_json import catalogue_of
from materials.loading import loading_of
from server.auth import VIEWING, ApiError
from server.jsonio import ApiResponse
from server.ports import EnginePort
from server.texts import NOT_FOUND

_Name = Annotated[str, StringConstraints(min_length=1, max_length=128)]


def add_loading_routes(app: FastAPI, engine: EnginePort) -> None:
    """The view of the stock and the description of the line say it: nothing is asked of the engine, nothing is changed.

    ``role`` is whose rights the list shows; who really loads is judged when the command comes.
    """

    @app.get("/api/loading", dependencies=VIEWING)
    async def loading(
        batch: _Name,
        lot: _Name,
        material: Annotated[str, Query(max_length=128)] = "",
        role: Annotated[str, Query(max_length=32)] = "",
    ) -> ApiResponse:
        catalogue = catalogue_of(child(engine.line.description, "materials")) if engine.line is not None else None
        stock = engine.views.get("materials", {})
        found = None if catalogue is None else loading_of(lot, stock, catalogue, batch=batch, material=material, role=role)
        if found is None:
            raise ApiError(404, NOT_FOUND)
        return ApiResponse(found.to_json())
