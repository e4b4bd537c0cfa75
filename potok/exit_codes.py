"""What the commands return to the shell."""

from __future__ import annotations

from typing import Final

OK: Final = 0
FAILED: Final = 1
"""Something that should have worked did not: a port taken, a server that does not answer."""
USAGE: Final = 2
"""Wrong options or a faulty line folder; nothing was started, and trying again is no use."""
