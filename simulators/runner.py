"""The simulated line with its servers, in real time: what ``potok sim`` and the wire tests start."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Final

from line.clock import NS_PER_MS, Clock
from simulators.control import ControlServer
from simulators.modbus_server import ModbusPlcServer
from simulators.opcua_server import OpcUaPlcServer
from simulators.sausage import SimLine

log = logging.getLogger(__name__)

CATCH_UP_CYCLES: Final = 8
"""A pause longer than this many cycles (a suspended machine) is not made up for."""


@dataclass(frozen=True)
class Ports:
    """TCP ports that the servers listen on."""

    modbus: int
    opcua: int
    control: int


class SimServers:
    """Runs ``line`` at its cycle time behind a Modbus TCP server (plc1), an OPC UA server (plc2) and a control port.

    A port of 0 takes a free one at the first start; :attr:`ports` has it, and a restart uses it again.
    """

    def __init__(
        self,
        line: SimLine,
        clock: Clock,
        *,
        host: str = "127.0.0.1",
        modbus_port: int = 5020,
        opcua_port: int = 4841,
        control_port: int = 4850,
    ) -> None:
        self.line = line
        self.overruns = 0
        self._clock = clock
        self._modbus = ModbusPlcServer(line.plcs["plc1"], clock, host, modbus_port)
        self._opcua = OpcUaPlcServer(line.plcs["plc2"], clock, host, opcua_port)
        self._control = ControlServer(line, host, control_port)
        self._cycle: asyncio.Task[None] | None = None

    @property
    def ports(self) -> Ports:
        """The ports in use; those given as 0 are known after :meth:`start`."""
        return Ports(self._modbus.port, self._opcua.port, self._control.port)

    @property
    def waiting_requests(self) -> int:
        """Requests that wait for their delayed answer (fault ``slow_answers``)."""
        return self._modbus.waiting_requests + self._opcua.waiting_requests

    async def start(self) -> None:
        """Start servers and cycle. Raises OSError when a port is taken; then nothing is left running."""
        if self._cycle is not None:
            raise RuntimeError("the simulator runs already")
        try:
            for server in (self._modbus, self._opcua):
                if server.plc.link_up:
                    await server.listen()
            await self._control.start()
        except OSError:
            await self._close_servers()
            raise
        self._cycle = asyncio.create_task(self._run(), name="simulator cycle")

    async def stop(self) -> None:
        """Stop cycle and servers; may be called twice. The line keeps its state for another :meth:`start`."""
        cycle, self._cycle = self._cycle, None
        if cycle is not None:
            cycle.cancel()
            await asyncio.gather(cycle, return_exceptions=True)
        await self._close_servers()

    async def run_forever(self) -> None:
        """Start when not started yet, run until cancelled or until the cycle fails, and stop."""
        if self._cycle is None:
            await self.start()
        cycle = self._cycle
        assert cycle is not None
        try:
            await asyncio.shield(cycle)
        finally:
            await self.stop()

    async def _close_servers(self) -> None:
        await self._control.stop()
        await self._modbus.drop()
        await self._opcua.close()

    async def _run(self) -> None:
        """PLC cycles at absolute deadlines."""
        clock, period_ns = self._clock, self.line.cycle_ms * NS_PER_MS
        deadline_ns = clock.monotonic_ns()
        while True:
            await self._follow_links()
            self.line.step()
            await self._opcua.push()
            deadline_ns += period_ns
            late_ns = clock.monotonic_ns() - deadline_ns
            if late_ns > 0:
                self.overruns += 1
                if late_ns > CATCH_UP_CYCLES * period_ns:
                    deadline_ns += late_ns
            await clock.sleep_until_ns(deadline_ns)

    async def _follow_links(self) -> None:
        """Open and close the servers as the fault ``link_drop`` says."""
        for server in (self._modbus, self._opcua):
            link_up = server.plc.link_up
            if link_up == server.listening:
                continue
            if link_up:
                try:
                    await server.listen()
                except OSError as error:
                    log.warning("%s cannot come back yet: %s", server.plc.name, error)
            else:
                await server.drop()
