"""OPC UA security against a real and strict server: policies, trust both ways, logins, renewal of the channel."""

from __future__ import annotations

import asyncio
import contextlib
import re
import stat
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from asyncua import ua
from asyncua.server.uaprocessor import UaProcessor
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.ua_binary import uatcp_to_binary
from cryptography.x509.oid import ExtendedKeyUsageOID

from line.clock import SystemClock
from line.devices import OpcUaDevice
from line.documents import Text
from line.driver import DriverContext
from line.messages import LinkState
from line.tags import TagTable
from plc_drivers.opcua.driver import OpcUaDriver
from plc_drivers.opcua.pki import OwnCertificate, own_certificate, thumbprint
from tests.builders import tag
from tests.certificates import Issued, issue, revocation_list
from tests.waiting import eventually, until
from tests.wire.opcua_plc import NAMESPACE, SERVER_URI, SecurePlc

pytestmark = pytest.mark.usefixtures("standard_nodes")

CLOCK = SystemClock()
TAGS = TagTable([tag("Temp", 0, device="plc2", address="s=Temp", lo=-1e9, hi=1e9)])
POLICIES = ("Basic256Sha256", "Aes128Sha256RsaOaep", "Aes256Sha256RsaPss")
SERVER = issue("PLC 2/Test", 1, uri=SERVER_URI)
AUTHORITY = issue("Plant CA", 2, authority=True)
USER = issue("ivanov", 3, uri="urn:user:ivanov")
STRANGER = issue("stranger", 4, uri="urn:user:stranger")


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.Runner]:
    """One event loop for the module, so that the server is built once."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def plc(loop: asyncio.Runner, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecurePlc]:
    server = SecurePlc(tmp_path_factory.mktemp("server_trusts"))
    (server.trusted / "authority.der").write_bytes(AUTHORITY.der)  # the library wants at least one
    loop.run(server.start())
    yield server
    loop.run(server.stop())


class Site:
    """Our side: data folder, line folder, and the server that has been told of our certificate."""

    def __init__(self, loop: asyncio.Runner, plc: SecurePlc, folder: Path) -> None:
        self.loop, self.plc, self.folder = loop, plc, folder
        self.pki = folder / "pki"
        self.context = DriverContext(CLOCK, 100, self.pki, folder)

    def own(self) -> OwnCertificate:
        return own_certificate(self.pki, CLOCK.now_ns())

    def trust(self, *certificates: Issued, folder: str = "trusted") -> None:
        (self.pki / folder).mkdir(parents=True, exist_ok=True)
        for each in certificates:
            (self.pki / folder / f"{thumbprint(each.certificate)}.der").write_bytes(each.der)

    async def introduce(self) -> None:
        """The server trusts us."""
        own = self.own()
        (self.plc.trusted / f"{self.folder.name}.der").write_bytes(own.file.read_bytes())
        await self.plc.trust()

    def config(self, **changes: object) -> OpcUaDevice:
        keys: dict[str, object] = {"driver": "opcua", "name": Text(ru="ПЛК", en="PLC"), "url": self.plc.url}
        keys |= {"namespace": NAMESPACE, "timeout_ms": 3000, "publishing_ms": 50}
        return OpcUaDevice.model_validate(keys | changes)

    @contextlib.asynccontextmanager
    async def driver(self, **changes: object) -> AsyncIterator[OpcUaDriver]:
        driver = OpcUaDriver("plc2", self.config(**changes), TAGS, self.context)
        await driver.open()
        try:
            yield driver
        finally:
            await driver.close()

    async def works(self, **changes: object) -> None:
        async with self.driver(**changes) as driver:
            await until(lambda: driver.link().state in (LinkState.UP, LinkState.DOWN), what="an answer")
            assert driver.link().last_error.en == ""
            readings = await driver.poll()
            assert (readings.values.tolist(), readings.status.tolist()) == ([20.5], [0])

    async def refused(self, **changes: object) -> Text:
        """The link stays down; why."""
        async with self.driver(**changes) as driver:
            await until(lambda: driver.link().state in (LinkState.UP, LinkState.DOWN), what="an answer")
            assert driver.link().state is LinkState.DOWN
            said = driver.link().last_error
            assert said.ru
            assert re.search("[а-я]", said.ru)
            return said

    def run(self, body: Callable[[], Coroutine[object, object, None]]) -> None:
        self.loop.run(body())


@pytest.fixture
def site(loop: asyncio.Runner, plc: SecurePlc, tmp_path: Path) -> Site:
    """A server that we trust and that trusts us."""
    made = Site(loop, plc, tmp_path)
    made.trust(SERVER)
    loop.run(plc.show(SERVER))
    loop.run(made.introduce())
    return made


@pytest.mark.parametrize("policy", POLICIES)
def test_values_over_each_policy(site: Site, policy: str) -> None:
    site.run(lambda: site.works(security_policy=policy))


def test_signed_only_where_it_is_asked_for(site: Site) -> None:
    async def body() -> None:
        await site.plc.show(SERVER, [ua.SecurityPolicyType.Aes256Sha256RsaPss_Sign])
        await site.works(security_mode="Sign")
        said = await site.refused(security_mode="SignAndEncrypt")
        assert "it offers: Aes256Sha256RsaPss Sign" in said.en

    site.run(body)


def test_a_policy_that_is_not_offered_is_never_replaced_by_another(site: Site) -> None:
    async def body() -> None:
        offered = [ua.SecurityPolicyType.NoSecurity, ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt]
        await site.plc.show(SERVER, offered)
        said = await site.refused(security_policy="Aes256Sha256RsaPss")
        assert "does not offer Aes256Sha256RsaPss with SignAndEncrypt; it offers: none, Basic256Sha256 SignAndEncrypt" in said.en
        await site.works(security_policy="none")

    site.run(body)


def test_the_first_use_makes_a_certificate_and_the_second_takes_it(loop: asyncio.Runner, plc: SecurePlc, tmp_path: Path) -> None:
    site = Site(loop, plc, tmp_path)
    site.trust(SERVER)

    async def body() -> None:
        await plc.show(SERVER)
        said = await site.refused()
        own = site.pki / "own"
        files = {p.name: p.read_bytes() for p in own.iterdir()}
        assert sorted(files) == ["certificate.der", "key.pem"]
        if sys.platform != "win32":
            assert stat.S_IMODE((own / "key.pem").stat().st_mode) == 0o600
        # the server does not know it yet: the message names the file that it must be given
        assert "does not accept our certificate (BadCertificateUntrusted)" in said.en
        assert str(own / "certificate.der") in said.en
        assert str(own / "certificate.der") in said.ru
        await site.introduce()
        await site.works()
        assert {p.name: p.read_bytes() for p in own.iterdir()} == files

    site.run(body)


def test_an_unknown_server_is_refused_until_its_file_is_moved(site: Site) -> None:
    async def body() -> None:
        for file in (site.pki / "trusted").iterdir():
            file.unlink()
        (site.pki / "trusted" / "broken.der").write_bytes(b"no certificate")
        async with site.driver() as driver:
            await until(lambda: driver.link().state is LinkState.DOWN)
            said = driver.link().last_error
            [rejected] = (site.pki / "rejected").iterdir()
            assert rejected.name == f"PLC-2-Test_{thumbprint(SERVER.certificate)}.der"
            assert rejected.read_bytes() == SERVER.der
            for text in (said.ru, said.en):
                assert str(rejected) in text
                assert str(site.pki / "trusted") in text
                assert thumbprint(SERVER.certificate) in text
                assert "broken.der" in text
            rejected.rename(site.pki / "trusted" / rejected.name)
            await until(lambda: driver.link().state is LinkState.UP)
            assert (await driver.poll()).values.tolist() == [20.5]

    site.run(body)


@pytest.mark.parametrize(
    ("shown", "reason"),
    [
        (issue("PLC 2", 5, uri=SERVER_URI, days=(-30, -1)), "has expired: it was valid until"),
        (issue("PLC 2", 5, uri=SERVER_URI, days=(1, 30)), "is not valid yet"),
        (issue("PLC 2", 5, uri="urn:somebody:else"), f"its URI is urn:somebody:else, the server calls itself {SERVER_URI}"),
        (issue("PLC 2", 5), "its URI is –"),
    ],
    ids=["expired", "not yet valid", "another URI", "no URI"],
)
def test_a_trusted_certificate_that_is_not_in_order_is_refused_by_file(site: Site, shown: Issued, reason: str) -> None:
    async def body() -> None:
        site.trust(shown)
        await site.plc.show(shown)
        said = await site.refused()
        assert reason in said.en
        assert str(site.pki / "trusted" / f"{thumbprint(shown.certificate)}.der") in said.en

    site.run(body)


def test_an_authority_vouches_for_servers_of_its_own_host_only(site: Site) -> None:
    ours = issue("PLC 2", 5, uri=SERVER_URI, issuer=AUTHORITY)
    other_host = issue("PLC 3", 5, uri=SERVER_URI, issuer=AUTHORITY, host="plc3.plant")

    async def body() -> None:
        await site.plc.show(ours)
        assert "is not trusted" in (await site.refused()).en
        site.trust(AUTHORITY)
        await site.works()
        await site.plc.show(other_host)
        said = await site.refused()
        assert "is not for the address 127.0.0.1" in said.en
        # trusting this very certificate is the way out
        [rejected] = (site.pki / "rejected").glob(f"*{thumbprint(other_host.certificate)}.der")
        rejected.rename(site.pki / "trusted" / rejected.name)
        await site.works()
        (site.pki / "crl").mkdir()
        (site.pki / "crl" / "plant.crl").write_bytes(revocation_list(AUTHORITY, other_host))
        assert "is revoked" in (await site.refused()).en
        await site.plc.show(ours)
        await site.works()

    site.run(body)


def test_a_password_is_asked_of_the_server(site: Site) -> None:
    (site.folder / "password.txt").write_text("секрет 1\nnot this line\n", encoding="utf-8")
    login = {"user": "potok", "password_file": "password.txt"}

    async def body() -> None:
        await site.plc.show(SERVER, tokens=[ua.UserNameIdentityToken])
        site.plc.users.tell = lambda user, password, _: (user, password) == ("potok", "секрет 1")
        await site.works(**login)
        (site.folder / "password.txt").write_text("wrong", encoding="utf-8")
        said = await site.refused(**login)
        assert "refused the login 'potok' (BadUserAccessDenied)" in said.en
        assert "wrong" not in said.en + said.ru
        said = await site.refused()
        assert "does not take the login 'anonymous' at this endpoint; it takes: user and password" in said.en
        (site.folder / "password.txt").write_text("\n", encoding="utf-8")
        assert "password.txt cannot be read: the first line is empty" in (await site.refused(**login)).en
        (site.folder / "password.txt").unlink()
        assert "password.txt cannot be read: No such file" in (await site.refused(**login)).en

    site.run(body)


def test_a_password_is_encrypted_where_the_channel_is_only_signed(site: Site) -> None:
    (site.folder / "password.txt").write_text("secret", encoding="utf-8")
    login = {"user": "potok", "password_file": "password.txt", "security_mode": "Sign"}

    async def body() -> None:
        await site.plc.show(SERVER, [ua.SecurityPolicyType.Aes256Sha256RsaPss_Sign], [ua.UserNameIdentityToken])
        site.plc.users.tell = lambda user, password, _: (user, password) == ("potok", "secret")
        await site.works(**login)
        for endpoint in site.plc.server.iserver.endpoints:
            endpoint.UserIdentityTokens[0].SecurityPolicyUri = "http://opcfoundation.org/UA/SecurityPolicy#None"
        assert "would take the password unencrypted" in (await site.refused(**login)).en

    site.run(body)


def test_a_user_certificate_logs_in(site: Site) -> None:
    for name, issued in (("ivanov", USER), ("stranger", STRANGER)):
        (site.folder / f"{name}.pem").write_bytes(issued.pem)
        (site.folder / f"{name}.key").write_bytes(issued.key_pem)

    async def body() -> None:
        await site.plc.show(SERVER, tokens=[ua.X509IdentityToken])
        site.plc.users.tell = lambda _user, _password, certificate: certificate == USER.der
        await site.works(user_certificate="ivanov.pem", user_key="ivanov.key")
        said = await site.refused(user_certificate="stranger.pem", user_key="stranger.key")
        assert "refused the login 'stranger.pem' (BadUserAccessDenied)" in said.en
        said = await site.refused(user_certificate="ivanov.pem", user_key="stranger.key")
        assert "user_key does not belong to the certificate" in said.en

    site.run(body)


def test_a_server_that_holds_another_key_is_not_talked_to(site: Site) -> None:
    """Somebody shows the trusted certificate without having its key."""

    async def body() -> None:
        await site.plc.show(Issued(SERVER.certificate, STRANGER.key))
        said = await site.refused(timeout_ms=500)
        assert "no answer" in said.en  # it cannot read what was encrypted for the holder of the key

    site.run(body)


@pytest.mark.parametrize(
    ("way", "said"),
    [
        ("fault", "the server broke off while security was agreed on; most often it does not trust our certificate yet"),
        ("error", "the server does not accept our certificate (BadSecurityChecksFailed)"),
        ("close", "the server broke off while security was agreed on; most often it does not trust our certificate yet"),
    ],
)
def test_servers_that_refuse_us_before_there_is_a_channel(
    site: Site, way: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most do; asyncua's own waits until a session is asked for."""
    let_in = UaProcessor.open_secure_channel

    def refuse(self: UaProcessor, algohdr: Any, seqhdr: Any, body: Any) -> None:
        if algohdr.SecurityPolicyURI.endswith("#None"):
            let_in(self, algohdr, seqhdr, body)
        elif way == "fault":
            fault = ua.ServiceFault()
            fault.ResponseHeader.ServiceResult = ua.StatusCode(ua.UInt32(StatusCodes.BadCertificateUntrusted))
            self.send_response(1, seqhdr, fault, ua.MessageType.SecureOpen)
        else:
            error = ua.ErrorMessage(ua.StatusCode(ua.UInt32(StatusCodes.BadSecurityChecksFailed)), ua.String(""))
            if way == "error":
                message: Any = ua.MessageType.Error
                self._transport.write(uatcp_to_binary(message, error))
            self._transport.close()

    monkeypatch.setattr(UaProcessor, "open_secure_channel", refuse)

    async def body() -> None:
        told = await site.refused()
        assert said in told.en
        assert str(site.pki / "own" / "certificate.der") in told.ru
        assert thumbprint(site.own().certificate) in told.en

    site.run(body)


@pytest.mark.parametrize("policy", POLICIES)
def test_the_channel_is_renewed_while_values_come(site: Site, policy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plc_drivers.opcua.session.CHANNEL_LIFETIME_MS", 1500)
    temp = site.plc.server.get_node(ua.NodeId.from_string(f"ns={site.plc.index};s=Temp"))

    async def body() -> None:
        async with site.driver(security_policy=policy) as driver:
            await until(lambda: driver.link().state is LinkState.UP)
            assert driver._session is not None
            protocol = driver._session._client.uaclient.protocol
            assert protocol is not None
            first = protocol._connection.security_token.TokenId
            for renewal in range(1, 4):
                await until(lambda n=renewal: protocol._connection.security_token.TokenId >= first + n)
                await temp.write_value(100.0 + renewal)

                async def arrived(value: float = 100.0 + renewal) -> bool:
                    return (await driver.poll()).values.tolist() == [value]

                await eventually(arrived)
            assert (driver.link().state, driver.link().reconnects) == (LinkState.UP, 0)
        await temp.write_value(20.5)

    site.run(body)


def test_a_certificate_of_ours_that_ends_soon_is_told_while_the_link_is_up(site: Site) -> None:
    ours = issue("Potok", 6, uri="urn:this:potok", days=(-300, 20), usage=ExtendedKeyUsageOID.CLIENT_AUTH)
    (site.pki / "own" / "certificate.der").write_bytes(ours.der)
    (site.pki / "own" / "key.pem").write_bytes(ours.key_pem)

    async def body() -> None:
        await site.introduce()
        async with site.driver() as driver:
            await until(lambda: driver.link().state is LinkState.UP)
            said = driver.link().last_error
            assert re.search(rf"{re.escape(str(site.pki / 'own' / 'certificate.der'))} is valid for (19|20) more days", said.en)
            assert re.search("действует ещё (19|20) дн.", said.ru)

    site.run(body)
