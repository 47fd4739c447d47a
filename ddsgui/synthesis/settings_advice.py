"""Advice on settings of the optimiser that are allowed but give nothing good."""

from __future__ import annotations

from ddsgui.synthesis.loss_terms import LOSS_TERMS
from ddsgui.synthesis.settings import OptimizerSettings

MAX_SENSIBLE_LEARNING_RATE = 1.0
MAX_SENSIBLE_WEIGHT = 100.0
MAX_SENSIBLE_ITERATIONS = 20_000


def settings_advice(settings: OptimizerSettings) -> str:
    """Return one sentence about the worst of such settings; "" if there is none, or if nothing is searched."""
    if settings.live:
        return ""
    weights = {name: getattr(settings.weights, name) for name in LOSS_TERMS}
    if settings.learning_rate == 0:
        return "With a learning rate of 0, a run changes nothing."
    if settings.learning_rate > MAX_SENSIBLE_LEARNING_RATE:
        return (
            f"A learning rate of {settings.learning_rate:g} gives noise; "
            f"stay below {MAX_SENSIBLE_LEARNING_RATE:g}."
        )
    if not any(weights.values()):
        return "Without any weight, a run changes nothing."
    if weights["alpha"] == 0:
        return f"With “{LOSS_TERMS['alpha'].label}” at 0, nothing of the part is carried over."
    for name, weight in weights.items():
        if weight > MAX_SENSIBLE_WEIGHT:
            return (
                f"“{LOSS_TERMS[name].label}” at {weight:g} makes everything else count for nothing; "
                f"stay below {MAX_SENSIBLE_WEIGHT:g}."
            )
    if settings.iterations > MAX_SENSIBLE_ITERATIONS:
        return f"{settings.iterations:,} iterations take very long; a few hundred are usually enough."
    return ""
