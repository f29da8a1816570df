from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QDialogButtonBox
from pytestqt.qtbot import QtBot

from restora.io.writing import Depth
from restora.jobs.video_orders import FrameChoice
from restora_desktop.dialogs.batch import BatchDialog
from restora_desktop.file_dialogs import Dialogs


@pytest.mark.parametrize(
    ("suffixes", "shown", "suffix", "example"),
    [
        ((".png", ".tiff"), ".png", ".png", "photo.png becomes photo.png"),
        ((".ply", ".spz"), ".ply", ".ply", "photo.png becomes photo.ply"),
        ((), "a folder of frames", "", "photo.png becomes photo"),
    ],
)
def test_a_batch_offers_what_the_method_makes(
    qtbot: QtBot, tmp_path: Path, suffixes: tuple[str, ...], shown: str, suffix: str, example: str
) -> None:
    dialog = BatchDialog("Method", [tmp_path], suffixes, Dialogs())
    qtbot.addWidget(dialog)
    dialog.output.setText(str(tmp_path))
    assert dialog.suffix.currentText() == shown
    assert dialog.wish().suffix == suffix
    assert dialog.example.text() == example
    depths = [dialog.form.depths.itemData(row) for row in range(dialog.form.depths.count())]
    assert (Depth.U16 in depths) == (suffix != ".ply"), "frames are pictures too"


def test_a_batch_takes_frames_of_videos(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = BatchDialog("Method", [tmp_path], (".png",), Dialogs())
    qtbot.addWidget(dialog)
    dialog.output.setText(str(tmp_path))
    assert dialog.wish().frames is None
    dialog.frames.setText("100:50")
    assert dialog.wish().frames == FrameChoice(start=100, length=50)
    dialog.frames.setText("many")
    start = dialog.buttons.button(QDialogButtonBox.StandardButton.Ok)
    assert not start.isEnabled()
    assert dialog.example.text() == "frames must be all, or START:LENGTH such as 100:50, got 'many'"
    dialog.frames.setText("all")
    assert start.isEnabled()
    assert dialog.wish().frames == FrameChoice()
