"""Slots for the further pictures that a method takes, filled from what is open."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QLabel, QVBoxLayout, QWidget

from restora.data.item import Item
from restora.plugins.declarations import References
from restora_desktop.panels.dimmed import Dimmed

_MOST_SLOTS = 8


class ReferenceSlots(QWidget):
    """One menu per slot.

    Signals:
        edited: the chosen Items, in the order of the slots.
    """

    edited = Signal(object)

    def __init__(self, rule: References) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 2, 0, 4)
        needed = self.tr("{n} needed").format(n=rule.minimum) if rule.minimum else self.tr("optional")
        layout.addWidget(QLabel(self.tr("Reference pictures ({needed})").format(needed=needed)))
        if rule.hint:
            layout.addWidget(Dimmed(rule.hint))
        self.slots: list[QComboBox] = []
        for number in range(min(rule.maximum, _MOST_SLOTS)):
            slot = QComboBox()
            slot.setAccessibleName(self.tr("Reference {n}").format(n=number + 1))
            slot.setToolTip(self.tr("Pictures that are open can be chosen"))
            slot.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            slot.activated.connect(self._tell)
            layout.addWidget(slot)
            self.slots.append(slot)

    def show_choices(self, choices: Sequence[tuple[str, Item]]) -> None:
        """Offer these; what is chosen stays chosen while it is among them."""
        before = self._chosen()
        for slot in self.slots:
            kept = slot.currentData()
            with QSignalBlocker(slot):
                slot.clear()
                slot.addItem(self.tr("(none)"), None)
                for title, item in choices:
                    slot.addItem(title, item)
                places = [n for n in range(slot.count()) if slot.itemData(n) is kept]
                slot.setCurrentIndex(places[0] if places else 0)
        if self._chosen() != before:
            self._tell()

    def _chosen(self) -> list[Item]:
        return [item for slot in self.slots if isinstance(item := slot.currentData(), Item)]

    def _tell(self) -> None:
        self.edited.emit(self._chosen())
