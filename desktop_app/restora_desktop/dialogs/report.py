"""A text to read and to copy: the details of an error, diagnostics, a plugin's report."""

from __future__ import annotations

from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from restora_desktop.dialogs.heading import Heading


class ReportDialog(QDialog):
    """Shows a text; it does not hold up the window."""

    def __init__(self, title: str, heading: str, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("report_dialog")
        self.setWindowTitle(title)
        self.resize(760, 480)
        self.text = QPlainTextEdit(text)
        self.text.setReadOnly(True)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setAccessibleName(title)
        self.copy = QPushButton(self.tr("Copy report"))
        self.copy.clicked.connect(self.copy_text)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(self.copy, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(Heading(title, heading))
        layout.addWidget(self.text, 1)
        layout.addWidget(buttons)

    def show_text(self, text: str) -> None:
        """Another text."""
        self.text.setPlainText(text)

    def copy_text(self) -> None:
        """Put it onto the clipboard."""
        QGuiApplication.clipboard().setText(self.text.toPlainText())
