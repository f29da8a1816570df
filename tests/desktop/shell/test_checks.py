"""Results that are held against the measurement, and against each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from restora_desktop.commanding.checks import RESIDUAL, sisters
from restora_desktop.dialogs.seeds import SeedsDialog
from restora_desktop.viewer.map_overlay import MapOverlay

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Studio


def test_a_result_is_held_against_the_measurement_and_the_rest_is_mapped(
    studio: Studio, capture: Path
) -> None:
    studio.open(capture)
    result = studio.run("classic.spad_average")
    studio.trigger("tools.consistency")
    studio.wait(lambda: any("residual" in text for text in studio.notices()))
    studio.wait(lambda: bool(studio.desk.view.panes[0].overlays))
    (laid,) = studio.desk.view.panes[0].overlays
    assert isinstance(laid, MapOverlay)
    assert laid.name == RESIDUAL
    assert laid.low < 0 < laid.high
    assert RESIDUAL in result.maps


def test_a_method_without_a_forward_model_says_so(studio: Studio, picture: Path) -> None:
    studio.open(picture)
    studio.run("classic.unsharp")
    studio.trigger("tools.consistency")
    studio.wait(lambda: any("does not say what its results mean" in text for text in studio.notices()))


def test_the_spread_over_seeds_is_mapped(studio: Studio, picture: Path) -> None:
    root = studio.open(picture)
    studio.window.plan.choose("fake.noisy")
    studio.settle()
    studio.trigger("run.seeds")
    dialog = studio.window.findChild(SeedsDialog)
    dialog.count.setValue(3)
    dialog.accept()
    studio.wait(lambda: len(root.children) == 3)
    studio.settle()
    other = studio.run("classic.unsharp")
    first = root.children[0]
    assert sisters(first) == tuple(root.children[:3])
    assert sisters(other) == (other,)
    studio.window.items_panel.select(first)
    studio.trigger("tools.spread")
    studio.wait(lambda: any("over 3 seeds" in text for text in studio.notices()))
    studio.wait(lambda: bool(studio.desk.view.panes[0].overlays))
    spread = first.maps["spread over 3 seeds"].pixels
    assert 0.05 < float(spread.mean()) < 0.15
    assert set(root.children[1].maps) == {"mean of 3 seeds", "spread over 3 seeds"}
    assert not other.maps


def test_one_seed_alone_has_no_spread(studio: Studio, picture: Path) -> None:
    studio.open(picture)
    studio.run("fake.noisy")
    studio.trigger("tools.spread")
    assert "There is only one seed of this result." in studio.notices()
