from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from restora.api import Kind, SampleInfo
from restora_classic.manifest import restora_samples

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
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 4e6


@by_id
def test_truth_and_sample_fit_together(sample: SampleInfo) -> None:
    assert isinstance(sample.truth, Path)
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
