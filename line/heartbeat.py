"""Heartbeat both ways: does the PLC count, and does it see that we count (docs/ARCHITECTURE.md, Links).

Watched in the scan on what it has latched, compared with now: no timers. A direction that was never seen is unknown, not lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from line.clock import NS_PER_S, has_passed
from line.image import ImageDraft, Snapshot
from line.messages import JsonObject
from line.model import LineModel
from line.quality import Status, is_good

NEVER: Final = -1.0


@dataclass(frozen=True)
class Watch:
    """One direction of a heartbeat. ``value`` is the last good one (:data:`NEVER` before it), ``since_ns`` when it was last as it
    should be, ``alive`` what is known: None until it was seen to live or was silent for too long."""

    value: float = NEVER
    since_ns: int = 0
    alive: bool | None = None


Watches = Mapping[int, Watch]
"""By the handle of the diagnostic tag that tells it."""


@dataclass(frozen=True)
class _Watched:
    """``shown`` is the diagnostic tag, ``handle`` the PLC's; a ``counter`` must move, any other tag must not be 0."""

    shown: int
    handle: int
    counter: bool
    timeout_ns: int


class HeartbeatPlan:
    """The heartbeats that a line watches."""

    def __init__(self, model: LineModel) -> None:
        self._watched: list[_Watched] = []
        for name, device in model.file.devices.items():
            timeout_ns = int(device.heartbeat_timeout_s * NS_PER_S)
            for suffix, tag, counter in (
                ("PlcAlive", device.plc_heartbeat, True),
                ("SupervisorSeen", device.supervisor_ok, False),
            ):
                shown = model.tags.find(f"Link.{name}.{suffix}")
                if tag and shown is not None:
                    self._watched.append(_Watched(shown.handle, model.tags.handle(tag), counter, timeout_ns))

    def set(self, draft: ImageDraft, image: Snapshot, watches: Watches, now_ns: int) -> Watches:
        """Judge what this scan has latched and set the diagnostic tags; ``image`` shares the arrays of ``draft``."""
        new = {w.shown: _judge(w, watches.get(w.shown, Watch()), image.number(w.handle), now_ns) for w in self._watched}
        for handle, watch in new.items():
            if watch.alive is not None:
                draft.set(handle, float(watch.alive), int(Status.GOOD), now_ns)
        return new


def _judge(watched: _Watched, watch: Watch, value: float | None, now_ns: int) -> Watch:
    if value is not None and watch.value == NEVER:
        return Watch(value, now_ns, None if watched.counter or value == 0.0 else True)
    if watch.value == NEVER:
        return watch
    if value is not None and (value != watch.value if watched.counter else value != 0.0):
        return Watch(value, now_ns, True)
    since_ns = min(watch.since_ns, now_ns)  # a clock that was set back proves nothing
    lost = has_passed(watched.timeout_ns, since_ns, now_ns)
    return Watch(watch.value, since_ns, False if lost else watch.alive)


class PlcGuard:
    """Why a command to a PLC is refused: nobody there counts, or it does not see that we do."""

    def __init__(self, model: LineModel) -> None:
        self._texts = {name: device.name for name, device in model.file.devices.items()}
        self._up = self._handles(model, "Up")
        self._alive = self._handles(model, "PlcAlive")
        self._seen = self._handles(model, "SupervisorSeen")

    @staticmethod
    def _handles(model: LineModel, suffix: str) -> dict[str, int]:
        found = {d: model.tags.find(f"Link.{d}.{suffix}") for d in model.file.devices}
        return {device: tag.handle for device, tag in found.items() if tag is not None}

    def stands(self, device: str, image: Snapshot) -> bool:
        """True when the PLC's own counter is known to stand."""
        return _lost(self._alive, device, image)

    def why_not(self, device: str, image: Snapshot, *, safe: bool = False) -> JsonObject | None:
        """The reason against a command to ``device``, None when there is none.

        ``safe`` is for what brings a machine to rest (hold, stop, abort): it is tried as long as the PLC counts.
        """
        if device not in self._texts:
            return None
        name = self._texts[device]
        if self.stands(device, image):
            if _lost(self._up, device, image):
                return {"ru": f"{name.ru}: нет связи. Управляйте по месту", "en": f"{name.en}: no connection. Act on site"}
            return {
                "ru": f"{name.ru}: программа не работает, счётчик жизни стоит. Управляйте по месту",
                "en": f"{name.en}: its program does not run, the heartbeat stands. Act on site",
            }
        if not safe and _lost(self._seen, device, image):
            return {
                "ru": f"{name.ru} не видит верхний уровень: возможны только «Удержать», «Стоп» и «Прервать»",
                "en": f"{name.en} does not see the supervisor: only hold, stop and abort are possible",
            }
        return None


def _lost(handles: Mapping[str, int], device: str, image: Snapshot) -> bool:
    handle = handles.get(device)
    return handle is not None and is_good(int(image.status[handle])) and image.value[handle] == 0.0
