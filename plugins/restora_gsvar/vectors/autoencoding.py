"""Cases of the autoencoder, its codes and its bridge."""

from __future__ import annotations

import torch
from torch import Tensor

from restora.testing.vectors import Arrays, Case, Plan
from restora_gsvar.net.teacher_forcing import inputs_of
from restora_gsvar.vectors.checkpoints import Checkpoints
from restora_gsvar.vectors.plans import SUMS, outputs_of, pictures, plan, tensor


def codes(case: Case, checkpoints: Checkpoints) -> Plan:
    """A picture to its codes, and the codes to a picture."""
    vae = checkpoints.models(case).vae

    def run(given: Arrays) -> dict[str, Tensor]:
        with outputs_of(vae, encoder_out="encoder") as seen:
            latent = vae.encode(pictures(given, "image_u8"))
        found = vae.quantize.encode(latent)
        steps = {f"idx_{scale}": index for scale, index in enumerate(found.indices)}
        steps |= {f"fhat_{scale}": total for scale, total in enumerate(found.sums)}
        return {
            **seen,
            **steps,
            "f": latent,
            "last_continuous": found.rest.flatten(2).transpose(1, 2),
            "var_input": inputs_of(vae.quantize, found),
            "decoded_raw": vae.decode(found.sums[-1]),
        }

    return plan(run, "image_u8")


def bridge(case: Case, checkpoints: Checkpoints) -> Plan:
    """One latent with and without the degraded picture."""
    vae = checkpoints.models(case).vae

    def run(given: Arrays) -> dict[str, Tensor]:
        degraded, latent = pictures(given, "degraded_u8"), tensor(given, "fhat")
        features = vae.features(degraded)
        decoder = vae.decoder
        top = len(decoder.widths) - 1
        names = {"cond_level4": f"decoder.cond_layer.{top}", "before_blend": "decoder.conv_out"}
        names |= {"weight": f"decoder.weight_cond_layer.{top}", "mixed": "decoder.blend_out_cond_layer"}
        with outputs_of(vae, **names) as seen:
            bridged = vae.decode(latent, degraded, tuple(features))
        sums = [degraded.double().sum(), *(feature.double().sum() for feature in features)]
        return {
            "plain_raw": vae.decode(latent),
            "bridge_raw": bridged,
            "weight_level4": torch.sigmoid(seen["weight"]),
            "cond_level4": seen["cond_level4"],
            "mask": torch.sigmoid(seen["mixed"]),
            "before_blend": seen["before_blend"],
            "cond_feature_sums": torch.stack(sums),
        }

    return plan(run, "fhat", "degraded_u8", tolerances={"cond_feature_sums": SUMS})
