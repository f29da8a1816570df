"""Cases of whole inference: one picture with and without a reference, with guidance, and in tiles."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from restora.testing.comparing import Tolerance
from restora.testing.vectors import Arrays, Case, Plan
from restora_gsvar.net.generating import Generated, Sampling
from restora_gsvar.net.rows import Reference
from restora_gsvar.vectors.checkpoints import Checkpoints, Models
from restora_gsvar.vectors.plans import WHOLE, number, pictures, plan, tensor

_REFINED: Mapping[str, Tolerance] = {"refiner_residual": WHOLE, "image": WHOLE}


def single(case: Case, checkpoints: Checkpoints) -> Plan:
    """A render, alone or beside a photograph, decoded with or without the bridge.

    The vectors hold what the refiner made of the photograph as well; nobody needs that, nothing here does it.
    """
    models = checkpoints.models(case)
    arrays = case.arrays()
    for name in ("refiner_z", "refiner_residual"):
        arrays[name] = arrays[name][:1]
    through_bridge = "bridge" in case.name

    def run(given: Arrays) -> dict[str, Tensor]:
        render = pictures(given, "render_u8")
        features = models.vae.features(render) if through_bridge else []
        noise = tensor(given, "noise")[:, : models.configuration.side**2, None].transpose(1, 2)
        known = _photograph(models, given)
        made = _generated(models, render, [None if known is None else known.reference], noise)
        codes = known.codes if known is not None else ()
        return {
            **{
                f"idx_{scale}": torch.cat([index, *codes[scale : scale + 1]])
                for scale, index in enumerate(made.indices)
            },
            "fhat_before_refine": torch.cat([made.total, *([] if known is None else [known.total])]),
            **_refined(made),
            "image": _picture(models.vae.decode(made.latent, render, features)),
        }

    return plan(run, "render_u8", "ref_u8", "noise", tolerances=_REFINED, arrays=arrays)


class _Photograph:
    """What is known of a reference."""

    def __init__(self, models: Models, picture: Tensor) -> None:
        latent = models.vae.encode(picture)
        found = models.vae.quantize.encode(latent)
        self.codes, self.total = found.indices, found.sums[-1]
        self.reference: Reference = models.codes.reference(picture, latent, models.vae.quantize)


def _photograph(models: Models, given: Arrays) -> _Photograph | None:
    return _Photograph(models, pictures(given, "ref_u8")) if "ref_u8" in given else None


def guided(case: Case, checkpoints: Checkpoints) -> Plan:
    """VARSR's mode: the same picture as good and as bad."""
    models = checkpoints.models(case)

    def run(given: Arrays) -> dict[str, Tensor]:
        start, later = tensor(given, "noise_initial"), tensor(given, "noise_steps")
        noise = torch.cat([start[None], later[:, : len(start)]])[:, None]
        picture = pictures(given, "image_u8")
        sampling = Sampling(noise=noise, guidance=number(given, "cfg"))
        made = models.codes.generate(picture, [None], models.vae.quantize, sampling)
        assert made.condition is not None  # there is noise
        return {
            **{f"idx_{scale}": index for scale, index in enumerate(made.indices)},
            "fhat_before_refine": made.total,
            "refiner_z": made.condition.flatten(0, 1),
            "refiner_residual": _refined(made)["refiner_residual"][0],
            "image": _picture(models.vae.decode(made.latent)),
        }

    return plan(run, "image_u8", "cfg", "noise_*", tolerances=_REFINED)


def _generated(
    models: Models, render: Tensor, references: list[Reference | None], noise: Tensor
) -> Generated:
    return models.codes.generate(render, references, models.vae.quantize, Sampling(noise=noise))


def _refined(made: Generated) -> dict[str, Tensor]:
    assert made.condition is not None  # there is noise
    assert made.residual is not None
    return {"refiner_z": made.condition, "refiner_residual": made.residual}


def _picture(decoded: Tensor) -> Tensor:
    """0..1."""
    return (decoded.clamp(-1, 1) + 1) / 2
