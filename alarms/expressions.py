"""Expressions of the alarm table, by row. What they gave is remembered for unchanged inputs: a memory, not a state."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from alarms.table import AlarmTable, sources
from line.expr import ExpressionSet
from line.image import FloatArray, IntArray, Snapshot
from line.quality import BoolArray


class RowExpressions:
    """One field of the table that holds expressions (``when``, ``condition``, ``suppress_when``).

    ``rows`` are the rows that have one, ascending. After :meth:`evaluate`, and until it is called again, ``known`` is True for
    every row of the table whose expression has a value or that has none, ``true`` for those where it is not zero.
    """

    def __init__(self, table: AlarmTable, field: str, compiled: ExpressionSet | None) -> None:
        found = {source: i for i, source in enumerate(sources(table, field))}
        texts = [str(getattr(alarm, field)) for alarm in table]
        self.rows: Final[npt.NDArray[np.intp]] = np.array([row for row, text in enumerate(texts) if text], dtype=np.intp)
        self.has: Final[BoolArray] = np.array([bool(text) for text in texts], dtype=np.bool_)
        self._index = np.array([found[texts[row]] for row in self.rows.tolist()], dtype=np.intp)
        self._compiled = compiled
        reads = {h for e in compiled.expressions for h in e.reads} if compiled else set[int]()
        self._reads: IntArray = np.array(sorted(reads), dtype=np.int64)
        self._inputs: bytes | None = None
        self._results: list[float | None] = []
        self.known: BoolArray = np.ones(len(table), dtype=np.bool_)
        self.true: BoolArray = np.zeros(len(table), dtype=np.bool_)

    def among(self, rows: BoolArray) -> bool:
        """True when one of the rows marked has an expression."""
        return len(self.rows) > 0 and bool((rows & self.has).any())

    def evaluate(self, image: Snapshot) -> None:
        """Make ``known`` and ``true`` those of ``image``."""
        if self._compiled is None:
            return
        inputs = image.value.take(self._reads).tobytes() + image.status.take(self._reads).tobytes()
        if inputs == self._inputs:
            return
        results = self._compiled.evaluate(image)
        self._inputs = inputs
        if results == self._results:
            return
        self._results = results
        values: FloatArray = np.array([np.nan if v is None else v for v in results], dtype=np.float64)[self._index]
        known = np.ones_like(self.known)
        true = np.zeros_like(self.true)
        known[self.rows] = ~np.isnan(values)
        true[self.rows] = (values != 0.0) & ~np.isnan(values)
        self.known, self.true = known, true
