"""What people call things that have an id."""

from __future__ import annotations


def batch_label(batch: str) -> str:
    """A batch's id as people write it: ``B1003`` is №1003, anything else stays."""
    return f"№{batch[1:]}" if batch.startswith("B") and batch[1:].isdecimal() else batch
