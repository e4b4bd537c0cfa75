"""docs/howto/write-a-driver.md: its example is installed as a package, checked, run and held to the contract of every driver."""

from __future__ import annotations

import asyncio
import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from line.clock import SystemClock
from line.devices import ModbusDevice, OtherDevice
from line.documents import Problem, Text
from line.driver import DriverContext
from line.messages import LinkState
from line.quality import Status
from line.tags import TagKind, TagTable
from plc_drivers import plugins
from plc_drivers.build import DriverFactory
from plc_drivers.plugins import PluginError, check_plugins, driver_names, load_kind, make_driver
from potok.linefolder import LineError, load_line
from tests.builders import tag
from tests.driver_conformance import Subject, check_driver
from tests.unit.line_kit import LINE_YAML, oven_csv

HOWTO = Path(__file__).resolve().parents[2] / "docs" / "howto" / "write-a-driver.md"
NAME = Text(ru="Весы", en="Scale")


def block(language: str) -> str:
    found = re.findall(rf"```{language}\n(.*?)```", HOWTO.read_text(encoding="utf-8"), re.DOTALL)
    assert len(found) == 1, f"one block of {language}"
    return found[0]


class Packages:
    """A folder of installed packages, on the path of this interpreter."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def install(self, package: str, code: str, entries: str) -> None:
        """As pip would leave it: a module and its metadata."""
        (self.folder / f"{package}.py").write_text(code, encoding="utf-8")
        info = self.folder / f"{package}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n", encoding="utf-8")
        (info / "entry_points.txt").write_text(f"[potok.drivers]\n{entries}\n", encoding="utf-8")
        importlib.invalidate_caches()


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Packages]:
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    before = set(sys.modules)
    yield Packages(folder)
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(folder)):
            del sys.modules[name]


@pytest.fixture
def textfile(packages: Packages) -> Packages:
    entry = re.search(r'^(textfile = )"(.*)"$', block("toml"), re.MULTILINE)
    assert entry is not None
    packages.install("potok_textfile", block("python"), entry[1] + entry[2])
    return packages


def other(driver: str = "textfile", **settings: Any) -> OtherDevice:
    return OtherDevice(driver=driver, name=NAME, settings=settings)


def context(folder: Path) -> DriverContext:
    return DriverContext(SystemClock(), 100, folder / "pki", folder)


TAGS = TagTable(
    [
        tag("R101.Net", 0, device="scale", address="net"),
        tag("R101.Limit", 1, device="scale", address="limit", writable=True, scale=0.1),
        tag("Foreign", 2, device="plc1"),
    ]
)


# The example


def test_the_example_keeps_the_contract(textfile: Packages, tmp_path: Path) -> None:
    file = tmp_path / "scale.txt"
    file.write_text("net=12.5\nlimit=3000\n", encoding="utf-8")
    away = tmp_path / "away.txt"

    async def cut() -> None:
        file.rename(away)

    async def restore() -> None:
        away.rename(file)

    async def main() -> None:
        driver = DriverFactory(context(tmp_path)).make("scale", other(file="scale.txt", max_age_s=3600), TAGS)
        await check_driver(Subject(driver, TAGS.of_device("scale"), cut, restore, writable=(1, 250.0, 275.0), foreign=2))

    asyncio.run(main())
    assert "limit=2750.0" in file.read_text(encoding="utf-8")


def test_a_machine_that_stopped_writing_is_lost(textfile: Packages, tmp_path: Path) -> None:
    (tmp_path / "scale.txt").write_text("net=1\nlimit=oops\n", encoding="utf-8")

    async def main() -> None:
        driver = make_driver("scale", other(file="scale.txt", max_age_s=3600), TAGS, context(tmp_path))
        await driver.open()
        readings = await driver.poll()
        assert readings.status.tolist() == [Status.GOOD, Status.BAD_DECODING_ERROR]
        await driver.close()
        driver = make_driver("scale", other(file="scale.txt", max_age_s=1e-9), TAGS, context(tmp_path))
        await driver.open()
        assert (await driver.poll()).status.tolist() == [Status.BAD_NO_COMMUNICATION] * 2
        assert driver.link().state is LinkState.DOWN
        assert driver.link().last_error.en.endswith("is not written any more")
        await driver.close()

    asyncio.run(main())


def test_its_line_is_checked_by_it(textfile: Packages, tmp_path: Path) -> None:
    def problems(yaml: str, rows: str) -> list[Problem]:
        folder = tmp_path / "line"
        folder.mkdir(exist_ok=True)
        (folder / "recipes").mkdir(exist_ok=True)
        device = yaml.removeprefix("devices:\n")
        (folder / "line.yaml").write_text(LINE_YAML.replace("enums:\n", device + "enums:\n", 1), encoding="utf-8")
        rows = oven_csv(extra=[*oven_rows(), *rows.splitlines()[1:]])
        (folder / "tags.csv").write_text(rows, encoding="utf-8")
        (folder / "alarms.yaml").write_text("alarms: []\n", encoding="utf-8")
        try:
            loaded = load_line(folder)
        except LineError as error:
            return error.problems
        assert "Link.scale.Up" in loaded.model.tags
        return []

    def oven_rows() -> list[str]:
        return ["PLC1.Sup,int,plc1,hr:0:uint16,,0,65535,0,,,1,,,Счётчик,Counter"]

    yaml, rows = block("yaml"), block("csv")
    ours = [p for p in problems(yaml, rows) if "scale" in p.key or p.key.startswith("R101")]
    assert ours == []
    wrong = yaml.replace("max_age_s: 5", "max_age_s: -5, colour: red").replace("file: scale.txt, ", "")
    found = {p.key: p.message for p in problems(wrong, rows.replace("R101.Net,float", "R101.Net,string"))}
    assert found["devices.scale.settings.colour"] == "unknown setting 'colour'"
    assert found["devices.scale.settings.max_age_s"] == "max_age_s is no time"
    assert found["devices.scale.settings"] == "the file is not named"
    assert found["R101.Net"] == "the file holds numbers, no texts"
    found = {p.key: f"{p.message}. {p.remedy}" for p in problems(yaml.replace("textfile", "textfiles"), rows)}
    assert found["devices.scale.driver"] == (
        "there is no driver 'textfiles'. Use one of modbus, opcua, textfile, or install the package that brings it"
    )


# Packages that are wrong


def told(config: OtherDevice) -> list[str]:
    return [f"{f.key}: {f.message}" for _, f in check_plugins({"scale": config}, TAGS)]


@pytest.mark.parametrize(
    ("code", "entry", "said"),
    [
        ("raise RuntimeError('no licence')", "x = bad:Kind", "the driver 'x' of bad cannot be loaded: RuntimeError: no licence"),
        ("import surely_not_installed", "x = bad:Kind", "the driver 'x' of bad cannot be loaded: ModuleNotFoundError"),
        ("", "x = bad:Kind", "the driver 'x' of bad cannot be loaded: AttributeError"),
        ("Kind = 5", "x = bad:Kind", "'bad:Kind' of bad is no driver: it lacks check and make"),
        ("class Kind:\n    def __init__(self, port): ...", "x = bad:Kind", "the driver 'x' of bad cannot be loaded: TypeError"),
        (
            "class Kind:\n    def check(self, *a): return 1 / 0\n    def make(self, *a): ...",
            "x = bad:Kind",
            "the driver 'x' cannot check the device: ZeroDivisionError: division by zero",
        ),
        (
            "class Kind:\n    def check(self, *a): return 'fine'\n    def make(self, *a): ...",
            "x = bad:Kind",
            "the driver 'x' cannot check the device: it answered",
        ),
        (
            "class Kind:\n    def check(self, *a): return None\n    def make(self, *a): ...",
            "x = bad:Kind",
            "the driver 'x' cannot check the device: it answered",
        ),
    ],
)
def test_a_package_that_is_wrong_is_a_finding_and_no_crash(packages: Packages, code: str, entry: str, said: str) -> None:
    packages.install("bad", code, entry)
    (found,) = told(other("x"))
    assert found.startswith(f"driver: {said}")


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ("None", "what the driver 'x' made for scale is no driver: it lacks link, open, poll, write, close"),
        ("1 / 0", "the driver 'x' of scale cannot be made: ZeroDivisionError: division by zero"),
        ("Thing()", "what the driver 'x' made for scale is no driver: it lacks the name of its device"),
    ],
)
def test_a_driver_that_is_none_stops_the_start_with_one_line(packages: Packages, tmp_path: Path, made: str, said: str) -> None:
    code = (
        "class Thing:\n    device = 'other'\n    def link(self): ...\n    open = poll = write = close = link\n"
        f"class Kind:\n    def check(self, *a): return []\n    def make(self, *a): return {made}\n"
    )
    packages.install("bad", code, "x = bad:Kind")
    assert told(other("x")) == []
    with pytest.raises(ValueError, match=re.escape(said)):
        make_driver("scale", other("x"), TAGS, context(tmp_path))


def test_two_packages_with_one_name_are_told(packages: Packages) -> None:
    kind = "class Kind:\n    def check(self, *a): return []\n    def make(self, *a): ...\n"
    packages.install("one", kind, "x = one:Kind")
    packages.install("two", kind, "x = two:Kind")
    with pytest.raises(PluginError, match="the driver 'x' is offered by one and two"):
        load_kind("x")


def test_a_built_in_driver_cannot_be_replaced(packages: Packages, caplog: pytest.LogCaptureFixture) -> None:
    packages.install("evil", "raise RuntimeError('loaded')", "modbus = evil:Kind")
    assert driver_names() == ["modbus", "opcua"]
    assert "evil offers a driver 'modbus'" in caplog.text
    config = ModbusDevice(driver="modbus", name=NAME, port=502)
    assert check_plugins({"plc1": config}, TAGS) == []
    assert "evil" not in sys.modules


def test_a_fault_of_a_tag_is_placed_at_the_tag(textfile: Packages) -> None:
    tags = TagTable([tag("R101.Lot", 0, device="scale", kind=TagKind.STRING, address="lot")])
    ((device, found),) = check_plugins({"scale": other(file="x")}, tags)
    assert (device, found.tag, found.key) == ("scale", "R101.Lot", "")
    assert plugins.GROUP in HOWTO.read_text(encoding="utf-8")
