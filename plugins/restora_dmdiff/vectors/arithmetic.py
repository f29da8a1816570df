"""Cases of the arithmetic between the networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from restora.nets.colour_fix import (
    blurred_once,
    low_frequencies,
    statistics_colour_fix,
    wavelet_colour_fix,
)
from restora.nets.schedule import scaled_linear_alphas
from restora.testing.comparing import EQUAL, ONE_LEVEL
from restora.testing.placing import placed
from restora.testing.tensor_plans import number, tensor
from restora.testing.vectors import Arrays, Case, Plan
from restora_dmdiff.net.degradation_map import FIELD, PATCH, SIDE, patch_places, published_window, quantised
from restora_dmdiff.net.one_step import Step, enlarged, shrunk
from restora_dmdiff.net.pseudo_noise import NoiseStrength, noisy
from restora_dmdiff.vectors.checkpoints import Checkpoints, read_object, schedule_of
from restora_dmdiff.vectors.plans import plan

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ENDS = 4
"""How many values of the schedule the vectors keep at either end."""


def patch_grid(case: Case, checkpoints: Checkpoints) -> Plan:
    """Where the rated parts of a field lie."""
    del case, checkpoints

    def run(given: Arrays) -> dict[str, Tensor]:
        del given
        top, left = torch.tensor(patch_places(FIELD, FIELD)).T
        return {"top": top, "left": left, "size": torch.tensor(PATCH)}

    return plan(run)


def degradation_map(case: Case, checkpoints: Checkpoints) -> Plan:
    """Scores to maps."""
    del case, checkpoints

    def run(given: Arrays) -> dict[str, Tensor]:
        levels = quantised(tensor(given, "raw_scores")).view(-1, SIDE, SIDE)
        window = placed(published_window())
        return {"quantised": levels, "centre_weight": window, "deg_map": levels * window}

    return plan(run, "raw_scores", tolerances={"quantised": EQUAL})


def preparation(case: Case, checkpoints: Checkpoints) -> Plan:
    """A photograph to the encoder's input."""
    del case, checkpoints

    def run(given: Arrays) -> dict[str, Tensor]:
        small = shrunk(tensor(given, "lr_u8")[None] / 255)
        x = enlarged(small, 512)
        return {
            "after_bilinear_128": small,
            "x_every_8": x[:, :, ::8, ::8],
            "x_row_0": x[0, :, 0],
            "x_col_511": x[0, :, :, 511],
            "x_patch_200_300": x[0, :, 200:232, 300:332],
            "mean": x.mean()[None],
            "std": x.std()[None],
        }

    return plan(run, "lr_u8")


def one_step(case: Case, checkpoints: Checkpoints) -> Plan:
    """The schedule, and the step at its end."""
    del checkpoints
    schedule = schedule_of(read_object(case, "config.json"))

    def run(given: Arrays) -> dict[str, Tensor]:
        alphas = scaled_linear_alphas(steps=schedule.steps, first=schedule.first, last=schedule.last)
        step = Step(alpha_bar=float(alphas[schedule.last_step]))
        return {
            "alphas_cumprod_head_tail": torch.cat([alphas[:_ENDS], alphas[-_ENDS:]]),
            "x0": step.clean(tensor(given, "latent"), tensor(given, "eps")),
        }

    return plan(run, "latent", "eps")


def colours(case: Case, checkpoints: Checkpoints) -> Plan:
    """Both ways of giving a picture the colours of another."""
    del case, checkpoints

    def run(given: Arrays) -> dict[str, Tensor]:
        content, style = (_rows_first(given[name]) for name in ("content_u8", "style_u8"))
        low = low_frequencies(content)
        wavelet, adain = wavelet_colour_fix(content, style), statistics_colour_fix(content, style)
        third_pass = blurred_once(content, 4)
        found = {"content_high": content - low, "content_low": low, "blur_r4": third_pass}
        found |= {"wavelet": wavelet, "adain": adain}
        tensors = {name: _planes(picture)[None] for name, picture in found.items()}
        return {**tensors, "wavelet_u8": _bytes(wavelet), "adain_u8": _bytes(adain)}

    return plan(run, "content_u8", "style_u8", tolerances={"*_u8": ONE_LEVEL})


def pseudo_noise(case: Case, checkpoints: Checkpoints) -> Plan:
    """Noise on pseudo photographs, from stated draws."""
    del case, checkpoints

    def run(given: Arrays) -> dict[str, Tensor]:
        strength = NoiseStrength(
            deviation=number(given, "stddev"),
            density=number(given, "sparsity"),
            gaussian=number(given, "gan"),
            poisson=number(given, "poisson_weight"),
        )
        draws = {name: tensor(given, f"{name}_draw") for name in ("gauss", "uniform", "poisson")}
        return {"noisy": noisy(tensor(given, "image"), strength, **draws)}

    return plan(run, "image", "*_draw", "stddev", "sparsity", "gan", "poisson_weight", "scale")


def _rows_first(picture: NDArray[np.generic]) -> NDArray[np.float32]:
    return np.asarray(picture, np.float32).transpose(1, 2, 0) / np.float32(255)


def _planes(picture: NDArray[np.float32]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1)))


def _bytes(picture: NDArray[np.float32]) -> Tensor:
    """As published: cut off, not rounded."""
    return (255 * _planes(picture)).clamp(0, 255).to(torch.uint8)
