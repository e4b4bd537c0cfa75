"""When a panel sounds and what: priorities, repetition, silence, calls, a lost line; and the tones themselves."""

from __future__ import annotations

import threading

import miniaudio
import numpy as np
import pytest

from hmi.sound import RATE_HZ, TONES, Player, SoundState, render
from hmi.viewmodels.sound import CALL, LOST, REPEAT_S, Sounder
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.wire import Obj
from tests.waiting import wait_for

S = 1_000_000_000


class Panel:
    """A store that is live, looked at second by second."""

    def __init__(self) -> None:
        self.store = LineStore()
        self.sounder = Sounder()
        self.now_s = 0.0
        self.say({"type": "connected"})

    def say(self, message: Obj) -> None:
        self.store.apply(message, mono_ns=int(self.now_s * S), now_ns=int(self.now_s * S))

    def alarms(self, sounding: int | None, *times: float) -> None:
        rows: list[Obj] = [{"id": f"a{t}", "time_ns": int(t * S)} for t in times]
        self.say({"type": "view", "name": "alarms", "data": {"active": rows, "sounding": sounding}})

    def escalation(self, sound_s: float = 0.0, *notices: Obj, priority: int = 0, paused: bool = False) -> None:
        runs: list[Obj] = [{"id": "r1", "what": "alarm", "priority": priority, "paused": paused}]
        self.say({"type": "view", "name": "escalation", "data": {"sound_s": sound_s, "runs": runs, "notices": list(notices)}})

    def at(self, second: float) -> str:
        """What sounds at this second; the server is heard in time for it."""
        self.now_s = second
        self.say({"type": "engine", "state": "up"})
        return self.sounder.look(self.store, int(second * S))

    def silent_server(self, second: float) -> str:
        self.store.tick(int(second * S))
        return self.sounder.look(self.store, int(second * S))


@pytest.mark.parametrize("priority", [1, 2, 3, 4])
def test_an_alarm_sounds_in_its_own_tone_and_again_at_its_interval(priority: int) -> None:
    panel = Panel()
    panel.alarms(priority, 1)
    heard = [t for t in range(130) if panel.at(float(t)) == str(priority)]
    every = REPEAT_S[priority]
    assert heard == ([0] if not every else list(range(0, 130, int(every))))


def test_silence_stops_the_sound_and_the_next_alarm_sounds_again() -> None:
    panel = Panel()
    panel.alarms(2, 1)
    assert panel.at(0) == "2"
    panel.alarms(None, 1)
    assert [panel.at(t) for t in (5, 20, 60)] == ["", "", ""]
    panel.alarms(3, 1, 61)
    assert panel.at(61) == "3"


def test_a_step_of_the_escalation_sounds_again_after_the_silence() -> None:
    panel = Panel()
    panel.alarms(None, 1)
    panel.escalation(0.0)
    assert panel.at(1) == ""
    panel.escalation(20.0, priority=2)
    heard = [t for t in range(2, 50) if panel.at(float(t)) == "2"]
    assert heard == [2, 17, 32, 47]
    panel.escalation(20.0, priority=2, paused=True)
    assert panel.at(60) == "", "a run that is paused asks for nothing"


def test_a_new_alarm_sounds_at_once_also_when_it_is_less_urgent_than_the_worst() -> None:
    panel = Panel()
    panel.alarms(2, 1)
    assert panel.at(0) == "2"
    panel.alarms(2, 1, 3)
    assert panel.at(3) == "2"
    assert panel.at(4) == ""
    panel.alarms(1, 1, 3, 5)
    assert panel.at(5) == "1"


def test_an_escalation_makes_the_sound_more_frequent_never_rarer() -> None:
    panel = Panel()
    panel.alarms(2, 1)
    panel.escalation(4.0)
    assert [t for t in range(13) if panel.at(float(t))] == [0, 4, 8, 12]
    panel.escalation(50.0)
    assert [t for t in range(13, 43) if panel.at(float(t))] == [27, 42]


def test_a_notice_for_who_stands_here_is_a_chime_once() -> None:
    panel = Panel()
    panel.escalation()
    assert panel.at(0) == ""
    notice: Obj = {"id": "n1", "run": "r1", "role": "shift_lead", "told_ns": S}
    panel.escalation(0.0, notice)
    assert [panel.at(t) for t in (1, 2)] == [CALL, ""]
    panel.say({"type": "session", "user": "petrov", "name": "Петров", "role": "operator"})
    panel.escalation(0.0, notice, {**notice, "id": "n2"})
    assert panel.at(3) == "", "it is for the shift lead, and an operator is logged in"


def test_a_call_whose_escalation_sounds_is_heard_again_until_somebody_answers() -> None:
    panel = Panel()
    runs: list[Obj] = [{"id": "call-1", "what": "call", "priority": 0}]
    panel.say({"type": "view", "name": "escalation", "data": {"sound_s": 30, "runs": runs, "notices": []}})
    assert [t for t in range(70) if panel.at(float(t)) == CALL] == [0, 30, 60]
    panel.say({"type": "view", "name": "escalation", "data": {"sound_s": 0, "runs": [], "notices": []}})
    assert [panel.at(float(t)) for t in range(70, 110)] == [""] * 40


def test_what_was_told_before_the_panel_started_is_no_chime() -> None:
    panel = Panel()
    panel.escalation(0.0, {"id": "n1", "run": "r1", "role": "", "told_ns": S})
    assert [panel.at(t) for t in (0, 1)] == ["", ""]


def test_a_lost_line_is_heard_once_a_minute_and_a_panel_that_never_saw_it_is_quiet() -> None:
    panel = Panel()
    assert Sounder().look(LineStore(), 0) == ""
    panel.alarms(1, 1)
    assert panel.at(0) == "1"
    assert [t for t in range(6, 130) if panel.silent_server(float(t)) == LOST] == [6, 66, 126]
    assert panel.at(131) == "1", "the alarm still stands when the line is back"


@pytest.mark.parametrize("name", sorted(TONES))
def test_a_tone_is_as_long_as_its_pulses_does_not_clip_and_begins_and_ends_without_a_click(name: str) -> None:
    samples = render(name)
    assert len(samples) == pytest.approx(sum(p.length_s + p.gap_s for p in TONES[name]) * RATE_HZ, abs=len(TONES[name]))
    assert 15_000 < np.abs(samples.astype(np.int64)).max() < np.iinfo(np.int16).max
    assert abs(int(samples[0])) < 600
    assert abs(int(samples[-1])) < 3000


def test_priorities_differ_in_rhythm_and_pitch_and_the_more_urgent_has_more_pulses() -> None:
    pulses = [len(TONES[str(p)]) for p in (1, 2, 3, 4)]
    assert pulses == sorted(pulses, reverse=True)
    assert len({(len(t), t[0].hz) for t in TONES.values()}) == len(TONES)


def test_the_player_plays_through_a_device_and_ends_its_thread() -> None:
    player = Player([miniaudio.Backend.NULL])
    assert player.state is SoundState.UNKNOWN
    player.play("1")
    wait_for(lambda: player.state is SoundState.READY)
    player.play("4")
    player.close()
    player.close()
    assert not any(t.name == "panel sound" for t in threading.enumerate())


def test_without_a_sound_card_the_player_says_so_and_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    player = Player([miniaudio.Backend.CUSTOM])
    for _ in range(3):
        player.play("2")
        wait_for(lambda: player.state is SoundState.NO_DEVICE)
    player.close()
    assert [r.message.split(":")[0] for r in caplog.records] == ["the panel cannot sound"]
