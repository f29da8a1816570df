"""Writes SOG bundles of version 2: a stored zip archive of lossless WebP pictures."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from restora.data.scene import GaussianScene
from restora.io.progress import tell
from restora.io.scenes.activations import levels, opacity_of, unit
from restora.io.scenes.codebook import codes_for, nearest_codes
from restora.io.scenes.compressed_columns import morton_order, without_largest
from restora.io.scenes.losses import left_out
from restora.io.scenes.palette import palette_of
from restora.io.scenes.sog_meta import CODES, META, MOST_PALETTE, PER_ROW, VERSION

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from restora.data.json_values import JSON

    Bytes = NDArray[np.uint8]

NAME = "SOG"
SUFFIXES: tuple[str, ...] = (".sog",)

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""All members are of this time, so that the same scene gives the same bytes."""
_EFFORT, _THOROUGHNESS = 2, 20
"""More of either costs twice the time for a thousandth of the size."""
_OPAQUE = 255
_STAGES, _BEFORE_HARMONICS = 13, 4
"""A picture is a stage; the palette of harmonics takes as long as eight."""


def losses(scene: GaussianScene) -> tuple[str, ...]:
    """Everything is rounded; large scenes share their harmonics."""
    said = [
        *left_out(scene, antialiased=True),
        "keeps positions in 16 bits, finer near the origin, rotations in 8 bits",
        "keeps scales and colours as one of 256 values each, opacity in 8 bits",
    ]
    if scene.degree and scene.count > MOST_PALETTE:
        said.append(f"shares {MOST_PALETTE} sets of harmonics among {scene.count} Gaussians")
    elif scene.degree:
        said.append("keeps harmonics as one of 256 values each")
    return (*said, "sorts the Gaussians along a curve in space")


def write(stream: BinaryIO, scene: GaussianScene) -> None:
    """Pictures first, then meta.json that names them."""
    order = morton_order(scene.means)
    meta: dict[str, JSON] = {
        "version": VERSION,
        "asset": {"generator": "restora"},
        "count": scene.count,
        "antialias": scene.is_antialiased,
    }
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        meta["means"] = _write_means(archive, scene.means[order])
        tell(1, _STAGES)
        meta["scales"] = _write_scales(archive, scene.log_scales[order])
        tell(2, _STAGES)
        meta["quats"] = _write_quats(archive, scene.quats[order])
        tell(3, _STAGES)
        meta["sh0"] = _write_base(archive, scene.sh[order, 0], scene.logit_opacities[order])
        tell(_BEFORE_HARMONICS, _STAGES)
        if scene.degree:
            meta["shN"] = _write_rest(archive, scene.sh[order, 1:], scene.degree)
        _put(archive, META, json.dumps(meta).encode())


def _write_means(archive: zipfile.ZipFile, means: NDArray[np.float32]) -> JSON:
    wide = means.astype(np.float64)
    logs = np.sign(wide) * np.log1p(np.abs(wide))
    lows, highs = logs.min(axis=0), logs.max(axis=0)
    extent = np.where(highs > lows, highs - lows, 1)
    codes = np.rint((logs - lows) / extent * 65535).astype(np.int64)
    names: list[JSON] = ["means_l.webp", "means_u.webp"]
    _put_rows(archive, "means_l.webp", _opaque((codes & 255).astype(np.uint8)))
    _put_rows(archive, "means_u.webp", _opaque((codes >> 8).astype(np.uint8)))
    return {"mins": lows.tolist(), "maxs": highs.tolist(), "files": names}


def _write_scales(archive: zipfile.ZipFile, log_scales: NDArray[np.float32]) -> JSON:
    codebook = codes_for(log_scales, CODES)
    _put_rows(archive, "scales.webp", _opaque(nearest_codes(log_scales, codebook)))
    return {"codebook": codebook.tolist(), "files": ["scales.webp"]}


def _write_quats(archive: zipfile.ZipFile, quats: NDArray[np.float32]) -> JSON:
    small, largest = without_largest(unit(quats))
    codes = np.rint(np.clip(small * np.sqrt(2) / 2 + 0.5, 0, 1) * 255)
    rows = np.concatenate([codes, (252 + largest)[:, None]], axis=1)
    _put_rows(archive, "quats.webp", rows.astype(np.uint8))
    return {"files": ["quats.webp"]}


def _write_base(archive: zipfile.ZipFile, base: NDArray[np.float32], logits: NDArray[np.float32]) -> JSON:
    codebook = codes_for(base, CODES)
    opacity = levels(opacity_of(logits), 0, 1, 255).astype(np.uint8)
    _put_rows(archive, "sh0.webp", np.concatenate([nearest_codes(base, codebook), opacity[:, None]], axis=1))
    return {"codebook": codebook.tolist(), "files": ["sh0.webp"]}


def _write_rest(archive: zipfile.ZipFile, rest: NDArray[np.float32], degree: int) -> JSON:
    bands = rest.shape[1]
    palette, labels = palette_of(rest.reshape(len(rest), 3 * bands), MOST_PALETTE, _told_of_palette)
    codebook = codes_for(palette, CODES)
    height = -(-len(palette) // PER_ROW)
    entries = np.zeros((height * PER_ROW, bands, 3), np.uint8)
    entries[: len(palette)] = nearest_codes(palette, codebook).reshape(-1, bands, 3)
    pixels = _opaque(entries.reshape(-1, 3)).reshape(height, PER_ROW * bands, 4)
    _put_picture(archive, "shN_centroids.webp", pixels)
    blue = np.zeros_like(labels)
    _put_rows(
        archive,
        "shN_labels.webp",
        _opaque(np.stack([labels & 255, labels >> 8, blue], axis=1).astype(np.uint8)),
    )
    return {
        "count": len(palette),
        "bands": degree,
        "codebook": codebook.tolist(),
        "files": ["shN_centroids.webp", "shN_labels.webp"],
    }


def _told_of_palette(share: float) -> None:
    tell(_BEFORE_HARMONICS + (_STAGES - 1 - _BEFORE_HARMONICS) * share, _STAGES)


def _opaque(rows: Bytes) -> Bytes:
    return np.concatenate([rows, np.full((len(rows), 1), _OPAQUE, np.uint8)], axis=1)


def _put_rows(archive: zipfile.ZipFile, name: str, rows: Bytes) -> None:
    """One pixel a row, in a picture whose sides are multiples of four."""
    width = 4 * max(1, int(np.ceil(np.sqrt(len(rows)) / 4)))
    height = 4 * -(-len(rows) // (4 * width))
    pixels = np.zeros((width * height, 4), np.uint8)
    pixels[: len(rows)] = rows
    # What lies beyond the last row is never read, but must not look like another rotation.
    pixels[len(rows) :] = rows[-1]
    _put_picture(archive, name, pixels.reshape(height, width, 4))


def _put_picture(archive: zipfile.ZipFile, name: str, pixels: Bytes) -> None:
    from PIL import Image

    stream = io.BytesIO()
    # Without `exact` the colours of transparent pixels, which are numbers here, would be dropped.
    Image.fromarray(pixels).save(
        stream, "WEBP", lossless=True, exact=True, method=_EFFORT, quality=_THOROUGHNESS
    )
    _put(archive, name, stream.getvalue())


def _put(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name, _EPOCH), content)
