"""The ladder: the visible part at five values of the method's tuning parameter, from one noise sample."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal, Slot

from restora.data.geometry import Rect
from restora.data.image import Image
from restora.data.item import Item
from restora.errors import RestoraError
from restora.jobs.job import Job
from restora.jobs.request import RunRequest
from restora.plugins.parameters import FloatParam, IntParam
from restora.workbench import Workbench
from restora_desktop.models.plan import Plan, PlanModel
from restora_desktop.panels.ladder_page import LadderPage, told_values
from restora_desktop.trials import Trials
from restora_desktop.viewer.background import Background
from restora_desktop.viewer.ladder import Rung
from restora_desktop.viewer.levels import Levels


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What the rungs are made of."""

    item: Item
    region: Rect | None
    """The visible part; None: all of it."""
    levels: Levels
    """As the viewer shows it."""
    scale: float
    """Device pixels per pixel of the item, as in the viewer."""

    @property
    def width(self) -> int:
        """Pixels of the item across."""
        return self.item.probe.width if self.region is None else self.region.width


class LadderController(QObject):
    """Fills the rungs one after the other; a click takes the value into the method panel.

    Signals:
        opened: the page is to be shown.
        closed: the viewer is to be shown again.
        taken: the name and the value that somebody chose, as a text.
        failed: an exception.
    """

    opened = Signal()
    closed = Signal()
    taken = Signal(str)
    failed = Signal(object)

    def __init__(
        self, plan: PlanModel, trials: Trials, background: Background, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._plan, self._trials = plan, trials
        self.page = LadderPage(background)
        self._subject: Subject | None = None
        self._frozen: Plan | None = None
        self._values: tuple[float | int, ...] = ()
        self._images: dict[float | int, Image] = {}
        self._waiting: dict[str, float | int] = {}
        """Values that are computed, by their trial."""
        self.page.left.connect(self.close)
        self.page.range_changed.connect(self._fill)
        self.page.ladder.taken.connect(self._take)
        trials.ended.connect(self._end)

    def knob(self) -> IntParam | FloatParam | None:
        """What the chosen method can be tuned by."""
        info = self._plan.info
        knob = None if info is None or info.tuning is None else info.param(info.tuning)
        return knob if isinstance(knob, IntParam | FloatParam) else None

    def open(self, subject: Subject) -> None:
        """Show the ladder of the chosen method on this."""
        knob, plan = self.knob(), self._plan.plan()
        if knob is None or plan is None:
            return
        self._subject, self._frozen = subject, plan
        self._images = {}
        self.page.show_param(knob)
        self.page.ladder.state.set_levels(subject.levels)
        part = self.tr("the visible part") if subject.region is not None else self.tr("the whole picture")
        self.page.note.setText(
            self.tr("{m} on {part}, each rung from the same noise. Click the one that pleases you.").format(
                m=plan.info.title, part=part
            )
        )
        self._fill()
        self.opened.emit()

    @Slot()
    def close(self) -> None:
        """Go back; nothing is computed any more."""
        is_open = self._subject is not None
        self._withdraw()
        self._subject = self._frozen = None
        self._images = {}
        self.page.close_ladder()
        if is_open:
            self.closed.emit()

    @Slot()
    def _fill(self) -> None:
        """Begin with the rungs that are not there yet."""
        subject, plan = self._subject, self._frozen
        if subject is None or plan is None or plan.info.tuning is None:
            return
        self._withdraw()
        self._values = self.page.values()
        # Each goes before all others, so the last one asked for is the first to come.
        for value in reversed([value for value in self._values if value not in self._images]):
            made = replace(plan, params={**plan.params, plan.info.tuning: value})
            self._waiting[self._trials.start(_RungRequest(made, subject))] = value
        self._show()

    def _show(self) -> None:
        plan = self._frozen
        current = None if plan is None or plan.info.tuning is None else plan.params[plan.info.tuning]
        rungs = [
            Rung(label=label, value=value, image=self._images.get(value))
            for label, value in zip(told_values(self._values), self._values, strict=True)
        ]
        self.page.ladder.show_rungs(rungs, current=current)

    def _withdraw(self) -> None:
        for trial in self._waiting:
            self._trials.withdraw(trial)
        self._waiting.clear()

    @Slot(str, object)
    def _end(self, trial: str, outcome: Job | Exception) -> None:
        value = self._waiting.pop(trial, None)
        if value is None:
            return
        result = None if isinstance(outcome, Exception) else outcome.result
        if result is not None and result.image is not None:
            self._images[value] = result.image
            self._show()
            if len(self._images) == 1:
                self._look_as_in_the_viewer(result.image)
            return
        error = outcome if isinstance(outcome, Exception) else RestoraError(outcome.message)
        self.close()  # the other rungs would fail alike
        self.failed.emit(error)

    def _look_as_in_the_viewer(self, image: Image) -> None:
        """As large as there, unless all of it fits in at a larger scale."""
        subject, state = self._subject, self.page.ladder.state
        scale = 0.0 if subject is None else subject.scale * subject.width / image.width
        if scale > state.scale:
            state.look_at(*state.scene.centre, scale)

    @Slot(object)
    def _take(self, value: float | int) -> None:
        knob, values = self.knob(), self._plan.parameters
        self.close()
        if knob is not None and values is not None:
            values.set(knob.id, value)
            self.taken.emit(f"{knob.label} {value:g}")


@dataclass(frozen=True, slots=True)
class _RungRequest:
    plan: Plan
    subject: Subject

    def __call__(self, workbench: Workbench) -> RunRequest:
        plan = self.plan
        return workbench.request(
            plan.info.id,
            self.subject.item,
            params=plan.params,
            typed=True,
            seed=plan.seed,
            precision=plan.precision,
            side=plan.side,
            region=self.subject.region,
            references=plan.references,
        )
