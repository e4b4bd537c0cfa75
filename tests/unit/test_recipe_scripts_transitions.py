"""Every transition of the state table at every level, and every command that the table does not have: refused, nothing moved."""

from __future__ import annotations

from typing import Final

import pytest

from recipes.states import BATCH_COMMANDS, BATCH_TABLE, ENDED, NODE_COMMANDS, STATE_TABLE, ProcState
from tests.unit.recipe_kit import Script, keep, operation, phase, unit_procedure
from tests.unit.test_recipe_plant import reasons

R = unit_procedure("reception", operation("weighing", phase("weigh")))
G = unit_procedure("grinder", operation("grinding", phase("grind")))
LEVELS: Final = ("reception", "reception.weighing", "reception.weighing.weigh")

WAYS: Final[dict[ProcState, tuple[str, ...]]] = {
    ProcState.IDLE: (),
    ProcState.RUNNING: ("start", "2 scans"),
    ProcState.PAUSING: ("start", "2 scans", "pause", "-"),
    ProcState.PAUSED: ("start", "2 scans", "pause", "5 scans"),
    ProcState.HOLDING: ("start", "2 scans", "hold", "-"),
    ProcState.HELD: ("start", "2 scans", "hold", "5 scans"),
    ProcState.RESTARTING: ("start", "2 scans", "hold", "5 scans", "restart"),
    ProcState.STOPPING: ("start", "2 scans", "stop", "-"),
    ProcState.STOPPED: ("start", "2 scans", "stop", "8 scans"),
    ProcState.ABORTING: ("start", "2 scans", "abort", "-"),
    ProcState.ABORTED: ("start", "2 scans", "abort", "8 scans"),
    ProcState.COMPLETE: ("start", "40 scans"),
}
"""How a batch of one phase is brought into each state."""


def brought(state: ProcState, *, after: bool = False) -> Script:
    """A batch (its first unit procedure, when ``after`` something follows) in ``state``."""
    s = Script(R, G, phase_scans=12) if after else Script(R, phase_scans=12)
    s.step("-")
    for line in WAYS[state]:
        s.step(line if not after or line != "40 scans" else "17 scans")
    return s


def batch_state(s: Script) -> str:
    """The state that the panel shows."""
    return str(s.plant.view(s.batch)["state"])


def node_state(s: Script, node: str) -> str:
    """The state of a node that the panel shows."""
    return next(str(n["state"]) for n in s.plant.view(s.batch)["nodes"] if n["id"] == node)  # type: ignore[union-attr,index,call-overload]


def outputs_but_refused(said: list[str]) -> list[str]:
    """What a line said, without the refusal."""
    asked, states, leaves = said
    return [asked, ", ".join(p for p in states.split(", ") if p != "refused") or "-", leaves]


@pytest.mark.parametrize("state", list(ProcState))
def test_a_batch_can_be_brought_into_every_state(state: ProcState) -> None:
    assert batch_state(brought(state)) == state


LEGAL = [(s, c) for s in ProcState for c in BATCH_COMMANDS if c in BATCH_TABLE[s]]
ILLEGAL = [(s, c) for s in ProcState for c in BATCH_COMMANDS if c not in BATCH_TABLE[s]]


@pytest.mark.parametrize(("state", "command"), LEGAL, ids=[f"{s} + {c} leads to {BATCH_TABLE[s][c]}" for s, c in LEGAL])
def test_a_command_of_the_table_moves_the_batch(state: ProcState, command: str) -> None:
    s = brought(state)
    before = len(s.plant.events)
    said = s.step(command)
    assert "refused" not in said[1]
    moves = [
        (e.data["from"], e.data["to"], e.data.get("user"))
        for e in s.plant.events[before:]
        if e in s.events("state") and not e.data["node"]
    ]
    assert moves[0] == (state, BATCH_TABLE[state][command], "ivanova")


@pytest.mark.parametrize(("state", "command"), ILLEGAL, ids=[f"{s} + {c} is refused" for s, c in ILLEGAL])
def test_a_command_that_is_not_in_the_table_is_refused_and_moves_nothing(state: ProcState, command: str) -> None:
    s, twin = brought(state), brought(state)
    said = s.step(command)
    assert "refused" in said[1]
    assert outputs_but_refused(said) == twin.step("-")
    answer = next(e.data for e in reversed(s.plant.events) if e.kind == "command" and e.data["status"] == "refused")
    (reason,) = answer["reasons"]  # type: ignore[misc]
    assert reason["ru"]  # type: ignore[index,call-overload]
    assert command in reason["en"]  # type: ignore[index,call-overload]


DONE = [s for s in ProcState if "done" in BATCH_TABLE[s]]


@pytest.mark.parametrize("state", DONE, ids=[f"{s} ends in {BATCH_TABLE[s]['done']}" for s in DONE])
def test_a_state_that_is_done_leads_on(state: ProcState) -> None:
    s = brought(state)
    before = len(s.plant.events)
    s.step("30 scans")
    moves = [(e.data["from"], e.data["to"]) for e in s.plant.events[before:] if e in s.events("state") and not e.data["node"]]
    assert moves[0] == (state, BATCH_TABLE[state]["done"])


@pytest.mark.parametrize("state", list(ProcState))
def test_a_killed_engine_brings_every_batch_back_as_the_table_has_it(state: ProcState) -> None:
    s = brought(state)
    s.plant.restart_engine()
    assert batch_state(s) == BATCH_TABLE[state].get("restore", state)
    s.step("20 scans")
    ends = {ProcState.STOPPING: "stopped", ProcState.ABORTING: "aborted", ProcState.IDLE: "idle"}
    assert batch_state(s) == (state if state in ENDED else ends.get(state, "held"))


NODES = [(level, s, c) for level in LEVELS for s in ProcState for c in NODE_COMMANDS]


@pytest.mark.parametrize(("node", "state", "command"), NODES, ids=[f"{n.rsplit('.', 1)[-1]} {s} + {c}" for n, s, c in NODES])
def test_a_command_for_a_node_follows_the_same_table(node: str, state: ProcState, command: str) -> None:
    s, twin = brought(state, after=True), brought(state, after=True)
    assert node_state(s, node) == state
    before = len(s.plant.events)
    said = s.step(f"{command} {node}")
    if command not in STATE_TABLE[state]:
        assert "refused" in said[1]
        assert outputs_but_refused(said) == twin.step("-")
        return
    assert "refused" not in said[1]
    moves = [(e.data["from"], e.data["to"]) for e in s.plant.events[before:] if e in s.events("state") and e.data["node"] == node]
    assert moves[0] == (state, STATE_TABLE[state][command])
    assert batch_state(s) == node_state(s, node), "the batch is in nothing else, so it follows"


@pytest.mark.parametrize("state", [ProcState.RUNNING, ProcState.HELD])
@pytest.mark.parametrize("command", ["start", "stop", "abort", "reset", "done", "restore", ""])
def test_a_node_takes_no_other_command(state: ProcState, command: str) -> None:
    s = brought(state)
    answer = s.plant.send("batch.command", s.batch, command=command, node=LEVELS[0])
    assert answer["status"] == "refused"
    assert batch_state(s) == state


@pytest.mark.parametrize("word", ["reset", "done", "restore", "skip", "", 5, None])
def test_what_is_no_command_of_a_batch_is_refused(word: str | int | None) -> None:
    s = brought(ProcState.RUNNING)
    assert s.plant.send("batch.command", s.batch, command=word)["status"] == "refused"
    assert s.plant.send("batch.command", s.batch, command="hold", node="nowhere")["status"] == "refused"
    assert s.plant.send("batch.command", "B9", command="hold")["status"] == "refused"
    assert batch_state(s) == "running"


def test_a_plc_without_pause_is_not_asked_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    s = brought(ProcState.RUNNING)
    monkeypatch.setattr("recipes.commands.PAUSE_COMMAND", 99)
    assert s.step("pause")[1] == "refused"
    assert "cannot pause" in reasons(s.plant.events[-1].data["reasons"])


def test_a_pause_at_the_machine_is_a_pause_of_the_phase() -> None:
    s = brought(ProcState.RUNNING)
    s.step("R101 pause")
    s.step("5 scans")
    assert batch_state(s) == "paused"
    s.step("resume")
    s.step("-")
    assert batch_state(s) == "running"
    s.plant.run("complete", s.batch)


@pytest.mark.parametrize(
    ("at_the_machine", "why"), [("resume", "resumed at the unit"), ("hold", "the PLC held"), ("stop", "Restart begins it anew")]
)
def test_what_the_plc_does_to_a_paused_phase_holds_the_batch(at_the_machine: str, why: str) -> None:
    s = brought(ProcState.PAUSED)
    s.step(f"R101 {at_the_machine}")
    s.plant.run("held", s.batch, 20)
    assert why in reasons(s.plant.view(s.batch)["held_reason"])
    s.step("5 scans")
    s.step("restart")
    s.plant.run("complete", s.batch)


def test_a_refused_pause_or_resume_holds() -> None:
    for state, word in ((ProcState.RUNNING, "pause"), (ProcState.PAUSED, "resume")):
        s = brought(state)
        s.plant.units["R101"].answer = "refuse"
        s.step(word)
        s.step("2 scans")
        s.plant.units["R101"].answer = "accept"
        s.plant.run("held", s.batch, 10)
        assert f"did not {word}" in reasons(s.plant.view(s.batch)["held_reason"])


def test_a_phase_that_ends_while_it_is_to_pause_goes_on_after_the_resume() -> None:
    s = brought(ProcState.RUNNING)
    s.plant.units["R101"].delay = 3
    s.plant.units["R101"].left = 1
    s.step("pause")
    s.plant.run("paused", s.batch, 10)
    assert s.plant.units["R101"].state.name == "COMPLETE"
    s.plant.units["R101"].delay = 0
    s.step("resume")
    s.plant.run("complete", s.batch)
    assert [r.command for r in s.plant.requests].count("start") == 1


def test_a_paused_batch_can_be_held_and_restarted() -> None:
    s = brought(ProcState.PAUSED)
    assert s.step("hold")[0] == "R101 hold"
    s.plant.run("held", s.batch, 10)
    assert s.step("restart")[0] == "R101 restart"
    s.plant.run("complete", s.batch)


def test_leaves_without_a_phase_follow_the_table_too() -> None:
    s = Script(keep("hot", "S401.CoreTemp >= 72", 600))
    s.run("""
        start   | - | idle>running * hot | hot wait
        pause   | - | running>pausing hot *, pausing>paused hot * | hot rest
        resume  | - | paused>running hot * | hot wait
        hold    | - | running>holding hot *, holding>held hot * | hot park
        restart | - | held>restarting hot *, restarting>running hot * | hot wait
        stop    | - | running>stopping hot *, stopping>stopped hot * | -
    """)
