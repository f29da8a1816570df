"""Cases of what training sees: all scales in one pass, and the losses."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from restora.data.json_values import expect
from restora.testing.placing import placed
from restora.testing.vectors import Arrays, Case, Plan
from restora_gsvar.net.teacher_forcing import (
    Forced,
    forced,
    inputs_of,
    refiner_condition,
    refiner_loss,
    token_loss,
)
from restora_gsvar.vectors.checkpoints import Checkpoints, Models
from restora_gsvar.vectors.plans import WHOLE, outputs_of, pictures, plan, tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Views:
    """Which blocks join two pictures, and whether only the first of the two counts in losses."""

    fused: frozenset[int]
    is_paired: bool


def forward(case: Case, checkpoints: Checkpoints) -> Plan:
    """A pass over two pictures, told apart by the name of the case and the classes in it."""
    models = checkpoints.models(case)
    views = _views(case, models)

    def run(given: Arrays) -> dict[str, Tensor]:
        quantiser = models.vae.quantize
        known = quantiser.encode(models.vae.encode(pictures(given, "gt_u8")))
        inputs = inputs_of(quantiser, known)
        labels = placed(torch.from_numpy(given["labels"]).long())
        with outputs_of(models.codes, cond_embedding="transformer.condition") as seen:
            result = forced(models.codes, pictures(given, "cond_u8"), inputs, labels, views.fused)
        targets = torch.cat(known.indices, dim=1)
        rest = known.rest.flatten(2).transpose(1, 2)
        return {
            **seen,
            "var_input": inputs,
            "last_continuous": rest,
            "target_tokens": targets,
            "tokens_in": result.tokens,
            "block_0": result.blocks[0],
            "block_last": result.blocks[-1],
            "logits": result.logits,
            **_losses(models, result, targets, rest, given, views),
        }

    inputs = ("cond_u8", "gt_u8", "labels", "train_t", "train_noise")
    return plan(run, *inputs, tolerances={"diff_loss": WHOLE})


def _losses(
    models: Models, result: Forced, targets: Tensor, rest: Tensor, given: Arrays, views: Views
) -> dict[str, Tensor]:
    condition, chosen = refiner_condition(models.codes, result, models.vae.quantize)
    counted = slice(None, None, 2) if views.is_paired else slice(None)
    z, target = (part[counted].flatten(0, 1).repeat(4, 1) for part in (condition, rest - chosen))
    steps = placed(torch.from_numpy(given["train_t"]).long())
    loss = refiner_loss(models.codes.refiner.net, z, target, steps, tensor(given, "train_noise"))
    return {
        "refiner_condition": condition,
        "token_loss": token_loss(result.logits[counted], targets[counted]),
        "diff_loss": loss.total.mean(),
    }


def _views(case: Case, models: Models) -> Views:
    """Blocks that fuse: all where the second picture is a reference, some in the case that says so."""
    is_paired = bool(case.arrays()["labels"].max())
    if not is_paired:
        return Views(fused=frozenset(), is_paired=False)
    if "partial" in case.name:
        config = expect(case.json("config.json"), dict, "config.json")
        listed = expect(config["partial_fusion_blocks"], list, "partial_fusion_blocks")
        return Views(fused=frozenset(listed), is_paired=True)
    return Views(fused=models.configuration.fused, is_paired=True)


def diffusion(case: Case, checkpoints: Checkpoints) -> Plan:
    """The refiner alone: its network, its loss, and samples with and without guidance."""
    refiner = checkpoints.models(case).codes.refiner
    guidance, temperature = 2.5, 0.5  # as the vectors' README states them

    def run(given: Arrays) -> dict[str, Tensor]:
        z, noise = tensor(given, "z"), tensor(given, "train_noise")
        steps = placed(torch.from_numpy(given["train_t"]).long())
        loss = refiner_loss(refiner.net, z, tensor(given, "target"), steps, noise)
        good, bad = z.chunk(2)
        start, later = tensor(given, "cfg_noise_initial"), tensor(given, "cfg_noise_steps")
        steered = refiner.sample(
            good,
            torch.cat([start[None], later[:, : len(start)]]),
            temperature=temperature,
            bad=bad,
            guidance=guidance,
        )
        return {
            "net_out": refiner.net(noise, steps, z),
            "train_mse": loss.noise,
            "train_vb": loss.bound,
            "train_loss": loss.total,
            "sample": refiner.sample(z, tensor(given, "sample_noise"), temperature=1.0),
            "cfg_sample": steered,
        }

    arrays = case.arrays()
    half = {"cfg_sample": arrays["cfg_sample"][: len(arrays["cfg_noise_initial"])]}
    return plan(
        run,
        *("z", "target", "train_t", "train_noise", "sample_noise", "cfg_noise_*"),
        tolerances={"*sample": WHOLE, "train_vb": WHOLE, "train_loss": WHOLE},
        arrays={**arrays, **half},
    )
