"""Cost of a scan of the shipped line, with four batches under way: alarms, recipes, units, totals and sampling included."""

from __future__ import annotations

from benchmarks.figure import Figure, median, percentile
from line.clock import NS_PER_S, perf_counter_ns
from potok.linefolder import find_folder, load_line
from potok.shift import ShiftSettings, ShiftStepper

_WARM_UP_S = 5 * 3600
_SCANS = 4000
_QUICK_WARM_UP_S = 120
_QUICK_SCANS = 100


def scan_cost_us(quick: bool = False) -> Figure:
    """Median microseconds of one scan, drivers' memory polls not included."""
    line = load_line(find_folder("sausage"))
    stepper = ShiftStepper(line, ShiftSettings(hours=8.0, seed=1))
    stepper.open()
    warm_up_s, scans = (_QUICK_WARM_UP_S, _QUICK_SCANS) if quick else (_WARM_UP_S, _SCANS)
    for _ in range(warm_up_s * NS_PER_S // stepper.period_ns):
        stepper.step()
    costs: list[float] = []
    for _ in range(scans):
        readings, links, results = stepper.advance()
        began_ns = perf_counter_ns()
        outputs = stepper.scan(readings, results, links)
        costs.append((perf_counter_ns() - began_ns) / 1000.0)
        stepper.apply(outputs)
    about = f"p99 {percentile(costs, 0.99):.0f} us over {scans} scans, {len(line.model.tags)} tags, {len(line.alarms)} alarms"
    return Figure("scan_cost_us", round(median(costs), 1), "us", about=about)
