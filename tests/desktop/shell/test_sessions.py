"""What a session keeps of a result beside its first picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from restora.data.image import Image
from restora_desktop.commanding.checks import RESIDUAL
from restora_desktop.session_folder import save
from restora_desktop.viewer.map_overlay import MapOverlay

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Studio

    from restora_desktop.models.items import Node


def with_maps(studio: Studio, capture: Path) -> Node:
    """A result with a map of its method and one that was computed later."""
    studio.open(capture)
    result = studio.run("classic.spad_burst")
    studio.trigger("tools.consistency")
    studio.wait(lambda: RESIDUAL in result.maps)
    studio.settle()
    return result


def reopened(studio: Studio, folder: Path) -> Node:
    studio.answers.folder = folder
    count = len(studio.window.items.roots)
    studio.trigger("file.open_session")
    studio.wait(lambda: len(studio.window.items.roots) > count)
    studio.settle()
    return studio.window.items.roots[-1].children[0]


def test_maps_and_figures_of_a_result_come_back(studio: Studio, capture: Path, tmp_path: Path) -> None:
    result = with_maps(studio, capture)
    save(tmp_path / "kept", studio.desk.sessions.snapshot())
    back = reopened(studio, tmp_path / "kept")
    assert result.result is not None
    assert back.result is not None
    agreement = result.result.images["agreement"]
    assert back.result.images["agreement"].sha256() == agreement.sha256()
    assert back.maps[RESIDUAL].sha256() == result.maps[RESIDUAL].sha256()
    assert dict(back.result.info) == dict(result.result.info) != {}
    studio.window.items_panel.select(back)
    bar = studio.desk.drawing.overlays.bar
    bar.names.setCurrentIndex(bar.names.findData(RESIDUAL))
    studio.wait(lambda: bool(studio.desk.view.panes[0].overlays))
    (laid,) = studio.desk.view.panes[0].overlays
    assert isinstance(laid, MapOverlay)


def test_a_result_whose_map_is_gone_comes_back_without_it(
    studio: Studio, capture: Path, tmp_path: Path
) -> None:
    with_maps(studio, capture)
    save(tmp_path / "kept", studio.desk.sessions.snapshot())
    (lost,) = (tmp_path / "kept").glob("*-image0.tiff")
    lost.unlink()
    back = reopened(studio, tmp_path / "kept")
    assert back.result is not None
    assert dict(back.result.images) == {}
    assert RESIDUAL in back.maps
    assert any(lost.name in text for text in studio.notices())


def test_a_map_that_was_computed_again_replaces_the_kept_one(
    studio: Studio, capture: Path, tmp_path: Path
) -> None:
    result = with_maps(studio, capture)
    save(tmp_path / "kept", studio.desk.sessions.snapshot())
    result.add_map(RESIDUAL, Image(pixels=np.full((24, 32, 1), 7, np.float32)))
    save(tmp_path / "kept", studio.desk.sessions.snapshot())
    assert len(list((tmp_path / "kept").glob("*-map*.tiff"))) == 1
    back = reopened(studio, tmp_path / "kept")
    assert float(back.maps[RESIDUAL].pixels.min()) == 7
