"""What can be wrong with a procedure: each fault in its line, with words that say what to do; what is right is let through."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from textwrap import dedent, indent
from typing import Any

import pytest

from line.documents import Document, Problem
from potok.yamlfile import parse_yaml, read_yaml
from recipes.checks_units import Wait, circles
from recipes.master import load_recipe
from recipes.model import (
    ChoiceBlock,
    KeepStep,
    LoopBlock,
    MasterRecipe,
    NodeKind,
    OnDeviation,
    PhaseStep,
    PromptKind,
    PromptStep,
    WaitStep,
)
from tests.unit.test_recipe_plant import LINE, sausage

NAME = "name: {ru: х, en: x}"
HEAD = f"""\
recipe: small
version: "1"
author: A
{NAME}
base_batch_kg: 100
size_lo_kg: 50
size_hi_kg: 200
ingredients:
  beef: {{kg: 80, tolerance_pct: 1, raw: true, {NAME}}}
  ice: {{kg: 20, tolerance_pct: 1, {NAME}}}
"""
PARAMETERS = f"""\
parameters:
  temp: {{value: 70, lo: 60, hi: 80, eu: °C, {NAME}}}
  rh: {{value: 50, lo: 40, hi: 60, eu: "%", {NAME}}}
  time: {{value: 600, lo: 300, hi: 900, eu: s, {NAME}}}
  core: {{value: 72, lo: 70, hi: 75, eu: °C, {NAME}}}
  cold: {{value: 6, lo: 4, hi: 8, eu: °C, {NAME}}}
"""
EQUIPMENT = """\
equipment:
  smokehouse: {class: smokehouse}
  chiller: {class: chiller}
  packer: {class: packer}
"""
SET = "- {phase: set, parameters: {temp: $temp, rh: $rh, time: $time}}"
COOK = "- {phase: cook, parameters: {temp: $temp, rh: $rh, core: $core}}"
CHILL = f"""\
- unit_procedure: chiller
  {NAME}
  operations: [{{operation: chill, {NAME}, phases: [{{phase: chill, parameters: {{air: 0, core: $cold}}}}]}}]
"""
PACK = f"""\
- unit_procedure: packer
  {NAME}
  operations: [{{operation: pack, {NAME}, phases: [{{phase: pack, parameters: {{speed: 40}}}}]}}]
"""


def smoke(phases: str, *, role: str = "smokehouse", own: str = "") -> str:
    """A unit procedure of a smokehouse with one operation."""
    first = f"- unit_procedure: {role}\n" + (f"  id: {own}\n" if own else "")
    operation = f"  {NAME}\n  operations:\n    - operation: heat\n      {NAME}\n      phases:\n"
    return first + operation + indent(dedent(phases).strip(), " " * 8) + "\n"


def recipe(procedure: str, *, parameters: str = PARAMETERS, equipment: str = EQUIPMENT, head: str = HEAD) -> str:
    return f"{head}{parameters}{equipment}procedure:\n{indent(procedure, '  ')}"


def load(text: str) -> tuple[MasterRecipe | None, Sequence[Problem]]:
    document, problems = parse_yaml(text, "small.yaml")
    assert document is not None, problems
    return load_recipe(document, sausage())


def good(text: str) -> MasterRecipe:
    master, problems = load(text)
    assert master is not None, "\n".join(str(p) for p in problems)
    return master


def fault(text: str, message: str) -> Problem:
    """The one problem with ``message``; it stands in the line marked with ``#!``."""
    master, problems = load(text)
    assert master is None, "no fault found"
    found = [p for p in problems if message in p.message]
    assert len(found) == 1, "\n".join(str(p) for p in problems)
    marked = [i for i, row in enumerate(text.splitlines(), 1) if row.endswith("#!")]
    assert [found[0].line] == marked, str(found[0])
    assert found[0].remedy
    assert found[0].key
    return found[0]


ALL = smoke(f"{SET}\n{COOK}") + CHILL + PACK


# What is right


def test_every_block_at_every_level_becomes_a_node() -> None:
    procedure = (
        f"- {{prompt: ready, text: {{ru: готово, en: ready}}}}\n"
        f"- {{wait: steam, {NAME}, until: Util.SteamPressure >= 2.5, within_s: 60}}\n"
        + smoke(f"""\
            - {{keep: warm, {NAME}, while: "{{u}}.ChamberTemp >= 20", for_s: $time, anew: true, within_s: 1200}}
            - {{prompt: taste, kind: choice, text: {{ru: вкус, en: t}}, choices: [{{ru: да, en: yes}}, {{ru: нет, en: no}}]}}
            - choose: way
              {NAME}
              branches:
                - {{branch: good, {NAME}, when: "@taste == 0", do: [{{prompt: note, kind: text, text: {{ru: что, en: what}}}}]}}
                - branch: bad
                  {NAME}
                  do:
                    - repeat: again
                      {NAME}
                      until: "{{u}}.CoreTemp >= $core"
                      at_most: 3
                      do:
                        {SET}
            {COOK}
        """)
        + f"- parallel: both\n  {NAME}\n  branches:\n"
        + f"    - branch: cold\n      {NAME}\n      do:\n{indent(CHILL, ' ' * 8)}"
        + f"    - branch: pack\n      {NAME}\n      do:\n{indent(PACK, ' ' * 8)}"
    )  # fmt: skip
    nodes = good(recipe(procedure)).nodes
    assert [(n.kind.value, n.id) for n in nodes] == [
        ("procedure", ""), ("prompt", "ready"), ("wait", "steam"), ("unit_procedure", "smokehouse"),
        ("operation", "smokehouse.heat"), ("keep", "smokehouse.heat.warm"), ("prompt", "smokehouse.heat.taste"),
        ("choice", "smokehouse.heat.way"), ("branch", "smokehouse.heat.way.good"), ("prompt", "smokehouse.heat.way.good.note"),
        ("branch", "smokehouse.heat.way.bad"), ("loop", "smokehouse.heat.way.bad.again"),
        ("phase", "smokehouse.heat.way.bad.again.set"), ("phase", "smokehouse.heat.cook"), ("parallel", "both"),
        ("branch", "both.cold"), ("unit_procedure", "both.cold.chiller"), ("operation", "both.cold.chiller.chill"),
        ("phase", "both.cold.chiller.chill.chill"), ("branch", "both.pack"), ("unit_procedure", "both.pack.packer"),
        ("operation", "both.pack.packer.pack"), ("phase", "both.pack.packer.pack.pack"),
    ]  # fmt: skip
    by_id = {n.id: n for n in nodes}
    assert isinstance(by_id["steam"].what, WaitStep)
    assert by_id["steam"].what.within_ns == 60_000_000_000
    keep = by_id["smokehouse.heat.warm"].what
    assert isinstance(keep, KeepStep)
    assert (keep.for_s.parameter, keep.anew, keep.condition.roles) == ("time", True, ("u",))
    prompt = by_id["smokehouse.heat.taste"].what
    assert isinstance(prompt, PromptStep)
    assert (prompt.kind, [c.en for c in prompt.choices]) == (PromptKind.CHOICE, ["yes", "no"])
    choice = by_id["smokehouse.heat.way"].what
    assert isinstance(choice, ChoiceBlock)
    assert [w.prompts if w else None for w in choice.when] == [("taste",), None]
    loop = by_id["smokehouse.heat.way.bad.again"].what
    assert isinstance(loop, LoopBlock)
    assert loop.at_most == 3
    assert by_id["smokehouse.heat.cook"].role == "smokehouse"
    assert by_id["both"].role == ""
    for node in nodes:
        assert nodes[node.index] is node
        assert all(nodes[c].parent == node.index and c > node.index for c in node.children)
        assert node.parent < node.index


def test_what_the_header_and_a_watch_say_reaches_the_master() -> None:
    watched = COOK.replace("}}", "}, watch: [{tag: '{u}.CoreTemp', on: alarm, hi: 90, " + NAME + "}]}")
    head = HEAD + "product: Ham\ndescription: {ru: Ветчина, en: A ham}\nyield: {expect_pct: 110, lo_pct: 105, hi_pct: 115}\n"
    equipment = EQUIPMENT.replace("{class: smokehouse}", "{class: smokehouse, units: [S402]}")
    master = good(recipe(smoke(f"{SET}\n{watched}") + CHILL + PACK, head=head, equipment=equipment))
    assert (master.product, master.description.en) == ("Ham", "A ham")
    assert master.yield_limits is not None
    assert master.yield_limits.expect_pct == 110
    assert master.equipment["smokehouse"].units == ("S402",)
    cook = next(n.what for n in master.nodes if n.id == "smokehouse.heat.cook")
    assert isinstance(cook, PhaseStep)
    assert (cook.watches[0].on, cook.watches[0].ccp) == (OnDeviation.ALARM, False)


def test_a_limit_from_a_critical_parameter_is_critical() -> None:
    parameters = PARAMETERS.replace("hi: 75,", "hi: 75, ccp: true,")
    verdict = COOK.replace("}}", "}, watch: [{tag: '{u}.CoreTemp', when: end, lo: $core-0.5, " + NAME + "}]}")
    master = good(recipe(smoke(f"{SET}\n{verdict}") + CHILL + PACK, parameters=parameters))
    watches = [w for n in master.nodes if isinstance(n.what, PhaseStep) for w in n.what.watches]
    assert [(w.ccp, w.at_end) for w in watches] == [(True, True)]


def test_a_transfer_takes_the_unit_it_goes_to() -> None:
    phase = SET.replace("}}", "}, transfer: {to: [chiller]}}")
    master = good(recipe(smoke(f"{phase}\n{COOK}") + CHILL + PACK))
    first = next(n.what for n in master.nodes if n.kind is NodeKind.PHASE)
    assert isinstance(first, PhaseStep)
    assert (first.acquire, first.transfer_to, first.transfer_mass) == (("chiller",), ("chiller",), "")


def test_two_preparations_may_join_in_one_unit() -> None:
    """Both branches reserve the unit in which their products meet: the batch takes it once."""
    equipment = EQUIPMENT + "  other: {class: smokehouse}\n"
    phase = SET.replace("}}", "}, acquire: [chiller]}")
    one, two = smoke(f"{phase}\n{COOK}"), smoke(phase, role="other")
    both = f"- parallel: both\n  {NAME}\n  branches:\n"
    for name, part in (("one", one), ("two", two)):
        both += f"    - branch: {name}\n      {NAME}\n      do:\n{indent(part, ' ' * 8)}"
    good(recipe(both + CHILL + PACK, equipment=equipment))


# Structure


def op(inside: str) -> str:
    """A recipe whose smokehouse does ``inside`` in its operation, besides what uses all parameters."""
    return recipe(smoke(f"{SET}\n{dedent(inside).strip()}\n{COOK}") + CHILL + PACK)


def top(inside: str) -> str:
    """A recipe with ``inside`` at the level of the procedure, before all else."""
    return recipe(dedent(inside).strip() + "\n" + ALL)


PARALLEL_UNIT = f"""\
- parallel: both
  {NAME}
  branches:
    - {{branch: a, {NAME}, do: [{{phase: dry, parameters: {{temp: 60, rh: 50, time: 60}}}}]}}
    - {{branch: b, {NAME}, do: [{{phase: smoke, parameters: {{temp: 60, rh: 50, time: 60}}}}]}} #!
"""
DRY = "- {phase: dry, parameters: {temp: 60, rh: 50, time: 60}"
TEMP = DRY.replace("60", "$temp", 1)
ASK = "{prompt: q, text: {ru: а, en: a}}"
GUIDE = "{prompt: taste, kind: choice, text: {ru: в, en: t}, choices: [{ru: а, en: a}, {ru: б, en: b}, {ru: в, en: c}]}"


def choose(*branches: str) -> str:
    return "\n".join([f"- choose: way #!\n  {NAME}\n  branches:".replace(" #!", ""), *(f"    - {b}" for b in branches)])


def branch(name: str, when: str, do: str = "{prompt: NAME, text: {ru: г, en: r}}") -> str:
    condition = f'when: "{when}", ' if when else ""
    return f"{{branch: {name}, {NAME}, {condition}do: [{do.replace('NAME', 'p_' + name)}]}}"


FAULTS: dict[str, tuple[str, str]] = {
    "phase outside": (top("- {phase: set} #!"), "'phase' cannot stand here, in the procedure"),
    "operation outside": (top(f"- {{operation: a, {NAME}, phases: [{SET[2:]}]}} #!"), "'operation' cannot stand here"),
    "unit procedure inside": (op(f"- {{unit_procedure: packer, {NAME}, operations: [{SET[2:]}]}} #!"),
                              "'unit_procedure' cannot stand here, in an operation"),
    "twice": (op(SET + " #!"), "'set' stands twice"),
    "branch twice": (op(choose(branch("a", "{u}.CoreTemp > 5"), branch("a", "").replace("p_a", "p_b") + " #!")),
                     "'a' stands twice"),
    "else in the middle": (op(choose(branch("a", "") + " #!", branch("b", "{u}.CoreTemp > 5"))), "only the last branch"),
    # conditions
    "no expression": (op(f'- {{wait: w, {NAME}, until: "{{u}}.CoreTemp >="}} #!'), "is no expression"),
    "no tag": (op(f'- {{wait: w, {NAME}, until: "{{u}}.Core >= 5"}} #!'), "no tag 'S401.Core'"),
    "no parameter": (op(f'- {{wait: w, {NAME}, until: "{{u}}.CoreTemp >= $hot"}} #!'), "there is no parameter '$hot'"),
    "no role": (op(f'- {{wait: w, {NAME}, until: "{{oven}}.CoreTemp >= 5"}} #!'), "'{oven}' is no role"),
    "no prompt": (op(f'- {{wait: w, {NAME}, until: "@taste == 1"}} #!'), "there is no prompt '@taste'"),
    "no unit here": (top(f'- {{wait: w, {NAME}, until: "{{u}}.CoreTemp >= 5"}} #!'),
     "{u} stands for a unit, and here is none"),
    "unit not taken": (top(f'- {{wait: w, {NAME}, until: "{{smokehouse}}.CoreTemp >= 5"}} #!'),
     "no unit is taken for 'smokehouse'"),
    "never": (op(f'- {{wait: w, {NAME}, until: "{{u}}.CoreTemp >= 120"}} #!'), "can never hold: S401.CoreTemp is -10..100"),
    "never at its limit": (op(f'- {{wait: w, {NAME}, until: "{{u}}.CoreTemp >= $core + 28"}} #!'),
     "can never hold: $core is 75"),
    "never kept": (op(f'- {{keep: k, {NAME}, while: "{{u}}.CoreTemp > 80 and {{u}}.CoreTemp < 70", for_s: 60}} #!'),
     "can never hold"),
    "other unit of measure": (op(f'- {{wait: w, {NAME}, until: "{{u}}.CoreTemp >= $time"}} #!'),
     "S401.CoreTemp is in '°C', $time in 's'"),
    "wait for a reply": (op(f'- {GUIDE}\n- {{wait: w, {NAME}, until: "@taste == 1"}} #!'),
     "nothing can make this true while it waits"),
    # prompts
    "asked later": (op(f'- {{wait: w, {NAME}, until: "@taste == 1"}} #!\n- {GUIDE}'), "'@taste' is not asked before this"),
    "asked perhaps": (op(choose(branch("a", "{u}.CoreTemp > 5", GUIDE), branch("b", ""))
                         + f'\n- {{wait: w, {NAME}, until: "@taste == 1 and {{u}}.CoreTemp > 5"}} #!'), "may never be asked"),
    "asked in another branch": (op(choose(branch("a", "{u}.CoreTemp > 5", GUIDE),
                                          branch("b", "", f"{{wait: w, {NAME}, until: '@taste == 1'}}") + " #!")),
     "not asked before this"),
    "a text": (op(f'- {{prompt: note, kind: text, text: {{ru: а, en: a}}}}\n- {{wait: w, {NAME}, until: "@note == 1"}} #!'),
               "reply to '@note' is no number"),
    "prompt twice": (top(f"- {GUIDE}\n- {{repeat: r, {NAME}, at_most: 2, until: '@taste == 1', do: [{GUIDE}]}} #!"),
     "stands twice in the recipe"),
    "limits of a prompt": (op("- {prompt: n, kind: number, lo: 5, hi: 4, text: {ru: а, en: a}} #!"),
     "no number lies in 5..4"),
    "limits of no number": (op("- {prompt: n, lo: 5, text: {ru: а, en: a}} #!"), "'lo' belongs to kind: number"),
    "eu of a prompt": (op("- {prompt: n, kind: number, lo: $core, eu: kg, text: {ru: а, en: a}} #!"),
     "the prompt asks in 'kg'"),
    "no choices": (op("- {prompt: n, kind: choice, text: {ru: а, en: a}} #!"), "nothing to choose from"),
    "choices alike": (op("- {prompt: n, kind: choice, choices: [{ru: а, en: a}, {ru: а, en: b}], text: {ru: а, en: a}} #!"),
     "reads like another"),
    "no material": (op("- {prompt: n, kind: lot, text: {ru: а, en: a}} #!"), "the material is missing"),
    "unknown material": (op("- {prompt: n, kind: lot, material: salt, text: {ru: а, en: a}} #!"), "no ingredient 'salt'"),
    # timers
    "timer in °C": (op(f'- {{keep: k, {NAME}, while: "{{u}}.CoreTemp > 5", for_s: $core}} #!'), "$core is in '°C'"),
    "timer of nothing": (op(f'- {{keep: k, {NAME}, while: "{{u}}.CoreTemp > 5", for_s: 0}} #!'), "no time to keep"),
    "timer too long": (op(f'- {{keep: k, {NAME}, while: "{{u}}.CoreTemp > 5", for_s: $time, within_s: 800}} #!'),
     "800 s is too short to keep something for 900 s"),
    # loops
    "loop never ends": (op(f'- {{repeat: r, {NAME}, at_most: 2, until: "{{u}}.CoreTemp > 100", do: [{GUIDE}]}} #!'),
     "can never hold"),
    "loop nothing changes": (op(f'- {{repeat: r, {NAME}, at_most: 2, until: "$core > 71", do: [{GUIDE}]}} #!'),
     "can never hold"),
    "loop of a parameter": (op(f'- {{repeat: r, {NAME}, at_most: 2, until: "$core >= 70", do: [{GUIDE}]}} #!'),
     "nothing inside the loop can change this"),
    "loop of an old reply": (op(f'- {GUIDE}\n- {{repeat: r, {NAME}, at_most: 2, until: "@taste == 1", do: [{ASK}]}} #!'),
                             "nothing inside the loop can change this"),
    "loop without bound": (op(f'- {{repeat: r, {NAME}, until: "{{u}}.CoreTemp > 5", do: [{GUIDE}]}} #!'),
     "this key is missing"),
    # choices
    "branch never taken": (op(choose(branch("a", "{u}.CoreTemp > 100") + " #!", branch("b", ""))), "can never hold"),
    "branch after all": (op(choose(branch("a", "true") + " #!", branch("b", ""))), "the branches after it are never taken"),
    # watches
    "setpoint beyond a watch": (op(TEMP + ", watch: [{tag: '{u}.ChamberTemp', hi: 75, " + NAME + "}]} #!"),
                                "the setpoint itself violates this limit: $temp may be 80, above 75"),
    "setpoint below a watch": (op(TEMP + ", watch: [{tag: '{u}.ChamberTemp', lo: $temp+2, " + NAME + "}]} #!"),
                               "the setpoint itself violates this limit: $temp may be 60, below $temp+2 = 72"),
    "watch beyond its tag": (op(DRY + ", watch: [{tag: '{u}.CoreTemp', lo: 120, " + NAME + "}]} #!"), "never reaches 120"),
    "critical alarm": (op(DRY + ", watch: [{tag: '{u}.CoreTemp', ccp: true, on: alarm, " + NAME + "}]} #!"),
                       "always holds the batch"),
    "mass in °C": (op(DRY + ", transfer: {to: [chiller], mass: '{u}.CoreTemp'}} #!"), "a mass is in kg"),
    # units
    "same unit twice": (op(PARALLEL_UNIT), "'smokehouse' is needed by two parallel branches at once"),
    "acquire itself": (op(DRY + ", acquire: [smokehouse]} #!"), "no role of a later unit procedure"),
    "acquire nobody": (op(DRY + ", acquire: [oven]} #!"), "'oven' is no role of equipment"),
    "yield": (recipe(ALL, head=HEAD + "yield: {expect_pct: 120, lo_pct: 125, hi_pct: 130} #!\n"),
     "outside its limits 125..130"),
    "yield of more": (recipe(ALL, head=HEAD + "yield: {expect_pct: 126, lo_pct: 125, hi_pct: 130} #!\n"),
     "more than all that goes in (125.0 %)"),
    "yield of nothing": (recipe(
        ALL, head=HEAD.replace(", raw: true", "") + "yield: {expect_pct: 90, lo_pct: 85, hi_pct: 95} #!\n"),
     "none is marked"),
    "class without unit": (recipe(ALL, equipment=EQUIPMENT + "  oven: {class: oven} #!\n"), "no unit of class 'oven'"),
    "role without work": (recipe(ALL, equipment=EQUIPMENT + "  oven: {class: smokehouse} #!\n"),
     "no unit procedure uses this role"),
    "unit of another class": (recipe(ALL, equipment=EQUIPMENT.replace("{class: packer}", "{class: packer, units: [S401]} #!")),
     "S401 is a smokehouse, not a packer"),
    "no such unit": (recipe(ALL, equipment=EQUIPMENT.replace("{class: packer}", "{class: packer, units: [P7]} #!")),
     "no unit 'P7'"),
    # critical limits
    "ccp without verdict": (recipe(
        ALL, parameters=PARAMETERS.replace(f"hi: 75, eu: °C, {NAME}}}", f"hi: 75, eu: °C, ccp: true, {NAME}}} #!")),
     "is never judged"),
}  # fmt: skip


@pytest.mark.parametrize("name", list(FAULTS))
def test_a_fault_is_found_in_its_line(name: str) -> None:
    fault(*FAULTS[name])


def test_a_choice_that_no_reply_leads_out_of() -> None:
    gap = f"- {GUIDE}\n" + choose(branch("a", "@taste == 0"), branch("b", "@taste == 1"))
    problem = fault(op(gap).replace("branches:", "branches: #!"), "with @taste = 2 no branch is taken")
    assert "when" in problem.remedy
    good(op(f"- {GUIDE}\n" + choose(branch("a", "@taste == 0"), branch("b", "@taste == 1 or @taste == 2"))))
    good(op(f"- {GUIDE}\n" + choose(branch("a", "@taste == 0"), branch("b", ""))))


def test_a_choice_of_numbers_is_searched_between_the_limits() -> None:
    ask = "- {prompt: n, kind: number, lo: 0, hi: 10, text: {ru: а, en: a}}\n"
    fault(op(ask + choose(branch("a", "@n < 5"), branch("b", "@n > 5"))).replace("branches:", "branches: #!"), "with @n = 5 ")
    good(op(ask + choose(branch("a", "@n < 5"), branch("b", "@n >= 5"))))


def test_a_choice_that_tags_decide_may_wait() -> None:
    good(op(choose(branch("a", "{u}.CoreTemp < 5"), branch("b", "{u}.CoreTemp > 10"))))


def test_a_loop_needs_something_that_changes_its_condition() -> None:
    good(op(f"- {{repeat: r, {NAME}, at_most: 3, until: '@taste == 1', do: [{GUIDE}]}}"))
    again = SET[2:].replace("phase: set", "phase: set, id: more")
    good(op(f"- {{repeat: r, {NAME}, at_most: 3, until: '{{u}}.CoreTemp > 50', do: [{again}]}}"))


def test_critical_limits_are_judged_on_every_way() -> None:
    parameters = PARAMETERS.replace("hi: 75,", "hi: 75, ccp: true,").replace(
        f"ccp: true, eu: °C, {NAME}}}", f"ccp: true, eu: °C, {NAME}}} #!"
    )
    judged = (
        "{phase: dry, parameters: {temp: 60, rh: 50, time: 60}, watch: [{tag: '{u}.CoreTemp', when: end, lo: $core, "
        + NAME
        + "}]}"
    )
    one = choose(branch("a", "{u}.CoreTemp > 5", judged), branch("b", ""))
    procedure = smoke(f"{SET}\n{one}\n{COOK}") + CHILL + PACK
    fault(recipe(procedure, parameters=parameters), "judged in one branch of a choice only")
    both = choose(branch("a", "{u}.CoreTemp > 5", judged), branch("b", "", judged))
    good(recipe(smoke(f"{SET}\n{both}\n{COOK}") + CHILL + PACK, parameters=parameters.replace(" #!", "")))


# Units


def test_a_unit_of_one_branch_of_a_choice_cannot_be_reserved_outside_it() -> None:
    phase = SET.replace("}}", "}, acquire: [chiller]} #!")
    way = f"- choose: way\n  {NAME}\n  branches:\n    - branch: a\n      {NAME}\n      when: Util.SteamPressure > 1\n      do:\n"
    way += indent(CHILL, " " * 8) + f"    - branch: b\n      {NAME}\n      do: [{{prompt: p, text: {{ru: а, en: a}}}}]\n"
    fault(recipe(smoke(f"{phase}\n{COOK}") + way + PACK), "it stands in one branch of a choice only")


def test_there_are_units_enough_at_once() -> None:
    equipment = EQUIPMENT + "  cold: {class: chiller}\n"
    again = CHILL.replace("unit_procedure: chiller", "unit_procedure: cold")
    phase = "{phase: chill, parameters: {air: 0, core: $cold}, acquire: [cold]}"
    first = CHILL.replace("{phase: chill, parameters: {air: 0, core: $cold}}", phase + "").replace(
        "operations: [", "operations: ["
    )
    text = recipe(smoke(f"{SET}\n{COOK}") + first + again + PACK, equipment=equipment)
    master, problems = load(text)
    assert master is None
    assert any("2 units are needed at once (chiller, cold), and only H501" in p.message for p in problems), problems


def test_parallel_branches_that_only_one_unit_can_serve() -> None:
    equipment = EQUIPMENT.replace("{class: smokehouse}", "{class: smokehouse, units: [S401]}")
    equipment += "  other: {class: smokehouse, units: [S401]}\n"
    both = f"- parallel: both\n  {NAME}\n  branches:\n"
    for name, part in (("one", smoke(f"{SET}\n{COOK}")), ("two", smoke(SET, role="other"))):
        both += f"    - branch: {name}\n      {NAME}\n      do:\n{indent(part, ' ' * 8)}"
    both = both.replace("- parallel: both", "- parallel: both #!")
    fault(recipe(both + CHILL + PACK, equipment=equipment), "2 units are needed at once (other, smokehouse), and only S401")


def test_batches_of_one_recipe_that_would_wait_for_each_other() -> None:
    """From one smokehouse into the other, held together: two batches, each in one of them, stand for ever."""
    equipment = EQUIPMENT + "  second: {class: smokehouse}\n"
    phase = SET.replace("}}", "}, acquire: [second]} #!")
    text = recipe(smoke(f"{phase}\n{COOK}") + smoke(SET, role="second") + CHILL + PACK, equipment=equipment)
    fault(text, "a batch that holds smokehouse waits for second here")
    apart = equipment.replace("second: {class: smokehouse}", "second: {class: smokehouse, units: [S402]}")
    apart = apart.replace("smokehouse: {class: smokehouse}", "smokehouse: {class: smokehouse, units: [S401]}")
    good(recipe(smoke(f"{phase}\n{COOK}") + smoke(SET, role="second") + CHILL + PACK, equipment=apart))


def test_recipes_that_would_wait_for_each_other() -> None:
    one = ([Wait("cutter", "tumbler", 3)], {"cutter": ["C201"], "tumbler": ["T251"]}.__getitem__)
    other = (
        [Wait("drum", "bowl", 5), Wait("bowl", "filler", 6)],
        {"drum": ["T251"], "bowl": ["C201"], "filler": ["F301"]}.__getitem__,
    )
    assert circles([one]) == [[]]
    assert circles([other]) == [[]]
    assert circles([one, other]) == [[Wait("cutter", "tumbler", 3)], [Wait("drum", "bowl", 5)]]


# Hostile input


def test_many_faults_are_told_in_one_run_and_once() -> None:
    text = op("""\
        - {wait: a, name: {ru: х, en: x}, until: "{u}.CoreTemp >= 120"}
        - {wait: b, name: {ru: х, en: x}, until: "{u}.Core >= 1"}
        - {keep: c, name: {ru: х, en: x}, while: "@none == 1", for_s: $none}
        - {prompt: d, kind: lot, text: {ru: а, en: a}}
        - {unit_procedure: x, name: {ru: х, en: x}, operations: [{phase: set}]}
    """)
    _, problems = load(text)
    assert len({p.line for p in problems}) >= 5, "\n".join(map(str, problems))
    assert len(problems) == len(set(problems))


def test_blocks_within_blocks_end() -> None:
    inner = "{prompt: p, text: {ru: а, en: a}}"
    for i in range(20):
        inner = f"{{repeat: r{i}, {NAME}, at_most: 2, until: Util.SteamPressure > 1, do: [{inner}]}}"
    master, problems = load(top(f"- {inner}"))
    assert master is None
    assert any("nested too deeply" in p.message for p in problems)


def test_a_procedure_of_thousands_of_parts_is_refused() -> None:
    many = "\n".join(f"- {{prompt: p{i}, text: {{ru: а, en: a}}}}" for i in range(600))
    master, problems = load(top(many))
    assert master is None
    assert any("at most 500" in p.remedy for p in problems)


JUNK: tuple[Any, ...] = (
    None, 5, -1, 1e308, float("inf"), float("nan"), "", "x", [], {}, [1], {"a": 1}, True, "$core", "{u}.CoreTemp > 1", "@x == 1",
    "{u", "$",
    "true and", "((((", "1/0 > 1", "min()", "abs({u}.F, 1)", "{smokehouse}.CoreTemp > 5", "not good({u}.CoreTemp)",
)  # fmt: skip


def damaged(value: Any, rng: random.Random, share: float, parts: Sequence[Any], depth: int = 0) -> Any:
    """Data with parts dropped, doubled, shuffled, replaced by nonsense or by what stands elsewhere in it."""
    roll = rng.random()
    if depth and roll < share:
        return rng.choice(JUNK if rng.random() < 0.5 else parts)
    if isinstance(value, dict):
        return {k: damaged(v, rng, share, parts, depth + 1) for k, v in value.items() if rng.random() > share / 2}
    if isinstance(value, list):
        kept = [damaged(v, rng, share, parts, depth + 1) for v in value if rng.random() > share / 2]
        if roll > 1 - share:
            rng.shuffle(kept)
        return kept + kept[:1] if roll > 1 - share / 2 else kept
    return value


def parts_of(value: Any) -> Iterator[Any]:
    yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from parts_of(part)


@pytest.mark.parametrize("name", ["doktorskaya", "krakovskaya", "vetchina"])
def test_damaged_recipes_are_refused_with_problems_and_never_crash(name: str) -> None:
    document, _ = read_yaml(LINE / "recipes" / f"{name}.yaml")
    assert document is not None
    parts = list(parts_of(document.data))
    for seed in range(120):
        rng = random.Random(seed)
        data = damaged(document.data, rng, rng.choice([0.001, 0.003, 0.01, 0.03]), parts)
        master, problems = load_recipe(Document("x", data), sausage())
        assert (master is None) == bool(problems), (seed, problems)
