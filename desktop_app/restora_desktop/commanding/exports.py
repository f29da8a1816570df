"""Writing results, what the viewer shows, and tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices

from restora.data.result import Result
from restora.jobs.exporting import ExportOptions
from restora.workbench import SAMPLE_PREFIX, Workbench
from restora_desktop.commanding.open_dialogs import OpenDialogs
from restora_desktop.desk import Desk
from restora_desktop.dialogs.export import ExportDialog
from restora_desktop.models.items import Node
from restora_desktop.panels.banner import Notice, Severity


class ExportCommands(QObject):
    """Answers what writes files."""

    def __init__(self, desk: Desk, dialogs: OpenDialogs) -> None:
        super().__init__(desk)
        self._desk, self._dialogs = desk, dialogs
        for panel in (desk.window.inspect_panel.figures, desk.window.inspect_panel.curve):
            panel.csv_wanted.connect(self._save_csv)

    @property
    def answers(self) -> Mapping[str, Callable[[], None]]:
        """What it does, by command."""
        return {
            "file.export": self._export,
            "file.export_view": self._export_view,
        }

    def _export(self) -> None:
        node, window = self._desk.window.items_panel.current(), self._desk.window
        if node is None or node.result is None:
            return
        suffixes = self._suffixes(node.result)
        dialog = ExportDialog(self._suggestion(node, suffixes), suffixes, window.dialogs, window)
        dialog.accepted.connect(partial(self._write, dialog, node))
        self._dialogs.open(dialog)

    def _suffixes(self, result: Result) -> tuple[str, ...]:
        """None where the result is a folder of frames."""
        workbench, method = self._desk.known_workbench, result.recipe.method
        info = next((info for info in workbench.host.methods() if info.id == method), None)
        return workbench.writable_suffixes(info)

    def _suggestion(self, node: Node, suffixes: tuple[str, ...]) -> Path:
        item, preferences = node.item, self._desk.preferences
        folder = Path(preferences.folder) if preferences.folder else Path.home()
        method = "result" if node.result is None else node.result.recipe.method.rpartition(".")[2]
        stem = Path(item.name.removeprefix(SAMPLE_PREFIX)).stem
        suffix = ".png" if ".png" in suffixes else "".join(suffixes[:1])
        return folder / f"{stem}_{method}{suffix}"

    def _write(self, dialog: ExportDialog, node: Node) -> None:
        assert node.result is not None  # the dialog was opened for a result
        workbench, result, path, options = (
            self._desk.known_workbench,
            node.result,
            dialog.path,
            dialog.options,
        )
        self._desk.tasks.start(
            lambda: _write_result(workbench, result, path, options),
            partial(self._tell_written, node),
            self._desk.tell_error,
        )

    def _tell_written(self, node: Node, files: tuple[Path, ...]) -> None:
        node.is_exported = True
        self._desk.preferences.folder = str(files[0].parent)
        text = self.tr("Written: {files}").format(files=", ".join(file.name for file in files))
        show = partial(QDesktopServices.openUrl, QUrl.fromLocalFile(str(files[0].parent)))
        self._desk.tell(
            Notice(text=text, severity=Severity.GOOD, action=self.tr("Open folder"), on_action=_Quiet(show))
        )

    def _export_view(self) -> None:
        window = self._desk.window
        start = str(Path(self._desk.preferences.folder or Path.home()) / "view.png")
        path = window.dialogs.save_file(window, self.tr("Export view"), start, "PNG (*.png)")
        if path is None:
            return
        path = path if path.suffix else path.with_suffix(".png")
        if self._desk.view.grab_view().save(str(path)):
            self._desk.tell(Notice(text=self.tr("Written: {f}").format(f=path.name), severity=Severity.GOOD))
        else:
            self._desk.tell(Notice(text=f"{path}: the view cannot be written there", severity=Severity.BAD))

    def _save_csv(self, text: str) -> None:
        window = self._desk.window
        start = str(Path(self._desk.preferences.folder or Path.home()) / "figures.csv")
        path = window.dialogs.save_file(window, self.tr("Save as CSV"), start, "CSV (*.csv)")
        if path is None:
            return
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            self._desk.tell(
                Notice(text=f"{path}: cannot be written ({error.strerror})", severity=Severity.BAD)
            )


class _Quiet:
    """Drops what a function returns."""

    def __init__(self, function: Callable[[], object]) -> None:
        self._function = function

    def __call__(self) -> None:
        self._function()


def _write_result(
    workbench: Workbench, result: Result, path: Path, options: ExportOptions
) -> tuple[Path, ...]:
    return workbench.export(result, path, options)
