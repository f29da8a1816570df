"""States of the view of a scene."""

from __future__ import annotations

from PySide6.QtCore import Qt

from screenshots.studio import Studio


def make(studio: Studio) -> None:
    """All states, one after the other."""
    studio.desk.open_name("sample:scene_still_life")
    studio.wait(lambda: bool(studio.window.items.roots))
    studio.settle()
    for step in (looked_at, wiped, selected, travelled, fixed):
        step(studio)


def looked_at(studio: Studio) -> None:
    """The scene, its colours and its depth."""
    pane, board = studio.desk.scene_desk.view.pane, studio.window.board
    pane.navigator.orbit(0.35, -0.1)
    pane.navigator.dolly(0.9)
    studio.settle()
    studio.shoot("scene")
    board["scene.reset"].trigger()
    board["scene.depth"].trigger()
    studio.settle()
    studio.shoot("scene-depth")
    board["scene.colour"].trigger()


def wiped(studio: Studio) -> None:
    """Against the photograph from the same camera; the strip shows photographs too."""
    strip, board = studio.desk.scene_desk.view.page.strip, studio.window.board
    board["scene.photo"].trigger()
    strip.source.setCurrentIndex(1)
    strip.source.activated.emit(1)
    studio.settle()
    studio.shoot("scene-photo")
    board["scene.photo"].trigger()
    strip.source.setCurrentIndex(0)
    strip.source.activated.emit(0)


def selected(studio: Studio) -> None:
    """Gaussians in a ball, and how an attribute is spread."""
    view = studio.desk.scene_desk.view
    view.pane.navigator.orbit(0.3, -0.15)
    studio.settle()
    studio.window.scene_tools.setCurrentIndex(1)
    point = view.pane.side.point_at(0.45, 0.45)
    assert point is not None  # the middle of the table
    view.editing.select_sphere(point, 0.6, Qt.KeyboardModifier.NoModifier)
    studio.settle()
    studio.shoot("scene-selection")
    studio.window.board["scene.select_none"].trigger()


def travelled(studio: Studio) -> None:
    """A camera path."""
    paths, board = studio.desk.scene_desk.paths, studio.window.board
    board["scene.path"].trigger()
    board["scene.orbit_path"].trigger()
    paths.model.move_to(2.5)
    studio.desk.scene_desk.view.pane.navigator.dolly(1.3)
    studio.settle()
    studio.shoot("scene-path")
    board["scene.path"].trigger()


def fixed(studio: Studio) -> None:
    """What is asked before a view is fixed."""
    board, fixer = studio.window.board, studio.desk.scene_desk.fixer
    board["scene.reset"].trigger()
    studio.settle()
    board["scene.fix_view"].trigger()
    studio.settle()
    assert fixer.dialog is not None  # the method for pictures that is always there can be chosen
    studio.shoot("scene-fix", fixer.dialog)
    fixer.dialog.reject()
