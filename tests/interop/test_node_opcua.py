"""The OPC UA driver against node-opcua: types, structures, security with trust both ways, logins, restart."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from line.devices import OpcUaDevice
from line.documents import Text
from line.messages import LinkState
from line.quality import Status
from line.tags import TagKind
from plc_drivers.opcua.pki import own_certificate
from tests.certificates import issue
from tests.interop.kit import CLOCK, Line, Row, opened
from tests.interop.programs import Program, opcua_server
from tests.waiting import eventually, until

PASSWORD = "докторская 7"
UNCERTAIN_SENSOR = 0x40930000
NUMBERS = {
    "SByte": -100.0, "Byte": 200.0, "Int16": -12345.0, "UInt16": 54321.0, "Int32": -1234567890.0, "UInt32": 3456789012.0,
    "Int64": -1234567890123456.0, "UInt64": 9007199254740991.0, "Float": 123.45600128173828, "Double": -98765.4321,
}  # fmt: skip
WRITTEN = {
    "SByte": 127.0, "Byte": 0.0, "Int16": 32767.0, "UInt16": 1.0, "Int32": -1.0, "UInt32": 4294967295.0,
    "Int64": 9007199254740991.0, "UInt64": 3.0, "Float": 71.25, "Double": 0.1, "Boolean": 0.0,
}  # fmt: skip
MEMBERS = {
    "Load.Mass": ("field=Mass", 412.75), "Load.Trolleys": ("field=Trolleys", 3.0), "Load.Ready": ("field=Ready", 1.0),
    "Load.Probe": ("field=Probes.1", 72.25),
}  # fmt: skip


def rows() -> list[Row]:
    def kind(name: str) -> TagKind:
        return TagKind.FLOAT if name in ("Float", "Double") else TagKind.BOOL if name == "Boolean" else TagKind.INT

    made = [Row(name, f"s={name}", kind(name)) for name in (*NUMBERS, "Boolean")]
    made += [Row(f"Written{n}", f"s=Written{n}", kind(n), writable=True) for n in WRITTEN]
    made += [Row(n, f"s={n}", TagKind.STRING) for n in ("String", "LocalizedText")]
    made += [Row(f"Temperature{i}", "s=Temperatures", options=f"index={i}") for i in (0, 1, 2, 7)]
    made += [Row(name, "s=Load", options=options) for name, (options, _) in MEMBERS.items()]
    made += [Row("Load.Product", "s=Load", TagKind.STRING, options="field=Product")]
    made += [Row("State", "s=State", TagKind.ENUM), Row("Counter", "s=Counter", TagKind.INT)]
    return [*made, Row("ReadOnly", "s=ReadOnly", writable=True), Row("Absent", "s=Absent")]


class Site:
    """The server, our folder, and who trusts whom."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.pki = folder / "pki"
        self.server_folder = folder / "node"
        self.server = opcua_server(self.server_folder, *options)
        (folder / "password").write_text(PASSWORD + "\n", encoding="utf-8")
        (folder / "password").chmod(0o600)

    @property
    def trusted_by_server(self) -> Path:
        return self.server_folder / "server" / "trusted" / "certs"

    def trust_server(self) -> None:
        (self.pki / "trusted").mkdir(parents=True, exist_ok=True)
        shutil.copy(self.server_folder / "server" / "own" / "certs" / "certificate.pem", self.pki / "trusted" / "node.pem")

    def introduce(self) -> None:
        """The server is told of our certificate."""
        shutil.copy(own_certificate(self.pki, CLOCK.now_ns()).file, self.trusted_by_server / "potok.der")

    def config(self, **more: Any) -> OpcUaDevice:
        keys = {"driver": "opcua", "name": Text(ru="ПЛК", en="PLC"), "url": self.server.info["url"], "publishing_ms": 50}
        keys |= {"namespace": self.server.info["namespace"], "timeout_ms": 3000, "user": "potok", "password_file": "password"}
        return OpcUaDevice.model_validate(keys | more)

    def play(self, body: Callable[[Line], Awaitable[None]], **more: Any) -> None:
        async def main() -> None:
            async with opened(rows(), {"plc": self.config(**more)}, self.folder) as line:
                await body(line)

        asyncio.run(main())

    def refused(self, words: str, **more: Any) -> None:
        """The link stays down, and says so."""

        async def body(line: Line) -> None:
            await line.state(LinkState.DOWN)
            assert words in line.error()

        self.play(body, **more)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    made.trust_server()
    made.introduce()
    yield made
    made.server.end()


@pytest.fixture
def open_site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path, "open")
    yield made
    made.server.end()


async def golden(line: Line) -> None:
    values = await line.values()
    assert {n: values[n] for n in NUMBERS} == {n: (v, 0) for n, v in NUMBERS.items()}
    assert {n: values[n] for n in MEMBERS} == {n: (v, 0) for n, (_, v) in MEMBERS.items()}
    assert [values[f"Temperature{i}"] for i in (0, 1, 2)] == [(72.5, 0), (-18.25, 0), (4.0, 0)]
    assert (values["Boolean"], values["State"]) == ((1.0, 0), (7.0, 0))
    assert [values[n] for n in ("String", "LocalizedText", "Load.Product")] == [
        ("Докторская № 7", 0), ("Варёная", 0), ("Сосиски", 0),
    ]  # fmt: skip
    assert values["Temperature7"][1] >= 0x80000000
    assert values["Absent"][1] == Status.BAD_NODE_ID_UNKNOWN
    assert "Absent" in line.error()


async def value_is(line: Line, name: str, value: float | str, status: int = 0) -> None:
    async def reached() -> bool:
        return (await line.values())[name] == (value, status)

    await eventually(reached, what=f"{name} = {value}")


async def writes_and_changes(line: Line, server: Program) -> None:
    results = await line.write({f"Written{n}": v for n, v in WRITTEN.items()})
    assert [(r.status, r.message.en) for r in results] == [(0, "")] * len(WRITTEN)
    for name, value in WRITTEN.items():
        expected = pytest.approx(value, rel=1e-7)
        await eventually_near(line, f"Written{name}", expected)
    [result] = await line.write({"ReadOnly": 2.0})
    assert result.status >= 0x80000000
    [beyond] = await line.write({"WrittenByte": 256.0})
    assert beyond.status == Status.BAD_OUT_OF_RANGE
    server.ask(name="Float", value=7.5, status="UncertainSensorNotAccurate")
    await value_is(line, "Float", 7.5, UNCERTAIN_SENSOR)
    server.ask(name="Temperatures", value=[1.0, 2.0, 3.0])
    await value_is(line, "Temperature2", 3.0)
    server.ask(name="String", value="Молочная")
    await value_is(line, "String", "Молочная")
    server.ask(name="Int16", status="BadSensorFailure")
    await value_is(line, "Int16", NUMBERS["Int16"], int(Status.BAD_SENSOR_FAILURE))


async def eventually_near(line: Line, name: str, expected: object) -> None:
    async def reached() -> bool:
        value, status = (await line.values())[name]
        return value == expected and status == 0

    await eventually(reached, what=f"{name} = {expected}")


@pytest.mark.parametrize("mode", ["auto", "poll"])
def test_values_writes_and_changes_without_security(open_site: Site, mode: str) -> None:
    async def body(line: Line) -> None:
        await line.up()
        await golden(line)
        await writes_and_changes(line, open_site.server)

    open_site.play(body, security_policy="none", user="", password_file="", mode=mode)


@pytest.mark.parametrize("policy", ["Basic256Sha256", "Aes256Sha256RsaPss"])
def test_signed_and_encrypted_with_user_and_password(site: Site, policy: str) -> None:
    async def body(line: Line) -> None:
        await line.up()
        await golden(line)
        await writes_and_changes(line, site.server)

    site.play(body, security_policy=policy)


def test_what_the_server_does_not_offer_or_allow_is_said(site: Site) -> None:
    site.refused("it offers: Basic256Sha256", security_policy="Aes128Sha256RsaOaep")
    (site.folder / "password").write_text("wrong\n", encoding="utf-8")
    site.refused("the server refused the login 'potok'")
    site.refused("anonymous", user="", password_file="")


def test_login_by_certificate(site: Site) -> None:
    user = issue("ivanov", 3, uri="urn:user:ivanov")
    (site.folder / "user.der").write_bytes(user.der)
    (site.folder / "user.pem").write_bytes(user.key_pem)
    (site.folder / "user.pem").chmod(0o600)
    (site.server_folder / "users" / "trusted" / "certs" / "ivanov.der").write_bytes(user.der)

    async def body(line: Line) -> None:
        await line.up()
        await golden(line)

    site.play(body, user="", password_file="", user_certificate="user.der", user_key="user.pem")


def test_trust_is_given_by_people_on_both_sides(tmp_path: Path) -> None:
    """Each side keeps the certificate of the other where a person finds it; moving it is all that is needed."""
    site = Site(tmp_path)

    async def body(line: Line) -> None:
        await line.state(LinkState.DOWN)
        assert "the server's certificate is not trusted" in line.error()
        [kept] = (site.pki / "rejected").glob("*.der")
        kept.rename(site.pki / "trusted" / kept.name)

        rejected = site.server_folder / "server" / "rejected"
        await until(lambda: any(rejected.glob("*.pem")), what="our certificate among those that the server turned away")
        await until(lambda: "it does not trust our certificate" in line.error(), what="the file that the server is to trust")
        assert str(own_certificate(site.pki, CLOCK.now_ns()).file) in line.error()
        [ours] = rejected.glob("*.pem")
        ours.rename(site.trusted_by_server / ours.name)
        await line.up()
        assert (await line.values())["Double"][1] == Status.BAD_NO_COMMUNICATION  # an outage is shown once, however short
        await golden(line)

    try:
        site.play(body)
    finally:
        site.server.end()


def test_a_server_that_is_killed_and_started_again(site: Site) -> None:
    async def body(line: Line) -> None:
        await line.up()
        await golden(line)
        site.server.kill()
        await line.state(LinkState.DOWN)
        lost = await line.values()
        assert lost["Double"] == (NUMBERS["Double"], Status.UNCERTAIN_NO_COMMUNICATION_LAST_USABLE_VALUE)
        port = site.server.info["url"].split(":")[2].split("/")[0]
        site.server = opcua_server(site.server_folder, port)
        await line.up()
        await golden(line)
        assert line.drivers["plc"].link().reconnects == 1
        before = (await line.values())["Counter"]

        async def counts_on() -> bool:
            return (await line.values())["Counter"] > before

        await eventually(counts_on, what="changes from the new subscription")

    site.play(body)
