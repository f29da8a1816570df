"""Cases of pictures larger than one window, as the published script goes through them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import PIL.Image
import torch
from torch import Tensor

from restora.data.json_values import expect
from restora.nets.colour_fix import statistics_colour_fix
from restora.testing.comparing import EQUAL, ONE_LEVEL, Tolerance, Unit
from restora.testing.placing import placed
from restora.testing.vectors import Arrays, Case, Plan
from restora_gsvar.configuration import FACTOR, SIDES
from restora_gsvar.net.generating import Sampling
from restora_gsvar.tiling import Plan as TilePlan
from restora_gsvar.tiling import joined, tiled_size
from restora_gsvar.vectors.checkpoints import Checkpoints, Models
from restora_gsvar.vectors.plans import WHOLE, bytes_cut, plan, unit

_TOLERANCES: Mapping[str, Tolerance] = {
    **dict.fromkeys(("resized_render", "before_colour_u8"), ONE_LEVEL),
    # Taking over colours stretches: what was one level before may be two after it.
    "final_u8": Tolerance(limit=1.0, unit=Unit.ABSOLUTE, exceptions=1e-4),
    "grid": EQUAL,
}


def window(case: Case) -> Plan:
    """The published bell; nothing is given, so that the name of the case states the side."""
    side = int(case.name.rpartition("_")[2])
    shape = TilePlan(height=side, width=side, side=side, overlap=0, is_published=True)
    return plan(lambda _given: {"weights": torch.from_numpy(shape.weights())})


def pipeline(case: Case, checkpoints: Checkpoints) -> Plan:
    """From the bytes of a render and a photograph to those of the result."""
    models = checkpoints.models(case)
    config = expect(case.json("config.json"), dict, "config.json")
    overlap = expect(config["tile_overlap_latents"], int, "tile_overlap_latents")

    def run(given: Arrays) -> dict[str, Tensor]:
        render, reference = (_resized(given[name][0], models) for name in ("render_u8", "ref_u8"))
        height, width = (side // FACTOR for side in render.shape[:2])
        windows = TilePlan(
            height=height, width=width, side=models.configuration.side, overlap=overlap, is_published=True
        )
        parts = _windows(models, windows, _signed(render), _signed(reference), given["noise"])
        whole = joined(parts, windows, windows.tiles())
        picture = _picture(models, whole, _signed(render))
        return {
            "resized_render": torch.from_numpy(render)[None],
            "grid": torch.tensor([len(windows.tops), len(windows.lefts), windows.side, windows.overlap]),
            "tile_fhat": torch.from_numpy(np.stack(parts)),
            "merged_fhat": torch.from_numpy(whole)[None],
            "image": picture,
            **_bytes(picture, given),
        }

    return plan(run, "render_u8", "ref_u8", "noise", tolerance=WHOLE, tolerances=_TOLERANCES)


def _windows(
    models: Models, windows: TilePlan, render: Tensor, reference: Tensor, noise: np.ndarray
) -> list[np.ndarray]:
    """Latents of all windows in one batch."""
    cut = [
        [picture[:, :, _pixels(tile.rows), _pixels(tile.columns)] for tile in windows.tiles()]
        for picture in (render, reference)
    ]
    known = [models.codes.reference(part, models.vae.encode(part), models.vae.quantize) for part in cut[1]]
    drawn = placed(torch.from_numpy(noise[:, :, : windows.side**2]).transpose(0, 1))
    made = models.codes.generate(torch.cat(cut[0]), known, models.vae.quantize, Sampling(noise=drawn))
    return list(made.latent.cpu().numpy())


def _picture(models: Models, whole: np.ndarray, render: Tensor) -> Tensor:
    """Decoded at once through the bridge, 0..1."""
    features = models.vae.features(render)
    decoded = models.vae.decode(placed(torch.from_numpy(whole)[None]), render, features)
    return (decoded.clamp(-1, 1) + 1) / 2


def _bytes(picture: Tensor, given: Arrays) -> dict[str, Tensor]:
    """At the size of the input, then with the colours of the photograph."""
    height, width = given["render_u8"].shape[1:3]
    rounded = (picture[0].permute(1, 2, 0) * 255).round().to(torch.uint8).cpu().numpy()
    shown = np.asarray(PIL.Image.fromarray(rounded).resize((width, height), PIL.Image.Resampling.BICUBIC))
    fixed = statistics_colour_fix(unit(shown), unit(given["ref_u8"][0]))
    return {"before_colour_u8": torch.from_numpy(shown.copy())[None], "final_u8": bytes_cut(fixed)}


def _resized(picture: np.ndarray, models: Models) -> np.ndarray:
    """To whole latents and at least one window, by Pillow's bicubic filter in bytes, as published."""
    height, width = picture.shape[:2]
    size = tiled_size(width, height, side=models.configuration.side, factor=FACTOR)
    return np.asarray(PIL.Image.fromarray(picture).resize(size, PIL.Image.Resampling.BICUBIC)).copy()


def _signed(picture: np.ndarray) -> Tensor:
    return placed(torch.from_numpy(picture)).permute(2, 0, 1)[None].float() / 255 * 2 - 1


def _pixels(latents: slice) -> slice:
    return slice(latents.start * FACTOR, latents.stop * FACTOR)


def grid(case: Case) -> Plan:
    """The published windows of pictures of several sizes; each field of the JSON file is an array."""
    rows = [expect(row, dict, case.name) for row in expect(case.json(case.path.name), list, case.name)]
    arrays: dict[str, np.ndarray] = {}
    for index, row in enumerate(rows):
        arrays |= {f"{index}_{name}": np.asarray(value) for name, value in row.items()}

    def run(given: Arrays) -> dict[str, np.ndarray]:
        found: dict[str, np.ndarray] = {}
        for index in range(len(rows)):
            facts = _grid_of(int(given[f"{index}_width"]), int(given[f"{index}_height"]))
            found |= {f"{index}_{name}": np.asarray(value) for name, value in facts.items()}
        return found

    return Plan(run=run, inputs=("*[0-9]_width", "*[0-9]_height"), arrays=arrays)


def _grid_of(width: int, height: int) -> dict[str, object]:
    side = SIDES[-1]
    resized = tiled_size(width, height, side=side, factor=FACTOR)
    latent = [pixels // FACTOR for pixels in resized]
    windows = TilePlan(height=latent[1], width=latent[0], side=side, overlap=8, is_published=True)
    return {
        "resized_width": resized[0],
        "resized_height": resized[1],
        "latent_width": latent[0],
        "latent_height": latent[1],
        "rows": len(windows.tops),
        "cols": len(windows.lefts),
        "tiles_x_y": [[tile.left, tile.top] for tile in windows.tiles()],
    }
