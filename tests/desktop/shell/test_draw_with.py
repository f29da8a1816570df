"""What draws a scene in the window: the processor, or a card in another process."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from restora.io.scenes import write_scene
from restora.splats.devices import RenderDevice
from restora.splats.elsewhere.client import DrawingProcess
from restora_desktop.scene.draw_with import DrawWith, look_for_card

sys.path.insert(0, str(Path(__file__).parent))

from scene_samples import balls  # isort: skip

if TYPE_CHECKING:
    from conftest import Studio


pytestmark = pytest.mark.usefixtures("renderer_is_compiled")


@pytest.fixture
def scene_file(tmp_path: Path) -> Path:
    path = tmp_path / "balls.ply"
    write_scene(path, balls())
    return path


class Card:
    """Stands for a card: the processor in another process, behind the same questions."""

    def __init__(self, studio: Studio) -> None:
        self.processes: list[DrawingProcess] = []
        drawing = studio.desk.scenes.drawing
        drawing.look_for_card = lambda: RenderDevice(device="cuda", reason="gsplat on a pretended card")
        drawing.drawers.process_on = self._start

    def _start(self, device: str) -> DrawingProcess:
        assert device == "cuda"
        self.processes.append(DrawingProcess("cpu"))
        return self.processes[-1]


def choose(studio: Studio, choice: DrawWith) -> None:
    bar = studio.desk.scenes.page.bar
    bar.drawer.setCurrentIndex(bar.drawer.findData(choice))
    bar.drawer.activated.emit(bar.drawer.currentIndex())
    studio.settle()


def pixels(studio: Studio) -> bytes:
    image = studio.desk.scenes.pane.side.image
    assert image is not None
    return bytes(image.constBits())


def is_offered(studio: Studio) -> bool:
    drawer = studio.desk.scenes.page.bar.drawer
    return bool(drawer.model().item(drawer.findData(DrawWith.CARD)).isEnabled())


def test_without_a_card_the_choice_says_why(studio: Studio, scene_file: Path) -> None:
    found = look_for_card()
    if found.device != "cpu":
        pytest.skip("this machine has a card")
    studio.open(scene_file)
    drawer = studio.desk.scenes.page.bar.drawer
    assert not is_offered(studio)
    assert found.reason in drawer.toolTip()
    assert studio.desk.scenes.drawing.drawers.device == "cpu"


def test_a_card_draws_the_same_in_another_process(studio: Studio, scene_file: Path) -> None:
    card = Card(studio)
    studio.open(scene_file)
    assert len(card.processes) == 1
    assert is_offered(studio)
    assert "gsplat on a pretended card" in studio.desk.scenes.page.bar.drawer.toolTip()
    elsewhere = pixels(studio)
    choose(studio, DrawWith.CPU)
    assert studio.desk.scenes.drawing.drawers.device == "cpu"
    assert pixels(studio) == elsewhere
    choose(studio, DrawWith.CARD)
    assert studio.desk.scenes.drawing.drawers.device == "cuda"
    assert pixels(studio) == elsewhere
    assert len(card.processes) == 1
    assert studio.notices() == []


def test_a_card_that_fails_is_told_and_the_processor_goes_on(studio: Studio, scene_file: Path) -> None:
    card = Card(studio)
    studio.open(scene_file)
    card.processes[0].close()
    studio.desk.scenes.pane.navigator.orbit(0.3, 0.1)
    studio.settle()
    assert any("The processor draws: the process that draws on cpu has ended" in n for n in studio.notices())
    assert not is_offered(studio)
    moved = pixels(studio)
    choose(studio, DrawWith.CPU)
    assert pixels(studio) == moved


def test_the_choice_is_remembered(studio: Studio, scene_file: Path) -> None:
    assert studio.preferences.draws_with == "auto"
    card = Card(studio)
    studio.open(scene_file)
    choose(studio, DrawWith.CPU)
    assert studio.preferences.draws_with == "cpu"
    assert len(card.processes) == 1
