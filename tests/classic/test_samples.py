from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from restora.api import FrameWindow, Kind, Output, Rect, SampleInfo, Source, Transfer
from restora.data.image import Image as Picture
from restora.io.captures import CaptureOptions, open_cube
from restora.io.opening import open_item
from restora.io.scenes import read_scene
from restora.quality.fidelity import psnr
from restora.scenes.photographs import load_photographs
from restora.splats.rendering import render
from restora_classic.manifest import restora_samples

Run = Callable[..., Output]
SAMPLES = list(restora_samples())
by_id = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.id)


@by_id
def test_every_sample_is_there_with_its_truth_and_licence(sample: SampleInfo) -> None:
    assert sample.path.is_file()
    assert sample.truth is not None
    assert sample.truth.is_file()
    assert sample.licence == "CC0-1.0"
    assert (sample.path.parents[1] / "LICENCE.txt").is_file()


def test_all_samples_together_are_a_few_megabytes() -> None:
    folder = SAMPLES[0].path.parents[1]
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 5e6


@pytest.mark.parametrize("sample_id", ["spad_mono", "spad_bayer"])
def test_aligning_the_moving_sample_gains_five_decibels_on_its_plain_average(
    run: Run, sample_id: str
) -> None:
    sample = next(sample for sample in SAMPLES if sample.id == sample_id)
    assert sample.truth is not None
    cut = Rect(96, 60, 112, 80)
    cube = open_cube(sample.path, CaptureOptions()).cropped(cut)
    source = Source(kind=Kind.SPAD, cube=cube, window=FrameWindow(0, 77))
    with Image.open(sample.truth) as picture:
        truth = np.asarray(picture, np.float32).reshape(picture.height, picture.width, -1)[
            cut.rows, cut.columns
        ]

    def decibels(method: str) -> float:
        image = run(method, source).image
        assert image is not None
        found = Picture(pixels=image[12:-12, 12:-12], transfer=Transfer.LINEAR)
        return psnr(found, Picture(pixels=np.ascontiguousarray(truth[12:-12, 12:-12] / 255, np.float32)))

    average = decibels("classic.spad_average")
    assert decibels("classic.spad_burst") > average + 5


def check_scene(sample: SampleInfo) -> None:
    """Its cameras are found with their photographs, which show its truth better than itself."""
    assert sample.truth is not None
    scene = open_item(sample.path).scene()
    truth = read_scene(sample.truth)
    assert len(scene.cameras) == 24
    views = load_photographs(scene.cameras).views
    assert len(views) == 24
    camera, photo = views[9].camera, Picture(pixels=views[9].picture)
    ours, theirs = (Picture(pixels=render(each, camera).rgb) for each in (scene, truth))
    assert psnr(theirs, photo) > 30
    assert 12 < psnr(ours, photo) < psnr(theirs, photo) - 5


@by_id
def test_truth_and_sample_fit_together(sample: SampleInfo) -> None:
    assert isinstance(sample.truth, Path)
    if sample.kind is Kind.SPLAT:
        check_scene(sample)
        return
    with Image.open(sample.truth) as truth:
        width, height = truth.size
        colours = truth.mode
    if sample.kind is Kind.SPAD:
        frames = np.load(sample.path, mmap_mode="r")
        assert frames.shape == (77, height, width // 8)
        assert (sample.path.parent / "transforms.json").is_file()
        assert colours == ("L" if "mono" in sample.id else "RGB")
        return
    with Image.open(sample.path) as picture:
        scale = 4 if sample.id.startswith("lowres") else 1
        assert (picture.width * scale, picture.height * scale) == (width, height)
