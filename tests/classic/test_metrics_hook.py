from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest

from restora.api import MetricInfo
from restora.data.image import Image
from restora_classic.manifest import restora_metrics

WITHOUT_WEIGHTS = [info for info in restora_metrics() if not info.weights]
"""Those with weights have tests of their own."""


@pytest.mark.parametrize("info", WITHOUT_WEIGHTS, ids=lambda info: info.id)
def test_every_declared_metric_gives_a_number(info: MetricInfo) -> None:
    module, _, name = info.factory.partition(":")
    metric = getattr(import_module(module), name)
    image = Image(pixels=np.random.default_rng(0).random((170, 180, 3), dtype=np.float32))
    found = metric(image, image) if info.needs_reference else metric(image)
    assert isinstance(found, float)
    assert np.isfinite(found)
