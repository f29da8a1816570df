"""Small data for the first run and for tests, offered as `sample:ID`."""

from __future__ import annotations

from pathlib import Path

import restora_resources
from restora.api import Kind, SampleInfo

FOLDER = Path(restora_resources.__file__).parent / "samples"
_LICENCE = "CC0-1.0"

SAMPLES = (
    SampleInfo(
        id="spad_mono",
        title="Evening lake, 77 binary frames, moving, no colour filter",
        path=FOLDER / "spad_mono" / "frames.npy",
        kind=Kind.SPAD,
        licence=_LICENCE,
        truth=FOLDER / "spad_mono" / "truth.png",
    ),
    SampleInfo(
        id="spad_bayer",
        title="Evening lake, 77 binary frames, moving, behind a Bayer filter",
        path=FOLDER / "spad_bayer" / "frames.npy",
        kind=Kind.SPAD,
        licence=_LICENCE,
        truth=FOLDER / "spad_bayer" / "truth.png",
    ),
    SampleInfo(
        id="metalens",
        title="Evening lake through a simulated metalens",
        path=FOLDER / "metalens" / "photo.png",
        kind=Kind.METALENS,
        licence=_LICENCE,
        truth=FOLDER / "metalens" / "truth.png",
    ),
    SampleInfo(
        id="lowres",
        title="Evening lake, a quarter of the size (bicubic)",
        path=FOLDER / "lowres" / "bicubic_x4.png",
        kind=Kind.IMAGE,
        licence=_LICENCE,
        truth=FOLDER / "lowres" / "truth.png",
    ),
    SampleInfo(
        id="lowres_degraded",
        title="Evening lake, a quarter of the size, blurred, noisy and compressed",
        path=FOLDER / "lowres" / "degraded_x4.png",
        kind=Kind.IMAGE,
        licence=_LICENCE,
        truth=FOLDER / "lowres" / "truth.png",
    ),
    SampleInfo(
        id="scene_still_life",
        title="A laid table, trained too briefly with 24 photographs",
        path=FOLDER / "scene_still_life" / "undertrained.ply",
        kind=Kind.SPLAT,
        licence=_LICENCE,
        truth=FOLDER / "scene_still_life" / "truth.ply",
    ),
    SampleInfo(
        id="scene_still_life_sparse",
        title="A laid table, trained with 4 of 24 photographs (000, 007, 012, 019)",
        path=FOLDER / "scene_still_life" / "sparse.ply",
        kind=Kind.SPLAT,
        licence=_LICENCE,
        truth=FOLDER / "scene_still_life" / "truth.ply",
    ),
    SampleInfo(
        id="scene_courtyard",
        title="A courtyard, trained too briefly with 24 photographs",
        path=FOLDER / "scene_courtyard" / "undertrained.ply",
        kind=Kind.SPLAT,
        licence=_LICENCE,
        truth=FOLDER / "scene_courtyard" / "truth.ply",
    ),
    SampleInfo(
        id="scene_courtyard_sparse",
        title="A courtyard, trained with 4 of 24 photographs (000, 007, 012, 019)",
        path=FOLDER / "scene_courtyard" / "sparse.ply",
        kind=Kind.SPLAT,
        licence=_LICENCE,
        truth=FOLDER / "scene_courtyard" / "truth.ply",
    ),
)
