"""Critical control points: a critical limit that nothing judges is none."""

from __future__ import annotations

from collections.abc import Sequence

from recipes.checks import Checker
from recipes.model import KeepStep, Node, NodeKind, Operand, PhaseStep


def check_ccp(check: Checker, nodes: Sequence[Node]) -> None:
    """Each ``ccp`` parameter is the limit of a watch or verdict, or of a hold timer, on every way through the procedure."""
    for name, entry in check.file.parameters.items():
        if not entry.ccp:
            continue
        if _judged(nodes, 0, name):
            continue
        if any(_judges(n, name) for n in nodes):
            message = "this critical limit (CCP) is judged in one branch of a choice only: another way leaves it out"
            check.fault(("parameters", name), message, f"Judge ${name} in every branch, or before or after the choice")
        else:
            message = "this critical limit (CCP) is never judged"
            remedy = f"Add to its phase watch: [{{tag: ..., lo: ${name}, when: end, name: ...}}], or take off ccp"
            check.fault(("parameters", name), message, remedy)


def _judged(nodes: Sequence[Node], index: int, parameter: str) -> bool:
    """On every way through the node."""
    node = nodes[index]
    if node.kind is NodeKind.CHOICE:
        return all(_judged(nodes, c, parameter) for c in node.children)
    return _judges(node, parameter) or any(_judged(nodes, c, parameter) for c in node.children)


def _judges(node: Node, parameter: str) -> bool:
    operands: list[Operand | None] = []
    if isinstance(node.what, PhaseStep):
        operands += [o for w in node.what.watches for o in (w.lo, w.hi)]
    if isinstance(node.what, KeepStep):
        operands.append(node.what.for_s)
        if parameter in node.what.condition.parameters:
            return True
    return any(o is not None and o.parameter == parameter for o in operands)
