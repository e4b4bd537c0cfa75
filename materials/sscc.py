"""Serial Shipping Container Codes of cases: GS1 General Specifications 3.3.1, AI (00)."""

from __future__ import annotations

from materials.catalogue import Company
from materials.gs1_digits import SSCC_LENGTH, check_digit


def sscc(company: Company, serial: int) -> str | None:
    """The SSCC with this serial number (from 1): extension digit, company prefix, serial, check digit.

    None for a company without a prefix, and when the serial has more digits than the prefix leaves: none is ever used again.
    """
    digits = SSCC_LENGTH - 2 - len(company.prefix)
    if not company.prefix or serial < 0 or len(str(serial)) > digits:
        return None
    body = f"{company.extension}{company.prefix}{serial:0{digits}d}"
    return body + check_digit(body)
