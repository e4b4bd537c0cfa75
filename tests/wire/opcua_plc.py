"""An asyncua server that is strict where the library's own defaults accept everything."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path

from asyncua import ua
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.crypto.truststore import TrustStore
from asyncua.crypto.validator import CertificateValidator, CertificateValidatorOptions

from tests.certificates import Issued
from tests.wire.standard_nodes import new_server

NAMESPACE = "urn:potok:test:plc2"
SERVER_URI = "urn:potok:test:server"
ENCRYPTED = (
    ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt,
    ua.SecurityPolicyType.Aes128Sha256RsaOaep_SignAndEncrypt,
    ua.SecurityPolicyType.Aes256Sha256RsaPss_SignAndEncrypt,
)


class StrictUsers:
    """Lets in who is named; ``tell`` is asked (user, password, certificate)."""

    def __init__(self) -> None:
        self.tell: Callable[[str | None, str | None, bytes | None], bool] = lambda *_: True

    def get_user(
        self, iserver: object, username: str | None = None, password: str | None = None, certificate: bytes | None = None
    ) -> User | None:
        return User(role=UserRole.User) if self.tell(username, password, certificate) else None


class SecurePlc:
    """One server that can show other certificates, policies and logins; the nodes stay, so that it starts only once."""

    def __init__(self, trusted: Path) -> None:
        self.users = StrictUsers()
        self.server = new_server(self.users)  # pyright: ignore[reportArgumentType]
        self.trusted = trusted
        self.url = ""
        self.index = 0

    async def start(self) -> None:
        server = self.server
        await server.init()
        await server.set_application_uri(SERVER_URI)
        server.set_endpoint("opc.tcp://127.0.0.1:0/potok")
        server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        self.index = await server.register_namespace(NAMESPACE)
        temp = ua.NodeId.from_string(f"ns={self.index};s=Temp")
        await server.nodes.objects.add_variable(temp, "Temp", ua.Variant(20.5, ua.VariantType.Double))
        await server.start()
        assert server.bserver is not None
        self.url = f"opc.tcp://127.0.0.1:{server.bserver.port}/potok"

    async def show(
        self,
        shown: Issued,
        offered: Sequence[ua.SecurityPolicyType] = ENCRYPTED,
        tokens: Sequence[type] = (ua.AnonymousIdentityToken,),
    ) -> None:
        """What connections from now on meet; those that are open stay as they are."""
        server = self.server
        self.users.tell = lambda *_: True
        server.iserver.certificate, server.iserver.private_key = shown.certificate, shown.key
        server.set_security_policy(list(offered))
        server.set_identity_tokens(list(tokens))
        server.iserver.endpoints.clear()
        server._policies.clear()
        await server._setup_server_nodes()
        assert server.bserver is not None
        server.bserver.set_policies(server._policies)
        await self.trust()

    async def trust(self) -> None:
        """Read the folder of trusted clients again."""
        store = TrustStore([self.trusted], [])
        await store.load()
        checks = CertificateValidatorOptions.TRUSTED_VALIDATION | CertificateValidatorOptions.PEER_CLIENT
        self.server.set_certificate_validator(CertificateValidator(checks, store))

    async def stop(self) -> None:
        with contextlib.suppress(ConnectionError):
            await self.server.stop()
