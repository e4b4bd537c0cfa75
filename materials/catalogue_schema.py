"""JSON Schema of ``materials.yaml``."""

from __future__ import annotations

from typing import cast

from line.messages import Json, JsonObject
from line.schema import file_schema
from materials.allergens import ALLERGENS
from materials.catalogue_file import MaterialsFile


def materials_schema() -> JsonObject:
    """JSON Schema (draft 2020-12); the allergens are listed, so that an editor offers them."""
    schema = dict(file_schema(MaterialsFile, "Potok materials"))
    kinds = cast(dict[str, Json], schema["$defs"])
    entry = cast(dict[str, dict[str, dict[str, Json]]], kinds["MaterialEntry"])
    entry["properties"]["allergens"]["items"] = {"enum": list(ALLERGENS)}
    return schema
