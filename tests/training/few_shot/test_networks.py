from __future__ import annotations

import pytest
import torch

from ddsgui.errors import TrainingError
from ddsgui.stylegan.generator import Generator, GeneratorConfig
from ddsgui.training.few_shot.networks import AdaptationNetworks, fresh_config
from ddsgui.training.few_shot.settings import AdaptationSettings


def networks(width: int = 8) -> AdaptationNetworks:
    torch.manual_seed(0)
    source = Generator(GeneratorConfig(16, 8, 8, 2, (width,) * 3)).freeze()
    return AdaptationNetworks(source, None, AdaptationSettings(), torch.Generator().manual_seed(0))


def test_a_fresh_discriminator_is_narrow_at_high_resolutions():
    config = fresh_config(GeneratorConfig(128, 8, 8, 1, (128, 128, 96, 64, 48, 24)))
    assert config.channels == (128, 128, 96, 64, 24, 16)
    assert config.filter == "box"


def test_saved_networks_are_restored_and_others_refused():
    first, second = networks(), networks()
    with torch.no_grad():
        for parameter in first.trained:
            parameter.add_(1)
    second.restore(first.tensors())
    assert all(torch.equal(a, b) for a, b in zip(first.trained, second.trained, strict=True))
    with pytest.raises(TrainingError, match="other networks"):
        networks(4).restore(first.tensors())


def test_patches_are_judged_at_a_quarter_of_the_side():
    assert networks().patch_logits(torch.zeros(2, 3, 16, 16)).shape == (2, 1, 4, 4)


def test_the_average_moves_half_the_way_in_a_half_life():
    adapted = networks()
    with torch.no_grad():
        adapted.generator.synthesis.const.add_(1)
    before = adapted.average.synthesis.const.clone()
    adapted.update_average(1.0)
    torch.testing.assert_close(adapted.average.synthesis.const, before + 0.5)
