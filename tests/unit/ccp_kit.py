"""A batch of few phases with critical limits, for the tests of deviations, products on hold and dispositions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from textwrap import indent

from line.messages import Command, Json, JsonObject
from line.phases import PhaseState
from line.recipe_tags import CCP_HOLD, DEVIATION, recipe_tag
from line.stage import Scan
from potok.yamlfile import parse_yaml
from recipes.batch import Batch
from recipes.disposition import Deviation
from recipes.master import load_recipe
from recipes.model import MasterRecipe
from tests.builders import S
from tests.unit.test_recipe_plant import Plant, Unit, sausage

HEAD = """\
recipe: small
version: "1"
author: Технолог
name: {ru: Проба, en: Trial}
base_batch_kg: 100
size_lo_kg: 50
size_hi_kg: 200
ingredients:
  beef: {kg: 80, tolerance_pct: 1, raw: true, name: {ru: Говядина, en: Beef}}
  ice: {kg: 20, tolerance_pct: 1, name: {ru: Лёд, en: Ice}}
equipment:
  smokehouse: {class: smokehouse, units: [S401]}
"""
PARAMETERS = {
    "temp": "{value: 78, lo: 75, hi: 80, eu: °C, name: {ru: Температура варки, en: Cooking temperature}}",
    "rh": '{value: 98, lo: 95, hi: 100, eu: "%", role: technologist, name: {ru: Влажность, en: Humidity}}',
    "core": "{value: 72, lo: 70, hi: 75, eu: °C, ccp: CCP, name: {ru: Ядро, en: Core}}",
    "floor": "{value: 60, lo: 55, hi: 65, eu: °C, name: {ru: Нижний предел, en: Floor}}",
}
PROBE = '{tag: "{u}.CoreTemp", ccp: true, name: {ru: Датчик в батоне, en: Core probe}}'
CHAMBER = '{tag: "{u}.ChamberTemp", lo: $floor, hi: 90, for_s: 2, on: ON, name: {ru: Камера, en: Chamber}}'
END = '{tag: "{u}.CoreTemp", lo: $core-0.5, when: end, ccp: true, name: {ru: Ядро в конце, en: Core at the end}}'


def smokehouse(watches: Sequence[str], extra: str = "") -> str:
    """A unit procedure: cooking with these watches, then showering."""
    listed = "".join(f"\n          - {w}" for w in watches)
    return f"""\
- unit_procedure: smokehouse
  name: {{ru: Варка, en: Heat}}
  operations:
    - operation: cooking
      name: {{ru: Варка, en: Cooking}}
      phases:
      - phase: cook
        parameters: {{temp: $temp, rh: $rh, core: $core}}
        watch:{listed}
    - operation: showering
      name: {{ru: Душ, en: Shower}}
      phases: [{{phase: shower, parameters: {{core: 35}}}}]
{extra}"""


CUTTER = """\
- unit_procedure: cutter
  name: {ru: Куттер, en: Cutter}
  operations:
    - operation: chopping
      name: {ru: Куттер, en: Chopping}
      phases: [{phase: chop, parameters: {knife_speed: 3000, vacuum: 90, end_temp: 11, time: 600}}]
"""


def parallel(*branches: str) -> str:
    """A procedure whose branches run at the same time."""
    listed = "".join(
        f"    - branch: b{i}\n      name: {{ru: в, en: b}}\n      do:\n{indent(b, '      ')}" for i, b in enumerate(branches)
    )
    return f"- parallel: both\n  name: {{ru: оба, en: both}}\n  branches:\n{listed}"


@cache
def recipe(*watches: str, on: str = "hold", beside: bool = False) -> MasterRecipe:
    """The small recipe, cooking watched by these; ``on`` stands where a watch says ON. ``beside``: the cutter runs too."""
    cooking = smokehouse([w.replace("ON", on) for w in watches])
    procedure = parallel(cooking, CUTTER) if beside else cooking
    critical = "true" if "$core-" in procedure else "false"
    used = {name: entry.replace("CCP", critical) for name, entry in PARAMETERS.items() if f"${name}" in procedure}
    parameters = "".join(f"  {name}: {entry}\n" for name, entry in used.items())
    cutter = "  cutter: {class: cutter}\n" if beside else ""
    text = f"{HEAD}{cutter}parameters:\n{parameters}procedure:\n{procedure}"
    document, problems = parse_yaml(text, "small.yaml")
    assert document is not None, problems
    master, problems = load_recipe(document, sausage())
    assert master is not None, "\n".join(map(str, problems))
    return replace(master, status="approved")


class Cooking(Plant):
    """A batch in the smokehouse S401 whose cooking runs; one scan is one second unless told otherwise."""

    def __init__(self, *watches: str, on: str = "hold", beside: bool = False, phase_scans: int = 400) -> None:
        self.bad_in_image: frozenset[int] = frozenset()
        super().__init__({"small": recipe(*watches, on=on, beside=beside)}, phase_scans)
        self.set("S401.Humidity", 60.0)
        answer = self.send("batch.create", "small", size_kg=100.0, start=True)
        assert answer["status"] == "accepted", answer
        self.batch = str(answer["batch"])
        for _ in range(30):
            if any(leaf.phase_state is PhaseState.RUNNING and leaf.role == "smokehouse" for leaf in self.now.leaves):
                return
            self.scan()
        raise AssertionError("cooking does not run")

    def scan(self, commands: Sequence[Command] = (), step_ns: int = S) -> Scan:
        """As :meth:`Plant.scan`; remembers what was not Good in the image that the batch saw."""
        self.bad_in_image = frozenset(self.bad)
        return super().scan(commands, step_ns)

    @property
    def smokehouse(self) -> Unit:
        """The phase logic of S401."""
        return self.units["S401"]

    @property
    def now(self) -> Batch:
        """The batch as it is."""
        return self.find(self.batch)

    @property
    def deviations(self) -> tuple[Deviation, ...]:
        """All that the batch still knows of."""
        return self.now.deviations

    def until(self, state: str, scans: int = 40) -> None:
        """Scan until the batch is in this state."""
        self.run(state, self.batch, scans)

    def again(self, phase: str, scans: int = 60) -> None:
        """Scan until this phase runs."""
        self.run_phase(phase, self.batch, scans)

    def finish(self) -> None:
        """Let the phase of S401 come to its end, and the batch see it."""
        self.smokehouse.left = 0
        self.scan()
        self.scan()

    def restart(self) -> JsonObject:
        """A person restarts the batch."""
        return self.order(self.batch, "restart")

    def sign(self, verdict: str, deviation: int = 1, role: str = "technologist") -> JsonObject:
        """A signed disposition."""
        return self.decide(self.batch, verdict, deviation, role)

    def told(self, what: str) -> list[Mapping[str, Json]]:
        """The data of all events of this family so far."""
        return [e.data for e in self.batch_events(what)]

    def signals(self) -> tuple[float, float]:
        """The tags ``Recipe.S401.Deviation`` and ``Recipe.S401.CcpHold``, as the next image has them."""
        return self.get(recipe_tag("S401", DEVIATION)), self.get(recipe_tag("S401", CCP_HOLD))

    def break_probe(self) -> None:
        """From the next scan on the core probe is not Good; its last value would do."""
        self.set("S401.CoreTemp", 72.4, good=False)

    def heal_probe(self, value: float = 72.4) -> None:
        """From the next scan on the core probe is Good again."""
        self.set("S401.CoreTemp", value)
