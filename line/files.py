"""Small files by which processes find each other."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from line.messages import JsonObject


def write_private(path: Path, content: JsonObject) -> None:
    """Write JSON that only the owner may read; whoever reads ``path`` sees the old file or the new one, never a part."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # mode 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
