"""The knob on a result: moving it runs the method again with another value, newest value first."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from restora.data.item import Item
from restora.data.json_values import JSON
from restora.data.recipe import Recipe
from restora.errors import RestoraError
from restora.jobs.job import Job
from restora.jobs.progress import Progress
from restora.jobs.request import RunRequest, filled_slots
from restora.plugins.declarations import MethodInfo
from restora.plugins.parameters import FloatParam, IntParam
from restora.workbench import Workbench
from restora_desktop.models.items import ItemsModel, Node
from restora_desktop.models.plan import PlanModel
from restora_desktop.panels.knob import KnobBar
from restora_desktop.result_nodes import node_of_result, told_request
from restora_desktop.trials import Trials

_REST_MS = 40
"""How long the hand must rest before a value counts."""
_TOLD_AFTER_MS = 400
"""A move that takes longer says what it is doing."""


class Tuner(QObject):
    """Follows the slider with one result, which is replaced until somebody keeps it.

    Signals:
        made: a Node for a result that is new; it is to be put on the screen.
        changed: a Node whose result is another one now.
        failed: an exception.
    """

    made = Signal(object)
    changed = Signal(object)
    failed = Signal(object)

    def __init__(
        self, plan: PlanModel, items: ItemsModel, trials: Trials, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._plan, self._items, self._trials = plan, items, trials
        self.bar = KnobBar()
        self._node: Node | None = None
        self._tuned: Node | None = None
        """The result that follows the slider."""
        self._trial: str | None = None
        self._started = 0.0
        self._wanted: float | int | None = None
        self._rest, self._tell = self._timer(_REST_MS), self._timer(_TOLD_AFTER_MS)
        self._rest.timeout.connect(self._run)
        self._tell.timeout.connect(self._tell_waiting)
        self.bar.moved.connect(self._take)
        self.bar.keep_wanted.connect(self.keep)
        trials.ended.connect(self._end)
        trials.progressed.connect(self._tell_progress)

    def show(self, node: Node | None) -> None:
        """Offer the knob of a result, where its method has one that is quick enough."""
        knob = None if node is None else self._knob(node)
        is_other = node is not self._node
        if is_other:
            self._withdraw()
            self._node = node
            if node is not self._tuned:
                self._tuned = None
            self.bar.note.setText("")
        if node is None or node.result is None or knob is None:
            self.bar.hide()
            return
        if is_other or self.bar.isHidden():  # else the slider shows where the hand is
            self.bar.show_param(knob, node.result.recipe.params[knob.id])
        self.bar.offer_keeping(self._tuned is not None)

    @Slot()
    def keep(self) -> None:
        """What is shown stays as it is."""
        self._tuned = None
        self.bar.offer_keeping(False)
        self.bar.note.setText(self.tr("Kept. The next move makes another result."))

    def close(self) -> None:
        """Ask for nothing any more."""
        self._withdraw()

    def _timer(self, milliseconds: int) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        return timer

    def _withdraw(self) -> None:
        self._rest.stop()
        self._tell.stop()
        self._wanted = None
        if self._trial is not None:
            self._trials.withdraw(self._trial)
            self._trial = None

    def _info(self, node: Node) -> MethodInfo | None:
        if node.result is None:
            return None
        method = node.result.recipe.method
        return next((info for info in self._plan.methods if info.id == method), None)

    def _knob(self, node: Node) -> IntParam | FloatParam | None:
        info = self._info(node)
        if info is None or info.tuning is None or not info.tuning_is_live or node.result is None:
            return None
        recipe = node.result.recipe
        if recipe.references or filled_slots(info, recipe.params):
            return None  # its further pictures are not known to be open
        knob = info.param(info.tuning)
        return knob if isinstance(knob, IntParam | FloatParam) and knob.id in recipe.params else None

    # -- moving ------------------------------------------------------------------------------------

    @Slot(object)
    def _take(self, value: float | int) -> None:
        self._wanted = value
        if self._trial is None and not self._rest.isActive():
            self._rest.start()

    @Slot()
    def _run(self) -> None:
        node, value, self._wanted = self._node, self._wanted, None
        knob = None if node is None else self._knob(node)
        if node is None or node.result is None or knob is None or value is None:
            return
        recipe = node.result.recipe
        if recipe.params[knob.id] == value:
            return
        make = _Tuned(recipe, node.root.item, {**recipe.params, knob.id: value})
        self._started = time.perf_counter()
        self._trial = self._trials.start(make)
        self._tell.start()

    @Slot(str, object)
    def _end(self, trial: str, outcome: Job | Exception) -> None:
        if trial != self._trial:
            return
        self._trial = None
        self._tell.stop()
        if isinstance(outcome, Exception):
            self.bar.note.setText("")
            self.failed.emit(outcome)
        elif outcome.result is not None:
            self._show(outcome)
        else:
            self.bar.note.setText("")
            self.failed.emit(RestoraError(outcome.message or f"the job is {outcome.state}"))
        if self._wanted is not None:
            self._rest.start()  # the hand has moved on meanwhile

    def _show(self, job: Job) -> None:
        node, result = self._node, job.result
        if node is None or node.parent is None or result is None:
            return
        seconds = time.perf_counter() - self._started
        self.bar.note.setText(self.tr("Follows in {s:.2f} s").format(s=seconds))
        if self._tuned is None:
            self._tuned = self._node = node_of_result(job.request, result, node.parent)
            self._items.insert(self._tuned)
            self.made.emit(self._tuned)
        else:
            self._tuned.replace_result(result, told_request(job.request))
            self._items.changed(self._tuned)
            self.changed.emit(self._tuned)
        self.bar.offer_keeping(True)

    @Slot()
    def _tell_waiting(self) -> None:
        if self._trial is not None:
            is_paused = self._trials.is_paused
            self.bar.note.setText(
                self.tr("Waiting: the queue is paused") if is_paused else self.tr("Waiting for the device…")
            )

    @Slot(str, object)
    def _tell_progress(self, trial: str, progress: Progress) -> None:
        if trial == self._trial and not self._tell.isActive():
            share = f"{progress.fraction:.0%}"
            self.bar.note.setText(self.tr("{stage}, {share}").format(stage=progress.stage, share=share))


@dataclass(frozen=True, slots=True)
class _Tuned:
    """The request of a recipe with other values."""

    recipe: Recipe
    item: Item
    params: Mapping[str, JSON]

    def __call__(self, workbench: Workbench) -> RunRequest:
        item = replace(self.item, window=self.recipe.item.window)
        recipe = replace(self.recipe, params=self.params)
        if recipe.tile_automatic:
            recipe = replace(recipe, tile=None)
        return workbench.request_from_recipe(recipe, item)
