"""Asks for the size of pictures that are rendered for a file."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QSpinBox, QVBoxLayout, QWidget

from restora_desktop.dialogs.heading import Heading

_MOST = 16_384


class RenderDialog(QDialog):
    """Width and height, any that memory allows."""

    def __init__(self, title: str, note: str, width: int, height: int, go: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("render_dialog")
        self.setWindowTitle(title)
        self.width_field = self._field(width, self.tr("Width"))
        self.height_field = self._field(height, self.tr("Height"))
        form = QFormLayout()
        form.addRow(self.tr("Width"), self.width_field)
        form.addRow(self.tr("Height"), self.height_field)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.addButton(go, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(Heading(title, note))
        layout.addLayout(form)
        layout.addWidget(buttons)

    def size_wanted(self) -> tuple[int, int]:
        """Width and height."""
        return self.width_field.value(), self.height_field.value()

    def _field(self, value: int, name: str) -> QSpinBox:
        field = QSpinBox()
        field.setRange(16, _MOST)
        field.setValue(value)
        field.setSuffix(self.tr(" px"))
        field.setAccessibleName(name)
        return field
