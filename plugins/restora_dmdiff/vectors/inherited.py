"""Cases of what DMDiff inherited from S3Diff."""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch
from torch import Tensor

from restora.data.json_values import expect
from restora.nets.latent_tiles import Window, bell, blended, windows
from restora.testing.fill import fill_state_dict
from restora.testing.placing import placed
from restora.testing.tensor_plans import number, tensor
from restora.testing.vectors import Arrays, Case, Plan
from restora_dmdiff.net.modulation import fourier
from restora_dmdiff.net.s3diff import DegreeEstimator, vae_tile_boxes
from restora_dmdiff.vectors.checkpoints import Checkpoints, read_object
from restora_dmdiff.vectors.plans import plan


def estimator(case: Case, checkpoints: Checkpoints) -> Plan:
    """The network that gave two degrees where DMDiff has its map."""
    del checkpoints
    filled = fill_state_dict(read_object(case, "manifest.de_net.json"))
    config = read_object(case, "config.de_net.json")
    network = DegreeEstimator(
        tensors={name: placed(torch.from_numpy(array)) for name, array in filled.items()},
        widths=_whole_numbers(config, "num_feats"),
        blocks=_whole_numbers(config, "num_blocks"),
        downscales=_whole_numbers(config, "downscales"),
    )

    def run(given: Arrays) -> dict[str, Tensor]:
        pooled = [network.pooled(tensor(given, "image"), branch) for branch in range(2)]
        return {"pooled_0": pooled[0], "pooled_1": pooled[1], "degrees": network.degrees(pooled)}

    return plan(run, "image")


def projection(case: Case, checkpoints: Checkpoints) -> Plan:
    """Two degrees as 256 numbers."""
    del case, checkpoints
    return plan(
        lambda given: {"deg_proj": fourier(tensor(given, "degrees"), tensor(given, "w"))}, "degrees", "w"
    )


def latent_tiles(case: Case, checkpoints: Checkpoints) -> Plan:
    """Overlapping windows, their weights, and a known function blended from them."""
    del checkpoints
    weights = [name for name in case.array_names() if name.startswith("weights_")]

    def run(given: Arrays) -> dict[str, Tensor]:
        mixed = number(given, "g_neg") + number(given, "guidance") * (
            number(given, "g_pos") - number(given, "g_neg")
        )

        def known(tile: Tensor) -> Tensor:
            rows = torch.arange(tile.shape[2], device=tile.device, dtype=torch.float32)[:, None]
            columns = torch.arange(tile.shape[3], device=tile.device, dtype=torch.float32)
            return 0.5 * tile + mixed + 0.01 * rows - 0.02 * columns

        found: dict[str, Tensor] = {}
        for name in given:
            if name.startswith("latent_"):
                end = name.removeprefix("latent_")
                height, width, side, overlap = tensor(given, f"size_{end}").long().tolist()
                side = min(side, height, width)
                latent = tensor(given, name)
                found[f"merged_{end}"] = blended(latent, known, side=side, stride=side - overlap)
                found[f"tiles_yxhw_{end}"] = _by_columns(
                    windows(height, width, side=side, stride=side - overlap)
                )
        sides = {name: int(name.rpartition("_")[2]) for name in weights}
        return found | {name: bell(side, side) for name, side in sides.items()}

    return plan(run, "latent_*", "size_*", "g_pos", "g_neg", "guidance")


def _by_columns(found: list[Window]) -> Tensor:
    """S3Diff goes down each column; the order only matters to the last bit of a sum."""
    ordered = sorted(found, key=lambda window: (window.left, window.top))
    rows = [(each.top, each.left, each.bottom - each.top, each.right - each.left) for each in ordered]
    return torch.tensor(rows)


def boxes(case: Case, checkpoints: Checkpoints) -> Plan:
    """What the tiles of an autoencoder read and write."""
    del case, checkpoints

    def run(given: Arrays) -> dict[str, Tensor]:
        found: dict[str, Tensor] = {}
        for name in given:
            end = re.sub(r"^in_", "", name)
            is_decoder, side, height, width = tensor(given, name).long().tolist()
            pairs = vae_tile_boxes(height, width, side=side, is_decoder=bool(is_decoder))
            found[f"boxes_in_{end}"] = torch.tensor([read for read, _ in pairs])
            found[f"boxes_out_{end}"] = torch.tensor([write for _, write in pairs])
        return found

    return plan(run, "in_*")


def _whole_numbers(fields: Mapping[str, object], name: str) -> tuple[int, ...]:
    return tuple(expect(each, int, name) for each in expect(fields[name], list, name))
