"""Function blocks that the PLC programs and the plant share: lags and a PI controller."""

from __future__ import annotations

import math


def lag(dt_s: float, tau_s: float) -> float:
    """Fraction of the way that a first-order lag goes in one step; exact for any step."""
    return 1.0 - math.exp(-dt_s / tau_s)


class Pi:
    """PI controller in percent: gain in % per unit of error, integral time in seconds, clamped without wind-up."""

    __slots__ = ("gain", "high", "integral", "low", "per_step")

    def __init__(self, gain: float, integral_time_s: float, dt_s: float, low: float, high: float) -> None:
        self.gain = gain
        self.per_step = gain * dt_s / integral_time_s
        self.low = low
        self.high = high
        self.integral = 0.0

    def output(self, error: float) -> float:
        """One step; a NaN error (broken sensor) gives the integral alone and changes nothing."""
        if error != error:
            return self.integral
        integral = self.integral + self.per_step * error
        out = self.gain * error + integral
        if out > self.high:
            if error < 0.0:
                self.integral = integral
            return self.high
        if out < self.low:
            if error > 0.0:
                self.integral = integral
            return self.low
        self.integral = integral
        return out

    def preset(self, output: float) -> None:
        """Start bumplessly from ``output``."""
        self.integral = output
