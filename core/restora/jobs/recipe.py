"""Writing down how a result was made."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from hashlib import file_digest
from importlib import metadata
from pathlib import Path

from restora import __version__
from restora.data.geometry import FrameWindow, Rect
from restora.data.image import Image
from restora.data.item import Item
from restora.data.json_values import JSON
from restora.data.kinds import Kind
from restora.data.recipe import InputRecord, OutputRecord, Recipe, WeightRecord
from restora.data.result import ResultFrame
from restora.data.scene import GaussianScene
from restora.data.scene_hash import hash_frames, hash_scene, hash_together
from restora.io.stated import PATH_KEYS
from restora.jobs.job import Job
from restora.jobs.request import RunRequest
from restora.plugins.declarations import API_VERSION

_DECISIVE = ("numpy", "torch")
"""Libraries that decide the bits of a result; named where they were in use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a recipe says beside the request itself."""

    plugin_version: str
    weights: Mapping[str, Path]
    hash_of: Callable[[Path], str]
    """SHA-256 of a weights file, remembered between jobs."""
    device: str
    precision: str


def requested_recipe(request: RunRequest, around: Circumstances) -> Recipe:
    """The recipe of a request that has not run yet: everything but what came out."""
    return Recipe(
        method=request.info.id,
        plugin_version=around.plugin_version,
        api=API_VERSION,
        item=input_record(request.item, request.region),
        references=tuple(input_record(item, None) for item in (*request.references, *request.slots.values())),
        region=request.region,
        params=request.params_to_json(),
        seed=request.seed,
        weights=tuple(
            WeightRecord(file=path.name, sha256=around.hash_of(path))
            for _, path in sorted(around.weights.items())
        ),
        device=around.device,
        precision=around.precision,
        tile=request.side,
        tile_automatic=request.side is None,
    )


def finished_recipe(job: Job, asked: Recipe, output: OutputRecord) -> Recipe:
    """The recipe of a job that has just made what `output` describes."""
    assert job.tile is not None  # the job ran
    return replace(
        asked,
        tile=job.tile.side,
        output=output,
        versions=_versions(),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        duration_seconds=None if job.seconds is None else round(job.seconds, 3),
        peak_memory_mib=None if job.peak_mib is None else round(job.peak_mib, 1),
    )


def output_record(
    image: Image | None, scene: GaussianScene | None, frames: Sequence[ResultFrame]
) -> OutputRecord:
    """What came out: scene and frames where there are any, otherwise the picture."""
    hashes, kinds = [], []
    shape: tuple[int, ...] = ()
    if frames:
        shape = (len(frames), *frames[0].image().pixels.shape)
        hashes, kinds = [hash_frames(frames)], ["frames"]
    if scene is not None:
        shape = (scene.count, int(scene.sh.shape[1]))
        hashes, kinds = [hash_scene(scene), *hashes], ["scene", *kinds]
    if hashes:
        transfer = frames[0].transfer.value if frames else ""
        sha256 = hashes[0] if len(hashes) == 1 else hash_together(hashes)
        return OutputRecord(sha256=sha256, shape=shape, transfer=transfer, what=" and ".join(kinds))
    assert image is not None  # a run gives a scene, frames or a picture
    return OutputRecord(sha256=image.sha256(), shape=image.pixels.shape, transfer=image.transfer.value)


def input_record(item: Item, region: Rect | None) -> InputRecord:
    """What went in.

    A capture is hashed over the frames that were used, a scene over its numbers and cameras, whichever files
    they came from, and every other file over its bytes.
    """
    reading = {key: _without_folder(key, value) for key, value in item.reading.items()}
    if item.kind is Kind.SPAD:
        cube = item.cube() if region is None else item.cube().cropped(region)
        window = item.window or FrameWindow(0, cube.frames)
        sha256, hashed = cube.sha256(window), "frames"
        return InputRecord(
            kind=item.kind, name=item.name, sha256=sha256, hashed=hashed, window=window, reading=reading
        )
    if item.kind is Kind.SPLAT:
        sha256, hashed = hash_scene(item.scene()), "scene"
    elif item.path is None:
        sha256, hashed = item.image().sha256(), "pixels"
    else:
        sha256, hashed = file_sha256(item.path), "file"
    return InputRecord(kind=item.kind, name=item.name, sha256=sha256, hashed=hashed, reading=reading)


def _without_folder(key: str, value: JSON) -> JSON:
    """A file that was named with its folder by its name alone: recipes tell nothing about a machine."""
    if isinstance(value, str) and (key in PATH_KEYS or Path(value).is_absolute()):
        return Path(value).name
    return value


def file_sha256(path: Path) -> str:
    """SHA-256 over a file's bytes."""
    with path.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()


def _versions() -> dict[str, str]:
    used = {name: _version_of(name) for name in _DECISIVE if name in sys.modules}
    return {"restora": __version__, "python": sys.version.split()[0], **used}


@cache
def _version_of(distribution: str) -> str:
    return metadata.version(distribution)
