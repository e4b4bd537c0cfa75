"""The foreign servers: built once, one process per file of tests that changes nothing of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interop.programs import build_modbus_server


@pytest.fixture(scope="session")
def modbus_server(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program of modbus_server.c."""
    return build_modbus_server(tmp_path_factory.mktemp("libmodbus"))
