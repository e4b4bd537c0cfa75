"""Certificates in a folder: our own, made at first use, and the list of those that are trusted (OPC 10000-4 §6.1, 10000-6 §6.2).

``own/`` holds ``certificate.der`` and ``key.pem``, ``trusted/`` what is trusted (servers, or authorities that sign them),
``crl/`` the revocation lists of such authorities, ``rejected/`` what servers showed and nobody trusts yet. Everything is read
anew at every attempt to connect: moving a file is enough. These functions block: call them in a thread.
"""

from __future__ import annotations

import ipaddress
import logging
import os
import re
import shutil
import socket
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from line.clock import NS_PER_S
from line.documents import Text
from plc_drivers.link import LinkError

log = logging.getLogger(__name__)

KEY_BITS: Final = 2048
KEY_BITS_MAX: Final = 4096
"""Shortest and longest RSA key of the policies that are offered (OPC 10000-7, Aes128_Sha256_RsaOaep and its neighbours)."""

OWN_VALID_DAYS: Final = 5 * 365
EXPIRES_SOON_DAYS: Final = 30
REJECTED_MAX: Final = 50
_CHAIN_MAX: Final = 5
_NO_EXTENSION: Final = (x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, ValueError)
"""What is raised for an extension that is missing, or is none."""

_WEAK_HASHES: Final = (hashes.MD5, hashes.SHA1)
_CERTIFICATE_SUFFIXES: Final = frozenset({".der", ".pem", ".crt", ".cer"})
_CRL_SUFFIXES: Final = frozenset({".crl", ".der", ".pem"})


@dataclass(frozen=True)
class OwnCertificate:
    """What we show to servers."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey
    uri: str
    file: Path

    def remark(self, now_ns: int) -> Text:
        """Says so when the certificate ends within thirty days, or has ended while a link stayed up; else empty."""
        days = (self.certificate.not_valid_after_utc - moment(now_ns)).days
        if days > EXPIRES_SOON_DAYS:
            return Text(ru="", en="")
        if days < 0:
            return Text(ru=f"собственный сертификат {self.file} просрочен", en=f"our own certificate {self.file} has expired")
        return Text(
            ru=f"собственный сертификат {self.file} действует ещё {days} дн.: подготовьте новый",
            en=f"our own certificate {self.file} is valid for {days} more days: prepare a new one",
        )


def thumbprint(certificate: x509.Certificate) -> str:
    """SHA-1 of the DER form in hexadecimal, by which OPC UA names a certificate (OPC 10000-6 §6.2.2)."""
    return certificate.fingerprint(hashes.SHA1()).hex()


def moment(now_ns: int) -> datetime:
    """UTC nanoseconds as certificates count time."""
    return datetime.fromtimestamp(now_ns // NS_PER_S, UTC)


def own_certificate(pki: Path, now_ns: int) -> OwnCertificate:
    """Our certificate and key; both are made when ``pki/own`` holds nothing yet, and never replaced.

    Raises LinkError that names the file to put right when something is missing, does not fit together, or has expired.
    """
    folder = pki / "own"
    certificate_file, key_file = folder / "certificate.der", folder / "key.pem"
    try:
        if not folder.is_dir() or not any(folder.iterdir()):
            _make_own(pki, folder, moment(now_ns))
        certificate_file, key_file = _existing(certificate_file, ".pem", ".crt"), _existing(key_file, ".der")
        certificate = read_certificates(certificate_file)[0]
        key = read_key(key_file)
    except OSError as error:
        raise LinkError(_unreadable(Path(error.filename or folder), error.strerror or str(error))) from error
    if key.public_key() != certificate.public_key():
        raise LinkError(Text(
            ru=f"ключ {key_file} не подходит к сертификату {certificate_file}: верните прежний файл или удалите оба",
            en=f"the key {key_file} is not that of the certificate {certificate_file}: put the former file back or delete both",
        ))  # fmt: skip
    uris = application_uris(certificate)
    if not uris:
        raise LinkError(Text(
            ru=f"В сертификате {certificate_file} нет URI приложения (SubjectAltName): замените его",
            en=f"the certificate {certificate_file} names no application URI (SubjectAltName): replace it",
        ))  # fmt: skip
    fault = out_of_time(certificate, now_ns)
    if fault is not None:
        raise LinkError(Text(
            ru=f"собственный сертификат {certificate_file} {fault.ru}: замените его или удалите папку {folder} (будет создан "
            f"новый, его нужно добавить в доверенные на каждом сервере)",
            en=f"our own certificate {certificate_file} {fault.en}: replace it, or delete the folder {folder} (a new one is "
            f"made, which every server must be told to trust)",
        ))  # fmt: skip
    _warn_if_others_read(key_file)
    return OwnCertificate(certificate, key, uris[0], certificate_file)


def read_certificates(file: Path) -> list[x509.Certificate]:
    """The certificates of a DER or PEM file, at least one. Raises OSError, also for what is no certificate."""
    data = file.read_bytes()
    try:
        if b"-----BEGIN" in data:
            return x509.load_pem_x509_certificates(data)
        return [x509.load_der_x509_certificate(data)]
    except (ValueError, x509.InvalidVersion) as error:
        raise OSError(0, "no certificate (DER or PEM)", str(file)) from error


def read_key(file: Path) -> rsa.RSAPrivateKey:
    """An RSA key without a password, PEM or DER. Raises OSError, also for what is none."""
    data = file.read_bytes()
    load = serialization.load_pem_private_key if b"-----BEGIN" in data else serialization.load_der_private_key
    try:
        # the library's own check of a key holds up every thread of the process for 60 ms
        key = load(data, password=None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError) as error:  # TypeError: it has a password
        raise OSError(0, "no private key without a password (PEM or DER)", str(file)) from error
    if not isinstance(key, rsa.RSAPrivateKey):
        raise OSError(0, "no RSA key", str(file))
    if not _signs(key):
        raise OSError(0, "a damaged RSA key", str(file))
    return key


def _signs(key: rsa.RSAPrivateKey) -> bool:
    """True when what the key signs is what its public half verifies."""
    try:
        signature = key.sign(b"Potok", padding.PKCS1v15(), hashes.SHA256())
        key.public_key().verify(signature, b"Potok", padding.PKCS1v15(), hashes.SHA256())
    except Exception:  # numbers that are no key: the library raises what it likes
        return False
    return True


def application_uris(certificate: x509.Certificate) -> list[str]:
    """The URIs of the subject's alternative names; an application certificate has one."""
    names = _alternative_names(certificate)
    return list(names.get_values_for_type(x509.UniformResourceIdentifier)) if names is not None else []


def is_for_host(certificate: x509.Certificate, host: str) -> bool:
    """True when the alternative names hold ``host`` (a DNS name or an IP address)."""
    names = _alternative_names(certificate)
    if names is None:
        return False
    try:
        return ipaddress.ip_address(host) in names.get_values_for_type(x509.IPAddress)
    except ValueError:
        return host.lower() in (n.lower() for n in names.get_values_for_type(x509.DNSName))


def out_of_time(certificate: x509.Certificate, now_ns: int) -> Text | None:
    """Why the certificate is not valid now, or None."""
    now = moment(now_ns)
    if certificate.not_valid_after_utc < now:
        day = f"{certificate.not_valid_after_utc:%Y-%m-%d}"
        return Text(ru=f"просрочен: действовал до {day}", en=f"has expired: it was valid until {day}")
    if certificate.not_valid_before_utc > now:
        day = f"{certificate.not_valid_before_utc:%Y-%m-%d %H:%M}"
        return Text(
            ru=f"ещё не действует: начнёт {day} UTC (проверьте часы компьютера и устройства)",
            en=f"is not valid yet: it will be from {day} UTC (check the clocks of computer and device)",
        )
    return None


def rsa_bits(certificate: x509.Certificate) -> int:
    """Length of the RSA key, 0 for another kind of key."""
    key = certificate.public_key()
    return key.key_size if isinstance(key, rsa.RSAPublicKey) else 0


class TrustList:
    """What ``pki/trusted`` and ``pki/crl`` hold at this moment; ``files``: trusted certificate → its file.

    Files in ``trusted`` that are no certificates are ``unreadable``, no fault. Raises LinkError for such files in ``crl``.
    """

    def __init__(self, pki: Path) -> None:
        self.folder = pki / "trusted"
        self.unreadable: list[Path] = []
        self.files: dict[x509.Certificate, Path] = {}
        try:
            for file in _files(self.folder, _CERTIFICATE_SUFFIXES):
                try:
                    self.files.update((c, file) for c in read_certificates(file))
                except OSError:
                    self.unreadable.append(file)
            self._lists = [_read_list(file) for file in _files(pki / "crl", _CRL_SUFFIXES)]
        except OSError as error:
            raise LinkError(_unreadable(Path(error.filename or pki), error.strerror or str(error))) from error

    def vouches(self, certificate: x509.Certificate, sent: Sequence[x509.Certificate], now_ns: int) -> bool:
        """True when an authority in the folder has signed the certificate, itself or through authorities that were ``sent``."""
        links = [c for c in (*self.files, *sent) if _is_authority(c, now_ns)]
        return self._reaches_anchor(certificate, links, 0)

    def revoked(self, certificate: x509.Certificate, sent: Sequence[x509.Certificate] = ()) -> bool:
        """True when a list that its issuer signed names the certificate, or an authority that was ``sent`` with it."""
        issuers = (*self.files, *sent)
        return any(
            revocations.get_revoked_certificate_by_serial_number(c.serial_number) is not None
            for c in (certificate, *sent)
            for revocations in self._lists
            if revocations.issuer == c.issuer and any(_signed_list(i, revocations) for i in issuers)
        )

    def _reaches_anchor(self, certificate: x509.Certificate, links: Sequence[x509.Certificate], depth: int) -> bool:
        if depth >= _CHAIN_MAX or isinstance(certificate.signature_hash_algorithm, _WEAK_HASHES):
            return False
        for issuer in links:
            if issuer == certificate or not _signed(issuer, certificate) or _path_length(issuer) < depth:
                continue
            if issuer in self.files or self._reaches_anchor(issuer, links, depth + 1):
                return True
        return False


def reject(pki: Path, certificate: x509.Certificate) -> Path:
    """Keep a certificate that is not trusted where a person finds it; the newest 50 are kept. Raises OSError."""
    folder = pki / "rejected"
    folder.mkdir(parents=True, exist_ok=True)
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    name = re.sub(r"[^A-Za-z0-9.-]+", "-", str(names[0].value) if names else "").strip("-.")[:40]
    file = folder / f"{name or 'server'}_{thumbprint(certificate)}.der"
    if not file.exists():
        older = sorted((f for f in folder.glob("*.der")), key=lambda f: f.stat().st_mtime_ns, reverse=True)
        for surplus in older[REJECTED_MAX - 1 :]:
            surplus.unlink(missing_ok=True)
        _write(file.with_suffix(".new"), certificate.public_bytes(serialization.Encoding.DER), 0o644)
        file.with_suffix(".new").replace(file)
    (pki / "trusted").mkdir(exist_ok=True)  # the message says to move the file there
    return file


def _make_own(pki: Path, folder: Path, now: datetime) -> None:
    """Both files appear at once, by the renaming of their folder; whoever comes second uses what the first has made."""
    pki.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix="own-", dir=pki))
    try:
        key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
        pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        _write(scratch / "key.pem", key.private_bytes(pem, pkcs8, serialization.NoEncryption()), 0o600)
        certificate = _self_signed(key, now)
        _write(scratch / "certificate.der", certificate.public_bytes(serialization.Encoding.DER), 0o644)
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
        scratch.rename(folder)
        log.warning("a certificate of our own was made: %s, thumbprint %s", folder / "certificate.der", thumbprint(certificate))
    except OSError:
        if not folder.is_dir() or not any(folder.iterdir()):
            raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _self_signed(key: rsa.RSAPrivateKey, now: datetime) -> x509.Certificate:
    host = re.sub(r"[^A-Za-z0-9.-]", "-", socket.gethostname())[:60] or "localhost"
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Potok {host}"[:64])])
    public = key.public_key()
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=True, key_encipherment=True, data_encipherment=True, key_agreement=False,
        key_cert_sign=True, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    # what OPC 10000-6 §6.2.2 asks of a self-signed application certificate; the key signs itself, hence key_cert_sign
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=OWN_VALID_DAYS))
        .add_extension(
            x509.SubjectAlternativeName([x509.UniformResourceIdentifier(f"urn:{host}:potok"), x509.DNSName(host)]), critical=False
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=False)
        .add_extension(usage, critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )


def _write(file: Path, data: bytes, mode: int) -> None:
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with open(handle, "wb") as stream:  # noqa: PTH123  (a descriptor, no path)
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _existing(file: Path, *suffixes: str) -> Path:
    """The file, or the one beside it that has another suffix. Raises LinkError that names it when there is none."""
    for candidate in (file, *(file.with_suffix(s) for s in suffixes)):
        if candidate.exists():
            return candidate
    raise LinkError(Text(
        ru=f"нет файла {file}, хотя папка {file.parent} не пуста: верните его или удалите всю папку (будут созданы новые)",
        en=f"{file} is missing, but {file.parent} is not empty: put it back, or delete the whole folder (new ones are made)",
    ))  # fmt: skip


def _unreadable(file: Path, why: str) -> Text:
    return Text(ru=f"файл {file} не читается: {why}", en=f"{file} cannot be read: {why}")


def _warn_if_others_read(file: Path) -> None:
    if others_read(file):
        log.warning("%s can be read by other users of this computer: chmod 600 %s", file, file)


def others_read(file: Path) -> bool:
    """True when users other than the owner may read the file (where the system knows such rights). Raises OSError."""
    return os.name == "posix" and bool(file.stat().st_mode & 0o077)


def _files(folder: Path, suffixes: frozenset[str]) -> Iterator[Path]:
    if folder.is_dir():
        yield from sorted(f for f in folder.iterdir() if f.suffix.lower() in suffixes and f.is_file())


def _read_list(file: Path) -> x509.CertificateRevocationList:
    data = file.read_bytes()
    try:
        return x509.load_pem_x509_crl(data) if b"-----BEGIN" in data else x509.load_der_x509_crl(data)
    except ValueError as error:  # leaving it out would trust what it revokes
        raise OSError(0, "no revocation list (DER or PEM); replace or remove it", str(file)) from error


def _alternative_names(certificate: x509.Certificate) -> x509.SubjectAlternativeName | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except _NO_EXTENSION:
        return None


def _is_authority(certificate: x509.Certificate, now_ns: int) -> bool:
    """May sign others. An application's own certificate never may, whatever it says of itself (many say so)."""
    try:
        basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
        may_sign = basic.ca and usage.key_cert_sign
    except _NO_EXTENSION:
        return False
    return may_sign and not application_uris(certificate) and out_of_time(certificate, now_ns) is None


def _path_length(authority: x509.Certificate) -> int:
    length = authority.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length
    return _CHAIN_MAX if length is None else length


def _signed(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _signed_list(issuer: x509.Certificate, revocations: x509.CertificateRevocationList) -> bool:
    key = issuer.public_key()
    return issuer.subject == revocations.issuer and isinstance(key, rsa.RSAPublicKey) and revocations.is_signature_valid(key)
