"""What the user is about to run: a method with everything that can be set about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from restora.data.item import Item
from restora.data.json_values import JSON
from restora.data.kinds import Kind
from restora.errors import ParameterError
from restora.plugins.declarations import MethodInfo
from restora.plugins.parameters import parse_seed
from restora_desktop.models.parameters import ParameterSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything a run needs beside the item."""

    info: MethodInfo
    params: Mapping[str, object]
    seed: int
    precision: str | None
    side: int | None
    """A tile set by hand; None leaves it to the host."""
    references: tuple[Item, ...]


class PlanModel(QObject):
    """The method chosen for the kind of data that is selected. Values are kept per method.

    Signals:
        methods_changed: other methods can be chosen, or fewer.
        method_changed: another method is chosen.
        edited: a value of the plan changed.
    """

    methods_changed = Signal()
    method_changed = Signal()
    edited = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._methods: tuple[MethodInfo, ...] = ()
        self._kind: Kind | None = None
        self._sets: dict[str, ParameterSet] = {}
        self._last: dict[Kind, str] = {}
        """What was chosen for each kind of data."""
        self._info: MethodInfo | None = None
        self._seed = 0
        self._seed_problem: str | None = None
        self._precision: str | None = None
        self._side: int | None = None
        self._references: tuple[Item, ...] = ()

    @property
    def methods(self) -> tuple[MethodInfo, ...]:
        """All methods that are loaded."""
        return self._methods

    @property
    def info(self) -> MethodInfo | None:
        """The chosen one."""
        return self._info

    @property
    def parameters(self) -> ParameterSet | None:
        """Its parameters."""
        return None if self._info is None else self._sets[self._info.id]

    @property
    def seed(self) -> int:
        """Where the noise starts."""
        return self._seed

    @property
    def seed_problem(self) -> str | None:
        """Why what stands in the panel is no seed."""
        return self._seed_problem

    @property
    def references(self) -> tuple[Item, ...]:
        """Further pictures that the method is given."""
        return self._references

    @property
    def precision(self) -> str | None:
        """None takes what suits the device."""
        return self._precision

    @property
    def side(self) -> int | None:
        """The tile set by hand."""
        return self._side

    def set_methods(self, methods: Sequence[MethodInfo]) -> None:
        """Offer these."""
        self._methods = tuple(methods)
        self.methods_changed.emit()
        self._choose_usual()

    def set_kind(self, kind: Kind | None) -> None:
        """Offer what suits this kind of data; the method last used for it is chosen again."""
        if kind is not self._kind:
            self._kind = kind
            self.methods_changed.emit()
            self._choose_usual()

    def suits(self, info: MethodInfo) -> bool:
        """Whether a method takes the kind of data that is selected; any does while nothing is."""
        takes_picture = self._kind is Kind.IMAGE and Kind.METALENS in info.accepts
        return self._kind is None or self._kind in info.accepts or takes_picture

    def choose(self, method_id: str) -> None:
        """Take another method; raises KeyError where there is none of that id."""
        info = next((each for each in self._methods if each.id == method_id), None)
        if info is None:
            raise KeyError(method_id)
        if self._kind is not None:
            self._last[self._kind] = method_id
        if info is self._info:
            return
        self._set_of(info)
        self._info, self._precision, self._side, self._references = info, None, None, ()
        self.method_changed.emit()
        self.edited.emit()

    def changed_params(self) -> dict[str, dict[str, JSON]]:
        """All values that somebody has looked at, by method."""
        return {method_id: values.to_json() for method_id, values in self._sets.items()}

    def take_values(self, method_id: str, values: Mapping[str, object]) -> None:
        """Set a method's values; raises KeyError for an unknown one, ParameterError for values it refuses."""
        info = next((each for each in self._methods if each.id == method_id), None)
        if info is None:
            raise KeyError(method_id)
        self._set_of(info).apply(values)

    def set_seed(self, seed: object) -> None:
        """Take a seed, or a text that somebody typed."""
        text = str(seed).strip()
        try:
            self._seed = parse_seed(int(text) if text.isdecimal() else text)
            self._seed_problem = None
        except ParameterError as error:
            self._seed_problem = str(error)
        self.edited.emit()

    def set_precision(self, precision: str | None) -> None:
        """Compute with this precision."""
        self._precision = precision
        self.edited.emit()

    def set_side(self, side: int | None) -> None:
        """Cut tiles of this side."""
        self._side = side
        self.edited.emit()

    def set_references(self, references: Sequence[Item]) -> None:
        """Hand these to the method beside its source."""
        self._references = tuple(references)
        self.edited.emit()

    def problem(self) -> str | None:
        """Why nothing can be run, as far as the panel knows."""
        if self._info is None or self.parameters is None:
            return "no method is chosen"
        if not self.suits(self._info):
            kinds = " or ".join(sorted(self._info.accepts))
            return f"{self._info.title} takes {kinds} items"
        if self._info.stochastic and self._seed_problem:
            return self._seed_problem
        return self.parameters.first_problem()

    def plan(self) -> Plan | None:
        """What would be run; None where something is wrong."""
        if self._info is None or self.parameters is None or self.problem() is not None:
            return None
        return Plan(
            info=self._info,
            params=self.parameters.values(),
            seed=self._seed if self._info.stochastic else 0,
            precision=self._precision,
            side=self._side,
            references=self._references,
        )

    def plan_for(self, method_id: str, references: Sequence[Item] = ()) -> Plan | None:
        """What would be run of any method, with the values last set for it; None where one is wrong."""
        info = next((each for each in self._methods if each.id == method_id), None)
        if info is None or self._set_of(info).first_problem() is not None:
            return None
        return Plan(
            info=info,
            params=self._set_of(info).values(),
            seed=self._seed if info.stochastic else 0,
            precision=None,
            side=None,
            references=tuple(references),
        )

    def _set_of(self, info: MethodInfo) -> ParameterSet:
        if info.id not in self._sets:
            self._sets[info.id] = ParameterSet(info, self)
            self._sets[info.id].changed.connect(self._note_edit)
        return self._sets[info.id]

    def _choose_usual(self) -> None:
        suitable = [info for info in self._methods if self.suits(info)]
        wanted = None if self._kind is None else self._last.get(self._kind)
        info = next((info for info in suitable if info.id == wanted), None) or self._first(suitable)
        is_as_good = info is not None and self._info is not None and self.rank(self._info) <= self.rank(info)
        if wanted is None and self._info in suitable and is_as_good:
            return
        if info is not None:
            self.choose(info.id)

    def _first(self, suitable: Sequence[MethodInfo]) -> MethodInfo | None:
        """A method made for this kind of data that changes something and works at once, if there is one."""
        ready = [info for info in suitable if not info.weights and info.params]
        return min(ready or suitable, key=self.rank, default=None)

    def rank(self, info: MethodInfo) -> tuple[bool, int]:
        """Lower for methods that are named after the kind of data, then for those that take few others."""
        kind = "" if self._kind is None else self._kind.value
        return kind not in info.id, len(info.accepts)

    def _note_edit(self) -> None:
        self.edited.emit()
