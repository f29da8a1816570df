"""A field for a number of any size, with as many digits as it needs."""

from __future__ import annotations

from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QDoubleSpinBox, QWidget

_FAR = 1e12


class NumberField(QDoubleSpinBox):
    """Takes and shows numbers as `0.00123` or `1.2e+06`; steps are a tenth of the value."""

    def __init__(
        self,
        name: str,
        value: float = 0.0,
        *,
        least: float = -_FAR,
        most: float = _FAR,
        suffix: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setDecimals(9)
        self.setRange(least, most)
        self.setSuffix(suffix)
        self.setValue(value)
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setKeyboardTracking(False)
        self.setMinimumWidth(self.fontMetrics().horizontalAdvance("-0.0000000") + 24)

    def textFromValue(self, value: float) -> str:  # noqa: N802 - Qt's name
        """Six digits that count."""
        return f"{value:.6g}"

    def valueFromText(self, text: str) -> float:  # noqa: N802 - Qt's name
        """What was typed."""
        try:
            return float(text.removesuffix(self.suffix()).strip().replace(",", "."))
        except ValueError:
            return self.value()

    def validate(self, text: str, place: int) -> tuple[QValidator.State, str, int]:
        """Anything may be typed on the way to a number."""
        try:
            float(text.removesuffix(self.suffix()).strip().replace(",", "."))
        except ValueError:
            return QValidator.State.Intermediate, text, place
        return QValidator.State.Acceptable, text, place

    def stepBy(self, steps: int) -> None:  # noqa: N802 - Qt's name
        """By a tenth of what it is."""
        size = abs(self.value()) / 10 or 0.1
        self.setValue(self.value() + steps * size)
