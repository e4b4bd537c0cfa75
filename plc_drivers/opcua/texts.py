"""What the OPC UA driver says on the panel, in both languages."""

from __future__ import annotations

from line.documents import Text


def same(text: str) -> Text:
    """A text that a library or a server gave: in its own words in both languages."""
    return Text(ru=text, en=text)


NO_SUCH_NODE = Text(ru="на сервере нет такого узла", en="the server has no such node")
CONNECTION_CLOSED = Text(ru="сервер закрыл соединение", en="the server closed the connection")


def not_opcua(shown: str) -> Text:
    """Bytes that are no OPC UA message."""
    return Text(
        ru=f"пришло не OPC UA: {shown}; проверьте, что по этому адресу и порту отвечает сервер OPC UA",
        en=f"what came is not OPC UA: {shown}; check that an OPC UA server answers at this address and port",
    )


def refuses(place: str) -> Text:
    """Nobody listens there."""
    return Text(
        ru=f"{place} отказывает в соединении; проверьте порт и включён ли на устройстве сервер OPC UA",
        en=f"{place} refuses the connection; check the port, and that the device's OPC UA server is on",
    )


def unreachable(place: str, error: str) -> Text:
    """No connection, in the words of the operating system."""
    return Text(
        ru=f"нет соединения с {place}: {error}; проверьте адрес, кабель и питание",
        en=f"no connection to {place}: {error}; check the address, the cable and the power",
    )


def server_answered(code: str) -> Text:
    """A service call that ended with this status code."""
    return Text(ru=f"ответ сервера: {code}", en=f"the server answered {code}")


def no_answer(timeout_ms: int) -> Text:
    """A service call without an answer."""
    return Text(ru=f"нет ответа за {timeout_ms} мс", en=f"no answer within {timeout_ms} ms")


def no_namespace(uri: str, known: str) -> Text:
    """The device's namespace is not in the server's list ``known``."""
    return Text(
        ru=f"на сервере нет пространства имён {uri}; есть {known or 'только стандартное'}",
        en=f"the server has no namespace {uri}; it has {known or 'none'}",
    )


def silent(silence_s: float) -> Text:
    """Neither notification nor keep-alive for so long."""
    return Text(
        ru=f"сервер молчит {silence_s:.1f} с".replace(".", ","), en=f"no sign of life from the server for {silence_s:.1f} s"
    )


def subscription_ended(code: str) -> Text:
    """The server deleted the subscription."""
    return Text(ru=f"сервер закрыл подписку: {code}", en=f"the server ended the subscription: {code}")


def undecodable(names: str) -> Text:
    """Values that cannot be decoded."""
    return Text(ru=f"значение не удалось разобрать: {names}", en=f"the value cannot be decoded: {names}")


MESSAGE_UNREAD = Text(
    ru="сообщение сервера не удалось разобрать; значения перечитаны",
    en="a message of the server could not be read; the values were read anew",
)


def messages_unread(count: int) -> Text:
    """The subscription is given up."""
    return Text(
        ru=f"не удалось разобрать сообщений сервера подряд: {count}", en=f"{count} messages of the server in a row cannot be read"
    )


def unreadable(error: str) -> Text:
    """An answer or a notification that could not be decoded or taken."""
    return Text(ru=f"не удалось разобрать сообщение сервера: {error}", en=f"a message of the server could not be read: {error}")


def renewal_failed(error: Text) -> Text:
    """The secure channel's token was not renewed in time."""
    return Text(ru=f"не удалось продлить защищённый канал: {error.ru}", en=f"the secure channel could not be renewed: {error.en}")


def not_served(names: str) -> Text:
    """Nodes that the server does not have or does not let be read."""
    return Text(ru=f"сервер не отдаёт {names}", en=f"the server does not serve {names}")


def write_unknown(error: Text) -> Text:
    """A write without an answer is never repeated."""
    return Text(ru=f"{error.ru}; записано ли значение, неизвестно", en=f"{error.en}; whether the value was written is not known")


def write_not_sent(error: Text) -> Text:
    """A write behind a call that failed."""
    return Text(ru=f"не отправлено: {error.ru}", en=f"not sent: {error.en}")


def written_not_read(error: Text) -> Text:
    """A write that was taken, without readback."""
    return Text(
        ru=f"записано, но прочитать обратно не удалось: {error.ru}", en=f"written, but it could not be read back: {error.en}"
    )


def readback_bad(code: str) -> Text:
    """A write that was taken, whose readback has a Bad status."""
    return Text(ru=f"записано, но обратно прочитано с кодом {code}", en=f"written, but the readback is {code}")


def not_a_number(value: float) -> Text:
    """NaN or infinity."""
    return Text(ru=f"{value} – не число, записать нельзя", en=f"{value} is not a number that a device can hold")


def neither_0_nor_1(value: float) -> Text:
    """For a Boolean."""
    return Text(ru=f"{value:g} – не 0 и не 1", en=f"{value:g} is neither 0 nor 1")


def beyond_range(value: float, type_name: str) -> Text:
    """Nothing wraps."""
    return Text(ru=f"{value:g} не помещается в {type_name}", en=f"{value:g} is beyond the range of {type_name}")


def not_whole(value: float, step: float) -> Text:
    """A fraction for an integer tag."""
    return Text(ru=f"{value:g} не кратно {step:g}", en=f"{value:g} is not a whole number of {step:g}")


def not_numeric(type_name: str) -> Text:
    """A node whose type takes no number."""
    return Text(
        ru=f"число нельзя записать в узел типа {type_name}", en=f"a number cannot be written to a node of type {type_name}"
    )


def messages_lost(count: int) -> Text:
    """Notification messages that never came and that the server has no more."""
    return Text(
        ru=f"потеряны сообщения сервера: {count}; значения перечитаны",
        en=f"messages of the server are lost: {count}; the values were read anew",
    )


def overflow(names: str) -> Text:
    """The Overflow bit: a queue of the server was too short."""
    return Text(
        ru=f"очередь сервера переполнилась, часть изменений потеряна: {names}; увеличьте queue или sampling",
        en=f"a queue of the server ran over, changes are lost: {names}; raise queue or sampling",
    )


def polled(names: str) -> Text:
    """Nodes that the server does not let be monitored."""
    return Text(ru=f"опрашиваются без подписки: {names}", en=f"polled, not subscribed: {names}")


def all_polled(reason: Text) -> Text:
    """The server takes no subscription."""
    return Text(ru=f"сервер не принял подписку, всё опрашивается: {reason.ru}", en=f"no subscription, all is polled: {reason.en}")


def no_deadband(names: str) -> Text:
    """A deadband that the server refused."""
    return Text(ru=f"сервер не принял зону нечувствительности: {names}", en=f"the server refused the deadband of {names}")


def not_found_in_value(names: str) -> Text:
    """A member or an element that the value does not have."""
    return Text(ru=f"нет такого элемента или поля: {names}", en=f"no such element or member: {names}")


CHANNEL_REFUSED = Text(ru="сервер отказал в защищённом канале", en="the server refused the secure channel")
MEMBER_NOT_WRITABLE = Text(
    ru="поле структуры записать нельзя: запись заменила бы всю структуру",
    en="a member of a structure cannot be written: the write would replace the whole structure",
)
ELEMENT_NOT_WRITABLE = Text(
    ru="сервер не умеет работать с одним элементом массива: запись заменила бы весь массив",
    en="the server does not handle single elements of an array: the write would replace the whole array",
)
