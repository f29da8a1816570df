"""Cases of single networks and layers."""

from __future__ import annotations

import re
from functools import partial

import torch
from torch import Tensor, nn

from restora.nets.latent_unet import predict
from restora.nets.lora import lora_pairs
from restora.testing.fill import fill_state_dict
from restora.testing.placing import placed
from restora.testing.tensor_plans import number, outputs_of, tensor, whole
from restora.testing.vectors import Arrays, Case, Plan
from restora_dmdiff.net.degradation_map import published_window, quantised
from restora_dmdiff.net.low_rank import Modulation, attach, modulated
from restora_dmdiff.net.modulation import Modulator
from restora_dmdiff.net.musiq import Musiq, cut
from restora_dmdiff.net.one_step import bounded, sampled_latent
from restora_dmdiff.net.rating import patch_scores
from restora_dmdiff.vectors.checkpoints import Checkpoints, described, read_object
from restora_dmdiff.vectors.plans import plan

_EVERY = 4
"""The vectors keep every so many-th pixel of the encoder's first layers."""
_INSIDE = {
    "conv_in": "conv_in",
    "temb": "time_embedding",
    "down0": "down_blocks.0",
    "down0_attn2_to_q": "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_q",
    "mid": "mid_block",
    "up3": "up_blocks.3",
}
"""Where in the UNet the vectors look."""


def layer(case: Case, checkpoints: Checkpoints) -> Plan:
    """A linear layer, or a strided and a pointwise convolution, with and without a branch."""
    del checkpoints

    def run(given: Arrays) -> dict[str, Tensor]:
        x = tensor(given, "x")
        found: dict[str, Tensor] = {}
        for end, network in _layers(case, given, axes=x.ndim - 1).items():
            with modulated(Modulation(matrices=tensor(given, "mod")[:, None])):
                found[f"y{end}"] = network(x)
            with modulated(Modulation(matrices=None)):
                found[f"y{end}_base_only"] = network(x)
            with modulated(Modulation(matrices=tensor(given, "mod")[:1, None])):
                found[f"y{end}_shared_mod0"] = network(x)
        return found

    return plan(run, "x", "mod", "scaling")


def _layers(case: Case, given: Arrays, *, axes: int) -> dict[str, nn.Module]:
    """Layers of the case's sort from their manifest, by what their outputs' names end in."""
    filled = fill_state_dict(read_object(case, "manifest.lora.json"))
    tensors = {name: placed(torch.from_numpy(array)) for name, array in filled.items()}
    found: dict[str, nn.Module] = {}
    for name in [name.partition(".")[0] for name in tensors if name.endswith("base_layer.weight")]:
        weight, bias = tensors[f"{name}.base_layer.weight"], tensors[f"{name}.base_layer.bias"]
        if weight.ndim != axes + (axes == 3):
            continue
        holder = nn.ModuleDict({name: _base(weight, bias)})
        own = {n: t for n, t in tensors.items() if n.startswith(f"{name}.lora_")}
        pairs = lora_pairs(own, source=case.path)
        attach(holder, pairs, dict.fromkeys(pairs, 0), scale=number(given, "scaling"), source=case.path)
        is_pointwise = weight.ndim == 4 and weight.shape[2] == 1
        found["_1x1" if is_pointwise else ""] = holder[name]
    return found


def _base(weight: Tensor, bias: Tensor) -> nn.Linear | nn.Conv2d:
    """The layer that a weight belongs to; larger kernels halve the picture."""
    base: nn.Linear | nn.Conv2d
    if weight.ndim == 2:
        base = nn.Linear(weight.shape[1], weight.shape[0])
    else:
        outside, inside, side, _ = weight.shape
        base = nn.Conv2d(inside, outside, side, stride=2 if side > 1 else 1, padding=side // 2)
    base.to(weight.device).load_state_dict({"weight": weight, "bias": bias})
    return base


def matrices(case: Case, checkpoints: Checkpoints) -> Plan:
    """From maps to the matrices of both networks."""
    modulator = _modulator(case, checkpoints)

    def run(given: Arrays) -> dict[str, Tensor]:
        projected = modulator.project(tensor(given, "deg_map"))
        found = {"deg_proj": projected}
        for name, net in (("unet", modulator.unet), ("vae", modulator.vae)):
            found[f"{name}_de"] = net.degradation(projected)
            found[f"{name}_block"] = net.blocks()
            found[f"{name}_embeds"] = net.flat(projected)
        return found

    return plan(run, "deg_map")


def unet(case: Case, checkpoints: Checkpoints) -> Plan:
    """The UNet, each picture under its own map; without a map the branches are off."""
    network = checkpoints.built(case, "unet", lambda load: load.unet(torch.float32), "unet", "checkpoint")
    modulator = _modulator(case, checkpoints)
    last_step = described(case).schedule.last_step

    def run(given: Arrays) -> dict[str, Tensor]:
        step = whole(given, "timestep") if "timestep" in given else last_step
        modulation = Modulation(matrices=None)
        if "deg_map" in given:
            modulation = Modulation(
                matrices=modulator.unet.matrices(modulator.project(tensor(given, "deg_map")))
            )
        inside = outputs_of(
            network, **{name: _INSIDE[name] for name in _INSIDE if name in case.array_names()}
        )
        with inside as seen, modulated(modulation):
            eps = predict(network, tensor(given, "latent"), step, tensor(given, "context"))
        if "temb" in seen:
            seen["temb"] = seen["temb"][:1]
        return {**seen, "eps": eps}

    return plan(run, "latent", "context", "deg_map", "timestep")


def encoder(case: Case, checkpoints: Checkpoints) -> Plan:
    """The autoencoder's encoder, up to the drawn latent."""
    vae = checkpoints.built(case, "vae", lambda load: load.vae(torch.float32), "vae", "checkpoint")
    modulator = _modulator(case, checkpoints)
    scale = described(case).latent_scale

    def run(given: Arrays) -> dict[str, Tensor]:
        found = modulator.vae.matrices(modulator.project(tensor(given, "deg_map")))
        inside = outputs_of(
            vae, conv_in="encoder.conv_in", down0="encoder.down_blocks.0", mid="encoder.mid_block"
        )
        with inside as seen, modulated(Modulation(matrices=found)):
            moments = vae.moments(tensor(given, "image"))
        mean, log_variance = moments.chunk(2, dim=1)
        return {
            "conv_in": seen["conv_in"][:, :, ::_EVERY, ::_EVERY],
            "down0": seen["down0"][:, :, ::_EVERY, ::_EVERY],
            "mid": seen["mid"],
            "mean": mean,
            "logvar": bounded(log_variance),
            "latent": sampled_latent(moments, tensor(given, "noise"), scale),
        }

    return plan(run, "image", "deg_map", "noise")


def _modulator(case: Case, checkpoints: Checkpoints) -> Modulator:
    return checkpoints.built(case, "modulator", lambda load: load.modulator(), "checkpoint")


def musiq(case: Case, checkpoints: Checkpoints) -> Musiq:
    """The estimator that the files beside a case describe."""
    return checkpoints.built(case, "musiq", lambda load: load.musiq(), "musiq")


def musiq_patches(case: Case, checkpoints: Checkpoints) -> Plan:
    """The estimator on single patches, with what lies between its parts."""
    return plan(partial(_rated, case, musiq(case, checkpoints)), "patches")


def _rated(case: Case, network: Musiq, given: Arrays) -> dict[str, Tensor]:
    tokens = cut(tensor(given, "patches"))
    first = tokens.pixels[0]
    rows, columns = tokens.spatial, tokens.scale
    encoded = network.encode(tokens)
    found = {
        "spatial_index": rows,
        "scale_index": columns,
        "mask": tokens.mask,
        "token_pixels_first": first[[0, 60, 193, len(first) - 1]],
        "token_embedding": network.embed(tokens.pixels[:1])[0],
        "encoder_cls": encoded,
        "score": network.head(encoded),
    }
    for name in case.array_names():
        match = re.fullmatch(r"(root_pool|block)_token(\d+)(_corner)?", name)
        if match:
            root = network.root(first[int(match.group(2))][None])
            found[name] = root[0] if match.group(1) == "root_pool" else network.block1(root)[0, :, :2, :2]
    return found


def musiq_picture(case: Case, checkpoints: Checkpoints) -> Plan:
    """All patches of a field, and a map from their scores brought into the range of real ones."""
    network = musiq(case, checkpoints)

    def run(given: Arrays) -> dict[str, Tensor]:
        raw = patch_scores(network, tensor(given, "image_u8")[None] / 255)
        shifted = 40 + 12 * (raw - number(given, "shift_mean")) / number(given, "shift_std")
        return {
            "raw_scores": raw.flatten(),
            "deg_map_of_shifted": (quantised(shifted) * placed(published_window()))[None],
        }

    return plan(run, "image_u8", "shift_mean", "shift_std")
