"""Modbus/TCP Security: MBAP over TLS with certificates on both sides (MODBUS/TCP Security Protocol Specification v36).

There is no way back to an unencrypted connection, and no certificate is taken on trust.
"""

from __future__ import annotations

import asyncio
import errno
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NoReturn

from cryptography import x509

from line.clock import NS_PER_S, Clock
from line.devices import TlsFiles
from line.documents import Text
from plc_drivers.link import LinkError
from plc_drivers.modbus.transports import TcpWire, loss_text, refusal

_EXPIRED: Final = 10
_NOT_YET_VALID: Final = 9
_UNTRUSTED: Final = frozenset({2, 18, 19, 20, 21})
_NAMES: Final = frozenset({62, 63, 64})
"""X509_V_ERR_… of OpenSSL."""

_OURS_REFUSED: Final = ("ALERT_UNKNOWN_CA", "ALERT_BAD_CERTIFICATE", "ALERT_CERTIFICATE", "ALERT_UNSUPPORTED_CERTIFICATE")
_OURS_REFUSED_MORE: Final = ("ALERT_ACCESS_DENIED", "ALERT_DECRYPT_ERROR")
_TOO_OLD: Final = ("UNSUPPORTED_PROTOCOL", "ALERT_PROTOCOL_VERSION")
_NOT_TLS: Final = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST")


@dataclass(frozen=True)
class TlsWire(TcpWire):
    """One TLS endpoint. Files are read anew for every connection, so that renewed ones count without a restart."""

    files: TlsFiles
    folder: Path
    clock: Clock

    @property
    def name(self) -> str:
        """The name that the device's certificate must carry."""
        return self.files.server_name or self.host

    async def open(self, protocol: asyncio.Protocol) -> asyncio.Transport:
        context = await asyncio.to_thread(self.context)  # files may lie on a disk that is slow, or gone
        connected = await self.connected()
        loop = asyncio.get_running_loop()
        try:
            transport, _ = await loop.create_connection(lambda: protocol, sock=connected, ssl=context, server_hostname=self.name)
        except ssl.SSLError as error:
            connected.close()
            raise LinkError(self.tls_fault(error)) from None
        except OSError as error:
            connected.close()
            raise LinkError(self._hung_up(error)) from None
        except ValueError:  # the name that the certificate must carry can be none: what encodes it says so only now
            connected.close()
            raise LinkError(
                Text(
                    ru=f"«{self.name}» не может быть именем в сертификате; исправьте tls.server_name или host",
                    en=f"'{self.name}' cannot be a name in a certificate; correct tls.server_name or host",
                )
            ) from None
        return transport

    def loss(self, error: Exception | None) -> Text:
        if isinstance(error, ssl.SSLError):
            return self.tls_fault(error)
        text, path = loss_text(error), self.folder / self.files.certificate
        # with TLS 1.3 a device judges our certificate after we are through, and not every one says what it thinks of it
        return Text(
            ru=f"{text.ru}; если сразу после установления соединения — проверьте, принимает ли оно сертификат {path}",
            en=f"{text.en}; if at once after it was made, check that the device accepts the certificate {path}",
        )

    def context(self) -> ssl.SSLContext:
        """TLS 1.2 or newer with our certificate and the issuers that we trust. Raises LinkError that names the file at fault."""
        ca, certificate, key = (self.folder / f for f in (self.files.ca, self.files.certificate, self.files.key))
        for path in (ca, certificate, key):
            _readable(path)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            context.load_verify_locations(ca)
        except ssl.SSLError:
            raise _no_pem(ca, "certificate") from None
        self._check_dates(certificate)
        try:
            context.load_cert_chain(certificate, key, password=lambda: _encrypted(key))
        except ssl.SSLError as error:
            if error.reason == "KEY_VALUES_MISMATCH":
                raise LinkError(
                    Text(
                        ru=f"ключ {key} не подходит к сертификату {certificate}; положите пару из одного выпуска",
                        en=f"the key {key} does not belong to the certificate {certificate}; install a matching pair",
                    )
                ) from None
            raise _no_pem(key, "private key") from None
        return context

    def _check_dates(self, path: Path) -> None:
        try:
            certificate = x509.load_pem_x509_certificate(path.read_bytes())
        except ValueError:
            raise _no_pem(path, "certificate") from None
        now = datetime.fromtimestamp(self.clock.now_ns() / NS_PER_S, UTC)
        first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        if not first <= now <= last:
            raise LinkError(
                Text(
                    ru=f"наш сертификат {path} действует с {first:%d.%m.%Y} по {last:%d.%m.%Y}; "
                    "замените его или проверьте часы компьютера",
                    en=f"our certificate {path} is valid from {first:%Y-%m-%d} to {last:%Y-%m-%d}; "
                    "renew it, or check this computer's clock",
                )
            )

    def tls_fault(self, error: ssl.SSLError) -> Text:
        """What is wrong with whose certificate."""
        reason = error.reason or ""
        if isinstance(error, ssl.SSLCertVerificationError):
            return self._device_certificate(error)
        if any(r in reason for r in (*_OURS_REFUSED, *_OURS_REFUSED_MORE)):
            return self._ours_refused(reason)
        if any(r in reason for r in _TOO_OLD):
            return Text(
                ru=f"{self.place} умеет только TLS старее 1.2; обновите прошивку устройства",
                en=f"{self.place} offers only TLS older than 1.2; update the device's firmware",
            )
        if any(r in reason for r in _NOT_TLS):
            return Text(
                ru=f"{self.place} отвечает без TLS; проверьте порт (Modbus/TCP Security: 802)",
                en=f"{self.place} does not speak TLS; check the port (Modbus/TCP Security: 802)",
            )
        if "HANDSHAKE_FAILURE" in reason:
            return Text(
                ru=f"{self.place} не принимает наши шифры или сертификат {self.folder / self.files.certificate}",
                en=f"{self.place} accepts neither our ciphers nor our certificate {self.folder / self.files.certificate}",
            )
        return Text(ru=f"ошибка TLS с {self.place}: {reason or error}", en=f"TLS error with {self.place}: {reason or error}")

    def _ours_refused(self, reason: str) -> Text:
        path = self.folder / self.files.certificate
        return Text(
            ru=f"{self.place} не принимает наш сертификат {path} ({reason}); внесите его издателя в список доверия устройства",
            en=f"{self.place} refuses our certificate {path} ({reason}); make the device trust its issuer",
        )

    def _hung_up(self, error: OSError) -> Text:
        if not isinstance(error, ConnectionError):
            return refusal(self.place, error)
        path = self.folder / self.files.certificate
        return Text(
            ru=f"{self.place} прервал установку TLS; проверьте порт и принимает ли устройство сертификат {path}",
            en=f"{self.place} broke off the TLS handshake; check the port, and that the device accepts the certificate {path}",
        )

    def _device_certificate(self, error: ssl.SSLCertVerificationError) -> Text:
        ca = self.folder / self.files.ca
        if error.verify_code in (_EXPIRED, _NOT_YET_VALID):
            return Text(
                ru=f"сертификат устройства {self.place} просрочен или ещё не действует; "
                "замените его в устройстве или проверьте часы",
                en=f"the certificate of {self.place} has expired or is not valid yet; renew it there, or check the clocks",
            )
        if error.verify_code in _UNTRUSTED:
            return Text(
                ru=f"сертификату устройства {self.place} нет доверия: его издателя нет в {ca}; добавьте туда сертификат издателя",
                en=f"the certificate of {self.place} is not trusted: its issuer is not in {ca}; add that certificate",
            )
        if error.verify_code in _NAMES:
            return Text(
                ru=f"сертификат устройства {self.place} выдан не на имя {self.name}; "
                "укажите имя из сертификата в tls.server_name",
                en=f"the certificate of {self.place} is not made out to {self.name}; "
                "write the name that it carries into tls.server_name",
            )
        said = error.verify_message
        return Text(
            ru=f"сертификат устройства {self.place} не прошёл проверку ({said}); издатели — в {ca}",
            en=f"the certificate of {self.place} failed the check ({said}); issuers are in {ca}",
        )


def _readable(path: Path) -> None:
    try:
        if path.exists() and not path.is_file():  # a pipe would be waited for without end
            raise OSError(errno.EINVAL, "not a file")
        path.read_bytes()
    except OSError as error:
        raise LinkError(
            Text(
                ru=f"файл {path} не читается ({error.strerror}); положите его туда и дайте службе право чтения",
                en=f"the file {path} cannot be read ({error.strerror}); put it there and let the service read it",
            )
        ) from None


def _no_pem(path: Path, what: str) -> LinkError:
    ru = "сертификата" if what == "certificate" else "закрытого ключа"
    return LinkError(
        Text(
            ru=f"в файле {path} нет {ru} в формате PEM; замените файл",
            en=f"the file {path} holds no {what} in PEM format; replace it",
        )
    )


def _encrypted(key: Path) -> NoReturn:
    raise LinkError(
        Text(
            ru=f"ключ {key} закрыт паролем; положите ключ без пароля, доступный только службе",
            en=f"the key {key} is encrypted; install one without a password that only the service can read",
        )
    )
