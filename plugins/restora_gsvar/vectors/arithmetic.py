"""Cases of the arithmetic around the networks."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from restora.data.arrays import ImageArray
from restora.nets.colour_fix import low_frequencies, statistics_colour_fix, wavelet_colour_fix
from restora.nets.nucleus import filtered
from restora.nets.scale_quantiser import phi_indices
from restora.testing.comparing import EQUAL
from restora.testing.vectors import Arrays, Case, Plan
from restora_gsvar.configuration import SIDES
from restora_gsvar.net.positions import grids, level_ids, level_mask, rotary_table
from restora_gsvar.net.refiner import cosine_alphas, kept_steps, schedule
from restora_gsvar.net.warming import Warming
from restora_gsvar.tiling import Plan as TilePlan
from restora_gsvar.tiling import joined
from restora_gsvar.vectors.checkpoints import Checkpoints, described
from restora_gsvar.vectors.plans import FIGURE, bytes_cut, number, plan, tensor, unit


def tables(case: Case, checkpoints: Checkpoints) -> Plan:
    """Everything that follows from sizes alone."""
    del checkpoints
    sides = described(case).sides

    def run(given: Arrays) -> dict[str, Tensor]:
        cosine, sine = rotary_table(sides, int(number(given, "head_dim")))
        kept = schedule(cosine_alphas(), kept_steps())
        rates = [Warming(peak=5e-5, warm=20, total=1000).at(step) for step in range(0, 1000, 10)]
        return {
            "rope_cos": cosine,
            "rope_sin": sine,
            "rope_patch_nums": torch.tensor(grids(sides)),
            "timesteps": kept.timesteps,
            "betas": kept.betas,
            "alphas_cumprod": kept.alphas,
            "posterior_log_variance": kept.posterior_log_variance,
            "coef1": kept.coef1,
            "coef2": kept.coef2,
            "level_ids": level_ids(sides),
            "mask_1_2_3_two_views": level_mask((1, 2, 3), 2),
            "lr_schedule": torch.tensor(rates, dtype=torch.float64),
            "phi_index_real": torch.tensor(phi_indices(len(SIDES))),
            "phi_index_tiny": torch.tensor(phi_indices(len(sides))),
        }

    return plan(run, "head_dim")


def sampling(case: Case, checkpoints: Checkpoints) -> Plan:
    """What is left of scores; k and 100·p stand in the names."""
    del checkpoints
    names = [name for name in case.array_names() if name.startswith("probs_")]

    def run(given: Arrays) -> dict[str, Tensor]:
        logits = tensor(given, "logits")
        found = {"greedy": logits.argmax(dim=-1)}
        for name in names:
            k, p = (int(part[1:]) for part in name.split("_")[1:])
            found[name] = filtered(logits, top_k=k, top_p=p / 100).softmax(dim=-1)
        return found

    return plan(run, "logits")


def merging(case: Case, checkpoints: Checkpoints) -> Plan:
    """Windows to a whole, as published."""
    del case, checkpoints

    def run(given: Arrays) -> dict[str, Tensor]:
        height, width, side, overlap = (int(value) for value in tensor(given, "shape"))
        windows = TilePlan(height=height, width=width, side=side, overlap=overlap, is_published=True)
        whole = joined([np.asarray(part, np.float32) for part in given["tiles"]], windows, windows.tiles())
        return {"merged": torch.from_numpy(whole)[None], "weights": torch.from_numpy(windows.weights())}

    return plan(run, "tiles", "shape")


def colours(case: Case, checkpoints: Checkpoints) -> Plan:
    """Both ways of giving a picture the colours of another, and the distance in luma."""
    del case, checkpoints

    def run(given: Arrays) -> dict[str, Tensor]:
        target, source = (unit(given[name][0]) for name in ("target_u8", "source_u8"))
        low = low_frequencies(target)
        wavelet, adain = wavelet_colour_fix(target, source), statistics_colour_fix(target, source)
        found: dict[str, ImageArray] = {"adain": adain, "wavelet": wavelet, "wavelet_high": target - low}
        found["wavelet_low"] = low
        luma = [broadcast_luma(picture) for picture in (target, source)]
        psnr = -10 * np.log10(np.mean((luma[0] - luma[1]) ** 2))
        return {
            **{name: _planes(picture) for name, picture in found.items()},
            "adain_u8": bytes_cut(adain),
            "wavelet_u8": bytes_cut(wavelet),
            "luma": torch.from_numpy(luma[0].astype(np.float32))[None, None],
            "psnr_y": torch.tensor(psnr),
        }

    return plan(run, "target_u8", "source_u8", tolerances={"*_u8": EQUAL, "psnr_y": FIGURE})


def broadcast_luma(picture: np.ndarray) -> np.ndarray:
    """BT.601 in its studio range, 0..1."""
    weights = np.array([65.481, 128.553, 24.966])
    return np.asarray((picture.astype(np.float64) @ weights + 16) / 255)


def _planes(picture: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1), np.float32))[None]
