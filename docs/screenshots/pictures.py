"""States of the window with pictures, captures and dialogs."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QApplication

from restora.data.geometry import FrameWindow
from screenshots.studio import Studio


def make(studio: Studio) -> None:
    """All states that are wanted, one after the other."""
    studio.rest()
    studio.shoot("welcome")
    for step, names in STEPS:
        if any(studio.is_wanted(name) for name in names):
            step(studio)


def compared(studio: Studio) -> None:
    """One picture, two, and many."""
    window, board = studio.window, studio.window.board
    studio.open(studio.examples.photo)
    studio.open(studio.examples.truth)
    window.items_panel.select(window.items.roots[0])
    studio.settle()
    studio.run("classic.denoise", noise=0.07)
    studio.run("classic.unsharp", amount=1.5)
    studio.run("classic.nonlocal_means")
    results = window.items.roots[0].children
    window.items_panel.select(results[0])
    for command in (
        "view.wipe_rows",
        "view.wipe",
        "view.side",
        "view.difference",
        "view.blink",
        "view.single",
    ):
        board[command].trigger()
        studio.settle()
        studio.shoot(command.partition(".")[2])
    window.items_panel.select(window.items.roots[0], *results)
    board["view.sheet"].trigger()
    studio.settle()
    studio.shoot("contact-sheet")
    board["view.single"].trigger()
    window.items_panel.select(results[0])
    studio.desk.view.state.look_at(330, 80, 44 * studio.scale)
    studio.settle()
    studio.shoot("values")
    studio.desk.view.fit()
    board["view.wipe"].trigger()


def measured(studio: Studio) -> None:
    """Figures against a reference, and curves along a line."""
    window, inspect = studio.window, studio.window.inspect_panel
    inspect.setCurrentWidget(inspect.figures)
    place = inspect.figures.reference.findData(window.items.roots[1].id)
    inspect.figures.reference.setCurrentIndex(place)
    inspect.figures.start()
    studio.wait(lambda: inspect.figures.is_idle)
    studio.shoot("figures")
    inspect.setCurrentWidget(inspect.curve)
    studio.desk.view.line_drawn.emit(90.5, 150.5, 420.5, 190.5)
    studio.settle()
    studio.shoot("curve")
    window.board["view.no_line"].trigger()
    inspect.setCurrentIndex(0)


def tuned(studio: Studio) -> None:
    """The knob on a result, and the ladder before a run."""
    window = studio.window
    result = window.items.roots[0].children[1]
    window.items_panel.select(result)
    studio.settle()
    tuner = studio.application.tuning_desk.tuner
    assert tuner.bar.editor is not None
    tuner.bar.editor.box.setValue(0.6)
    studio.wait(lambda: "Follows" in tuner.bar.note.text())
    studio.settle()
    studio.shoot("knob")
    window.plan.choose("classic.denoise")
    studio.desk.view.state.look_at(230, 200, 3)
    studio.settle()
    window.board["run.ladder"].trigger()
    studio.wait(lambda: studio.application.tuning_desk.trials.is_idle)
    studio.rest(600)
    studio.shoot("ladder")
    studio.application.tuning_desk.ladder.close()
    studio.desk.view.fit()


def dialogs(studio: Studio) -> None:
    """What menus open."""
    names = {
        "file.export": "export",
        "run.batch": "batch",
        "tools.models": "models",
        "tools.plugins": "plugins",
        "tools.diagnostics": "diagnostics",
        "help.guide": "guide",
        "tools.palette": "palette",
        "help.shortcuts": "shortcuts",
        "edit.preferences": "preferences",
    }
    for command, name in names.items():
        studio.dialog(command, name)


def busy(studio: Studio) -> None:
    """A job that runs, and others that wait."""
    plan, board = studio.window.plan, studio.window.board
    plan.choose("classic.nonlocal_means")
    studio.wait(lambda: board["run.queue"].isEnabled())
    for method in ("classic.nonlocal_means", "classic.denoise", "classic.bilateral"):
        plan.choose(method)
        studio.wait(lambda: board["run.queue"].isEnabled())
        board["run.queue"].trigger()
        studio.rest(60)
    studio.rest(250)
    studio.shoot("jobs")
    board["run.cancel_all"].trigger()
    studio.settle()
    studio.window.jobs.clear_ended()


def failing(studio: Studio) -> None:
    """A file that is not there."""
    studio.desk.open_name(str(studio.examples.photo.with_name("missing.png")))
    studio.rest(400)
    studio.settle()
    studio.shoot("error")
    studio.window.banners.clear()


def captured(studio: Studio) -> None:
    """A capture that lacks a statement, its frames, a result, and the map of what it does not explain."""
    from restora_desktop.dialogs.reading import ReadingDialog
    from restora_desktop.opening import Failure

    window = studio.window
    studio.desk.open_name(str(studio.examples.capture))
    studio.wait(lambda: bool(window.banners.notices))
    failure = Failure(name=studio.examples.capture, reading={"layout": "thw"}, error=ValueError())
    studio.commander.files.state_reading(failure)
    dialog = next(each for each in QApplication.topLevelWidgets() if isinstance(each, ReadingDialog))
    studio.wait(lambda: dialog.is_idle)
    studio.shoot("reading", dialog)
    window.banners.clear()
    count = len(window.items.roots)
    dialog.accept()
    studio.wait(lambda: len(window.items.roots) > count)
    studio.settle()
    strip = studio.desk.capture.strip
    strip.set_window(FrameWindow(64, 96))
    strip.window_changed.emit(FrameWindow(64, 96))
    studio.desk.view.auto_levels()
    studio.settle()
    studio.shoot("capture")
    studio.run("classic.spad_denoise")
    studio.shoot("capture-restored")
    window.board["tools.consistency"].trigger()
    studio.wait(lambda: bool(studio.desk.view.panes[0].overlays))
    studio.settle()
    studio.shoot("map")
    window.banners.clear()


def lens(studio: Studio) -> None:
    """A photograph through a lens, with rings of its field."""
    count = len(studio.window.items.roots)
    studio.desk.open_name("sample:metalens")
    studio.wait(lambda: len(studio.window.items.roots) > count)
    studio.settle()
    studio.window.board["view.rings"].trigger()
    studio.settle()
    studio.shoot("metalens")
    studio.window.board["view.rings"].trigger()


def unready(studio: Studio) -> None:
    """A method whose weights are not here."""
    studio.window.plan.choose("dmdiff.restore")
    studio.settle()
    studio.shoot("weights-missing")


STEPS: tuple[tuple[Callable[[Studio], None], tuple[str, ...]], ...] = (
    (compared, ("wipe", "wipe_rows", "side", "difference", "blink", "single", "contact-sheet", "values")),
    (measured, ("figures", "curve")),
    (tuned, ("knob", "ladder")),
    (dialogs, ("export", "batch", "models", "plugins", "guide", "palette", "shortcuts", "preferences")),
    (busy, ("jobs",)),
    (failing, ("error",)),
    (captured, ("reading", "capture", "capture-restored", "map")),
    (lens, ("metalens",)),
    (unready, ("weights-missing",)),
)
"""What shows which states."""
