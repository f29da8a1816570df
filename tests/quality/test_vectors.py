from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from restora.data.image import Image
from restora.quality.fidelity import psnr
from restora.quality.similarity import ssim

VECTORS = Path(__file__).parents[1] / "vectors/gqir/metrics/psnr_ssim.npz"
TOLERANCE = 1e-3
"""As the vectors' README states."""


@pytest.mark.parametrize("case", ["0", "1", "2"])
def test_psnr_and_ssim_agree_with_piq_below_and_above_the_pooling_threshold(case: str) -> None:
    with np.load(VECTORS) as vectors:
        pair = [Image(pixels=np.float32(vectors[name + case][0].transpose(1, 2, 0) / 255)) for name in "xy"]
        assert psnr(*pair) == pytest.approx(float(vectors["psnr" + case]), abs=TOLERANCE)
        assert ssim(*pair) == pytest.approx(float(vectors["ssim" + case]), abs=TOLERANCE)
