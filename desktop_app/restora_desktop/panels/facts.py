"""How a thing was read, or how a result was made."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from restora.data.image import Image
from restora.data.item import Item
from restora.data.result import Result
from restora.jobs.wording import readable_memory, readable_time
from restora_desktop.models.items import Node
from restora_desktop.models.parameters import told_value

Rows = list[tuple[str, str]]


class FactsPanel(QTreeWidget):
    """Names and values in groups; Ctrl+C copies the selected line."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("facts")
        self.setAccessibleName(self.tr("Facts"))
        self.setHeaderHidden(True)
        self.setColumnCount(2)
        self.setRootIsDecorated(False)
        self.setIndentation(10)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)

    def show_node(self, node: Node | None) -> None:
        """Everything known about a row."""
        self.clear()
        if node is None:
            return
        if node.result is not None:
            for title, rows in result_facts(node.result):
                self._add(title, rows)
        else:
            self._add(self.tr("File"), item_facts(node.item))
        if node.picture is not None:
            self._add(self.tr("Picture"), picture_facts(node.picture))

    def _add(self, title: str, rows: Rows) -> None:
        head = QTreeWidgetItem(self, [title])
        head.setFirstColumnSpanned(True)
        font = head.font(0)
        font.setBold(True)
        head.setFont(0, font)
        for name, value in rows:
            line = QTreeWidgetItem(head, [name, value])
            line.setToolTip(1, value)
        head.setExpanded(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Copy."""
        line = self.currentItem()
        if event.matches(QKeySequence.StandardKey.Copy) and line is not None:
            QGuiApplication.clipboard().setText(f"{line.text(0)}\t{line.text(1)}")
            return
        super().keyPressEvent(event)

    def text_of(self, name: str) -> str | None:
        """The value beside a name."""
        found = self.findItems(name, Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchRecursive)
        return found[0].text(1) if found else None


def item_facts(item: Item) -> Rows:
    """What is known about something that was opened."""
    probe = item.probe
    rows = [
        ("name", item.name),
        ("place", str(item.path or "not from a file")),
        ("kind", probe.kind.value),
        ("format", probe.format),
        ("size", probe.size_text if probe.gaussians else f"{probe.size_text}, {probe.channels} channels"),
    ]
    if probe.frames is not None:
        rows.append(("frames", str(probe.frames)))
    rows += [(fact.name, f"{fact.value} ({fact.origin})") for fact in probe.facts]
    return [*rows, *(("note", warning) for warning in probe.warnings)]


def picture_facts(image: Image) -> Rows:
    """What is known about pixels."""
    metadata = image.metadata
    rows = [
        ("pixels", f"{image.width} × {image.height}, {image.channels} channels"),
        ("transfer", image.transfer.value),
        ("nominal white", f"{image.nominal_white:g}"),
    ]
    if metadata.source_bits:
        rows.append(("bits", str(metadata.source_bits)))
    rows.append(("EXIF", "kept" if metadata.exif else "none"))
    rows.append(("colour profile", "kept" if metadata.icc else "none"))
    return rows


def result_facts(result: Result) -> list[tuple[str, Rows]]:
    """How a result was made."""
    recipe = result.recipe
    made = [
        ("method", recipe.method),
        ("version", recipe.plugin_version),
        ("seed", str(recipe.seed)),
        ("device", recipe.device),
        ("precision", recipe.precision),
        ("tiles", "whole picture" if recipe.tile is None else f"{recipe.tile} px"),
        ("created", recipe.created),
    ]
    if recipe.duration_seconds is not None:
        made.append(("took", readable_time(recipe.duration_seconds)))
    if recipe.peak_memory_mib is not None:
        made.append(("peak memory", readable_memory(recipe.peak_memory_mib)))
    params = [(name, told_value(value)) for name, value in recipe.params.items()]
    groups = [("Method", made), ("Parameters", params or [("none", "")])]
    groups.append(("Input", [("name", recipe.item.name), ("sha256", recipe.item.sha256)]))
    if recipe.weights:
        groups.append(("Weights", [(weight.file, weight.sha256) for weight in recipe.weights]))
    if result.info:
        groups.append(("Reported by the method", [(key, told_value(v)) for key, v in result.info.items()]))
    return groups
