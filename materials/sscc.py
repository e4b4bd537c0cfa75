"""Serial Shipping Container Codes of cases: GS1 General Specifications 3.3.1, AI (00)."""

from __future__ import annotations

from materials import gs1_write
from materials.catalogue import Company


def sscc(company: Company, serial: int) -> str | None:
    """The SSCC with this serial number (from 1): extension digit, company prefix, serial, check digit.

    None for a company without a prefix, and when the serial has more digits than the prefix leaves: none is ever used again.
    """
    try:
        return gs1_write.sscc(company.prefix, company.extension, serial)
    except ValueError:
        return None
