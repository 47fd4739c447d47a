"""The table of loss terms is complete and has the paper's weights."""

from __future__ import annotations

import pytest

from ddsgui.errors import OptimizerError
from ddsgui.synthesis.loss_terms import LOSS_TERMS, LOSSES, TOTAL, LossWeights


def test_the_defaults_are_the_papers_weights():
    assert LossWeights() == LossWeights(alpha=0.9, beta=1.0, gamma=0.5)


def test_every_weight_has_a_term_with_its_loss_and_colour():
    assert list(LOSS_TERMS) == ["alpha", "beta", "gamma"]
    assert LOSSES == (TOTAL, "source", "target", "crossover")
    assert len({term.colour for term in LOSS_TERMS.values()}) == len(LOSS_TERMS)


@pytest.mark.parametrize("weight", LOSS_TERMS)
@pytest.mark.parametrize("value", [-0.1, float("nan"), float("inf"), 1e5])
def test_a_weight_out_of_its_range_is_refused(weight, value):
    with pytest.raises(OptimizerError, match=weight):
        LossWeights(**{weight: value})
