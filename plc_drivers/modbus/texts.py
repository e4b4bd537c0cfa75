"""What the Modbus driver tells people: what happened, where, and what to look at."""

from __future__ import annotations

from collections.abc import Sequence

from line.devices import ModbusDevice
from line.documents import Text
from plc_drivers.modbus.port import Fault

NO_ADDRESS = Text(
    ru="у тега нет адреса, по которому этот драйвер может писать", en="the tag has no address that this driver can write"
)
NOT_WRITABLE = Text(
    ru="тег не отмечен как записываемый (столбец writable)", en="the tag is not marked as writable (column writable)"
)
REPLACED = Text(
    ru="не отправлялось: следом пришло новое значение того же тега, записано оно",
    en="not sent: another write to the same tag followed at once, and was carried out",
)
NOT_SENT = Text(
    ru="не отправлено: канал занят другими устройствами или разорван, либо устройство отвечает медленно",
    en="not sent: the channel was busy with other devices, or was lost, or the device is slow",
)


def both(text: str) -> Text:
    """A text without words of a language (numbers, names), or a technical one that exists in English only."""
    return Text(ru=text, en=text)


def after(where: Text, said: Text) -> Text:
    """``where: said``."""
    return Text(ru=f"{where.ru}: {said.ru}", en=f"{where.en}: {said.en}")


def unit_of(config: ModbusDevice) -> Text:
    """How people find the unit: its number, and the endpoint or line that it is on."""
    endpoint = config.serial.port if config.serial is not None else f"{config.host}:{config.tcp_port}"
    return Text(ru=f"устройство {config.unit_id} на {endpoint}", en=f"unit {config.unit_id} at {endpoint}")


def no_answer(unit: Text, last: Fault, polls: int) -> Text:
    """Why a unit was given up; what to look at depends on who kept silent."""
    look = _look_behind_gateway() if last.exception_code else _look_at_unit()
    return Text(
        ru=f"{unit.ru}: опросов подряд без ответа: {polls}; последняя ошибка: {last.text.ru}. {look.ru}",
        en=f"{unit.en}: no answer in {polls} polls running; the last: {last.text.en}. {look.en}",
    )


def no_probe(unit: Text, fault: Fault) -> Text:
    """Why a unit is not up although its channel is open."""
    look = _look_behind_gateway() if fault.exception_code else _look_at_unit()
    return Text(ru=f"{unit.ru}: {fault.text.ru}. {look.ru}", en=f"{unit.en}: {fault.text.en}. {look.en}")


def channel_busy(unit: Text) -> Text:
    """Requests that could not be sent."""
    return Text(
        ru=f"{unit.ru}: запрос не отправлен, канал занят другими устройствами или помехами. Опрашивайте реже, разнесите группы, "
        "проверьте линию",
        en=f"{unit.en}: no request was sent, the channel is busy with other devices or noise. Poll less often, use slower poll "
        "groups, check the line",
    )


def refuses(holes: Sequence[str]) -> Text:
    """Addresses that the device does not have."""
    names = ", ".join(holes)
    return Text(
        ru=f"в устройстве нет {names}. Сверьте адреса в tags.csv с картой регистров",
        en=f"the device refuses {names}. Compare the addresses in tags.csv with its register map",
    )


def not_known(fault: Fault) -> Text:
    """A write without an answer."""
    return Text(
        ru=f"{fault.text.ru}; дошла ли запись, неизвестно, она не повторяется",
        en=f"{fault.text.en}; whether the value was written is not known, and it is not repeated",
    )


def refused_write(where: Text, fault: Fault) -> Text:
    """An exception to a write."""
    return Text(ru=f"{where.ru}: устройство отклонило: {fault.text.ru}", en=f"{where.en}: the device refused it: {fault.text.en}")


def no_mask_write(where: Text) -> Text:
    """Function 22 is not there. No read-modify-write instead: it would race with the PLC program for the other bits."""
    return Text(
        ru=f"{where.ru}: устройство не знает функцию 22 (запись по маске), отдельный бит регистра записать нельзя. "
        "Используйте дискретный выход (coil) или целый регистр",
        en=f"{where.en}: the device does not know function 22 (mask write), so a single bit of a register cannot be written. "
        "Use a coil or a whole register",
    )


def no_read_write(where: Text) -> Text:
    """Function 23 is not there."""
    return Text(
        ru=f"{where.ru}: устройство не знает функцию 23. Уберите readback: combined из line.yaml",
        en=f"{where.en}: the device does not know function 23. Remove readback: combined from line.yaml",
    )


def no_multiple_write(where: Text) -> Text:
    """Function 15 or 16 is not there."""
    return Text(
        ru=f"{where.ru}: устройство не знает функцию групповой записи. Задайте write_function: single в line.yaml",
        en=f"{where.en}: the device does not know the function that writes several. Set write_function: single in line.yaml",
    )


def read_only(address: str) -> Text:
    """An input, which no protocol can write."""
    return Text(ru=f"{address} лежит в таблице только для чтения", en=f"{address} lies in a read-only table")


def not_encoded(tag: str, why: Text) -> Text:
    """A value that the registers of the tag cannot hold."""
    return Text(ru=f"{tag}: такое значение в устройство записать нельзя: {why.ru}", en=f"{tag}: {why.en}")


def not_written(fault: Fault) -> Text:
    """Writes behind one that was not answered."""
    return Text(
        ru=f"не записано: устройство не ответило на предыдущую запись: {fault.text.ru}",
        en=f"not written, because the device did not answer: {fault.text.en}",
    )


def not_read_back(fault: Fault) -> Text:
    """A write that could not be verified."""
    return Text(
        ru=f"записано, но прочитать обратно не удалось: {fault.text.ru}",
        en=f"written, but it could not be read back: {fault.text.en}",
    )


def outside(value: float, lo: float, hi: float, eu: str) -> Text:
    """A value beyond the engineering range."""
    limits = f"{lo:g}…{hi:g} {eu}".rstrip()
    return Text(ru=f"{value:g} вне пределов {limits}", en=f"{value:g} is outside {limits}")


def _look_at_unit() -> Text:
    return Text(
        ru="Проверьте питание, кабель, адрес (unit_id) и настройки порта",
        en="Check its power, the cable, its address (unit_id) and the settings of the port",
    )


def _look_behind_gateway() -> Text:
    return Text(
        ru="Шлюз отвечает; проверьте за ним питание и кабель устройства, его адрес (unit_id), скорость и чётность",
        en="The gateway answers; check behind it the power and the cable of the unit, its address (unit_id), speed and parity",
    )
