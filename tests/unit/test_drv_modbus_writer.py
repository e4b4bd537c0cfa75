"""Writes of the Modbus driver: order, coalescing, functions, readback; a unit in memory on a manual clock."""

from __future__ import annotations

from collections.abc import Sequence

from line.devices import ModbusDevice
from line.messages import Write
from line.quality import Status
from line.tags import TagKind
from plc_drivers.modbus import texts
from plc_drivers.modbus.codec import Table
from plc_drivers.modbus.port import Answer
from tests.modbus_unit import CABLE, CONFIG, MS, FakePort, Rig, scenario


def test_setpoints_go_out_in_order_in_as_few_requests_as_possible() -> None:
    async def body() -> None:
        names = ("hr:10:float32", "hr:12:float32", "hr:40:uint16", "hr:41:uint16", "hr:42:uint16", "co:3", "co:4", "hr:50.2")
        rig = Rig(*names)
        await rig.up()
        results = await rig.write(*((n, 1.0) for n in names))
        assert results == [(0, "")] * len(names)
        assert [r for r in rig.device.requests if not r.startswith("read")] == [
            "write hr:10=[16256, 0, 16256, 0]",
            "write hr:40=[1, 1, 1]",
            "write co:3=[1, 1]",
            "mask hr:50 and fffb or 0004",
        ]
        await rig.driver.close()

    scenario(body)


def test_a_request_number_is_not_written_when_its_setpoint_failed() -> None:
    async def body() -> None:
        rig = Rig("hr:10:uint16", "hr:40:uint16", "hr:60:uint16")
        await rig.up()
        rig.device.read_only = {10}
        writes = [Write(0, 1.0, "batch"), Write(1, 2.0, "batch"), Write(2, 3.0, "heartbeat")]
        results = await rig.driver.write(writes)
        assert [r.status for r in results] == [Status.BAD_OUT_OF_RANGE, Status.BAD_OUT_OF_RANGE, 0]
        assert "exception 3" in results[0].message.en
        assert results[1].message.en.startswith("not written")
        assert rig.device.words[Table.HOLDING][[10, 40, 60]].tolist() == [0, 0, 3]
        await rig.driver.close()

    scenario(body)


def test_an_impossible_value_stops_the_whole_batch_before_anything_is_sent() -> None:
    async def body() -> None:
        rig = Rig("hr:10:uint16", "hr:11:uint16", "ir:0:uint16")
        await rig.up()
        results = await rig.write(("hr:10:uint16", 1.0), ("hr:11:uint16", 65_536.0))
        assert [s for s, _ in results] == [Status.BAD_OUT_OF_RANGE] * 2
        assert rig.device.requests == []
        [(status, message)] = await rig.write(("ir:0:uint16", 1.0))
        assert (status, "read-only" in message) == (Status.BAD_NOT_SUPPORTED, True)
        await rig.driver.close()

    scenario(body)


def test_a_clamped_value_is_told() -> None:
    async def body() -> None:
        rig = Rig("hr:10:uint16", "hr:11:uint16")
        await rig.up()
        rig.device.clamp = {11: 50}
        results = await rig.write(("hr:10:uint16", 60.0), ("hr:11:uint16", 60.0))
        assert results[0] == (0, "")
        assert results[1] == (Status.BAD_OUT_OF_RANGE, "the device holds 50.000 instead of 60.000")
        await rig.driver.close()

    scenario(body)


def test_a_write_without_answer_is_not_repeated_and_ends_the_batch() -> None:
    async def body() -> None:
        rig = Rig("hr:10:uint16", "hr:40:uint16", "hr:60:uint16")
        await rig.up()
        rig.device.silent = {(Table.HOLDING, 40)}
        results = await rig.driver.write([Write(0, 1.0, "a"), Write(1, 2.0, "b"), Write(2, 3.0, "c")])
        assert [r.status for r in results] == [0, Status.BAD_TIMEOUT, Status.BAD_TIMEOUT]
        assert "not known" in results[1].message.en
        assert results[2].message.en.startswith("not written")
        assert sum(r.startswith("write hr:40") for r in rig.device.requests) == 1
        rig.device.on_lost(CABLE)
        [lost] = await rig.driver.write([Write(0, 1.0, "a")])
        assert lost.status == Status.BAD_NO_COMMUNICATION
        await rig.driver.close()

    scenario(body)


def with_options(**options: object) -> ModbusDevice:
    return CONFIG.model_copy(update=options)


def sent(device: FakePort) -> list[str]:
    """What changed something, without the readbacks."""
    return [r for r in device.requests if not r.startswith("read")]


def test_single_functions_write_one_value_at_a_time_and_never_half_a_number() -> None:
    async def body() -> None:
        names = ("hr:40:uint16", "hr:41:uint16", "hr:50:float32", "co:3", "co:4")
        rig = Rig(*names, config=with_options(write_function="single"))
        await rig.up()
        assert await rig.write(*((n, 1.0) for n in names)) == [(0, "")] * len(names)
        assert sent(rig.device) == [
            "write hr:40=[1]", "write hr:41=[1]", "write hr:50=[16256, 0]", "write co:3=[1]", "write co:4=[1]",
        ]  # fmt: skip
        assert [f for f in rig.device.functions if f > 4] == [6, 6, 16, 5, 5]
        await rig.driver.close()

    scenario(body)


def test_multiple_functions_are_used_for_one_value_too() -> None:
    async def body() -> None:
        rig = Rig("hr:40:uint16", "co:3")
        await rig.up()
        assert await rig.write(("hr:40:uint16", 1.0), ("co:3", 1.0)) == [(0, "")] * 2
        assert [f for f in rig.device.functions if f > 4] == [16, 15]
        rig.device.refused_functions = {15, 16}
        [(_, message)] = await rig.write(("hr:40:uint16", 2.0))
        assert "write_function: single" in message
        await rig.driver.close()

    scenario(body)


def test_combined_readback_takes_one_request() -> None:
    async def body() -> None:
        rig = Rig("hr:40:uint16", "hr:41:uint16", "co:3", "hr:50.1", config=with_options(readback="combined"))
        await rig.up()
        rig.device.clamp = {41: 50}
        results = await rig.write(("hr:40:uint16", 60.0), ("hr:41:uint16", 60.0), origin="a")
        assert results == [(0, ""), (Status.BAD_OUT_OF_RANGE, "the device holds 50.000 instead of 60.000")]
        assert rig.device.requests == ["write+read hr:40=[60, 60]"]
        assert await rig.write(("co:3", 1.0), ("hr:50.1", 1.0)) == [(0, "")] * 2
        assert rig.device.functions[-4:] == [15, 22, 1, 3]
        rig.device.refused_functions = {23}
        [(status, message)] = await rig.write(("hr:40:uint16", 1.0))
        assert (status, "Remove readback: combined" in message) == (Status.BAD_NOT_SUPPORTED, True)
        await rig.driver.close()

    scenario(body)


def test_bits_of_one_register_go_out_together_and_a_device_without_mask_write_is_told_apart() -> None:
    async def body() -> None:
        names = ("hr:50.2", "hr:50.5", "hr:51.0")
        rig = Rig(*names)
        await rig.up()
        rig.device.words[Table.HOLDING][50] = 0xFF00 | 1 << 5
        assert await rig.write(("hr:50.2", 1.0), ("hr:50.5", 0.0), ("hr:51.0", 1.0)) == [(0, "")] * 3
        assert sent(rig.device) == ["mask hr:50 and ffdb or 0004", "mask hr:51 and fffe or 0001"]
        assert int(rig.device.words[Table.HOLDING][50]) == 0xFF04
        rig.device.refused_functions = {22}
        before = rig.device.words[Table.HOLDING].copy()
        [(status, message)] = await rig.write(("hr:50.2", 0.0))
        assert (status, "mask write" in message) == (Status.BAD_NOT_SUPPORTED, True)
        assert (rig.device.words[Table.HOLDING] == before).all()  # no reading, changing and writing back
        await rig.driver.close()

    scenario(body)


def test_of_writes_to_one_tag_that_follow_each_other_the_last_is_sent() -> None:
    async def body() -> None:
        rig = Rig("hr:10:uint16", "hr:40:uint16")
        await rig.up()
        writes = [Write(0, 1.0, "a"), Write(0, 2.0, "b"), Write(0, 3.0, "c")]
        results = await rig.driver.write(writes)
        assert [r.status for r in results] == [0, 0, 0]
        assert [r.message.en.partition(":")[0] for r in results] == ["not sent", "not sent", ""]
        assert sent(rig.device) == ["write hr:10=[3]"]
        rig.device.requests.clear()
        # another tag in between: the PLC may have to see the first value before it
        results = await rig.driver.write([Write(0, 1.0, "a"), Write(1, 9.0, "a"), Write(0, 3.0, "c")])
        assert [(r.status, r.message.en) for r in results] == [(0, "")] * 3
        assert sent(rig.device) == ["write hr:10=[1]", "write hr:40=[9]", "write hr:10=[3]"]
        await rig.driver.close()

    scenario(body)


def test_a_write_is_not_replaced_by_one_that_is_not_sent() -> None:
    async def body() -> None:
        rig = Rig("hr:10:uint16", "hr:40:uint16")
        await rig.up()
        rig.device.read_only = {40}
        results = await rig.driver.write([Write(1, 1.0, "b"), Write(0, 1.0, "a"), Write(0, 2.0, "b")])
        assert [r.status for r in results] == [Status.BAD_OUT_OF_RANGE, 0, Status.BAD_OUT_OF_RANGE]
        assert int(rig.device.words[Table.HOLDING][10]) == 1
        await rig.driver.close()

    scenario(body)


def test_a_write_outside_the_range_of_its_tag_or_to_one_that_is_not_writable_is_not_sent() -> None:
    async def body() -> None:
        rig = Rig("hr:10:float32", "ir:0:uint16", kind=TagKind.FLOAT)
        await rig.up()
        [(status, message)] = await rig.write(("hr:10:float32", 2e9))
        assert (status, message) == (Status.BAD_OUT_OF_RANGE, "2e+09 is outside -1e+09…1e+09")
        locked = Rig("hr:10:uint16", writable=False)
        await locked.up()
        [(status, message)] = await locked.write(("hr:10:uint16", 1.0))
        assert (status, "not marked as writable" in message) == (Status.BAD_NOT_SUPPORTED, True)
        assert rig.device.requests == locked.device.requests == []
        await rig.driver.close()
        await locked.driver.close()

    scenario(body)


def test_a_readback_may_be_repeated_a_write_never() -> None:
    async def body() -> None:
        rig = Rig("hr:10:uint16", "hr:40:uint16", config=with_options(retries=1))
        await rig.up()
        rig.device.garbled = {(Table.HOLDING, 10): 0}
        original = rig.device.run

        async def run(requests: Sequence[bytes], timeout_s: float, budget_s: float) -> list[Answer]:
            if requests[0][0] == 3:  # the first readback comes spoilt
                rig.device.garbled, rig.device.run = {(Table.HOLDING, 10): 1}, original
            return await original(requests, timeout_s, budget_s)

        rig.device.run = run
        assert await rig.write(("hr:10:uint16", 1.0)) == [(0, "")]
        assert rig.device.requests == ["write hr:10=[1]", "read hr:10+1", "read hr:10+1"]
        rig.device.requests.clear()
        rig.device.garbled = {(Table.HOLDING, 40): 1}
        [(status, message)] = await rig.write(("hr:40:uint16", 1.0))
        assert (status, "not repeated" in message) == (Status.BAD_COMMUNICATION_ERROR, True)
        assert rig.device.requests == ["write hr:40=[1]"]
        await rig.driver.close()

    scenario(body)


def test_a_write_that_found_no_turn_on_the_channel_says_that_it_was_not_sent() -> None:
    async def body() -> None:
        rig = Rig("hr:10:uint16", "hr:40:uint16")
        await rig.up()
        rig.device.busy = True
        results = await rig.driver.write([Write(0, 1.0, "a"), Write(1, 1.0, "b")])
        assert [r.message.en.partition(":")[0] for r in results] == ["not sent", "not sent"]
        assert not rig.device.requests
        assert rig.driver.link().failures == 0
        await rig.driver.close()

    scenario(body)


def test_a_write_that_a_gateway_could_not_deliver_ends_the_batch_and_is_not_called_refused() -> None:
    async def body() -> None:
        rig = Rig("hr:10:uint16", "hr:40:uint16")
        await rig.up()
        rig.device.exception = 11
        results = await rig.driver.write([Write(0, 1.0, "a"), Write(1, 1.0, "b")])
        assert [r.status for r in results] == [Status.BAD_NO_COMMUNICATION] * 2
        assert "not known" in results[0].message.en
        assert results[1].message.en.startswith("not written")
        assert rig.device.requests == ["write hr:10=[1]"]
        await rig.driver.close()

    scenario(body)


def test_requests_are_no_longer_than_what_the_device_reads() -> None:
    async def body() -> None:
        names = [f"hr:{n}:uint16" for n in range(6)]
        rig = Rig(*names, config=with_options(max_registers=4))
        await rig.up()
        assert await rig.write(*((n, 1.0) for n in names)) == [(0, "")] * 6
        assert rig.device.requests == ["write hr:0=[1, 1, 1, 1]", "write hr:4=[1, 1]", "read hr:0+4", "read hr:4+2"]
        await rig.driver.close()

    scenario(body)


def test_a_readback_is_not_held_against_a_write_that_a_lost_one_has_changed() -> None:
    async def body() -> None:
        rig = Rig("hr:10:uint16", "hr:40:uint16")
        await rig.up()
        original = rig.device.run

        async def run(requests: Sequence[bytes], timeout_s: float, budget_s: float) -> list[Answer]:
            if requests[0] == bytes((16, 0, 10, 0, 1, 2, 0, 3)):
                rig.device.lost_answers = {(Table.HOLDING, 10)}
            return await original(requests, timeout_s, budget_s)

        rig.device.run = run
        results = await rig.driver.write([Write(0, 1.0, "a"), Write(1, 2.0, "a"), Write(0, 3.0, "b")])
        assert [r.status for r in results] == [0, 0, Status.BAD_TIMEOUT]
        assert int(rig.device.words[Table.HOLDING][10]) == 3
        await rig.driver.close()

    scenario(body)


def test_a_bit_that_is_written_twice_is_written_twice() -> None:
    async def body() -> None:
        rig = Rig("hr:50.2", "hr:50.5")
        await rig.up()
        assert await rig.write(("hr:50.2", 1.0), ("hr:50.5", 1.0), ("hr:50.2", 0.0)) == [(0, "")] * 3
        assert sent(rig.device) == ["mask hr:50 and ffdb or 0024", "mask hr:50 and fffb or 0000"]
        await rig.driver.close()

    scenario(body)


def test_neighbours_of_two_commands_do_not_share_a_request_nor_a_refusal() -> None:
    async def body() -> None:
        rig = Rig("hr:10:uint16", "hr:11:uint16")
        await rig.up()
        rig.device.read_only = {11}
        results = await rig.driver.write([Write(0, 1.0, "a"), Write(1, 2.0, "b")])
        assert [r.status for r in results] == [0, Status.BAD_OUT_OF_RANGE]
        assert sent(rig.device) == ["write hr:10=[1]", "write hr:11=[2]"]
        await rig.driver.close()

    scenario(body)


def test_what_a_slow_device_did_not_take_in_time_is_not_written_later() -> None:
    async def body() -> None:
        names = [f"hr:{10 * i}:uint16" for i in range(8)]
        rig = Rig(*names, config=CONFIG.model_copy(update={"timeout_ms": 2000}))
        await rig.up()
        rig.device.answer_ns = 800 * MS
        results = await rig.write(*((n, 1.0) for n in names))
        written = [r for r in rig.device.requests if r.startswith("write")]
        assert written == [f"write hr:{10 * i}=[1]" for i in range(4)]  # at 0, 0.8, 1.6 and 2.4 s
        assert [status for status, _ in results] == [0] * 4 + [Status.BAD_COMMUNICATION_ERROR] * 4
        assert {message for _, message in results[4:]} == {texts.NOT_SENT.en}
        await rig.driver.close()

    scenario(body)
