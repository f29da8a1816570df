"""Small data for the first run and for tests, offered as `sample:ID`."""

from __future__ import annotations

from pathlib import Path

import restora_resources
from restora.api import Kind, SampleInfo

FOLDER = Path(restora_resources.__file__).parent / "samples"
_LICENCE = "CC0-1.0"


def _sample(sample_id: str, title: str, kind: Kind, place: str, truth: str) -> SampleInfo:
    """`place` lies below the folder of samples, its truth beside it."""
    path = FOLDER.joinpath(*place.split("/"))
    return SampleInfo(
        id=sample_id, title=title, path=path, kind=kind, licence=_LICENCE, truth=path.with_name(truth)
    )


SAMPLES = (
    _sample(
        "spad_mono",
        "Evening lake, 77 binary frames, moving, no colour filter",
        Kind.SPAD,
        "spad_mono/frames.npy",
        "truth.png",
    ),
    _sample(
        "spad_bayer",
        "Evening lake, 77 binary frames, moving, behind a Bayer filter",
        Kind.SPAD,
        "spad_bayer/frames.npy",
        "truth.png",
    ),
    _sample(
        "metalens",
        "Evening lake through a simulated metalens",
        Kind.METALENS,
        "metalens/photo.png",
        "truth.png",
    ),
    _sample(
        "lowres",
        "Evening lake, a quarter of the size (bicubic)",
        Kind.IMAGE,
        "lowres/bicubic_x4.png",
        "truth.png",
    ),
    _sample(
        "lowres_degraded",
        "Evening lake, a quarter of the size, blurred, noisy and compressed",
        Kind.IMAGE,
        "lowres/degraded_x4.png",
        "truth.png",
    ),
    _sample(
        "scene_still_life",
        "A laid table, trained too briefly with 24 photographs",
        Kind.SPLAT,
        "scene_still_life/undertrained.ply",
        "truth.ply",
    ),
    _sample(
        "scene_still_life_sparse",
        "A laid table, trained with 4 of 24 photographs (000, 007, 013, 018)",
        Kind.SPLAT,
        "scene_still_life/sparse.ply",
        "truth.ply",
    ),
    _sample(
        "scene_courtyard",
        "A courtyard, trained too briefly with 24 photographs",
        Kind.SPLAT,
        "scene_courtyard/undertrained.ply",
        "truth.ply",
    ),
    _sample(
        "scene_courtyard_sparse",
        "A courtyard, trained with 4 of 24 photographs (000, 007, 013, 018)",
        Kind.SPLAT,
        "scene_courtyard/sparse.ply",
        "truth.ply",
    ),
)
