"""All modal questions in one place, so that tests can answer them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QColor
from PySide6.QtWidgets import QColorDialog, QFileDialog, QInputDialog, QMessageBox, QWidget


class Dialogs:
    """Asks the user; every answer may be None for a change of mind."""

    def open_files(self, parent: QWidget, title: str, folder: str) -> tuple[Path, ...]:
        """Files to open."""
        names, _ = QFileDialog.getOpenFileNames(parent, title, folder, _openable())
        return tuple(Path(name) for name in names)

    def open_file(self, parent: QWidget, title: str, folder: str, pattern: str = "") -> str | None:
        """One file."""
        name, _ = QFileDialog.getOpenFileName(parent, title, folder, pattern)
        return name or None

    def open_folder(self, parent: QWidget, title: str, folder: str) -> Path | None:
        """A folder."""
        name = QFileDialog.getExistingDirectory(parent, title, folder)
        return Path(name) if name else None

    def save_file(self, parent: QWidget, title: str, suggestion: str, pattern: str = "") -> Path | None:
        """A file to write; the system asks before it is replaced."""
        name, _ = QFileDialog.getSaveFileName(parent, title, suggestion, pattern)
        return Path(name) if name else None

    def text(self, parent: QWidget, title: str, label: str, start: str = "") -> str | None:
        """A line of text."""
        text, ok = QInputDialog.getText(parent, title, label, text=start)
        return text.strip() if ok and text.strip() else None

    def colour(
        self, parent: QWidget, title: str, start: tuple[float, float, float]
    ) -> tuple[float, float, float] | None:
        """A colour, red, green and blue from 0 to 1."""
        chosen = QColorDialog.getColor(QColor.fromRgbF(*start), parent, title)
        return (chosen.redF(), chosen.greenF(), chosen.blueF()) if chosen.isValid() else None

    def confirm(self, parent: QWidget, title: str, question: str, yes: str) -> bool:
        """Whether to go on; `yes` is what the button says."""
        box = QMessageBox(QMessageBox.Icon.Question, title, question, parent=parent)
        accept = box.addButton(yes, QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.exec()
        return box.clickedButton() is accept


def _openable() -> str:
    """What the open dialog can be narrowed to."""
    from restora.io.opening import readable_suffixes
    from restora.io.scenes import scene_suffixes

    kinds = {"Pictures": readable_suffixes(), "Scenes of Gaussians": scene_suffixes()}
    filters = [
        f"{kind} ({' '.join(f'*{suffix}' for suffix in suffixes)})" for kind, suffixes in kinds.items()
    ]
    return ";;".join(("All files (*)", *filters))
