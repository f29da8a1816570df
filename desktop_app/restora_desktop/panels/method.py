"""The dock that is made from a method's declaration: chooser, presets, parameters, forecast, Run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QAction, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from restora.data.item import Item
from restora.plugins.declarations import MethodInfo, Tiling
from restora.plugins.parameters import SeedParam
from restora_desktop.icons import IconButton
from restora_desktop.models.plan import PlanModel
from restora_desktop.panels.action_button import ActionButton
from restora_desktop.panels.dimmed import Dimmed
from restora_desktop.panels.editors import SeedEditor
from restora_desktop.panels.parameter_rows import Choose, Fold, ParameterRows, Taken
from restora_desktop.panels.references import ReferenceSlots
from restora_desktop.viewer.keyboard import tab_into

_TILES = (128, 192, 256, 384, 512, 768, 1024, 1536, 2048)
OWN_PRESET = "own: "


class MethodPanel(QWidget):
    """Shows the plan and changes it; what is to be done with it are actions.

    Signals:
        preset_wanted: the name of a preset to apply; own ones have `own: ` in front.
        preset_save_wanted: the values are to be kept under a name.
        preset_delete_wanted: the name of an own preset to forget.
        weights_wanted: the id of a method whose weights are missing.
        instead_wanted: the method that needs none is to be taken for now.
    """

    preset_wanted = Signal(str)
    preset_save_wanted = Signal()
    preset_delete_wanted = Signal(str)
    weights_wanted = Signal(str)
    instead_wanted = Signal()

    def __init__(
        self,
        plan: PlanModel,
        actions: Mapping[str, QAction],
        *,
        taken: Taken,
        choose: Choose,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._plan = plan
        self._taken, self._choose = taken, choose
        self._own_presets: tuple[str, ...] = ()
        self._reference_choices: tuple[tuple[str, Item], ...] = ()
        self._make_chooser()
        self._make_body()
        self._make_foot(actions)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(self.chooser)
        layout.addWidget(self.summary)
        layout.addLayout(self._preset_row)
        layout.addWidget(self.scroll_area, 1)
        layout.addWidget(self.foot)
        plan.methods_changed.connect(self._list_methods)
        plan.method_changed.connect(self._show_method)
        plan.edited.connect(self._show_seed_problem)
        self._list_methods()
        self._show_method()

    # -- making ------------------------------------------------------------------------------------

    def _make_chooser(self) -> None:
        self.chooser = QComboBox()
        self.chooser.setObjectName("method_chooser")
        self.chooser.setAccessibleName(self.tr("Method"))
        self.chooser.setMaxVisibleItems(24)
        self.chooser.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.chooser.activated.connect(self._choose_method)
        self.summary = Dimmed()
        self.presets = QComboBox()
        self.presets.setAccessibleName(self.tr("Preset"))
        self.presets.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.presets.activated.connect(self._choose_preset)
        self.preset_menu = QMenu(self)
        self.preset_menu.addAction(self.tr("Keep these values as a preset…"), self.preset_save_wanted.emit)
        self.forget = self.preset_menu.addAction(self.tr("Forget the chosen preset"), self._forget_preset)
        self.preset_menu.setToolTipsVisible(True)
        button = QToolButton()
        button.setObjectName("preset_menu")
        button.setText("…")
        button.setAccessibleName(self.tr("More about presets"))
        button.setToolTip(self.tr("Keep or forget presets"))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setMenu(self.preset_menu)
        self.back = IconButton("reset", self.tr("All values back to the declared ones"))
        self.back.clicked.connect(self._reset_all)
        self._preset_row = QHBoxLayout()
        self._preset_row.addWidget(self.presets, 1)
        self._preset_row.addWidget(button)
        self._preset_row.addWidget(self.back)

    def _make_body(self) -> None:
        self.scroll_area = QScrollArea()
        self.scroll_area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it follows what has the keyboard in it
        self.scroll_area.setWidgetResizable(True)
        self.scroll_area.setFrameShape(QFrame.Shape.NoFrame)
        self.scroll_area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.rows: ParameterRows | None = None
        self.references: ReferenceSlots | None = None

    def _make_foot(self, actions: Mapping[str, QAction]) -> None:
        self.foot = QWidget()
        layout = QVBoxLayout(self.foot)
        layout.setContentsMargins(0, 4, 0, 0)
        self.weights_note = Dimmed(role="problem")
        self.get_weights = QPushButton(self.tr("Get the weights…"))
        self.get_weights.clicked.connect(self._want_weights)
        self.instead = QPushButton()
        self.instead.setObjectName("instead")
        self.instead.clicked.connect(self.instead_wanted)
        self.forecast = Dimmed()
        self.forecast.setObjectName("forecast")
        self.forecast.setMinimumHeight(2 * self.fontMetrics().lineSpacing() + 2)
        self.forecast.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom)
        self.run = ActionButton(actions["run.run"])
        self.run.setObjectName("run")
        row = QHBoxLayout()
        row.addWidget(self.run, 1)
        for name in ("run.crop", "run.queue", "run.seeds", "run.ladder"):
            row.addWidget(ActionButton(actions[name], text=""))
        missing = QHBoxLayout()
        missing.addWidget(self.weights_note, 1)
        missing.addWidget(self.get_weights)
        layout.addLayout(missing)
        layout.addWidget(self.instead)
        layout.addWidget(self.forecast)
        layout.addLayout(row)
        self.show_missing_weights("")

    # -- showing -----------------------------------------------------------------------------------

    def show_forecast(self, line: str, *, is_problem: bool = False) -> None:
        """The line above Run."""
        self.forecast.setText(line)
        self.forecast.setProperty("role", "problem" if is_problem else "dim")
        self.forecast.style().polish(self.forecast)

    def show_missing_weights(self, note: str, instead: str = "") -> None:
        """Which weights are missing (an empty text: none are), and what can be run without any."""
        self.instead.setText(self.tr("Use {m} for now").format(m=instead))
        self.instead.setToolTip(self.tr("It needs no weights"))
        self.instead.setVisible(bool(note and instead))
        self.weights_note.setText(note)
        self.weights_note.setVisible(bool(note))
        self.get_weights.setVisible(bool(note))

    def show_own_presets(self, names: Sequence[str]) -> None:
        """Presets that the user has kept for the chosen method."""
        self._own_presets = tuple(names)
        self._list_presets()

    def show_references(self, choices: Sequence[tuple[str, Item]]) -> None:
        """Open pictures, with their titles, that can be given to the method as references."""
        self._reference_choices = tuple(choices)
        if self.references is not None:
            self.references.show_choices(self._reference_choices)

    def _list_methods(self) -> None:
        with QSignalBlocker(self.chooser):
            self.chooser.clear()
            model = self.chooser.model()
            assert isinstance(model, QStandardItemModel)  # a QComboBox makes its own
            for info in sorted(self._plan.methods, key=lambda info: not self._plan.suits(info)):
                model.appendRow(self._method_row(info))
            self._mark_chosen()

    def _method_row(self, info: MethodInfo) -> QStandardItem:
        row = QStandardItem(info.title)
        row.setData(info.id, Qt.ItemDataRole.UserRole)
        tip = f"{info.summary}\n{info.id}"
        if not self._plan.suits(info):
            row.setEnabled(False)
            kinds = self.tr(" or ").join(sorted(info.accepts))
            tip += "\n" + self.tr("Not now: it takes {kinds} items.").format(kinds=kinds)
        row.setToolTip(f"<qt>{tip}</qt>".replace("\n", "<br>"))
        return row

    def _mark_chosen(self) -> None:
        info = self._plan.info
        self.chooser.setCurrentIndex(-1 if info is None else self.chooser.findData(info.id))

    def _show_method(self) -> None:
        info, values = self._plan.info, self._plan.parameters
        self._mark_chosen()
        self.summary.setText(
            self.tr("Loading plugins…") if info is None and not self._plan.methods else _summary(info)
        )
        self.summary.setToolTip("" if info is None else _card(info))
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 0, 6, 0)
        if info is not None and values is not None:
            self.rows = ParameterRows(values, taken=self._taken, choose=self._choose)
            layout.addWidget(self.rows)
            self._add_references(info, layout)
            if info.stochastic:
                layout.addWidget(self._seed_row())
            layout.addWidget(self._computing(info))
        layout.addStretch(1)
        self.scroll_area.setWidget(body)
        tab_into(body, after=self.back)
        self._list_presets()

    def _add_references(self, info: MethodInfo, layout: QVBoxLayout) -> None:
        self.references = None
        if info.references.maximum:
            self.references = ReferenceSlots(info.references)
            self.references.show_choices(self._reference_choices)
            self.references.edited.connect(self._plan.set_references)
            layout.addWidget(self.references)

    def _seed_row(self) -> QWidget:
        row = QWidget()
        layout = QVBoxLayout(row)
        layout.setContentsMargins(0, 2, 0, 4)
        layout.setSpacing(1)
        label = QLabel(self.tr("Seed"))
        self.seed = SeedEditor(SeedParam(id="seed", label=self.tr("Seed")))
        self.seed.setToolTip(self.tr("The same seed and settings give the same result."))
        self.seed.show_value(self._plan.seed)
        self.seed.edited.connect(self._plan.set_seed)
        self.seed_problem = Dimmed(role="problem")
        label.setBuddy(self.seed)
        for widget in (label, self.seed, self.seed_problem):
            layout.addWidget(widget)
        self._show_seed_problem()
        return row

    def _show_seed_problem(self) -> None:
        info = self._plan.info
        if info is not None and info.stochastic:
            self.seed_problem.setText(self._plan.seed_problem or "")
            self.seed_problem.setVisible(bool(self._plan.seed_problem))

    def _computing(self, info: MethodInfo) -> Fold:
        """Tiles and precision, for those who want to decide."""
        fold = Fold(self.tr("Computing"), is_open=False)
        form = QFormLayout()
        fold.rows.addLayout(form)
        self.precision = QComboBox()
        self.precision.addItem(self.tr("Automatic"), None)
        for name in info.precisions:
            self.precision.addItem(name, name)
        self.precision.activated.connect(self._set_precision)
        form.addRow(self.tr("Precision"), self.precision)
        if info.tiling is not Tiling.NONE:
            self.tile = QComboBox()
            self.tile.addItem(self.tr("Automatic"), None)
            for side in _TILES:
                if side >= info.tile.minimum:
                    self.tile.addItem(f"{side} px", side)
            self.tile.activated.connect(self._set_tile)
            form.addRow(self.tr("Tiles"), self.tile)
        return fold

    def _list_presets(self) -> None:
        info = self._plan.info
        with QSignalBlocker(self.presets):
            self.presets.clear()
            self.presets.addItem(self.tr("Presets"))
            for name in () if info is None else info.presets:
                self.presets.addItem(name, name)
            for name in self._own_presets:
                self.presets.addItem(self.tr("{name} (own)").format(name=name), OWN_PRESET + name)
        self._show_forget()

    def _show_forget(self) -> None:
        chosen = self.presets.currentData()
        is_own = isinstance(chosen, str) and chosen.startswith(OWN_PRESET)
        self.forget.setEnabled(is_own)
        self.forget.setToolTip("" if is_own else self.tr("Not now: no preset of your own is chosen."))

    # -- changing ----------------------------------------------------------------------------------

    def _choose_method(self) -> None:
        self._plan.choose(str(self.chooser.currentData()))

    def _choose_preset(self) -> None:
        chosen = self.presets.currentData()
        if isinstance(chosen, str):
            self.preset_wanted.emit(chosen)
        self._show_forget()

    def _forget_preset(self) -> None:
        self.preset_delete_wanted.emit(str(self.presets.currentData()).removeprefix(OWN_PRESET))

    def _reset_all(self) -> None:
        if self._plan.parameters is not None:
            self._plan.parameters.reset_all()

    def _set_precision(self) -> None:
        self._plan.set_precision(self.precision.currentData())

    def _set_tile(self) -> None:
        self._plan.set_side(self.tile.currentData())

    def _want_weights(self) -> None:
        if self._plan.info is not None:
            self.weights_wanted.emit(self._plan.info.id)


def _summary(info: MethodInfo | None) -> str:
    return "" if info is None else info.summary


def _card(info: MethodInfo) -> str:
    """Where a method comes from."""
    lines = [info.id, f"Paper: {info.paper}" if info.paper else "", f"Licence: {info.licence}"]
    return "<qt>" + "<br>".join(line for line in lines if line) + "</qt>"
