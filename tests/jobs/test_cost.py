"""What a request takes, where its scale is a parameter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from restora.data.item import Item
from restora.jobs.admission import Verdict
from restora.jobs.cost import data_mib, decision_for
from restora.jobs.estimates import EstimateBook
from restora.jobs.request import RunRequest, checked_request
from restora.jobs.states import JobState
from restora.plugins.declarations import MemoryRule, MethodInfo, Tiling
from restora.plugins.parameters import FloatParam

Bench = Any


@pytest.fixture
def scaling(info_of: Callable[..., MethodInfo]) -> MethodInfo:
    rule = MemoryRule(fixed_mib=10, mib_per_mpix=100.0, precision="fp32", mib_per_output_mpix=30.0)
    scale = FloatParam(id="scale", label="Scale", default=1.0, minimum=0.25, maximum=4.0)
    return info_of(memory=(rule,), scale=None, scale_param="scale", params=(scale,), tiling=Tiling.NONE)


def request_for(
    info: MethodInfo, item_of: Callable[..., Item], pixels_of: Callable[..., object], scale: float
) -> RunRequest:
    return checked_request(RunRequest(info=info, item=item_of(pixels_of(500, 1000)), params={"scale": scale}))


@pytest.mark.parametrize(("scale", "made"), [(0.5, 0.125), (1.0, 0.5), (4.0, 8.0)])
def test_the_pixels_that_are_made_count_as_well(
    bench: Bench, scaling: MethodInfo, item_of: Any, pixels_of: Any, scale: float, made: float
) -> None:
    request = request_for(scaling, item_of, pixels_of, scale)
    decision = decision_for(request, bench.device, EstimateBook(None), budget_mib=1e6, free_mib=1e6)
    assert decision.estimate.peak_mib == pytest.approx(10 + 50 + 30 * made + data_mib(request))


def test_a_large_scale_is_refused_where_a_small_one_fits(
    bench: Bench, scaling: MethodInfo, item_of: Any, pixels_of: Any
) -> None:
    verdicts = [
        decision_for(
            request_for(scaling, item_of, pixels_of, scale),
            bench.device,
            EstimateBook(None),
            budget_mib=200,
            free_mib=200,
        ).verdict
        for scale in (1.0, 4.0)
    ]
    assert verdicts == [Verdict.ADMITTED, Verdict.REFUSED]


def test_what_was_measured_at_one_scale_is_not_taken_for_another(
    bench: Bench, scaling: MethodInfo, copy_method: type, item_of: Any, pixels_of: Any
) -> None:
    bench.device.total = bench.device.free = 1e6
    item = item_of(pixels_of(500, 1000))
    around = data_mib(request_for(scaling, item_of, pixels_of, 1.0))
    bench.device.peak = 300.0 + around
    facts = {name: getattr(scaling, name) for name in ("memory", "scale", "scale_param", "params", "tiling")}
    job = bench.done(copy_method, item, **facts)
    assert job.state is JobState.DONE
    small, large = (
        decision_for(
            request_for(job.request.info, item_of, pixels_of, scale),
            bench.device,
            bench.estimates,
            budget_mib=1e6,
            free_mib=1e6,
        ).estimate.peak_mib
        for scale in (1.0, 4.0)
    )
    assert large - small == pytest.approx(30 * (8 - 0.5) + 7.5 * 3 * 4e6 / 2**20)
