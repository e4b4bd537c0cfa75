"""The panel's voice: tones made by arithmetic, played by a thread of its own so that a sound card cannot hold up the panel."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

import miniaudio
import numpy as np
import numpy.typing as npt

log = logging.getLogger(__name__)

RATE_HZ: Final = 22_050
_EDGE_S: Final = 0.008
"""Rise and fall of a pulse; a harder edge is heard as a click."""

Samples = npt.NDArray[np.int16]


@dataclass(frozen=True)
class Pulse:
    """One pulse of a tone and the silence after it."""

    hz: float
    length_s: float
    gap_s: float


def _pulses(hz: Sequence[float], length_s: float, gap_s: float) -> tuple[Pulse, ...]:
    return tuple(Pulse(f, length_s, gap_s) for f in hz)


TONES: Final[Mapping[str, tuple[Pulse, ...]]] = {
    "1": _pulses((988, 784, 988, 784, 988, 784, 988, 784), 0.11, 0.05),
    "2": _pulses((740, 740, 740), 0.17, 0.10),
    "3": _pulses((587, 587), 0.20, 0.16),
    "4": _pulses((440,), 0.30, 0.0),
    "call": _pulses((659, 880), 0.22, 0.03),
    "lost": _pulses((523, 440, 349), 0.25, 0.03),
}
"""Told apart by rhythm as well as by pitch: more and faster pulses are more urgent."""


def render(name: str) -> Samples:
    """One tone as mono 16-bit samples at :data:`RATE_HZ`. Raises KeyError for a tone that is not in :data:`TONES`."""
    parts: list[npt.NDArray[np.float64]] = []
    for pulse in TONES[name]:
        t = np.arange(round(pulse.length_s * RATE_HZ)) / RATE_HZ
        edge = np.minimum(1.0, np.minimum(t, pulse.length_s - t) / _EDGE_S)
        wave = np.sin(2 * np.pi * pulse.hz * t) + 0.3 * np.sin(4 * np.pi * pulse.hz * t) + 0.15 * np.sin(6 * np.pi * pulse.hz * t)
        parts += [edge * wave / 1.45, np.zeros(round(pulse.gap_s * RATE_HZ))]
    return (np.concatenate(parts) * 0.8 * np.iinfo(np.int16).max).astype(np.int16)


class SoundState(StrEnum):
    """Whether this panel can be heard. ``unknown`` until it had to sound for the first time."""

    UNKNOWN = "unknown"
    READY = "ready"
    NO_DEVICE = "no_device"
    MUTED = "muted"


class Voice(Protocol):
    """What the window needs of a player."""

    @property
    def state(self) -> SoundState:
        """Whether it can be heard."""
        ...

    def play(self, tone: str) -> None:
        """Play a tone of :data:`TONES`, in place of what sounds now; returns at once."""
        ...


class Mute:
    """A panel without a voice: an office, a picture, a test."""

    @property
    def state(self) -> SoundState:
        return SoundState.MUTED

    def play(self, tone: str) -> None:
        pass


class Player:
    """Plays through the first sound card that the system offers. ``backends`` is for tests (``miniaudio.Backend.NULL``)."""

    def __init__(self, backends: list[miniaudio.Backend] | None = None) -> None:
        self._backends = backends
        self._samples = {name: render(name) for name in TONES}
        self._wanted: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._state = SoundState.UNKNOWN
        self._device: miniaudio.PlaybackDevice | None = None
        self._thread = threading.Thread(target=self._run, name="panel sound", daemon=True)
        self._thread.start()

    @property
    def state(self) -> SoundState:
        return self._state

    def play(self, tone: str) -> None:
        self._wanted.put(tone)

    def close(self) -> None:
        """Stop sounding and end the thread; may be called twice."""
        self._wanted.put("")
        self._thread.join(10.0)

    def _run(self) -> None:
        while tone := self._wanted.get():
            while not self._wanted.empty():  # what was asked for meanwhile is newer
                tone = self._wanted.get()
                if not tone:
                    break
            if not tone:
                break
            try:
                self._sound(self._samples[tone])
            except miniaudio.MiniaudioError as error:
                self._fail(error)
        if self._device is not None:
            self._device.close()
            self._device = None

    def _sound(self, samples: Samples) -> None:
        if self._device is None:
            self._device = miniaudio.PlaybackDevice(
                output_format=miniaudio.SampleFormat.SIGNED16, nchannels=1, sample_rate=RATE_HZ, buffersize_msec=100,
                backends=self._backends, app_name="Potok",
            )  # fmt: skip
        else:
            self._device.stop()
        stream = _stream(samples)
        next(stream)
        self._device.start(stream)
        self._state = SoundState.READY

    def _fail(self, error: Exception) -> None:
        """No card now; the next tone tries again, for a card that is plugged in later."""
        if self._device is not None:
            self._device.close()
            self._device = None
        if self._state is not SoundState.NO_DEVICE:
            log.warning("the panel cannot sound: %s. Connect a loudspeaker or start the panel with --mute", error)
        self._state = SoundState.NO_DEVICE


def _stream(samples: Samples) -> Generator[bytes, int, None]:
    """The card asks for so many frames at a time; after the end of the tone it plays silence by itself."""
    wanted = yield b""
    at = 0
    while at < len(samples):
        part = samples[at : at + wanted]
        at += wanted
        wanted = yield part.tobytes()
