"""What is dear to make is made once for all workers of a run: a simulated shift that many tests only read."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.waiting import wait_for

MADE_WITHIN_S = 110.0


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that ``make`` has filled, here or in the worker that came first. Tests must not write into it."""
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / f"shared-{name}"
    done, failed = folder / "done", folder / "failed"
    try:
        folder.mkdir()
    except FileExistsError:
        wait_for(lambda: done.exists() or failed.exists(), MADE_WITHIN_S, f"{name}, made by another worker,")
        assert not failed.exists(), f"another worker could not make {name}: see the failure there"
        return folder / "made"
    try:
        (folder / "made").mkdir()
        make(folder / "made")
    except BaseException:
        failed.touch()
        raise
    done.touch()
    return folder / "made"
