"""JSON Schema of a configuration file, for editors: names, kinds and meaning of every key while somebody types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, cast

from line.documents import FileModel
from line.messages import Json, JsonObject

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def file_schema(model: type[FileModel], title: str) -> JsonObject:
    """JSON Schema (draft 2020-12) of ``model``. It knows the shape of a file; what belongs together is for ``potok check``."""
    described = cast(JsonObject, _tidy(cast(Json, model.model_json_schema(by_alias=True))))
    return {"$schema": DIALECT, **described, "title": title}


def _tidy(value: Json) -> Json:
    """Without titles that only repeat the key and without "or null": a key that may be left out is just not required."""
    if isinstance(value, Mapping):
        options = value.get("anyOf")
        if isinstance(options, Sequence) and not isinstance(options, str) and {"type": "null"} in options:
            left = [o for o in options if o != {"type": "null"}]
            rest = {k: v for k, v in value.items() if k not in ("anyOf", "default", "title")}
            only = left[0] if len(left) == 1 else {"anyOf": left}
            return _tidy({**cast(JsonObject, only), **rest})
        return {
            k: {name: _tidy(one) for name, one in v.items()}
            if k in ("properties", "$defs") and isinstance(v, Mapping)
            else _tidy(v)
            for k, v in value.items()
            if k != "title" or not isinstance(v, str)
        }
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_tidy(v) for v in value]
    return value
