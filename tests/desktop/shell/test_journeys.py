"""Whole ways through the window, as a person goes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PySide6.QtCore import QMimeData, QModelIndex, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QDialogButtonBox, QSpinBox

from restora.data.image import Image
from restora.data.kinds import Kind
from restora.io.opening import read_image
from restora.io.writing import write_image
from restora.jobs.states import JobState
from restora_desktop.dialogs.batch import BatchDialog
from restora_desktop.dialogs.export import ExportDialog
from restora_desktop.dialogs.reading import ReadingDialog
from restora_desktop.dialogs.seeds import SeedsDialog
from restora_desktop.viewer.compare_modes import CompareMode
from restora_desktop.viewer.levels import Levels

if TYPE_CHECKING:
    from conftest import Studio


def test_open_run_compare_export_and_open_the_result_again(
    studio: Studio, picture: Path, tmp_path: Path
) -> None:
    studio.open(picture)
    result = studio.run("classic.unsharp", amount=1.5)
    assert studio.desk.view.mode is CompareMode.WIPE
    assert [layer.name for layer in studio.desk.view.layers] == ["photo.png", "Unsharp mask"]
    assert "Amount 1.5" in result.subtitle
    studio.trigger("file.export")
    dialog = studio.window.findChild(ExportDialog)
    dialog.line.setText(str(tmp_path / "out.tiff"))
    studio.qtbot.mouseClick(
        dialog.buttons.button(QDialogButtonBox.StandardButton.Save), Qt.MouseButton.LeftButton
    )
    studio.settle()
    assert any("out.tiff" in text for text in studio.notices())
    recipe = json.loads((tmp_path / "out.tiff.recipe.json").read_text())
    assert recipe["params"]["amount"] == 1.5
    again = studio.open(tmp_path / "out.tiff")
    assert again.picture is not None
    assert result.picture is not None
    assert np.abs(np.clip(result.picture.pixels, 0, 1) - again.picture.pixels).max() < 1 / 65000


def test_a_capture_runs_on_exactly_the_frames_on_the_screen(studio: Studio, capture: Path) -> None:
    root = studio.open(capture)
    assert root.kind is Kind.SPAD
    strip = studio.desk.capture.strip
    assert strip.isVisible()
    strip.findChild(QSpinBox, "window_length").setValue(16)
    strip.findChild(QSpinBox, "window_start").setValue(40)
    studio.settle()
    result = studio.run("classic.spad_average")
    assert result.result is not None
    window = result.result.recipe.item.window
    assert window is not None
    assert (
        (window.start, window.length)
        == (strip.window_of_frames.start, strip.window_of_frames.length)
        == (40, 16)
    )


def test_only_methods_for_the_kind_of_data_can_be_chosen(
    studio: Studio, picture: Path, capture: Path
) -> None:
    studio.open(picture)
    plan = studio.window.plan
    assert plan.info is not None
    assert Kind.IMAGE in plan.info.accepts
    studio.open(capture)
    assert plan.info is not None
    assert Kind.SPAD in plan.info.accepts
    chooser = studio.window.method_panel.chooser
    model = chooser.model()
    place = chooser.findData("classic.unsharp")
    assert not model.flags(model.index(place, 0)) & Qt.ItemFlag.ItemIsEnabled
    assert "takes" in model.index(place, 0).data(Qt.ItemDataRole.ToolTipRole)


def test_running_on_the_visible_part_puts_the_result_where_it_belongs(studio: Studio, picture: Path) -> None:
    studio.open(picture)
    studio.window.plan.choose("classic.unsharp")
    studio.desk.view.state.look_at(48, 32, 40)
    studio.settle()
    studio.trigger("run.crop")
    root = studio.window.items.roots[0]
    studio.wait(lambda: bool(root.children))
    studio.settle()
    region = root.children[0].region
    assert region is not None
    assert region.width < 96
    layer = studio.desk.view.layers[1]
    assert (layer.scene.x, layer.scene.width) == (region.x, region.width)


def test_several_seeds_give_as_many_results(studio: Studio, picture: Path) -> None:
    root = studio.open(picture)
    studio.window.plan.choose("fake.noisy")
    studio.settle()
    studio.trigger("run.seeds")
    dialog = studio.window.findChild(SeedsDialog)
    dialog.count.setValue(3)
    dialog.accept()
    studio.wait(lambda: len(root.children) == 3)
    studio.settle()
    assert [node.result.recipe.seed for node in root.children if node.result] == [0, 1, 2]


def test_a_job_can_be_cancelled_and_tried_again_with_a_click(studio: Studio, picture: Path) -> None:
    root = studio.open(picture)
    plan = studio.window.plan
    plan.choose("fake.slow")
    assert plan.parameters is not None
    plan.parameters.set("steps", 1000)
    studio.settle()
    studio.trigger("run.run")
    jobs, panel = studio.window.jobs, studio.window.jobs_panel
    studio.wait(lambda: bool(jobs.rows) and jobs.rows[0].state is JobState.RUNNING)
    panel.table.selectRow(0)
    studio.qtbot.mouseClick(panel.buttons["pause"], Qt.MouseButton.LeftButton)
    studio.wait(lambda: jobs.rows[0].state is JobState.PAUSED)
    panel.entries["pause"].trigger()
    studio.wait(lambda: jobs.rows[0].state is JobState.RUNNING)
    studio.qtbot.mouseClick(panel.buttons["cancel"], Qt.MouseButton.LeftButton)
    studio.wait(lambda: jobs.rows[0].state is JobState.CANCELLED)
    assert not root.children
    panel.entries["retry"].trigger()
    studio.wait(lambda: len(jobs.rows) == 2 and jobs.rows[1].state is JobState.RUNNING)
    studio.trigger("run.cancel_all")
    studio.settle()


def test_waiting_jobs_can_change_places_while_the_queue_is_paused(studio: Studio, picture: Path) -> None:
    root = studio.open(picture)
    studio.trigger("run.pause")
    for name in ("fake.identity", "classic.unsharp"):
        studio.window.plan.choose(name)
        studio.wait(lambda: studio.window.board["run.queue"].isEnabled())
        studio.trigger("run.queue")
    jobs, panel = studio.window.jobs, studio.window.jobs_panel
    studio.wait(lambda: len(jobs.rows) == 2)
    assert [row.state for row in jobs.rows] == [JobState.QUEUED, JobState.QUEUED]
    panel.table.selectRow(1)
    panel.entries["up"].trigger()
    assert [row.method for row in jobs.rows] == ["Unsharp mask", "Identity"]
    studio.window.board["run.pause"].trigger()
    studio.settle()
    assert [node.title for node in root.children] == ["Unsharp mask", "Identity"]


def test_waiting_jobs_are_reordered_by_dragging(studio: Studio, picture: Path) -> None:
    studio.open(picture)
    studio.trigger("run.pause")
    for name in ("fake.identity", "classic.unsharp", "classic.bilateral"):
        studio.window.plan.choose(name)
        studio.wait(lambda: studio.window.board["run.queue"].isEnabled())
        studio.trigger("run.queue")
    jobs = studio.window.jobs
    studio.wait(lambda: len(jobs.rows) == 3 and all(row.can_move for row in jobs.rows))
    model_index = jobs.index(2, 0)
    assert jobs.flags(model_index) & Qt.ItemFlag.ItemIsDragEnabled
    dragged = jobs.mimeData([model_index])
    assert not jobs.dropMimeData(dragged, Qt.DropAction.MoveAction, 0, 0, QModelIndex())
    assert [row.method for row in jobs.rows] == ["Bilateral smoothing", "Identity", "Unsharp mask"]
    jobs.dropMimeData(dragged, Qt.DropAction.MoveAction, -1, -1, QModelIndex())
    assert [row.method for row in jobs.rows] == ["Identity", "Unsharp mask", "Bilateral smoothing"]
    assert not jobs.dropMimeData(QMimeData(), Qt.DropAction.MoveAction, 0, 0, QModelIndex())
    studio.trigger("run.cancel_all")
    studio.window.board["run.pause"].trigger()
    studio.settle()
    assert not jobs.flags(jobs.index(0, 0)) & Qt.ItemFlag.ItemIsDragEnabled


def test_a_failed_job_is_told_with_its_sentence_and_never_in_a_modal_dialog(
    studio: Studio, picture: Path
) -> None:
    root = studio.open(picture)
    for name in ("fake.failing", "fake.polite", "fake.exits", "fake.nan"):
        studio.window.plan.choose(name)
        studio.wait(lambda: studio.window.board["run.run"].isEnabled())
        count = len(studio.window.jobs.rows)
        studio.trigger("run.run")
        studio.wait(lambda n=count: len(studio.window.jobs.rows) > n)
        studio.settle()
    assert not root.children
    states = [row.state for row in studio.window.jobs.rows]
    assert states == [JobState.FAILED] * 4
    assert any("the fake method failed" in text for text in studio.notices())
    assert len(studio.notices()) == 3  # the newest ones


def test_a_batch_goes_on_after_a_file_that_fails(studio: Studio, tmp_path: Path) -> None:
    source, target = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    rng = np.random.default_rng(0)
    for number in range(3):
        write_image(source / f"p{number}.png", Image(pixels=rng.random((16, 16, 3)).astype(np.float32)))
    (source / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnot at all")
    studio.window.plan.choose("classic.unsharp")
    studio.trigger("run.batch")
    dialog = studio.window.findChild(BatchDialog)
    dialog.add_inputs([source])
    dialog.output.setText(str(target))
    dialog.template.setText("{n:03}_{stem}")
    dialog.accept()
    studio.wait(lambda: len(studio.window.jobs.rows) == 4)
    studio.settle()
    assert sorted(path.name for path in target.glob("*.png")) == ["002_p0.png", "003_p1.png", "004_p2.png"]
    assert "Batch: 3 done, 1 not" in studio.notices()


def test_a_batch_makes_a_picture_of_each_frame_of_a_video(studio: Studio, tmp_path: Path) -> None:
    writer = cv2.VideoWriter(str(tmp_path / "clip.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10, (32, 16))
    for number in range(4):
        writer.write(np.full((16, 32, 3), 20 * number, np.uint8))
    writer.release()
    studio.window.plan.choose("classic.unsharp")
    studio.trigger("run.batch")
    dialog = studio.window.findChild(BatchDialog)
    dialog.add_inputs([tmp_path / "clip.avi"])
    dialog.output.setText(str(tmp_path / "out"))
    dialog.frames.setText("1:3")
    dialog.accept()
    studio.wait(lambda: len(studio.window.jobs.rows) == 3)
    studio.settle()
    assert sorted(path.name for path in (tmp_path / "out" / "clip").glob("*.png")) == [
        "00001.png",
        "00002.png",
        "00003.png",
    ]
    assert "Batch: 3 done, 0 not" in studio.notices()


def test_a_session_comes_back_with_its_results(studio: Studio, picture: Path, tmp_path: Path) -> None:
    studio.open(picture)
    result = studio.run("classic.unsharp", amount=2.0)
    studio.answers.place = tmp_path / "kept"
    studio.trigger("file.save_session")
    studio.wait(lambda: any("is kept" in text for text in studio.notices()))
    for node in studio.window.items.roots:
        studio.window.items_panel.select(node)
        studio.trigger("file.close")
    assert studio.window.stack.currentIndex() == 0
    studio.answers.folder = tmp_path / "kept"
    studio.trigger("file.open_session")
    studio.wait(lambda: len(studio.window.items.roots) == 1)
    studio.settle()
    (back,) = studio.window.items.roots[0].children
    assert back.result is not None
    assert result.result is not None
    assert back.result.recipe == result.result.recipe
    assert back.result.image.sha256() == result.result.image.sha256()
    assert studio.window.plan.parameters is not None
    assert studio.window.plan.parameters.value("amount") == 2.0


def test_closing_is_undone(studio: Studio, picture: Path) -> None:
    root = studio.open(picture)
    result = studio.run("classic.unsharp")
    studio.trigger("file.close")
    assert root.children == []
    studio.window.items_panel.select(root)
    studio.trigger("file.close")
    assert studio.window.items.roots == ()
    studio.trigger("edit.undo")
    studio.trigger("edit.undo")
    assert studio.window.items.roots == (root,)
    assert root.children == [result]


def test_a_metalens_photograph_starts_with_a_method_for_metalenses(studio: Studio, picture: Path) -> None:
    studio.open(picture)
    plan = studio.window.plan
    assert plan.info is not None
    assert plan.info.id != "classic.metalens"
    plan.set_kind(Kind.METALENS)
    assert plan.info.id == "classic.metalens"


def test_after_closing_the_row_above_is_looked_at(studio: Studio, picture: Path) -> None:
    first = studio.open(picture)
    second = studio.open(picture)
    result = studio.run("classic.unsharp")
    panel = studio.window.items_panel
    assert panel.current() is result
    for expected in (second, first, None):
        studio.trigger("file.close")
        assert panel.current() is expected
    studio.trigger("edit.undo")
    assert studio.window.items.roots == (first,)


def test_a_result_can_be_worked_on_as_an_item_of_its_own(studio: Studio, picture: Path) -> None:
    studio.open(picture)
    studio.run("classic.unsharp")
    studio.trigger("file.use_result")
    studio.wait(lambda: len(studio.window.items.roots) == 2)
    studio.settle()
    second = studio.run("classic.resize")
    assert second.result is not None
    assert second.result.recipe.item.hashed == "pixels"


def test_letters_typed_into_a_field_are_no_shortcuts(studio: Studio, picture: Path) -> None:
    studio.open(picture)
    studio.run("classic.unsharp")
    line = studio.window.log_panel.text
    studio.window.docks["log"].raise_()
    line.setFocus()
    QTest.keyClicks(line, "b2x")
    assert line.text() == "b2x"
    assert studio.desk.view.mode is CompareMode.WIPE
    pane = studio.desk.view.panes[0]
    pane.setFocus()
    studio.wait(pane.hasFocus)
    QTest.keyClick(pane, Qt.Key.Key_3)
    assert studio.desk.view.mode is CompareMode.SIDE_BY_SIDE


def test_exported_text_of_a_recipe_repeats_the_result(studio: Studio, picture: Path, tmp_path: Path) -> None:
    studio.open(picture)
    node = studio.run("classic.unsharp", amount=0.7)
    workbench = studio.desk.workbench
    assert workbench is not None
    assert node.result is not None
    workbench.export(node.result, picture.parent / "r.png")
    studio.answers.file = str(picture.parent / "r.png")
    studio.trigger("tools.verify")
    studio.wait(lambda: any("equal" in text for text in studio.notices()), 20)
    assert read_image(picture.parent / "r.png").width == 96


def test_a_capture_that_lacks_a_statement_is_opened_after_it_is_stated(
    studio: Studio, tmp_path: Path
) -> None:
    path = tmp_path / "ambiguous.npy"
    np.save(path, (np.random.default_rng(0).random((256, 240, 320)) < 0.3).astype(np.uint8))
    studio.desk.open_name(str(path))
    studio.wait(lambda: bool(studio.window.banners.notices))
    (notice,) = studio.window.banners.notices
    assert "can be" in notice.text
    assert notice.on_action is not None
    notice.on_action()
    dialog = studio.window.findChild(ReadingDialog)
    studio.wait(lambda: dialog.is_idle)
    open_button = dialog.buttons.button(QDialogButtonBox.StandardButton.Open)
    assert not open_button.isEnabled()
    assert "can be" in dialog.note.text()
    box = dialog.fields["layout"]
    assert isinstance(box, QComboBox)
    box.setCurrentIndex(box.findData("thw"))
    studio.wait(open_button.isEnabled)
    open_button.click()
    studio.wait(lambda: len(studio.window.items.roots) == 1)
    studio.settle()
    item = studio.window.items.roots[0].item
    assert (item.probe.frames, item.probe.width) == (256, 320)
    assert item.reading["layout"] == "thw"


def test_each_item_keeps_the_levels_it_was_left_with(studio: Studio, picture: Path, capture: Path) -> None:
    photo = studio.open(picture)
    state = studio.desk.view.state
    state.set_levels(Levels(white=0.5))
    studio.open(capture)
    assert state.levels() != Levels(white=0.5)
    studio.window.items_panel.select(photo)
    assert state.levels() == Levels(white=0.5)


def test_a_window_that_is_closed_at_work_lets_everything_go(studio: Studio, picture: Path) -> None:
    studio.open(picture)
    plan = studio.window.plan
    plan.choose("fake.slow")
    assert plan.parameters is not None
    plan.parameters.set("steps", 1000)
    studio.settle()
    studio.trigger("run.run")
    jobs = studio.window.jobs
    studio.wait(lambda: bool(jobs.rows) and jobs.rows[0].state is JobState.RUNNING)
    studio.trigger("file.reading")
    with studio.qtbot.waitSignal(studio.desk.closed, timeout=10_000):
        studio.window.close()


def test_how_to_read_a_file_is_asked_only_where_that_can_help(
    studio: Studio, capture: Path, tmp_path: Path
) -> None:
    empty, unclear = tmp_path / "empty.npy", tmp_path / "unclear.npy"
    empty.touch()
    np.save(unclear, np.zeros((40, 48, 56), np.uint8))
    for path, is_asked in ((empty, False), (unclear, True)):
        studio.window.banners.clear()
        studio.desk.open_name(str(path))
        studio.wait(lambda: bool(studio.window.banners.notices))
        (notice,) = studio.window.banners.notices
        assert bool(notice.action) is is_asked
