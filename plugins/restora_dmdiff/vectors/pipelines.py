"""Cases of the whole way: the knob, a restoration, and from a photograph's bytes to a result's."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from restora.errors import FileProblemError
from restora.testing.comparing import EQUAL, ONE_LEVEL
from restora.testing.placing import placed
from restora.testing.tensor_plans import number, tensor
from restora.testing.vectors import Arrays, Case, Plan
from restora_dmdiff.net.degradation_map import published_window, quantised
from restora_dmdiff.net.generator import Generator
from restora_dmdiff.net.one_step import Predictions, enlarged, shrunk
from restora_dmdiff.net.rating import patch_scores
from restora_dmdiff.vectors.checkpoints import Checkpoints
from restora_dmdiff.vectors.networks import musiq
from restora_dmdiff.vectors.plans import WHOLE, plan

_CENTRE = slice(240, 272)


def generator(case: Case, checkpoints: Checkpoints) -> Generator:
    """The model that the files beside a case describe."""
    return checkpoints.built(
        case, "generator", lambda load: load.generator(torch.float32), "unet", "vae", "checkpoint"
    )


def knob(case: Case, checkpoints: Checkpoints) -> Plan:
    """Two predictions and a latent, decoded at several settings."""
    model = generator(case, checkpoints)

    def run(given: Arrays) -> dict[str, Tensor]:
        kept = Predictions(
            latent=tensor(given, "latent"),
            positive=tensor(given, "pred_pos"),
            neutral=tensor(given, "pred_neu"),
        )
        found = _ends(model, kept)
        for index, alpha in enumerate(tensor(given, "alphas").tolist()):
            scaled = model.step.clean(kept.latent, kept.mixed(alpha)) / model.latent_scale
            found[f"x0_scaled_{index}"] = scaled
            found[f"decoded_{index}"] = model.decoded(scaled)
            found[f"image_{index}"] = _signed(model.decode(scaled * model.latent_scale))
        return found

    return plan(run, "latent", "pred_pos", "pred_neu", "alphas")


def _ends(model: Generator, kept: Predictions) -> dict[str, Tensor]:
    settings = {"image_neu": 0.0, "image_pos": 1.0}
    return {name: _shown(model, kept.latent, kept.mixed(alpha)) for name, alpha in settings.items()}


def _shown(model: Generator, latent: Tensor, noise: Tensor) -> Tensor:
    return _signed(model.decode(model.step.clean(latent, noise)))


def _signed(picture: Tensor) -> Tensor:
    """The vectors keep pictures in -1..1."""
    return picture * 2 - 1


def restoration(case: Case, checkpoints: Checkpoints) -> Plan:
    """All three paths of one picture, and the knob."""
    model = generator(case, checkpoints)

    def run(given: Arrays) -> dict[str, Tensor]:
        maps = tensor(given, "deg_map")
        latent = model.encode(tensor(given, "image"), maps, tensor(given, "noise"))
        texts = [tensor(given, f"emb_{path}") for path in ("pos", "neu", "neg")]
        positive, neutral, negative = model.noises(latent, maps, texts)
        kept = Predictions(latent=latent, positive=positive, neutral=neutral)
        found = {"latent": latent, "pred_pos": positive, "pred_neu": neutral, "pred_neg": negative}
        found |= {**_ends(model, kept), "image_neg": _shown(model, latent, negative)}
        for index, alpha in enumerate(tensor(given, "alphas").tolist()):
            found[f"image_mix_{index}"] = _shown(model, latent, kept.mixed(alpha))
        return found

    return plan(run, "image", "deg_map", "noise", "emb_*", "alphas")


def whole(case: Case, checkpoints: Checkpoints) -> Plan:
    """From a photograph's bytes to a result's; photograph and texts lie in other cases of the folder."""
    model, estimator = generator(case, checkpoints), musiq(case, checkpoints)
    beside = {**_beside(case, "image_u8"), **_beside(case, "emb_pos", "emb_neu")}

    def run(given: Arrays) -> dict[str, Tensor]:
        field = tensor(given, "image_u8")[None] / 255
        maps = (quantised(patch_scores(estimator, field)) * placed(published_window()))[None]
        side = 8 * given["noise"].shape[-1]
        latent = model.encode(enlarged(shrunk(field), side), maps, tensor(given, "noise"))
        positive, neutral = model.noises(latent, maps, [tensor(given, "emb_pos"), tensor(given, "emb_neu")])
        kept = Predictions(latent=latent, positive=positive, neutral=neutral)
        picture = model.decode(model.step.clean(latent, kept.mixed(number(given, "alpha"))))
        return {
            "deg_map": maps,
            "latent": latent,
            "pred_pos": positive[:, :, ::2, ::2],
            "pred_neu": neutral[:, :, ::2, ::2],
            "image_mix_every_8": _signed(picture)[:, :, ::8, ::8],
            "image_mix_centre": _signed(picture)[:, :, _CENTRE, _CENTRE],
            # As published: cut off, not rounded.
            "output_u8_every_4": (255 * picture[0, :, ::4, ::4]).to(torch.uint8),
        }

    return plan(
        run,
        *("image_u8", "emb_*", "noise", "alpha"),
        tolerance=WHOLE,
        tolerances={"deg_map": EQUAL, "*_u8_*": ONE_LEVEL},
        arrays={**beside, **case.arrays()},
    )


def _beside(case: Case, *names: str) -> dict[str, np.ndarray]:
    """Arrays that another case of the folder holds."""
    for path in sorted(case.folder.glob("*.npz")):
        other = Case(root=case.root, path=path)
        if set(names) <= other.array_names():
            arrays = other.arrays()
            return {name: arrays[name] for name in names}
    raise FileProblemError(case.path, f"no case beside it holds {' and '.join(names)}")
