"""An asyncua server for the tests of faults, in a process of its own: its work shall not make a scan of the test late.

``python -m tests.wire.fault_opcua_server NAMESPACE [CERTIFICATE KEY]`` prints its port and ends when standard input does. With a
certificate it offers Aes256Sha256RsaPss, SignAndEncrypt, to every client, beside no security.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from pathlib import Path

from asyncua import ua
from asyncua.server.server import Server

from tests.wire.fault_line import CLOCK, TAGS, encoded

STEP_S = 0.025


async def serve(namespace: str, certificate: Path | None = None, key: Path | None = None) -> None:
    server = Server()
    await server.init()
    await server.set_application_uri("urn:potok:test:faults")
    server.set_endpoint("opc.tcp://127.0.0.1:0/potok")
    policies = [ua.SecurityPolicyType.NoSecurity]
    if certificate is not None and key is not None:
        await server.load_certificate(certificate)
        await server.load_private_key(key)
        policies.append(ua.SecurityPolicyType.Aes256Sha256RsaPss_SignAndEncrypt)
    server.set_security_policy(policies)
    index = await server.register_namespace(namespace)
    nodes = [ua.NodeId.from_string(f"ns={index};s=T{i}") for i in range(TAGS)]
    for number, node in enumerate(nodes):
        first = ua.Variant(encoded(number, CLOCK.now_ns()), ua.VariantType.Int64)
        await server.nodes.objects.add_variable(node, f"T{number}", first)
    async with server:
        assert server.bserver is not None
        print(server.bserver.port, flush=True)
        ended = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        while not ended.done():
            for number, node in enumerate(nodes):
                value = ua.Variant(encoded(number, CLOCK.now_ns()), ua.VariantType.Int64)
                await server.write_attribute_value(node, ua.DataValue(value))
            await asyncio.wait([ended], timeout=STEP_S)


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    asyncio.run(serve(sys.argv[1], *(Path(argument) for argument in sys.argv[2:4])))
