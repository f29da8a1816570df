"""What a person does with a scene: look, select, delete, compare with a photograph, fix, export, return."""

from __future__ import annotations

import numpy as np
from hand import Journey, click, dialog_on_top, drag, focus, keys, shown
from person import Person, rest, say
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QComboBox, QPushButton, QSpinBox

from restora_desktop.models.items import Node
from restora_desktop.panels.action_button import ActionButton
from restora_desktop.scene.fix_dialog import FixDialog
from restora_desktop.scene.render_dialog import RenderDialog

_SAMPLE = "scene_still_life"
_METHOD = "classic.bilateral"
_FRAME = (96, 64)


def through_a_scene(person: Person) -> Journey:
    """All of it, one after the other."""
    yield from looked_at(person)
    yield from edited(person)
    yield from against_a_photograph(person)
    yield from fixed(person)
    yield from exported(person)
    yield from kept_and_reopened(person)
    keys("ctrl+q")
    yield lambda: not person.window.isVisible()


def is_drawn(person: Person) -> bool:
    return person.is_settled() and bool(person.application.desk.scene_desk.is_settled)


def looked_at(person: Person) -> Journey:
    """Open the sample and drag it round."""
    yield person.is_ready
    focus(person.window)
    click(person.sample_button(_SAMPLE))
    yield lambda: len(person.window.items.roots) == 1
    yield lambda: is_drawn(person)
    say("opened")
    pane = person.application.desk.scenes.pane
    before = pane.camera().world_to_camera.copy()
    drag(pane, 90, 20)
    yield lambda: bool(np.abs(pane.camera().world_to_camera - before).max() > 0.05)
    yield lambda: is_drawn(person)
    say("orbited")


def edited(person: Person) -> Journey:
    """Select with a rectangle, delete, take it back, and find floaters with the button."""
    pane, items = person.application.desk.scenes.pane, person.window.items
    yield pane.hasFocus
    keys("r")
    yield person.window.board["scene.rectangle"].isChecked
    drag(pane, 120, 80)
    yield lambda: selected_count(person) > 10
    yield lambda: is_drawn(person)
    keys("Delete")
    yield lambda: len(items.roots) == 2
    yield lambda: is_drawn(person)
    left = gaussians(person)
    keys("ctrl+z")
    yield lambda: gaussians(person) > left
    keys("ctrl+shift+z")
    yield lambda: gaussians(person) == left
    tools = person.window.scene_tools
    person.window.docks["scene"].raise_()
    bar = tools.tabBar()
    click(bar, bar.tabRect(2).center())
    yield tools.edit.isVisible
    tools.edit.opacity.setValue(0.6)
    click(tools.edit.look)
    yield lambda: is_drawn(person) and selected_count(person) > 0
    say("edited")


def against_a_photograph(person: Person) -> Journey:
    """From the nearest camera, with the line dragged over the picture."""
    pane = person.application.desk.scenes.pane
    click(pane, QPoint(20, pane.height() // 2))
    yield pane.hasFocus
    keys("c")
    yield lambda: pane.navigator.camera is not None
    keys("o")
    yield lambda: pane.wipe is not None and is_drawn(person)
    wipe = pane.wipe
    assert wipe is not None
    before = wipe.share
    drag(wipe, 120, 0)
    yield lambda: wipe.share > before + 0.05
    assert pane.photo_title
    keys("o")
    yield lambda: pane.wipe is None
    say("compared")


def fixed(person: Person) -> Journey:
    """Hand the view to a method that needs no weights; the result stands against the render."""
    keys("ctrl+alt+f")
    yield lambda: shown("fix_dialog") is not None
    dialog = shown("fix_dialog")
    assert isinstance(dialog, FixDialog)
    focus(dialog)
    yield lambda: is_drawn(person)
    yield from pick(dialog.method, _METHOD)
    assert dialog.info.id == _METHOD
    click(dialog.go)
    yield lambda: person.window.items_panel.current() is not None
    yield lambda: any(is_fix(node) for node in person.window.items.nodes())
    yield lambda: is_drawn(person)
    view = person.application.desk.view
    assert view.mode.value == "wipe"
    assert [layer.name for layer in view.layers][1:] == [
        next(info.title for info in person.window.plan.methods if info.id == _METHOD)
    ]
    say("fixed")


def exported(person: Person) -> Journey:
    """Frames along a path of two keys, and the edited scene into a file."""
    window, tree = person.window, person.window.items_panel.tree
    focus(window)
    edited_scene = window.items.roots[1]
    click(tree.viewport(), tree.visualRect(window.items.index_of(edited_scene)).center())
    yield lambda: person.application.desk.scenes.is_active and is_drawn(person)
    pane = person.application.desk.scenes.pane
    click(pane, QPoint(20, pane.height() // 2))
    yield pane.hasFocus
    keys("v", "t", "k")
    paths = person.application.desk.scene_desk.paths
    yield lambda: len(paths.model.keys) == 1
    drag(pane, 60, 0)
    yield lambda: is_drawn(person)
    keys("k")
    yield lambda: len(paths.model.keys) == 2
    paths.bar.rate.setValue(2.0)
    yield from write_frames(person)
    yield from person.choose("scene.save")
    yield from person.answer_file_dialog(person.folder / "edited.spz")
    yield from confirmed(person)
    yield (person.folder / "edited.spz").is_file
    yield lambda: is_drawn(person)
    say("exported")


def write_frames(person: Person) -> Journey:
    paths, folder = person.application.desk.scene_desk.paths, person.folder / "frames"
    folder.mkdir()
    button = next(
        each for each in paths.bar.findChildren(ActionButton) if each.text() == "Export…" and each.isVisible()
    )
    click(button)
    yield lambda: shown("render_dialog") is not None
    dialog = shown("render_dialog")
    assert isinstance(dialog, RenderDialog)
    focus(dialog)
    for field, value in zip((dialog.width_field, dialog.height_field), _FRAME, strict=True):
        assert isinstance(field, QSpinBox)
        field.setValue(value)
    go = next(each for each in dialog.findChildren(QPushButton) if each.text() == "Choose folder…")
    click(go)
    yield from person.answer_file_dialog(folder)
    count = len(paths.model.frames())
    yield lambda: len(list(folder.glob("*.png"))) == count
    yield lambda: is_drawn(person)


def kept_and_reopened(person: Person) -> Journey:
    """Keep the session, close everything, and come back."""
    window, left = person.window, gaussians(person)
    focus(window)
    yield from person.keep(person.folder / "kept")
    say("kept")
    while window.items.roots:
        count = len(list(window.items.nodes()))
        keys("ctrl+w")
        yield lambda count=count: len(list(window.items.nodes())) < count
    yield from person.reopen(person.folder / "kept")
    yield lambda: is_drawn(person)
    assert [root.title for root in window.items.roots] == [_SAMPLE, f"{_SAMPLE} (edited)"]
    tree = window.items_panel.tree
    click(tree.viewport(), tree.visualRect(window.items.index_of(window.items.roots[1])).center())
    yield lambda: gaussians(person) == left and is_drawn(person)
    renders = [child for child in window.items.roots[1].children if child.camera is not None]
    assert any(is_fix(node) for render in renders for node in render.children)
    say("back")


def confirmed(person: Person) -> Journey:
    """Where a format does not keep everything, that is asked first."""
    yield lambda: dialog_on_top() is not None or (person.folder / "edited.spz").is_file()
    asked = dialog_on_top()
    if asked is not None:
        yield rest(0.4)
        focus(asked)
        click(next(each for each in asked.findChildren(QPushButton) if each.text() == "Save"))
        yield lambda: dialog_on_top() is None
        focus(person.window)


def pick(box: QComboBox, wanted: str) -> Journey:
    """Open a list and click on a row of it."""
    click(box)
    yield box.view().isVisible
    row = box.model().index(box.findData(wanted), 0)
    box.view().scrollTo(row)
    yield rest(0.3)
    click(box.view().viewport(), box.view().visualRect(row).center())
    yield lambda: box.currentData() == wanted


def gaussians(person: Person) -> int:
    entry = person.application.desk.scenes.entry
    return 0 if entry is None else entry.document.state.count


def selected_count(person: Person) -> int:
    entry = person.application.desk.scenes.entry
    return 0 if entry is None else entry.document.selected_count


def is_fix(node: Node) -> bool:
    return node.result is not None and node.result.recipe.method == _METHOD
