from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from restora.errors import WeightsFormatError
from restora.nets.clip_text import build_text_model
from restora.nets.latent_unet import build_unet
from restora.nets.schedule import clean_from_velocity, scaled_linear_alphas

Filled = Callable[[str], dict[str, torch.Tensor]]


def test_only_the_rescaled_schedule_ends_without_signal() -> None:
    assert scaled_linear_alphas()[-1] > 0.004
    assert scaled_linear_alphas(to_zero_snr=True)[-1] == 0
    assert float(scaled_linear_alphas()[200]) == pytest.approx(0.7536917, abs=1e-6)


def test_velocity_leads_back_to_the_clean_signal() -> None:
    clean, noise = torch.randn(2, 5, dtype=torch.float64).unbind()
    noisy, velocity = 0.6 * noise + 0.8 * clean, 0.8 * noise - 0.6 * clean
    torch.testing.assert_close(clean_from_velocity(noisy, velocity, 0.64), clean)


def test_tensors_of_another_size_are_refused_by_name(filled: Filled) -> None:
    config = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2}
    with pytest.raises(WeightsFormatError, match=r"t\.safetensors: its tensors do not fit the configuration"):
        build_text_model(filled("qvae/manifest.json"), config, source="t.safetensors")
    with pytest.raises(WeightsFormatError, match=r"u\.safetensors: its tensors do not fit the configuration"):
        build_unet(
            filled("unet/manifest_base.json"), {"block_out_channels": (32,) * 4}, source="u.safetensors"
        )
