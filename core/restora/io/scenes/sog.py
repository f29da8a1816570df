"""SOG bundles of PlayCanvas: numbers as pixels of lossless WebP pictures, with codebooks in meta.json."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from restora.data.scene import GaussianScene
from restora.errors import FileProblemError
from restora.io.decoding import is_folder
from restora.io.progress import tell
from restora.io.scenes.activations import logit
from restora.io.scenes.bundle import ZIP, Bundle, opened_bundle
from restora.io.scenes.compressed_columns import with_largest
from restora.io.scenes.format import SceneHeader
from restora.io.scenes.sog_meta import LARGEST_META, META, PER_ROW, SogMeta, parse_meta
from restora.io.scenes.soundness import sound_scene
from restora.io.scenes.webp_header import webp_size

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

    Pixels = NDArray[np.uint8]

NAME = "SOG"
SUFFIXES: tuple[str, ...] = (".sog",)

_ROTATION_ALPHA = 252
_STAGES = 6
"""Parts of reading that take about as long; the harmonics are two."""
_ROOM = 2**16
"""Pixels and bytes that a picture may have beyond what its numbers need."""


def sniff(head: bytes, path: Path) -> bool:
    """Whether it is a zip archive or a folder with a meta.json that names means."""
    if not head.startswith(ZIP) and not (is_folder(path) and (path / META).is_file()):
        return False
    try:
        with opened_bundle(path) as bundle:
            # Half-read JSON still shows the word; the whole is parsed when it is opened.
            return bundle.has(META) and b'"means"' in bundle.read(META, LARGEST_META)
    except FileProblemError:
        return path.suffix.lower() in SUFFIXES


def header(path: Path) -> SceneHeader:
    """Count and degree; the first picture must have a pixel for each Gaussian."""
    with opened_bundle(path) as bundle:
        meta = parse_meta(path, bundle.read(META, LARGEST_META))
        _opened(bundle, meta.means[0], meta.count)
    return SceneHeader(
        format=f"{NAME}, {'folder' if is_folder(path) else 'bundle'}",
        count=meta.count,
        degree=meta.degree,
        is_antialiased=meta.is_antialiased,
        working_bytes=320,
    )


def read(path: Path, degree: int) -> GaussianScene:
    """Row by row of the pictures."""
    with opened_bundle(path) as bundle:
        meta = parse_meta(path, bundle.read(META, LARGEST_META))
        base, opacity = _base(bundle, meta)
        tell(1, _STAGES)
        kept = (min(meta.degree, degree) + 1) ** 2
        sh = np.empty((meta.count, kept, 3), np.float32)
        sh[:, 0] = base
        if kept > 1:
            sh[:, 1:] = _rest(bundle, meta, kept - 1)
        tell(3, _STAGES)
        scales = meta.scale_codes[_pixels(bundle, meta.scales, meta.count)[:, :3]]
        tell(4, _STAGES)
        return sound_scene(
            path,
            _means(bundle, meta),
            _quats(bundle, meta),
            scales,
            opacity,
            sh,
            is_antialiased=meta.is_antialiased,
        )


def _means(bundle: Bundle, meta: SogMeta) -> NDArray[np.float32]:
    low, high = (_pixels(bundle, name, meta.count)[:, :3].astype(np.float64) for name in meta.means)
    logs = meta.lows + (low + 256 * high) / 65535 * (meta.highs - meta.lows)
    with np.errstate(over="ignore"):
        means: NDArray[np.float32] = (np.sign(logs) * np.expm1(np.abs(logs))).astype(np.float32)
    return means


def _quats(bundle: Bundle, meta: SogMeta) -> NDArray[np.float32]:
    pixels = _pixels(bundle, meta.quats, meta.count)
    largest = pixels[:, 3].astype(np.int64) - _ROTATION_ALPHA
    if largest.min() < 0:
        raise FileProblemError(bundle.path, f"its picture {meta.quats[:60]!r} holds no rotations")
    return with_largest((pixels[:, :3] / 255 * 2 - 1) / np.sqrt(2), largest)


def _base(bundle: Bundle, meta: SogMeta) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    pixels = _pixels(bundle, meta.sh0, meta.count)
    return meta.sh0_codes[pixels[:, :3]], logit(pixels[:, 3] / 255)


def _rest(bundle: Bundle, meta: SogMeta, kept: int) -> NDArray[np.float32]:
    assert meta.rest_codes is not None  # `parse_meta` reads it with the degree
    width = (meta.degree + 1) ** 2 - 1
    rows = -(-meta.palette // PER_ROW)
    picture = _opened(bundle, meta.centroids, PER_ROW * width * rows)
    if picture.width != PER_ROW * width:
        raise FileProblemError(
            bundle.path,
            f"its palette is {picture.width} pixels wide, expected {PER_ROW} entries of {width}",
        )
    entries = _array(bundle, picture)[: rows * PER_ROW * width, :3].reshape(-1, width, 3)
    pixels = _pixels(bundle, meta.labels, meta.count).astype(np.int64)
    labels = pixels[:, 0] + 256 * pixels[:, 1]
    if labels.max() >= meta.palette:
        raise FileProblemError(
            bundle.path, f"names palette entry {labels.max()}, it has {meta.palette} of them"
        )
    rest: NDArray[np.float32] = meta.rest_codes[entries[:, :kept][labels]]
    return rest


def _pixels(bundle: Bundle, name: str, count: int) -> Pixels:
    """The first `count` pixels as rows of R, G, B, A."""
    return _array(bundle, _opened(bundle, name, count))[:count]


def _opened(bundle: Bundle, name: str, count: int) -> Image.Image:
    """A picture of at least `count` pixels and not many more, not decoded yet."""
    from PIL import Image, UnidentifiedImageError

    content = bundle.read(name, 8 * count + _ROOM)
    width, height = webp_size(content) or (0, 0)
    if not width * height:
        raise FileProblemError(bundle.path, f"its file {name[:60]!r} is no WebP picture")
    if not count <= width * height <= 2 * count + _ROOM:
        raise FileProblemError(
            bundle.path, f"its picture {name[:60]!r} has {width * height} pixels for {count} numbers"
        )
    Image.MAX_IMAGE_PIXELS = (
        None  # judged above, from the count; Pillow's fixed limit would refuse large scenes
    )
    try:
        return Image.open(io.BytesIO(content), formats=("WEBP",))
    except (UnidentifiedImageError, OSError, ValueError) as error:
        raise FileProblemError(bundle.path, f"its picture {name[:60]!r} is damaged") from error


def _array(bundle: Bundle, picture: Image.Image) -> Pixels:
    try:
        return np.asarray(picture.convert("RGBA")).reshape(-1, 4)
    except (OSError, ValueError, SyntaxError) as error:
        raise FileProblemError(bundle.path, f"one of its pictures is damaged ({error})") from error
