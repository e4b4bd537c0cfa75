"""Certificates, trust and the choice of an endpoint, without a connection."""

from __future__ import annotations

import json
import logging
import stat
import sys
import threading
from pathlib import Path

import pytest
from asyncua import ua
from cryptography.hazmat.primitives import serialization
from hypothesis import given, settings
from hypothesis import strategies as st

from line.clock import NS_PER_S, ManualClock, SystemClock
from line.devices import OpcUaDevice
from line.documents import Text
from line.driver import DriverContext
from line.tags import COLUMNS
from plc_drivers.link import LinkError
from plc_drivers.opcua import pki
from plc_drivers.opcua.pki import TrustList, own_certificate, reject
from plc_drivers.opcua.security import OpcUaSecurity, read_password, remarks
from potok.cli import main
from tests.certificates import Issued, issue, revocation_list

NOW_NS = SystemClock().now_ns()
DAY_NS = 86_400 * NS_PER_S
URI = "urn:plc:one"
ROOT = issue("Root", 1, authority=True)
MIDDLE = issue("Middle", 2, authority=True, issuer=ROOT)
LEAF = issue("PLC", 3, uri=URI, issuer=MIDDLE)


def store(folder: Path, *certificates: Issued) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, each in enumerate(certificates):
        (folder / f"{number}.pem").write_bytes(each.pem)


def vouched(tmp_path: Path, certificate: Issued, *sent: Issued) -> bool:
    return TrustList(tmp_path).vouches(certificate.certificate, [s.certificate for s in sent], NOW_NS)


# Our own certificate


def test_our_certificate_is_made_once_and_says_who_we_are(tmp_path: Path) -> None:
    own = own_certificate(tmp_path / "data" / "pki", NOW_NS)
    assert own.uri.startswith("urn:")
    assert own.uri.endswith(":potok")
    assert pki.application_uris(own.certificate) == [own.uri]
    assert pki.rsa_bits(own.certificate) == 2048
    hash_algorithm = own.certificate.signature_hash_algorithm
    assert hash_algorithm is not None
    assert hash_algorithm.name == "sha256"
    assert 5 * 364 < (own.certificate.not_valid_after_utc - pki.moment(NOW_NS)).days <= 5 * 365
    assert own.remark(NOW_NS).en == ""
    again = own_certificate(tmp_path / "data" / "pki", NOW_NS)
    assert again.certificate == own.certificate
    if sys.platform != "win32":
        assert stat.S_IMODE((own.file.parent / "key.pem").stat().st_mode) == 0o600
    assert sorted(p.name for p in (tmp_path / "data" / "pki").iterdir()) == ["own"]


def test_two_that_begin_at_once_end_with_the_same_certificate(tmp_path: Path) -> None:
    made: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: made.append(pki.thumbprint(own_certificate(tmp_path, NOW_NS).certificate).encode()))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 4
    assert len(set(made)) == 1


def test_our_certificate_is_told_before_it_ends_and_refused_after(tmp_path: Path) -> None:
    own = own_certificate(tmp_path, NOW_NS)
    end_ns = int(own.certificate.not_valid_after_utc.timestamp()) * NS_PER_S
    assert own.remark(end_ns - 31 * DAY_NS).en == ""
    assert "is valid for 30 more days" in own.remark(end_ns - 30 * DAY_NS).en
    assert "действует ещё 0 дн." in own.remark(end_ns).ru
    assert own.remark(end_ns + NS_PER_S).en == f"our own certificate {own.file} has expired"
    with pytest.raises(LinkError, match="has expired: it was valid until") as raised:
        own_certificate(tmp_path, end_ns + DAY_NS)
    assert str(own.file) in raised.value.text.ru
    assert own.file.exists()


@pytest.mark.parametrize("missing", ["certificate.der", "key.pem"])
def test_a_half_that_is_missing_is_named_and_not_made_anew(tmp_path: Path, missing: str) -> None:
    own_certificate(tmp_path, NOW_NS)
    (tmp_path / "own" / missing).unlink()
    with pytest.raises(LinkError, match="is missing") as raised:
        own_certificate(tmp_path, NOW_NS)
    assert str(tmp_path / "own" / missing) in raised.value.text.en
    assert len(list((tmp_path / "own").iterdir())) == 1


@pytest.mark.parametrize(
    ("certificate", "key_pem", "said"),
    [
        (b"junk", LEAF.key_pem, "certificate.der cannot be read: no certificate"),
        (LEAF.der, b"junk", "key.pem cannot be read: no private key"),
        (LEAF.der, ROOT.key_pem, "is not that of the certificate"),
        (ROOT.der, ROOT.key_pem, "names no application URI"),
    ],
)
def test_files_of_ours_that_do_not_fit_are_named(tmp_path: Path, certificate: bytes, key_pem: bytes, said: str) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "certificate.der").write_bytes(certificate)
    (tmp_path / "own" / "key.pem").write_bytes(key_pem)
    with pytest.raises(LinkError, match=said):
        own_certificate(tmp_path, NOW_NS)


def test_a_certificate_that_the_plant_issued_is_taken_with_its_uri(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "certificate.pem").write_bytes(LEAF.pem)
    (tmp_path / "own" / "key.pem").write_bytes(LEAF.key_pem)
    assert own_certificate(tmp_path, NOW_NS).uri == URI


@pytest.mark.skipif(sys.platform == "win32", reason="no such rights on Windows")
def test_a_key_that_others_can_read_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    own_certificate(tmp_path, NOW_NS)
    (tmp_path / "own" / "key.pem").chmod(0o644)
    with caplog.at_level(logging.WARNING):
        own_certificate(tmp_path, NOW_NS)
    assert "can be read by other users" in caplog.records[-1].getMessage()


# Trust


def test_only_a_chain_to_the_folder_is_trusted(tmp_path: Path) -> None:
    assert not vouched(tmp_path, LEAF, MIDDLE, ROOT)
    store(tmp_path / "trusted", ROOT)
    assert vouched(tmp_path, LEAF, MIDDLE)
    assert not vouched(tmp_path, LEAF)
    assert not vouched(tmp_path, issue("PLC", 3, uri=URI), MIDDLE)
    forged = issue("Middle", 4, authority=True)  # the name of an authority that is not its key
    assert not vouched(tmp_path, issue("PLC", 3, uri=URI, issuer=forged), forged, MIDDLE)


def test_an_application_never_vouches_for_another(tmp_path: Path) -> None:
    """Self-signed application certificates often call themselves authorities."""
    server = issue("PLC", 5, uri=URI, authority=True)
    store(tmp_path / "trusted", server)
    assert not vouched(tmp_path, issue("PLC 2", 3, uri=URI, issuer=server))


def test_an_authority_signs_no_further_than_it_may(tmp_path: Path) -> None:
    short = issue("Short", 6, authority=True, path_length=0)
    under = issue("Under", 7, authority=True, issuer=short)
    store(tmp_path / "trusted", short)
    assert vouched(tmp_path, issue("PLC", 3, uri=URI, issuer=short))
    assert not vouched(tmp_path, issue("PLC", 3, uri=URI, issuer=under), under)


def test_an_authority_that_has_expired_vouches_for_nothing(tmp_path: Path) -> None:
    old = issue("Old", 6, authority=True, days=(-100, -1))
    store(tmp_path / "trusted", old)
    assert not vouched(tmp_path, issue("PLC", 3, uri=URI, issuer=old))


def test_what_the_issuer_revoked_is_revoked_and_nothing_else(tmp_path: Path) -> None:
    store(tmp_path / "trusted", ROOT, MIDDLE)
    other = issue("PLC 2", 3, uri=URI, issuer=MIDDLE)
    (tmp_path / "crl").mkdir()
    (tmp_path / "crl" / "a.crl").write_bytes(revocation_list(MIDDLE, LEAF))
    (tmp_path / "crl" / "b.crl").write_bytes(revocation_list(issue("Middle", 4, authority=True), other))  # a forged list
    trusted = TrustList(tmp_path)
    assert trusted.revoked(LEAF.certificate)
    assert not trusted.revoked(other.certificate)
    (tmp_path / "crl" / "c.crl").write_bytes(revocation_list(ROOT, MIDDLE))
    assert TrustList(tmp_path).revoked(other.certificate, [MIDDLE.certificate])


def test_a_list_that_cannot_be_read_stops_everything_a_certificate_only_itself(tmp_path: Path) -> None:
    store(tmp_path / "trusted", ROOT)
    (tmp_path / "trusted" / "broken.der").write_bytes(b"junk")
    (tmp_path / "trusted" / "README.txt").write_text("not looked at")
    trusted = TrustList(tmp_path)
    assert list(trusted.files) == [ROOT.certificate]
    assert trusted.unreadable == [tmp_path / "trusted" / "broken.der"]
    (tmp_path / "crl").mkdir()
    (tmp_path / "crl" / "broken.crl").write_bytes(b"junk")
    with pytest.raises(LinkError, match=r"broken\.crl cannot be read: no revocation list"):
        TrustList(tmp_path)


def test_rejected_certificates_do_not_fill_the_disk(tmp_path: Path) -> None:
    made = [issue(f"../PLC {n}", 3, uri=URI) for n in range(pki.REJECTED_MAX + 3)]
    files = [reject(tmp_path, m.certificate) for m in made]
    assert files[-1] == reject(tmp_path, made[-1].certificate)
    kept = list((tmp_path / "rejected").iterdir())
    assert len(kept) == pki.REJECTED_MAX
    assert files[-1] in kept
    assert all(f.parent == tmp_path / "rejected" for f in files)


# Endpoints


def security(tmp_path: Path, **changes: object) -> OpcUaSecurity:
    keys: dict[str, object] = {"driver": "opcua", "name": Text(ru="ПЛК", en="PLC"), "url": "opc.tcp://h:1", "namespace": "urn:n"}
    config = OpcUaDevice.model_validate(keys | changes)
    return OpcUaSecurity(config, DriverContext(ManualClock(NOW_NS), 100, tmp_path, tmp_path))


def endpoint(der: bytes, uri: str = URI) -> ua.EndpointDescription:
    made = ua.EndpointDescription()
    made.ServerCertificate = der  # pyright: ignore[reportAttributeAccessIssue]
    made.Server.ApplicationUri = uri  # pyright: ignore[reportAttributeAccessIssue]
    return made


def test_a_key_that_is_too_short_is_refused_by_file(tmp_path: Path) -> None:
    weak = issue("Old PLC", 8, uri=URI, bits=1024)
    store(tmp_path / "trusted", weak)
    with pytest.raises(LinkError, match="has a key of RSA 1024") as raised:
        security(tmp_path)._checked(endpoint(weak.der), "127.0.0.1")
    assert str(tmp_path / "trusted" / "0.pem") in raised.value.text.ru


def test_a_chain_that_the_server_sends_along_is_used(tmp_path: Path) -> None:
    store(tmp_path / "trusted", ROOT)
    found = security(tmp_path)._checked(endpoint(LEAF.der + MIDDLE.der), "127.0.0.1")
    assert found == LEAF.certificate


@pytest.mark.parametrize(
    "der", [b"", b"junk", LEAF.der[:100], LEAF.der + b"\x30\x82\x00\x01"], ids=["nothing", "junk", "a part", "more than one"]
)
def test_what_is_no_certificate_is_refused(tmp_path: Path, der: bytes) -> None:
    with pytest.raises(LinkError, match="no certificate that can be read"):
        security(tmp_path)._checked(endpoint(der), "127.0.0.1")


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> OpcUaSecurity:
    """Trusts the authority that signed the PLC, and one other PLC."""
    folder = tmp_path_factory.mktemp("plant")
    store(folder / "trusted", ROOT, MIDDLE, issue("PLC 9", 9, uri=URI))
    return security(folder)


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_no_certificate_is_accepted_that_differs_from_the_signed_one(plant: OpcUaSecurity, data: st.DataObject) -> None:
    """Whatever a stranger sends: a reason in words, never another exception, never trust."""
    assert plant._checked(endpoint(LEAF.der), "127.0.0.1") == LEAF.certificate
    changed = bytearray(LEAF.der)
    for _ in range(data.draw(st.integers(1, 3))):
        changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(st.integers(1, 255))
    if bytes(changed) != LEAF.der:
        with pytest.raises(LinkError):
            plant._checked(endpoint(bytes(changed)), "127.0.0.1")


def test_files_of_a_login_are_looked_at_before_anything_starts(tmp_path: Path) -> None:
    config = security(tmp_path, user="potok", password_file="pw")._config
    assert remarks(config, tmp_path) == [f"password_file: {tmp_path / 'pw'} does not exist on this computer"]
    (tmp_path / "pw").write_text("secret\r\nrest")
    (tmp_path / "pw").chmod(0o600)
    assert remarks(config, tmp_path) == []
    assert read_password(tmp_path / "pw") == "secret"
    (tmp_path / "pw").chmod(0o644)
    if sys.platform != "win32":
        assert "chmod 600" in remarks(config, tmp_path)[0]
    (tmp_path / "pw").write_bytes(b"\xff\xfe")
    with pytest.raises(LinkError, match="not UTF-8"):
        read_password(tmp_path / "pw")


def test_check_remarks_on_files_of_a_login_and_finds_no_fault_in_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    login = "user: potok, password_file: pw"
    device = f"{{driver: opcua, name: {{ru: П, en: P}}, url: 'opc.tcp://h:1', namespace: 'urn:n', {login}}}"
    head = "line: x\nname: {ru: Л, en: L}\nclasses: {}\nunits: {}\ndevices:\n  plc2: "
    (tmp_path / "line.yaml").write_text(f"{head}{device}\n", encoding="utf-8")
    (tmp_path / "tags.csv").write_text(f"{','.join(COLUMNS)}\nA.B,float,plc2,s=B,,,,,,,,,,Б,B\n", encoding="utf-8")
    (tmp_path / "alarms.yaml").write_text("alarms: []\n")
    assert main(["check", str(tmp_path)]) == 0
    told = capsys.readouterr()
    assert "no problems" in told.out
    assert told.err == f"remark: plc2: password_file: {tmp_path / 'pw'} does not exist on this computer\n"
    assert main(["check", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["remarks"] == [told.err.removeprefix("remark: ").strip()]


def test_a_key_whose_numbers_do_not_fit_together_is_damaged(tmp_path: Path) -> None:
    file = tmp_path / "key.der"
    good = issue("damaged", 1).key
    encoding, form = serialization.Encoding.DER, serialization.PrivateFormat.PKCS8
    data = good.private_bytes(encoding, form, serialization.NoEncryption())
    file.write_bytes(data)
    assert pki.read_key(file).public_key() == good.public_key()
    numbers = good.private_numbers()
    for part in (numbers.p.to_bytes(128, "big"), numbers.d.to_bytes(256, "big").lstrip(b"\0")):  # one alone does no harm
        assert part in data
        data = data.replace(part, bytes([part[0], part[1] ^ 1]) + part[2:])
    file.write_bytes(data)
    with pytest.raises(OSError, match="a damaged RSA key"):
        pki.read_key(file)
