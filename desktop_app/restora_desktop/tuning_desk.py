"""What surrounds the tuning of a method: the ladder before a run, the knob on a result."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Slot

from restora.errors import RestoraError
from restora_desktop.desk import Desk
from restora_desktop.laddering import LadderController, Subject
from restora_desktop.models.items import Node
from restora_desktop.pictures import thumbnail
from restora_desktop.trials import Trials
from restora_desktop.tuning import Tuner


class TuningDesk(QObject):
    """Connects knob and ladder with what is on the screen."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk, window = desk, desk.window
        self.trials = Trials(desk.runner, self)
        self.tuner = Tuner(window.plan, window.items, self.trials, self)
        self.ladder = LadderController(window.plan, self.trials, desk.background, self)
        desk.column.put_below(self.tuner.bar)
        window.stack.addWidget(self.ladder.page)
        desk.bridge.state_changed.connect(self.trials.take_state)
        desk.bridge.progressed.connect(self.trials.take_progress)
        desk.ready.connect(self._attach)
        desk.closing.connect(self._close)
        desk.viewing.shown.connect(self._follow)
        self.tuner.made.connect(self._show_new)
        self.tuner.changed.connect(self._show_changed)
        self.tuner.failed.connect(self._tell)
        self.ladder.opened.connect(self._show_ladder)
        self.ladder.closed.connect(self._leave_ladder)
        self.ladder.failed.connect(self._tell)
        desk.offer({"run.ladder": self._open_ladder})

    @Slot()
    def _attach(self) -> None:
        if self._desk.workbench is not None:
            self.trials.attach(self._desk.workbench)

    @Slot()
    def _close(self) -> None:
        self.tuner.close()
        self.ladder.close()
        self.trials.close()

    @Slot()
    def _follow(self) -> None:
        """Something else is looked at."""
        self.ladder.close()
        self.tuner.show(self._desk.window.items_panel.current())

    # -- knob --------------------------------------------------------------------------------------

    @Slot(object)
    def _show_new(self, node: Node) -> None:
        self._desk.window.items_panel.select(node)
        self._draw_thumbnail(node)

    @Slot(object)
    def _show_changed(self, node: Node) -> None:
        self._desk.show_changed(node)
        self._desk.window.inspect_panel.facts.show_node(node)
        self._desk.sessions.keeper.note_change()
        self._draw_thumbnail(node)

    def _draw_thumbnail(self, node: Node) -> None:
        picture = node.picture
        if picture is not None:
            take = partial(self._desk.take_thumbnail, node)
            self._desk.tasks.start(lambda: thumbnail(picture), take)

    # -- ladder ------------------------------------------------------------------------------------

    def _open_ladder(self, _on: bool) -> None:
        item = self._desk.runner.target_item()
        if item is not None:
            state, region = self._desk.view.state, self._desk.viewing.crop()
            self.ladder.open(Subject(item=item, region=region, levels=state.levels(), scale=state.scale))

    @Slot()
    def _show_ladder(self) -> None:
        self._desk.window.stack.setCurrentWidget(self.ladder.page)
        self.ladder.page.setFocus()

    @Slot()
    def _leave_ladder(self) -> None:
        self._desk.window.show_viewer(bool(self._desk.window.items.roots))

    @Slot(object)
    def _tell(self, error: Exception) -> None:
        if isinstance(error, RestoraError):
            self._desk.tell_error(error)
        else:
            raise error
