"""``potok browse`` against the simulated PLC 2 and against a server with everything that a vendor's server may hold."""

from __future__ import annotations

import asyncio
import csv
import io
from pathlib import Path
from typing import Any

import pytest
from asyncua import ua
from asyncua.client.ua_session import UaSession
from asyncua.server.server import Server
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from line.clock import SystemClock
from line.devices import OpcUaDevice
from line.documents import Text
from line.driver import DriverContext
from plc_drivers.opcua.browse import FoundVariable, browse
from potok.browse import rows_of
from potok.cli import main
from simulators.runner import SimServers
from tests.certificates import issue
from tests.wire.opcua_plc import SERVER_URI, SecurePlc
from tests.wire.standard_nodes import new_server

pytestmark = pytest.mark.usefixtures("standard_nodes")

SPACE = "urn:vendor:line"
OTHER = "urn:vendor:types"
V = ua.VariantType


def line_folder(folder: Path, tags: str, namespace: str, enums: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    device = f"{{driver: opcua, name: {{ru: П, en: P}}, url: 'opc.tcp://h:1', namespace: '{namespace}', security_policy: none}}"
    head = "line: x\nname: {ru: Л, en: L}\nclasses: {}\nunits: {}\ndevices:\n  plc2: "
    (folder / "line.yaml").write_text(f"{head}{device}\n{enums}", encoding="utf-8")
    (folder / "tags.csv").write_text(tags, encoding="utf-8")
    (folder / "alarms.yaml").write_text("alarms: []\n")
    return folder


def test_the_simulated_plc_becomes_a_table_that_loads(
    simulator: SimServers, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url, out = f"opc.tcp://127.0.0.1:{simulator.ports.opcua}", tmp_path / "tags.csv"
    command = ["browse", url, "--security-policy", "none", "--out", str(out)]
    assert main([*command, "--writable"]) == 0
    told = capsys.readouterr()
    assert "108 variables found, 108 rows written" in told.err
    assert 'namespace: "urn:potok:sim:plc2"' in told.err
    rows = {r["name"]: r for r in csv.DictReader(io.StringIO(out.read_text(encoding="utf-8")))}
    with Path("lines/sausage/tags.csv").open(encoding="utf-8") as shipped:
        wanted = [r for r in csv.DictReader(r for r in shipped if not r.startswith("#")) if r["device"] == "plc2"]
    assert {r["name"] for r in wanted} <= set(rows)
    for tag in wanted:
        assert (rows[tag["name"]]["address"], rows[tag["name"]]["writable"]) == (tag["address"], tag["writable"])
    assert main(["check", str(line_folder(tmp_path / "line", out.read_text(encoding="utf-8"), "urn:potok:sim:plc2"))]) == 0
    assert main(command) == 2
    assert "--force" in capsys.readouterr().err
    assert main([*command, "--force", "--namespace", "urn:nobody"]) == 0
    assert "108 in another namespace" in capsys.readouterr().err
    assert len(out.read_text(encoding="utf-8").splitlines()) == 1


def test_a_part_of_it(simulator: SimServers, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"opc.tcp://127.0.0.1:{simulator.ports.opcua}"
    assert main(["browse", url, "--security-policy", "none", "--under", "nsu=urn:potok:sim:plc2;s=S401"]) == 0
    told = capsys.readouterr()
    names = [r["name"] for r in csv.DictReader(io.StringIO(told.out))]
    assert names[0] == "plc2.ChamberTemp"
    assert all(n.startswith("plc2.") for n in names)
    assert not any(r["writable"] for r in csv.DictReader(io.StringIO(told.out)))
    assert main(["browse", url, "--security-policy", "none", "--under", "nsu=urn:potok:sim:plc2;s=S999"]) == 1
    assert "BadNodeIdUnknown" in capsys.readouterr().err
    assert main(["browse", url, "--security-policy", "none", "--under", "nsu=urn:other;s=S401"]) == 1
    assert "no namespace urn:other" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["http://127.0.0.1:1", "--security-policy", "none"], 2, "is no address of an OPC UA server"),
        (["opc.tcp://127.0.0.1:1"], 2, "--pki DIR is missing"),
        (["opc.tcp://127.0.0.1:1", "--security-policy", "none", "--user", "a"], 2, "user and password_file go together"),
        (["opc.tcp://127.0.0.1:1", "--pki", "p", "--user-key", "k"], 2, "user_certificate and user_key go together"),
        (["opc.tcp://127.0.0.1:1", "--security-policy", "none", "--under", "ns=3;s=A"], 2, "by its index"),
        (["opc.tcp://127.0.0.1:1", "--security-policy", "none", "--under", "s=A"], 2, "names no namespace"),
        (["opc.tcp://127.0.0.1:1", "--security-policy", "none", "--device", "a b"], 2, "is no name of a device"),
        (["opc.tcp://127.0.0.1:1", "--security-policy", "none"], 1, "127.0.0.1"),
    ],
)
def test_what_cannot_work_is_said(arguments: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["browse", *arguments]) == code
    told = capsys.readouterr()
    assert said in told.err
    assert told.out == ""


async def build(server: Server) -> None:
    """A space with what is not a plain number, and with a circle in it."""
    await server.init()
    server.set_endpoint("opc.tcp://127.0.0.1:0/")
    server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    space = await server.register_namespace(SPACE)
    other = await server.register_namespace(OTHER)
    line = await server.nodes.objects.add_object(space, "Линия 1")
    plc = await line.add_folder(space, "PLC")
    motor = await plc.add_object(space, "Motor")
    speed = await motor.add_variable(ua.NodeId.from_string(f'ns={space};s="DB1"."Speed"'), "Speed [rpm]", 10.0, V.Float)
    await speed.add_property(ua.NodeId.from_string(f"ns={space};i=900"), "0:EURange", ua.Range(0.0, 1450.5))
    unit = ua.EUInformation(DisplayName=ua.LocalizedText("об/мин"))
    await speed.add_property(ua.NodeId.from_string(f"ns={space};i=901"), "0:EngineeringUnits", unit)
    text = ua.LocalizedText("Motor speed,\nmeasured")
    await speed.write_attribute(AttributeIds.Description, ua.DataValue(ua.Variant(text, V.LocalizedText)))
    await speed.set_writable()
    await motor.add_variable(space, "speed_rpm", 1, V.Int16)  # the same name once more
    await motor.add_property(space, "Serial", "A-17", V.String)
    await plc.add_variable(space, "Zones", [1.0, 2.0, 3.0], V.Double)
    await plc.add_variable(space, "Matrix", [[1, 2], [3, 4]], V.Int32)
    await plc.add_variable(space, "Nothing", [], V.Int32)
    await plc.add_variable(space, "Blob", b"x", V.ByteString)
    await plc.add_variable(space, "Any", 5, V.UInt16, ua.NodeId.from_string("i=24"))
    await plc.add_variable(space, "Build", ua.BuildInfo(), V.ExtensionObject, ua.NodeId.from_string("i=338"))
    hidden = await plc.add_variable(space, "Hidden", 1, V.Int32)
    await hidden.set_attr_bit(AttributeIds.UserAccessLevel, ua.AccessLevel.CurrentRead)
    for attribute in (AttributeIds.AccessLevel, AttributeIds.UserAccessLevel):
        await hidden.unset_attr_bit(attribute, ua.AccessLevel.CurrentRead)
    mode = await server.nodes.enum_data_type.add_data_type(other, "Mode")
    texts = [ua.LocalizedText("Off"), ua.LocalizedText("Hand"), ua.LocalizedText("Auto")]
    await mode.add_property(0, "EnumStrings", texts)
    await plc.add_variable(space, "Mode", 1, V.Int32, mode.nodeid)
    step = await server.nodes.enum_data_type.add_data_type(other, "Step")
    fields = [ua.EnumField(Name=n, DisplayName=ua.LocalizedText(n), Value=ua.Int64(v)) for n, v in (("Idle", 0), ("Cook", 4))]
    definition = ua.DataValue(ua.Variant(ua.EnumDefinition(Fields=fields), V.ExtensionObject))
    await step.write_attribute(AttributeIds.DataTypeDefinition, definition)
    await plc.add_variable(space, "Step", 4, V.Int32, step.nodeid)
    await plc.add_variable(other, "Foreign", 7, V.UInt64)
    await motor.add_reference(line, ObjectIds.Organizes)  # the circle


@pytest.fixture(scope="module")
def rich() -> list[FoundVariable]:
    """What is found, with the limits of small servers, which asyncua's own does not have: three references in an answer, one
    continuation point, four nodes to browse and twenty to read in a call."""
    rest: dict[bytes, list[Any]] = {}
    browse_whole, read_whole = UaSession.browse, UaSession.read

    def shortened(result: Any) -> Any:
        if len(result.References or ()) > 3:
            point = b"%d" % len(rest)
            rest[point], result.References = result.References[3:], result.References[:3]
            result.ContinuationPoint = point
        return result

    async def browse_some(self: UaSession, parameters: ua.BrowseParameters) -> list[Any]:
        if len(parameters.NodesToBrowse) > 4:
            raise ua.UaStatusCodeError(StatusCodes.BadTooManyOperations)
        results = [shortened(r) for r in await browse_whole(self, parameters)]
        for number, result in enumerate(results):
            if any(earlier.ContinuationPoint for earlier in results[:number]) and result.ContinuationPoint:
                result.ContinuationPoint, result.References = None, []
                result.StatusCode = ua.StatusCode(ua.UInt32(StatusCodes.BadNoContinuationPoints))
        return results

    async def read_some(self: UaSession, parameters: ua.ReadParameters) -> list[ua.DataValue]:
        if len(parameters.NodesToRead) > 20:
            raise ua.UaStatusCodeError(StatusCodes.BadTooManyOperations)
        return await read_whole(self, parameters)

    async def browse_next(self: UaSession, parameters: ua.BrowseNextParameters) -> list[Any]:
        [point] = parameters.ContinuationPoints
        result = ua.BrowseResult()
        result.References = rest[bytes(point)]
        return [shortened(result)]

    async def body() -> list[FoundVariable]:
        server = new_server()
        await build(server)
        async with server:
            assert server.bserver is not None
            url = f"opc.tcp://127.0.0.1:{server.bserver.port}/"
            config = OpcUaDevice(driver="opcua", name=Text(ru="", en=""), url=url, namespace=SPACE, security_policy="none")
            return await browse(config, DriverContext(SystemClock(), 100, Path("none"), Path()))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(UaSession, "browse", browse_some)
        patch.setattr(UaSession, "browse_next", browse_next)
        patch.setattr(UaSession, "read", read_some)
        found = asyncio.run(body())
    assert rest
    return found


def test_everything_becomes_a_row_or_a_note(rich: list[FoundVariable], tmp_path: Path) -> None:
    made = rows_of(rich, device="plc2", writable=True)
    rows = {r["name"]: r for r in made.rows}
    assert sorted(rows) == [
        "PLC.Any", "PLC.Foreign", "PLC.Mode", "PLC.Motor.Serial", "PLC.Motor.Speed_rpm", "PLC.Motor.speed_rpm_2", "PLC.Step",
        "PLC.Zones_0", "PLC.Zones_1", "PLC.Zones_2",
    ]  # fmt: skip
    speed = rows["PLC.Motor.Speed_rpm"]
    assert speed["address"] == 's="DB1"."Speed"'
    assert (speed["lo"], speed["hi"], speed["eu"], speed["writable"]) == ("0", "1450.5", "об/мин", "1")
    assert speed["en"] == "Motor speed, measured"
    assert rows["PLC.Motor.speed_rpm_2"]["writable"] == ""
    assert (rows["PLC.Motor.speed_rpm_2"]["lo"], rows["PLC.Motor.speed_rpm_2"]["hi"]) == ("-32768", "32767")
    assert rows["PLC.Motor.Serial"]["kind"] == "string"
    assert (rows["PLC.Any"]["kind"], rows["PLC.Any"]["hi"]) == ("int", "65535")
    assert [rows[f"PLC.Zones_{n}"]["options"] for n in range(3)] == ["index=0", "index=1", "index=2"]
    assert rows["PLC.Foreign"]["address"].startswith(f"nsu={OTHER};i=")
    assert (rows["PLC.Mode"]["kind"], rows["PLC.Mode"]["enum"], made.enums) == (
        "enum", "mode", {"mode": {0: "Off", 1: "Hand", 2: "Auto"}, "step": {0: "Idle", 4: "Cook"}},
    )  # fmt: skip
    assert made.namespace == SPACE
    assert dict(made.skipped) == {
        "arrays of more than one dimension": 1, "empty arrays": 1, "of type ByteString": 1, "that may not be read": 1,
        "structures (the option field=Member reads one member)": 1,
    }  # fmt: skip
    assert len(made.structures) == 1
    assert made.structures[0] not in {row["address"] for row in made.rows}
    enums = "enums:\n  mode: {0: {ru: 'Off', en: 'Off'}, 1: {ru: Hand, en: Hand}, 2: {ru: Auto, en: Auto}}\n"
    enums += "  step: {0: {ru: Idle, en: Idle}, 4: {ru: Cook, en: Cook}}\n"
    assert main(["check", str(line_folder(tmp_path, made.csv(), SPACE, enums))]) == 0


def test_a_server_with_security_is_browsed_once_both_trust_each_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trusted = tmp_path / "server"
    trusted.mkdir()
    (trusted / "authority.der").write_bytes(issue("CA", 2, authority=True).der)
    (tmp_path / "pw").write_text("secret\n")
    shown, user = issue("PLC", 1, uri=SERVER_URI), issue("ivanov", 3, uri="urn:user:ivanov")
    (tmp_path / "user.der").write_bytes(user.der)
    (tmp_path / "user.pem").write_bytes(user.key_pem)
    out: list[int] = []

    async def body() -> None:
        plc = SecurePlc(trusted)
        await plc.start()
        try:
            await plc.show(shown, tokens=[ua.UserNameIdentityToken])
            plc.users.tell = lambda user, password, _: (user, password) == ("potok", "secret")
            command = [
                "browse",
                plc.url,
                "--pki",
                str(tmp_path / "pki"),
                "--user",
                "potok",
                "--password-file",
                str(tmp_path / "pw"),
            ]
            out.append(await asyncio.to_thread(main, command))
            [rejected] = (tmp_path / "pki" / "rejected").iterdir()
            rejected.rename(tmp_path / "pki" / "trusted" / rejected.name)
            out.append(await asyncio.to_thread(main, command))
            (trusted / "potok.der").write_bytes((tmp_path / "pki" / "own" / "certificate.der").read_bytes())
            await plc.trust()
            out.append(await asyncio.to_thread(main, command))
            await plc.show(shown, tokens=[ua.X509IdentityToken])
            plc.users.tell = lambda _user, _password, certificate: certificate == user.der
            login = ["--user-certificate", str(tmp_path / "user.der"), "--user-key", str(tmp_path / "user.pem")]
            out.append(await asyncio.to_thread(main, [*command[:4], *login]))
        finally:
            await plc.stop()

    asyncio.run(body())
    told = capsys.readouterr()
    assert out == [1, 1, 0, 0]
    assert "the server's certificate is not trusted" in told.err
    assert "does not accept our certificate" in told.err
    assert told.out.count("plc2.Temp,float,plc2,s=Temp") == 2
