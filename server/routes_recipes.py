"""The library of recipes: versions with their source, checks of a file, differences, dry runs. Changes come as commands."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from server.auth import VIEWING, ApiError, SignedIn, Technologist
from server.command_args import CONTENT_MAX, ContentHash
from server.jsonio import ApiResponse
from server.recipe_desk import RecipeDesk
from server.texts import BAD_REQUEST

_Name = Annotated[str, StringConstraints(max_length=128)]
_Key = Annotated[str, StringConstraints(max_length=64)] | Annotated[int, Field(ge=0, lt=100_000)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class FileBody(_Body):
    """``POST /api/recipes/check``"""

    text: Annotated[str, StringConstraints(max_length=CONTENT_MAX)]


class Change(_Body):
    """One value of a file, by the keys that lead to it."""

    path: Annotated[list[_Key], Field(min_length=1, max_length=40)]
    value: bool | int | float | Annotated[str, StringConstraints(max_length=1000)]


class EditBody(FileBody):
    """``POST /api/recipes/edit``"""

    changes: Annotated[list[Change], Field(min_length=1, max_length=100)]


class DryRunBody(_Body):
    """``POST /api/recipes/dry_run``: a version of the library, whose evidence the result becomes, or a text."""

    hash: ContentHash | None = None
    text: Annotated[str, StringConstraints(max_length=CONTENT_MAX)] = ""


def add_recipe_routes(app: FastAPI, desk: RecipeDesk) -> None:
    """Looking is free; what costs the machine something needs a login, a dry run a technologist."""
    _add_dry_runs(app, desk)

    @app.get("/api/recipes", dependencies=VIEWING)
    async def recipes() -> ApiResponse:
        return ApiResponse(desk.view())

    @app.get("/api/recipe_schema", dependencies=VIEWING)
    async def schema() -> ApiResponse:
        return ApiResponse(await desk.schema())

    @app.post("/api/recipes/check")
    async def check(body: FileBody, session: SignedIn) -> ApiResponse:
        return ApiResponse(await desk.check(body.text))

    @app.post("/api/recipes/edit")
    async def edit(body: EditBody, session: SignedIn) -> ApiResponse:
        return ApiResponse(await desk.edited(body.text, [(tuple(c.path), c.value) for c in body.changes]))

    @app.get("/api/recipes/{content}", dependencies=VIEWING)
    async def version(content: _Name) -> ApiResponse:
        return ApiResponse(await desk.version(content))


def _add_dry_runs(app: FastAPI, desk: RecipeDesk) -> None:
    """Before the route of a version, which would take their names for hashes."""

    @app.get("/api/recipes/diff", dependencies=VIEWING)
    async def difference(to: _Name, from_: Annotated[_Name, Query(alias="from")] = "") -> ApiResponse:
        return ApiResponse(await desk.difference(from_, to))

    @app.post("/api/recipes/dry_run")
    async def start(body: DryRunBody, session: Technologist) -> ApiResponse:
        if (body.hash is None) == (not body.text):  # one of the two
            raise ApiError(422, BAD_REQUEST, (BAD_REQUEST,))
        job = await desk.start(body.hash or "", body.text, session)
        return ApiResponse({"job": job.id}, 202)

    @app.get("/api/recipes/dry_run/{job}", dependencies=VIEWING)
    async def look(job: _Name) -> ApiResponse:
        return ApiResponse(desk.job(job).to_json())

    @app.delete("/api/recipes/dry_run/{job}")
    async def cancel(job: _Name, session: Technologist) -> ApiResponse:
        found = desk.job(job)
        await desk.cancel(found)
        return ApiResponse(found.to_json())
