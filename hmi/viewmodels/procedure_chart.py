"""Where everything of a procedure stands in its chart, decided without a window: a vertical procedure function chart.

Sequence goes down; parallel branches stand side by side between double lines, alternatives between single ones, a loop has a
line back (ISA-88.00.02 §6.4 draws the same symbols). Lengths are those of the 1280×800 drawing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Final

BOX_WIDTH: Final = (150.0, 330.0)
"""The narrowest and the widest box; between them it takes what the view has for all branches side by side."""
BOX_HEIGHT: Final = 48.0
HEAD: Final = 48.0
CAPTION: Final = 22.0
GAP: Final = 14.0
BESIDE: Final = 16.0
PAD: Final = 10.0
BACK: Final = 22.0
"""Room right of a loop for the line back."""

FRAMED: Final = frozenset({"unit_procedure"})
FORKS: Final = frozenset({"parallel", "choice"})
LEAVES: Final = frozenset({"phase", "wait", "keep", "prompt"})
QUIET: Final = frozenset({"complete", "skipped"})


@dataclass(frozen=True)
class ChartNode:
    """A node of a procedure as it is drawn. ``kind`` is a word of :class:`recipes.model.NodeKind`, ``state`` one of ISA-88, empty
    where there is none (an editor). ``note`` stands at the right of a box. ``mark`` is the priority of an alarm that stands for
    it, 0 none. ``current`` is what the batch is doing now.
    """

    id: str
    kind: str
    name: str
    parent: str = ""
    state: str = ""
    note: str = ""
    mark: int = 0
    current: bool = False
    waits: bool = False


@dataclass(frozen=True)
class Box:
    """A node's place. ``part``: ``leaf``, ``head`` of a frame, ``frame``, ``caption`` of an operation, branch or loop."""

    node: ChartNode
    part: str
    x: float
    y: float
    width: float
    height: float
    folded: bool = False

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies in it."""
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height


@dataclass(frozen=True)
class Line:
    """A line along ``points``; ``double`` opens or closes parallel branches, ``arrow`` ends in a head."""

    points: tuple[tuple[float, float], ...]
    double: bool = False
    arrow: bool = False


@dataclass(frozen=True)
class Block:
    """A part of the chart with its own origin; it is entered at the top centre and left at the bottom centre."""

    width: float
    height: float
    boxes: tuple[Box, ...] = ()
    lines: tuple[Line, ...] = ()

    def moved(self, x: float, y: float) -> Block:
        """The same elsewhere."""
        if not x and not y:
            return self
        return Block(
            self.width, self.height,
            tuple(replace(b, x=b.x + x, y=b.y + y) for b in self.boxes),
            tuple(replace(line, points=tuple((a + x, b + y) for a, b in line.points)) for line in self.lines),
        )  # fmt: skip


EMPTY: Final = Block(0.0, 0.0)


@dataclass(frozen=True)
class Tree:
    """Nodes by id with their children, in the order of the procedure. Nodes whose parent is not there are roots."""

    nodes: Mapping[str, ChartNode]
    children: Mapping[str, Sequence[str]]
    roots: Sequence[str]
    folded: AbstractSet[str] = field(default_factory=frozenset[str])


def tree(nodes: Iterable[ChartNode], folded: AbstractSet[str] = frozenset()) -> Tree:
    """Put nodes in their places. A node that is its own ancestor, or stands twice, is left out: bad input draws less."""
    known: dict[str, ChartNode] = {}
    children: dict[str, list[str]] = {}
    roots: list[str] = []
    for node in nodes:
        if not node.id or node.id in known:
            continue
        known[node.id] = node
        if node.parent and node.parent in known:
            children.setdefault(node.parent, []).append(node.id)
        else:
            roots.append(node.id)
    return Tree(known, children, roots, folded)


def done(t: Tree, node_id: str) -> bool:
    """Whether a node is behind the batch."""
    return t.nodes[node_id].state in QUIET


def layout(t: Tree, width: float) -> Block:
    """The whole chart for a view this wide; it may be wider when branches need it."""
    columns = max((_columns(t, root) for root in t.roots), default=1)
    overhead = 2 * PAD + (columns - 1) * (BESIDE + 2 * PAD)
    box = min(BOX_WIDTH[1], max(BOX_WIDTH[0], (width - overhead) / columns))
    block = _sequence([_block(t, root, box) for root in t.roots])
    return block.moved(max(0.0, (width - block.width) / 2), 0.0)


def _columns(t: Tree, node_id: str) -> int:
    node, below = t.nodes[node_id], t.children.get(node_id, ())
    if not below or node_id in t.folded:
        return 1
    counts = [_columns(t, child) for child in below]
    return sum(counts) if node.kind in FORKS else max(counts)


def _block(t: Tree, node_id: str, box: float) -> Block:
    node, below = t.nodes[node_id], t.children.get(node_id, ())
    if node.kind in LEAVES or (not below and node.kind not in FRAMED):
        return Block(box, BOX_HEIGHT, (Box(node, "leaf", 0.0, 0.0, box, BOX_HEIGHT),))
    if node.kind in FRAMED:
        return _frame(t, node, box)
    if node.kind in FORKS:
        return _fork(t, node, box)
    body = _sequence([_block(t, child, box) for child in below])
    if node.kind == "loop":
        return _loop(node, body)
    return body if node.kind in ("procedure", "branch") or _says_the_same(t, node) else _captioned(node, body)


def _says_the_same(t: Tree, node: ChartNode) -> bool:
    below = t.children.get(node.id, ())
    return len(below) == 1 and t.nodes[below[0]].name == node.name


def _sequence(blocks: Sequence[Block]) -> Block:
    """One after the other, downwards."""
    blocks = [b for b in blocks if b.height]
    if not blocks:
        return EMPTY
    width = max(b.width for b in blocks)
    boxes: list[Box] = []
    lines: list[Line] = []
    y = 0.0
    for i, block in enumerate(blocks):
        if i:
            lines.append(Line(((width / 2, y), (width / 2, y + GAP))))
            y += GAP
        placed = block.moved((width - block.width) / 2, y)
        boxes += placed.boxes
        lines += placed.lines
        y += block.height
    return Block(width, y, tuple(boxes), tuple(lines))


def _frame(t: Tree, node: ChartNode, box: float) -> Block:
    folded = node.id in t.folded
    body = EMPTY if folded else _sequence([_block(t, child, box) for child in t.children.get(node.id, ())])
    width = max(body.width, box) + 2 * PAD
    height = HEAD + (body.height + PAD if body.height else 0.0)
    inner = body.moved((width - body.width) / 2, HEAD)
    frame = Box(node, "frame", 0.0, 0.0, width, height)
    head = Box(node, "head", 0.0, 0.0, width, HEAD, folded)
    return Block(width, height, (frame, head, *inner.boxes), inner.lines)


def _captioned(node: ChartNode, body: Block) -> Block:
    inner = body.moved(0.0, CAPTION)
    caption = Box(node, "caption", 0.0, 0.0, body.width, CAPTION)
    through = Line(((body.width / 2, 0.0), (body.width / 2, CAPTION)))
    return Block(body.width, body.height + CAPTION, (caption, *inner.boxes), (*inner.lines, through))


def _loop(node: ChartNode, body: Block) -> Block:
    width, height = body.width + 2 * BACK, body.height + CAPTION + GAP
    inner = body.moved(BACK, CAPTION)
    right, top, low, middle = width - 2.0, CAPTION - GAP / 2 + 4.0, body.height + CAPTION + GAP / 2, width / 2
    back = Line(((middle, low), (right, low), (right, top), (middle + 4.0, top)), arrow=True)
    through = Line(((middle, body.height + CAPTION), (middle, height)))
    caption = Box(node, "caption", BACK, 0.0, body.width, CAPTION - 6.0)
    into = Line(((middle, 0.0), (middle, CAPTION)))
    return Block(width, height, (caption, *inner.boxes), (*inner.lines, into, back, through))


def _fork(t: Tree, node: ChartNode, box: float) -> Block:
    """Branches side by side. Those of a choice are headed by their conditions."""
    parallel = node.kind == "parallel"
    head = 0.0 if parallel else CAPTION
    branches = [(t.nodes[child], _block(t, child, box)) for child in t.children.get(node.id, ())]
    branches = [(n, b if b.height else Block(box, GAP)) for n, b in branches]
    height = max(b.height for _, b in branches) + head + 2 * GAP
    boxes: list[Box] = []
    lines: list[Line] = []
    x, middles = 0.0, list[float]()
    for child, block in branches:
        middle = x + block.width / 2
        middles.append(middle)
        if not parallel:
            boxes.append(Box(child, "caption", x, GAP - 4.0, block.width, CAPTION))
        lines.append(Line(((middle, 0.0), (middle, GAP - (0.0 if parallel else 4.0)))))
        placed = block.moved(x, GAP + head)
        boxes += placed.boxes
        lines += [*placed.lines, Line(((middle, GAP + head + block.height), (middle, height)))]
        x += block.width + BESIDE
    width = x - BESIDE
    ends = (min(*middles, width / 2), max(*middles, width / 2))
    lines += [Line(((ends[0], y), (ends[1], y)), double=parallel) for y in (0.0, height)]
    return Block(width, height, tuple(boxes), tuple(lines))
