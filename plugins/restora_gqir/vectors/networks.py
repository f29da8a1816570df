"""Cases of single networks and of the small operations between them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from restora.nets.clip_text import embed
from restora.nets.latent_tiles import bell, blended, windows
from restora.nets.raft import ITERATIONS, Correlation, Raft, pixel_grid
from restora.nets.schedule import scaled_linear_alphas
from restora.nets.warp import hidden_mask, resized_flow, warped
from restora.testing.comparing import Tolerance, Unit
from restora.testing.placing import placed
from restora.testing.tensor_plans import outputs_of, tensor, tensor_plan
from restora.testing.vectors import Arrays, Case, Plan
from restora_gqir.net.one_step import Generator, published_alpha
from restora_gqir.vectors.checkpoints import Checkpoints

_FACTOR = 8
"""Pixels per latent and side."""
_SINGLE = Tolerance(limit=1e-6, unit=Unit.ABSOLUTE)
"""The stored table copies one of single precision, whose last digits differ between processors."""


def autoencoder(case: Case, checkpoints: Checkpoints) -> Plan:
    """Stage 1 with both kinds of upsampling."""
    root = case.folder.parent
    dtype = checkpoints.dtype
    bilinear = checkpoints.built(root, "qvae bilinear", lambda load: load.vae("bilinear", dtype), "qvae")
    nearest = checkpoints.built(root, "qvae nearest", lambda load: load.vae("nearest", dtype), "qvae")

    def run(given: Arrays) -> dict[str, Tensor]:
        x = tensor(given, "x").to(checkpoints.dtype)
        inside = outputs_of(
            bilinear,
            enc_down0_block0_first4="encoder.down_blocks.0.resnets.0",
            enc_mid_attn1="encoder.mid_block.attentions.0",
            dec_mid_block2="decoder.mid_block.resnets.1",
        )
        with inside as seen:
            z = bilinear.encode(x)
            y_bilinear = bilinear.decode(z)
        seen["enc_down0_block0_first4"] = seen["enc_down0_block0_first4"][:, :4]
        found = {"moments": bilinear.moments(x), "z": z, "y_bilinear": y_bilinear}
        return {**seen, **found, "y_nearest": nearest.decode(z)}

    return tensor_plan(run, "x")


def generator(case: Case, checkpoints: Checkpoints) -> Plan:
    """Stage 2 with and without its LoRA, and the noise schedule."""
    names = case.array_names()
    if "alphas_cumprod" in names:
        table = {"alphas_cumprod": scaled_linear_alphas(to_zero_snr=True)}
        return Plan(run=lambda _: table, inputs=(), tolerances={"*": _SINGLE})
    is_off = "lora_off" in case.name
    arrays = case.arrays() if "z_lq" in names else {**_base_inputs(case), **case.arrays()}
    found = tensor_plan(
        lambda given: _one_step(case, checkpoints, given, is_off=is_off), "z_lq", "text_embed"
    )
    return Plan(run=found.run, inputs=found.inputs, arrays=arrays)


def _base_inputs(case: Case) -> dict[str, np.ndarray]:
    """The case without LoRA shares the inputs of the one it is named after."""
    base = case.path.with_name(case.path.name.replace("_lora_off", ""))
    arrays = Case(root=case.root, path=base).arrays()
    return {name: arrays[name] for name in ("z_lq", "text_embed")}


def _one_step(case: Case, checkpoints: Checkpoints, given: Arrays, *, is_off: bool) -> dict[str, Tensor]:
    root = case.folder.parent
    stage = one_step_generator(
        root, checkpoints, tensor(given, "text_embed"), strength=0.0 if is_off else 1.0
    )
    z = tensor(given, "z_lq")
    inside = outputs_of(stage.unet, down0_attn0_out="down_blocks.0.attentions.0", mid_block_out="mid_block")
    with inside as seen:
        z_out = stage(z)
    z_in = stage.latent_scale * z
    pred_x0 = z_out * stage.latent_scale
    return {**seen, "z_in": z_in, "model_output": stage.velocity(z_in), "pred_x0": pred_x0, "z_out": z_out}


def one_step_generator(
    root: Path, checkpoints: Checkpoints, text_embed: Tensor, *, strength: float
) -> Generator:
    """Stage 2 as the vectors below `root` describe it."""
    unet, configuration = checkpoints.built(
        root,
        f"unet {strength}",
        lambda load: (load.unet(checkpoints.dtype, strength=strength), load.configuration),
        "unet",
        "lora",
    )
    return Generator(
        unet=unet,
        text=text_embed,
        alpha=published_alpha(configuration.coefficient_step),
        step=configuration.step,
        latent_scale=configuration.latent_scale,
    )


def text(case: Case, checkpoints: Checkpoints) -> Plan:
    """The text model: ids_NAME to embed_NAME, and hidden states layerN_NAME."""
    model = checkpoints.built(case.folder.parent, "text", lambda load: load.text(checkpoints.dtype), "text")
    layers = [name for name in case.array_names() if re.match(r"layer\d+_", name)]

    def run(given: Arrays) -> dict[str, Tensor]:
        ids = {name.removeprefix("ids_"): placed(torch.from_numpy(np.array(given[name]))) for name in given}
        found = {f"embed_{name}": embed(model, each) for name, each in ids.items()}
        for layer in layers:
            number, _, name = layer.removeprefix("layer").partition("_")
            states = model(input_ids=ids[name], output_hidden_states=True).hidden_states
            found[layer] = states[int(number)]
        return found

    return tensor_plan(run, "ids_*")


def fusion(case: Case, checkpoints: Checkpoints) -> Plan:
    """Stage 3's transformer, with and without a map of confidence."""
    network = checkpoints.built(
        case.folder.parent, "fusion", lambda load: load.fusion(), "fusion", in_float32=True
    )
    last = len(network.temporal_blocks) - 1

    def run(given: Arrays) -> dict[str, Tensor]:
        confidence = tensor(given, "conf") if "conf" in given else None
        inside = outputs_of(
            network,
            temporal_last_first16=f"temporal_blocks.{last}",
            gate="gate",
            unproj="patch_unproj",
            smooth_out="smooth",
        )
        with inside as seen:
            out = network(tensor(given, "Z"), confidence)
        seen["temporal_last_first16"] = seen["temporal_last_first16"][:4, :, :16]
        return {**seen, "out": out}

    return tensor_plan(run, "Z", "conf")


def flow(case: Case, checkpoints: Checkpoints) -> Plan:
    """Optical flow, after the number of refinements in the case's name."""
    raft = checkpoints.built(case.folder.parent, "raft", lambda load: load.raft(), "raft", in_float32=True)
    stated = re.search(r"iters(\d+)", case.path.stem)
    iterations = int(stated.group(1)) if stated else ITERATIONS

    def run(given: Arrays) -> dict[str, Tensor]:
        first, second = tensor(given, "image1"), tensor(given, "image2")
        flow_low, flow_up = raft(first, second, iterations=iterations)
        once, _ = raft(first, second, iterations=1)
        found = {"flow_low": flow_low, "flow_up": flow_up, "flow_low_iters1": once, "delta_iter0": once}
        return {**found, **_inside(raft, first, second)}

    return tensor_plan(run, "image1", "image2")


def _inside(raft: Raft, first: Tensor, second: Tensor) -> dict[str, Tensor]:
    with outputs_of(raft, fmaps="fnet", cnet="cnet") as seen:
        raft(first, second, iterations=0)
    one, two = seen["fmaps"].chunk(2)
    seen_first = Correlation(one, two).look_up(pixel_grid(one))
    return {
        "fmap1_first8": one[:, :8],
        "cnet_every32": seen["cnet"][:, ::32],
        "corr_iter0_every9": seen_first[:, ::9],
    }


def warps(case: Case, checkpoints: Checkpoints) -> Plan:
    """Moving pictures, finding what is hidden, and flow for latents."""
    del case, checkpoints
    return tensor_plan(_warped, "x", "flow", "flow_bw", "flow_fw", "image2", "flow_full")


def _warped(given: Arrays) -> dict[str, Tensor]:
    have = {name: tensor(given, name) for name in given}
    if "flow_full" in have:
        full = have["flow_full"]
        return {"flow_latent": resized_flow(full, full.shape[2] // _FACTOR, full.shape[3] // _FACTOR)}
    if "image2" in have:
        moved = warped(have["image2"], have["flow_bw"])
        return {"occlusion": hidden_mask(have["flow_fw"], have["flow_bw"]), "warped": moved}
    found: dict[str, Tensor] = {}
    for outside in ("border", "zeros"):
        found[f"warp_{outside}"] = warped(have["x"], have["flow"], outside=outside)
        if "flow_bw" in have:
            found[f"occlusion_{outside}"] = hidden_mask(have["flow"], have["flow_bw"], outside=outside)
    return found


def latent_tiles(case: Case, checkpoints: Checkpoints) -> Plan:
    """Windows, their weights, and a known function computed through them."""
    del case, checkpoints

    def run(given: Arrays) -> dict[str, object]:
        side, stride = (int(number) for number in np.asarray(given["size_stride"], np.int64))
        x = tensor(given, "x")

        def function(tile: Tensor) -> Tensor:
            return 1.5 * tile + tile.mean(dim=(2, 3), keepdim=True)

        parts = windows(*x.shape[2:], side=side, stride=stride)
        return {
            "out": blended(x, function, side=side, stride=stride).cpu().numpy(),
            "windows": [(part.top, part.bottom, part.left, part.right) for part in parts],
            "weights": bell(side, side).cpu().numpy(),
        }

    return Plan(run=run, inputs=("x", "size_stride"))
