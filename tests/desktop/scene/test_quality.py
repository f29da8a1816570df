"""The quality of moving pictures follows what they take."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from restora_desktop.scene.drawing import FULL, Quality
from restora_desktop.scene.quality import BUDGET_MS, QualityController


def play(cost: Callable[[Quality], float], pictures: int = 40) -> list[float]:
    controller, taken = QualityController(), []
    for _ in range(pictures):
        quality = controller.moving
        taken.append(cost(quality))
        controller.note(quality, taken[-1])
    return taken


@pytest.mark.parametrize("full_ms", [5.0, 150.0, 900.0, 4000.0])
def test_moving_pictures_come_near_the_budget(full_ms: float) -> None:
    taken = play(lambda q: full_ms * (0.4 * q.share + 0.6 * q.share * q.scale**2) + 2)
    assert max(taken[10:]) < 2 * BUDGET_MS


def test_a_small_scene_is_drawn_in_full_size_while_it_moves() -> None:
    controller = QualityController()
    for _ in range(20):
        controller.note(controller.moving, 3.0)
    assert controller.moving == Quality(scale=1.0, share=1.0, degree=0)


def test_one_slow_picture_costs_quality_at_once_and_one_quick_one_brings_none_back() -> None:
    controller = QualityController()
    first = controller.moving
    controller.note(first, 10 * BUDGET_MS)
    cheap = controller.moving
    assert cheap.share * cheap.scale < first.share * first.scale
    controller.note(cheap, 1.0)
    assert controller.moving == cheap
    controller.note(cheap, 1.0)
    assert controller.moving != cheap


def test_full_pictures_teach_nothing() -> None:
    controller = QualityController()
    before = controller.moving
    controller.note(FULL, 5000)
    assert controller.moving == before
