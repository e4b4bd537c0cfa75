"""Security of an OPC UA connection: the endpoint that was asked for or none, a server that is trusted or none (OPC 10000-4 §6.1).

:class:`OpcUaSecurity` is used around the opening of a session: :meth:`~OpcUaSecurity.secure` before the socket is opened,
:meth:`~OpcUaSecurity.explained` around the handshake, :meth:`~OpcUaSecurity.log_in` in place of a plain ActivateSession.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from asyncua import ua
from asyncua.client.client import Client
from asyncua.crypto import security_policies as policies
from asyncua.ua.status_codes import StatusCodes
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from line.devices import OpcUaDevice
from line.documents import Text
from line.driver import DriverContext
from line.messages import NO_TEXT
from plc_drivers.link import LinkError
from plc_drivers.opcua import pki

log = logging.getLogger(__name__)

POLICIES: Final[dict[str, type[policies.SecurityPolicy]]] = {
    "Basic256Sha256": policies.SecurityPolicyBasic256Sha256,
    "Aes128Sha256RsaOaep": policies.SecurityPolicyAes128Sha256RsaOaep,
    "Aes256Sha256RsaPss": policies.SecurityPolicyAes256Sha256RsaPss,
}
"""``security_policy`` of line.yaml → the library's class; those that SHA-1 or no signature protects are left out."""

_STRONG_URIS: Final = frozenset(p.URI for p in POLICIES.values())
_NAMES: Final = {p.URI: name for name, p in POLICIES.items()}
_TOKENS: Final = {
    ua.UserTokenType.Anonymous: Text(ru="без входа", en="anonymous"),
    ua.UserTokenType.UserName: Text(ru="имя и пароль", en="user and password"),
    ua.UserTokenType.Certificate: Text(ru="сертификат пользователя", en="user certificate"),
    ua.UserTokenType.IssuedToken: Text(ru="выданный токен", en="issued token"),
}
_NO_CERTIFICATE: Final = Text(
    ru="сервер не показал сертификата, который можно прочесть", en="the server showed no certificate that can be read"
)
_C = StatusCodes
_LOGIN_REFUSED: Final = frozenset({
    _C.BadUserAccessDenied, _C.BadIdentityTokenInvalid, _C.BadIdentityTokenRejected, _C.BadUserSignatureInvalid,
    _C.BadIdentityChangeNotSupported,
})  # fmt: skip
_WE_ARE_NOT_TRUSTED: Final = frozenset({
    _C.BadCertificateUntrusted, _C.BadSecurityChecksFailed, _C.BadCertificateInvalid, _C.BadCertificateUriInvalid,
    _C.BadCertificateTimeInvalid, _C.BadCertificateUseNotAllowed, _C.BadCertificateHostNameInvalid, _C.BadCertificateRevoked,
    _C.BadCertificateChainIncomplete, _C.BadCertificateIssuerTimeInvalid, _C.BadCertificateIssuerUseNotAllowed,
    _C.BadCertificateIssuerRevocationUnknown, _C.BadCertificateRevocationUnknown, _C.BadNoValidCertificates,
})  # fmt: skip


class OpcUaSecurity:
    """What one device asks for in line.yaml, applied to each connection anew."""

    def __init__(self, config: OpcUaDevice, context: DriverContext) -> None:
        self._config = config
        self._context = context
        self._own: pki.OwnCertificate | None = None

    @property
    def remark(self) -> Text:
        """A fault to come, to be shown while the link is up: our own certificate ends soon."""
        return NO_TEXT if self._own is None else self._own.remark(self._context.clock.now_ns())

    async def secure(self, client: Client) -> None:
        """Choose the endpoint, check the server's certificate, and give the client policy, keys and login of this device.

        Does nothing for ``security_policy: none``. Raises LinkError that says what to do.
        """
        config = self._config
        if config.security_policy == "none":
            return
        self._own = own = await asyncio.to_thread(pki.own_certificate, self._context.pki, self._context.clock.now_ns())
        endpoint = self._chosen(await self._endpoints())
        server = await asyncio.to_thread(self._checked, endpoint, str(client.server_url.hostname or ""))
        policy = POLICIES[config.security_policy]
        mode = ua.MessageSecurityMode[config.security_mode]
        client.security_policy = policy(server, own.certificate, own.key, mode)
        client.uaclient.set_security(client.security_policy)
        client.application_uri = own.uri

    async def log_in(self, client: Client) -> None:
        """Activate the session as the user of this device. Raises LinkError when the login cannot be used or is refused."""
        config = self._config
        wanted = _token_type(config)
        # what CreateSession answered, signed unlike the discovery; the library makes up one without id for what is not offered
        offered = [t for t in _TOKENS if client.server_policy(t).PolicyId is not None]
        if wanted not in offered:
            raise LinkError(_token_not_offered(wanted, offered))
        if wanted is ua.UserTokenType.UserName:
            protected = config.security_mode == "SignAndEncrypt" or client.server_policy(wanted).SecurityPolicyUri in _STRONG_URIS
            if not protected:
                raise LinkError(Text(
                    ru="сервер принял бы пароль незашифрованным: поставьте security_mode: SignAndEncrypt",
                    en="the server would take the password unencrypted: use security_mode: SignAndEncrypt",
                ))  # fmt: skip
            password = await asyncio.to_thread(read_password, self._context.folder / config.password_file)
            await client.activate_session(username=config.user, password=password)
        elif wanted is ua.UserTokenType.Certificate:
            certificate, client.user_private_key = await asyncio.to_thread(self._user_certificate)
            await client.activate_session(certificate=certificate)
        else:
            await client.activate_session()

    @contextlib.contextmanager
    def explained(self) -> Iterator[None]:
        """Turns what a handshake raises for reasons of security into a LinkError that says what to do; the rest passes."""
        try:
            yield
        except Exception as error:
            explanation = self._explanation(error)
            if explanation is None:
                raise
            raise LinkError(explanation) from error

    async def _endpoints(self) -> Sequence[ua.EndpointDescription]:
        """GetEndpoints over a channel without security: whatever it says is believed only as far as it is checked later."""
        timeout_s = self._config.timeout_ms / 1000.0
        client = Client(self._config.url, timeout=timeout_s)
        try:
            async with asyncio.timeout(2 * timeout_s):
                return await client.connect_and_get_server_endpoints()
        except ua.UaStatusCodeError as error:
            name = ua.StatusCode(ua.UInt32(error.code)).name
            raise LinkError(Text(
                ru=f"сервер не назвал своих точек подключения: {name}", en=f"the server did not tell its endpoints: {name}"
            )) from error  # fmt: skip
        except TimeoutError as error:
            raise LinkError(Text(
                ru=f"нет ответа за {self._config.timeout_ms} мс", en=f"no answer within {self._config.timeout_ms} ms"
            )) from error  # fmt: skip
        finally:
            client.disconnect_socket()
            await self._context.clock.sleep_until_ns(0)  # lets the event loop finish closing the socket

    def _chosen(self, endpoints: Sequence[ua.EndpointDescription]) -> ua.EndpointDescription:
        """The endpoint of exactly the policy and mode of line.yaml; there is no second best."""
        config = self._config
        wanted = POLICIES[config.security_policy].URI
        for endpoint in endpoints:
            right = endpoint.SecurityPolicyUri == wanted and endpoint.SecurityMode.name == config.security_mode
            if right and str(endpoint.EndpointUrl or "").startswith("opc.tcp"):
                return endpoint
        offered = ", ".join(dict.fromkeys(_endpoint_name(e) for e in endpoints)) or "–"
        raise LinkError(Text(
            ru=f"сервер не предлагает {config.security_policy} с {config.security_mode}; он предлагает: {offered}. "
            f"Включите эту политику на сервере или измените security_policy и security_mode",
            en=f"the server does not offer {config.security_policy} with {config.security_mode}; it offers: {offered}. "
            f"Enable that policy in the server, or change security_policy and security_mode",
        ))  # fmt: skip

    def _checked(self, endpoint: ua.EndpointDescription, host: str) -> x509.Certificate:
        """The server's certificate, when it may be trusted. Raises LinkError that names the file and what to do with it."""
        try:
            return self._trusted(endpoint, host)
        except LinkError:
            raise
        except Exception as error:  # bytes of a stranger: parts are parsed when they are looked at, each fault has its own type
            raise LinkError(_NO_CERTIFICATE) from error

    def _trusted(self, endpoint: ua.EndpointDescription, host: str) -> x509.Certificate:
        now_ns = self._context.clock.now_ns()
        certificate, *sent = _certificates(endpoint)
        trusted = pki.TrustList(self._context.pki)
        file = trusted.files.get(certificate)
        vouched = file is None and trusted.vouches(certificate, sent, now_ns)
        thumbprint = pki.thumbprint(certificate)
        if file is None and not vouched:
            raise LinkError(self._not_trusted(certificate, trusted))
        if trusted.revoked(certificate, sent):
            raise LinkError(Text(
                ru=f"сертификат сервера {thumbprint} отозван (список в {self._context.pki / 'crl'}): установите серверу новый",
                en=f"the server's certificate {thumbprint} is revoked (list in {self._context.pki / 'crl'}): give it a new one",
            ))  # fmt: skip
        fault = pki.out_of_time(certificate, now_ns) or _unfit(certificate, endpoint)
        if fault is None and vouched:
            fault = _not_the_host(certificate, host)
        if fault is not None:
            file = file or self._kept(certificate)
            raise LinkError(Text(ru=f"сертификат сервера {file} {fault.ru}", en=f"the server's certificate {file} {fault.en}"))
        return certificate

    def _not_trusted(self, certificate: x509.Certificate, trusted: pki.TrustList) -> Text:
        kept, thumbprint = self._kept(certificate), pki.thumbprint(certificate)
        skipped = ", ".join(f.name for f in trusted.unreadable)
        skipped_ru = f" (там не читаются: {skipped})" if skipped else ""
        skipped_en = f" (which cannot be read there: {skipped})" if skipped else ""
        return Text(
            ru=f"сертификат сервера не в доверенных: {kept}. Сравните отпечаток SHA-1 {thumbprint} с показанным на устройстве "
            f"и, если совпал, переместите файл в {trusted.folder}{skipped_ru}",
            en=f"the server's certificate is not trusted: {kept}. Compare the SHA-1 thumbprint {thumbprint} with the device's; "
            f"if it is the same, move the file to {trusted.folder}{skipped_en}",
        )

    def _kept(self, certificate: x509.Certificate) -> Path:
        try:
            return pki.reject(self._context.pki, certificate)
        except OSError as error:
            raise LinkError(Text(
                ru=f"сертификат сервера {pki.thumbprint(certificate)} не в доверенных, и его нельзя сохранить: {error}",
                en=f"the server's certificate {pki.thumbprint(certificate)} is not trusted, nor can it be stored: {error}",
            )) from error  # fmt: skip

    def _user_certificate(self) -> tuple[x509.Certificate, rsa.RSAPrivateKey]:
        certificate_file = self._context.folder / self._config.user_certificate
        try:
            certificate = pki.read_certificates(certificate_file)[0]
            key = pki.read_key(self._context.folder / self._config.user_key)
        except OSError as error:
            raise LinkError(_file_fault(error)) from error
        if key.public_key() != certificate.public_key():
            raise LinkError(Text(
                ru=f"ключ user_key не подходит к сертификату {certificate_file}",
                en=f"user_key does not belong to the certificate {certificate_file}",
            ))  # fmt: skip
        fault = pki.out_of_time(certificate, self._context.clock.now_ns())
        if fault is not None:
            ru, en = (
                f"Сертификат пользователя {certificate_file} {fault.ru}",
                f"the user certificate {certificate_file} {fault.en}",
            )
            raise LinkError(Text(ru=ru, en=en))
        return certificate, key

    def _explanation(self, error: BaseException) -> Text | None:
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, ua.UaStatusCodeError):
                return self._refusal(int(cause.code))
            if isinstance(cause, InvalidSignature):
                return Text(
                    ru="сервер подписал ответ не тем ключом, что в его сертификате: соединение не заслуживает доверия",
                    en="the server did not sign with the key of its certificate: the connection cannot be trusted",
                )
            # AssertionError: what the library makes of a server that answers the opening of the channel with a fault
            if self._own is not None and isinstance(cause, ConnectionError | AssertionError):
                return None if isinstance(cause, ConnectionRefusedError) else self._not_opened(self._own)
            cause = cause.__cause__
        return None

    def _refusal(self, code: int) -> Text | None:
        config, name = self._config, ua.StatusCode(ua.UInt32(code)).name
        if code in _LOGIN_REFUSED:
            user = config.user or config.user_certificate
            if not user:
                return Text(
                    ru=f"сервер не пускает без входа ({name}): укажите user и password_file или user_certificate и user_key",
                    en=f"the server wants a login ({name}): give user and password_file, or user_certificate and user_key",
                )
            return Text(
                ru=f"сервер отклонил вход «{user}» ({name}): проверьте имя, пароль или сертификат и права на сервере",
                en=f"the server refused the login '{user}' ({name}): check name, password or certificate, and its rights there",
            )
        if code in _WE_ARE_NOT_TRUSTED and self._own is not None:
            own = self._own
            return Text(
                ru=f"сервер не принимает наш сертификат ({name}): добавьте {own.file} (отпечаток "
                f"{pki.thumbprint(own.certificate)}) в доверенные на сервере",
                en=f"the server does not accept our certificate ({name}): add {own.file} (thumbprint "
                f"{pki.thumbprint(own.certificate)}) to the trusted ones of the server",
            )
        return None

    def _not_opened(self, own: pki.OwnCertificate) -> Text:
        shown = pki.thumbprint(own.certificate)
        return Text(
            ru=f"сервер прервал согласование защиты; скорее всего, он не доверяет нашему сертификату: добавьте {own.file} "
            f"(отпечаток {shown}) в доверенные на сервере",
            en=f"the server broke off while security was agreed on; most often it does not trust our certificate yet: add "
            f"{own.file} (thumbprint {shown}) to the trusted ones of the server",
        )


def read_password(file: Path) -> str:
    """The first line of a password file. Raises LinkError when there is none; warns when others can read it."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
        if pki.others_read(file):
            log.warning("%s can be read by other users of this computer: chmod 600 %s", file, file)
    except UnicodeDecodeError as error:
        raise LinkError(_file_fault(OSError(0, "not UTF-8", str(file)))) from error
    except OSError as error:
        raise LinkError(_file_fault(error)) from error
    if not lines or not lines[0]:
        raise LinkError(_file_fault(OSError(0, "the first line is empty; the password stands there", str(file))))
    return lines[0]


def remarks(config: OpcUaDevice, folder: Path) -> list[str]:
    """What ``potok check`` tells of a device's files without calling it a fault: they may exist on another computer only."""
    found: list[str] = []
    for key in ("password_file", "user_certificate", "user_key"):
        name = getattr(config, key)
        file = folder / name
        if name and not file.is_file():
            found.append(f"{key}: {file} does not exist on this computer")
        elif name and key != "user_certificate" and pki.others_read(file):
            found.append(f"{key}: {file} can be read by other users of this computer: chmod 600 {file}")
    return found


def _token_type(config: OpcUaDevice) -> ua.UserTokenType:
    if config.user:
        return ua.UserTokenType.UserName
    return ua.UserTokenType.Certificate if config.user_certificate else ua.UserTokenType.Anonymous


def _token_not_offered(wanted: ua.UserTokenType, offered: Sequence[ua.UserTokenType]) -> Text:
    ru = ", ".join(_TOKENS[t].ru for t in dict.fromkeys(offered) if t in _TOKENS) or "–"
    en = ", ".join(_TOKENS[t].en for t in dict.fromkeys(offered) if t in _TOKENS) or "–"
    return Text(
        ru=f"сервер не принимает вход «{_TOKENS[wanted].ru}» на этой точке подключения; он принимает: {ru}",
        en=f"the server does not take the login '{_TOKENS[wanted].en}' at this endpoint; it takes: {en}",
    )


def _endpoint_name(endpoint: ua.EndpointDescription) -> str:
    uri = str(endpoint.SecurityPolicyUri or "")
    if endpoint.SecurityMode is ua.MessageSecurityMode.None_:
        return "none"
    return f"{_NAMES.get(uri, uri.rpartition('#')[2])} {endpoint.SecurityMode.name}"


def _certificates(endpoint: ua.EndpointDescription) -> list[x509.Certificate]:
    """The server's certificate first, then what it sent along. Raises LinkError when there is none, anything for what is none."""
    data, found = bytes(endpoint.ServerCertificate or b""), list[x509.Certificate]()
    while data:
        length = 4 + int.from_bytes(data[2:4], "big") if data[:2] == b"\x30\x82" else len(data)
        found.append(x509.load_der_x509_certificate(data[:length]))
        data = data[length:]
    if not found:
        raise LinkError(_NO_CERTIFICATE)
    return found


def _unfit(certificate: x509.Certificate, endpoint: ua.EndpointDescription) -> Text | None:
    """Why the certificate cannot be that of this server, or is too weak for any policy."""
    bits = pki.rsa_bits(certificate)
    if not pki.KEY_BITS <= bits <= pki.KEY_BITS_MAX:
        is_rsa = f"RSA {bits}" if bits else "no RSA"
        return Text(
            ru=f"с ключом {is_rsa}: нужен RSA от {pki.KEY_BITS} до {pki.KEY_BITS_MAX} бит; создайте на сервере новый",
            en=f"has a key of {is_rsa}: RSA of {pki.KEY_BITS} to {pki.KEY_BITS_MAX} bits is needed; make a new one in the server",
        )
    uri = str(endpoint.Server.ApplicationUri or "") if endpoint.Server is not None else ""
    uris = pki.application_uris(certificate)
    if uri not in uris:
        held = ", ".join(uris) or "–"
        return Text(
            ru=f"выдан другому приложению: URI в сертификате {held}, сервер называет себя {uri or '–'}",
            en=f"belongs to another application: its URI is {held}, the server calls itself {uri or '–'}",
        )
    return None


def _not_the_host(certificate: x509.Certificate, host: str) -> Text | None:
    """Asked where only an authority is trusted: it vouches for many servers, the name says which one this is."""
    with contextlib.suppress(x509.ExtensionNotFound, ValueError):
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        if ExtendedKeyUsageOID.SERVER_AUTH not in usage:
            return Text(ru="выдан не для сервера (нет serverAuth)", en="is not for a server (no serverAuth)")
    if pki.is_for_host(certificate, host):
        return None
    return Text(
        ru=f"выдан не для адреса {host}: исправьте url или, если это то самое устройство, переместите файл в доверенные",
        en=f"is not for the address {host}: correct url or, if it is the device that is meant, move the file to the trusted ones",
    )


def _file_fault(error: OSError) -> Text:
    why = error.strerror or str(error)
    return Text(ru=f"файл {error.filename} не читается: {why}", en=f"{error.filename} cannot be read: {why}")
