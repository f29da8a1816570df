"""What a person does on a real screen; started by `test_real_screen.py`, one journey per process.

`python journeys.py JOURNEY FOLDER`: the program lives in FOLDER and says how far it is.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton

sys.path.insert(0, str(Path(__file__).parent))

from hand import Journey, Traveller, click, drag, focus, keys, shown, write
from person import Person, rest, say
from scene_journey import through_a_scene

KINDS = {
    "picture": ("lowres_degraded", "classic.unsharp", ".png"),
    "metalens": ("metalens", "classic.bilateral", ".tiff"),
    "capture": ("spad_mono", "classic.spad_average", ".exr"),
}
"""Sample, method and format per kind of data."""


def open_sample(person: Person, kind: str) -> Journey:
    """From the first page to a picture on the screen, with the method chosen by typing its name."""
    sample, method, _ = KINDS[kind]
    yield person.is_ready
    focus(person.window)
    click(person.sample_button(sample))
    yield lambda: len(person.window.items.roots) == 1
    yield person.is_settled
    say("opened")
    chooser, plan = person.window.method_panel.chooser, person.window.plan
    title = next(info.title for info in plan.methods if info.id == method)
    click(chooser)
    yield lambda: chooser.view().isVisible()
    place = chooser.findText(title)
    chooser.view().scrollTo(chooser.model().index(place, 0))
    area = chooser.view().visualRect(chooser.model().index(place, 0))
    yield rest(0.3)
    click(chooser.view().viewport(), area.center())
    yield lambda: plan.info is not None and plan.info.id == method
    yield person.is_settled


def whole(person: Person, kind: str) -> Journey:
    """Open a sample, run, wipe, export, save the session, close everything, and bring it back."""
    yield from open_sample(person, kind)
    _, method, suffix = KINDS[kind]
    root = person.window.items.roots[0]
    click(person.button("run"))
    yield lambda: len(root.children) == 1
    yield person.is_settled
    say("restored")
    yield from wiped(person)
    exported = person.folder / f"result{suffix}"
    yield from export(person, exported)
    yield from person.keep(person.folder / "kept")
    say("kept")
    keys("ctrl+w")
    yield lambda: root.children == []
    keys("ctrl+w")
    yield lambda: person.window.items.roots == ()
    yield from person.reopen(person.folder / "kept")
    (child,) = person.window.items.roots[0].children
    assert child.result is not None
    assert child.result.recipe.method == method
    say("back")
    keys("ctrl+q")
    yield lambda: not person.window.isVisible()


def wiped(person: Person) -> Journey:
    """The result stands against its source; the handle is dragged, then moved by key."""
    view = person.application.desk.view
    assert view.mode.value == "wipe"
    wipe = view.panes[0].wipe
    assert wipe is not None
    before = wipe.share
    drag(wipe, 120, 0)
    yield lambda: wipe.share > before + 0.05
    pane = view.panes[0]
    click(pane, QPoint(40, pane.height() - 40))
    yield pane.hasFocus
    keys("3")
    yield lambda: len(view.panes) == 2
    keys("2")
    yield lambda: len(view.panes) == 1
    say("compared")


def export(person: Person, path: Path) -> Journey:
    """Write the result with the dialog."""
    keys("ctrl+e")
    yield lambda: shown("export_dialog") is not None
    dialog = shown("export_dialog")
    assert dialog is not None
    yield rest(0.3)
    focus(dialog)
    line = dialog.findChild(QLineEdit)
    assert isinstance(line, QLineEdit)
    click(line)
    yield line.hasFocus
    write(str(path))
    yield lambda: line.text() == str(path)
    keys("Return")
    yield lambda: any(file.name.startswith("result") for file in person.folder.glob("result*"))
    yield person.is_settled
    focus(person.window)
    say("exported")


def killed(person: Person) -> Journey:
    """Say that a long job runs, and wait for the end."""
    yield from open_sample(person, "picture")
    person.window.plan.choose("classic.denoise")
    yield person.is_settled
    click(person.button("run"))
    yield lambda: any(row.progress is not None for row in person.window.jobs.active())
    yield lambda: person.application.desk.sessions.keeper.is_idle
    say("running")
    yield lambda: False


def recovered(person: Person) -> Journey:
    """After that: what was open is offered, and a click brings it back."""
    yield person.is_ready
    focus(person.window)
    yield lambda: any("ended unexpectedly" in text for text in person.notices())
    say("offered")
    button = next(
        each for each in person.window.banners.findChildren(QPushButton) if each.text() == "Bring it back"
    )
    yield rest(0.5)
    click(button)
    yield lambda: len(person.window.items.roots) == 1
    yield person.is_settled
    assert person.window.items.roots[0].item.name == "sample:lowres_degraded"
    say("back")
    keys("ctrl+q")
    yield lambda: not person.window.isVisible()


def main() -> int:
    name, folder = sys.argv[1], Path(sys.argv[2])
    person = Person(folder)
    own: dict[str, Callable[[Person], Journey]] = {
        "killed": killed,
        "recovered": recovered,
        "scene": through_a_scene,
    }
    journey = own[name](person) if name in own else whole(person, name)
    traveller = Traveller(journey)
    code = QApplication.exec()
    del traveller
    return code


if __name__ == "__main__":
    sys.exit(main())
