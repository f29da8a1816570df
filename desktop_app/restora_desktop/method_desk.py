"""What surrounds a method in its panel: presets, missing weights, and whether it can be run."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from restora.errors import ParameterError, RestoraError
from restora.plugins.declarations import MethodInfo
from restora.workbench import Workbench
from restora_desktop.models.presets import PresetStore
from restora_desktop.models.weights import readable_size, unmet_needs
from restora_desktop.panels.banner import Notice, Severity
from restora_desktop.panels.method import OWN_PRESET
from restora_desktop.window import MainWindow


class MethodDesk(QObject):
    """Answers the method panel.

    Attributes:
        problem: why the chosen method cannot be run now; None where it can.

    Signals:
        changed: `problem` may be another one.
    """

    changed = Signal()

    def __init__(self, window: MainWindow, presets: Path, parent: QObject) -> None:
        super().__init__(parent)
        self._window, self._presets = window, PresetStore(presets)
        self._workbench: Workbench | None = None
        self._missing: str | None = None
        self._forecast_problem: str | None = None
        panel = window.method_panel
        panel.preset_wanted.connect(self.apply_preset)
        panel.preset_save_wanted.connect(self._keep_preset)
        panel.instead_wanted.connect(self._use_instead)
        panel.preset_delete_wanted.connect(self._forget_preset)
        window.plan.method_changed.connect(self._show_method)

    @property
    def problem(self) -> str | None:
        """See the class."""
        return self._window.plan.problem() or self._missing or self._forecast_problem

    def attach(self, workbench: Workbench) -> None:
        """Look for weights with this one from now on."""
        self._workbench = workbench
        self._show_method()

    @Slot(str, bool)
    def show_forecast(self, line: str, is_problem: bool) -> None:
        """Take the line above Run."""
        self._forecast_problem = line if is_problem else None
        self._window.method_panel.show_forecast(line, is_problem=is_problem)
        self.changed.emit()

    @Slot()
    def look_at_weights(self) -> None:
        """Find out whether the chosen method has what it needs."""
        info = self._window.plan.info
        note = "" if info is None else self.missing_weights(info)
        self._missing = note or None
        instead = self._instead() if note else None
        self._window.method_panel.show_missing_weights(note, "" if instead is None else instead.title)
        self.changed.emit()

    @Slot()
    def _use_instead(self) -> None:
        instead = self._instead()
        if instead is not None:
            self._window.plan.choose(instead.id)

    def _instead(self) -> MethodInfo | None:
        """A method for the same data that works at once; the last declared one does most."""
        plan = self._window.plan
        ready = [info for info in plan.methods if plan.suits(info) and not info.weights and info.params]
        return min(reversed(ready), key=plan.rank, default=None)

    def apply_preset(self, name: str) -> None:
        """Take the values of a preset; own ones have `own: ` in front."""
        plan = self._window.plan
        if plan.info is None or plan.parameters is None:
            return
        try:
            if name.startswith(OWN_PRESET):
                values = self._presets.values(plan.info.id, name.removeprefix(OWN_PRESET))
                plan.parameters.apply(values)
            else:
                plan.parameters.apply(plan.info.presets[name])
        except (ParameterError, RestoraError) as error:
            self._tell(error)

    def _keep_preset(self) -> None:
        plan, window = self._window.plan, self._window
        name = window.dialogs.text(window, self.tr("Keep as preset"), self.tr("Name"))
        if name is None or plan.info is None or plan.parameters is None:
            return
        try:
            self._presets.keep(plan.info.id, name, plan.parameters.to_json())
        except (RestoraError, OSError) as error:
            self._tell(error)
        self._show_presets(plan.info)

    def _forget_preset(self, name: str) -> None:
        info = self._window.plan.info
        if info is None:
            return
        try:
            self._presets.forget(info.id, name)
        except (RestoraError, OSError) as error:
            self._tell(error)
        self._show_presets(info)

    def _show_method(self) -> None:
        info = self._window.plan.info
        self._forecast_problem = None
        if info is not None:
            self._show_presets(info)
        self.look_at_weights()

    def _show_presets(self, info: MethodInfo) -> None:
        try:
            names = self._presets.names(info.id)
        except RestoraError as error:
            self._tell(error)
            names = ()
        self._window.method_panel.show_own_presets(names)

    def missing_weights(self, info: MethodInfo) -> str:
        """What a method lacks, in a few words; empty where it lacks nothing."""
        if self._workbench is None or not info.weights:
            return ""
        try:
            rows = self._workbench.weights.list(info.id)
        except RestoraError as error:
            return str(error)
        absent = unmet_needs(rows)
        if not absent:
            return ""
        size = sum(need.first.size for need in absent)
        amount = f", {readable_size(size)}" if size else ""
        if len(absent) == 1:
            return self.tr("weights are missing: one file{s}").format(s=amount)
        return self.tr("weights are missing: {n} files{s}").format(n=len(absent), s=amount)

    def _tell(self, error: Exception) -> None:
        advice = error.advice or "" if isinstance(error, RestoraError) else ""
        self._window.banners.tell(Notice(text=str(error), advice=advice, severity=Severity.BAD))
