"""What the commands of the menus do, apart from those of the viewer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication, QUndoStack
from PySide6.QtWidgets import QDialog

from restora import __version__
from restora.data.result import Result
from restora.errors import RestoraError
from restora.jobs.exporting import ExportOptions
from restora.jobs.verification import Verification
from restora.verify import find_recipe_run, verify
from restora.workbench import SAMPLE_PREFIX, Workbench
from restora_desktop.desk import Desk
from restora_desktop.diagnosing import diagnostics
from restora_desktop.dialogs.batch import BatchDialog
from restora_desktop.dialogs.export import ExportDialog
from restora_desktop.dialogs.palette import CommandPalette
from restora_desktop.dialogs.plugins import PluginsDialog
from restora_desktop.dialogs.preferences import PreferencesDialog
from restora_desktop.dialogs.reading import ReadingDialog
from restora_desktop.dialogs.report import ReportDialog
from restora_desktop.dialogs.seeds import SeedsDialog
from restora_desktop.dialogs.shortcuts import ShortcutsDialog
from restora_desktop.dialogs.weights import WeightsDialog
from restora_desktop.models.closing import CloseNode
from restora_desktop.models.items import Node
from restora_desktop.models.jobs import JobRow
from restora_desktop.opening import Failure
from restora_desktop.panels.banner import Notice, Severity
from restora_desktop.theme import Theme
from restora_desktop.tips import Tips

_PICTURES = "PNG (*.png)"


class Commander(QObject):
    """Answers commands; dialogs that are open stay where they are and hold nothing up."""

    def __init__(self, desk: Desk, theme: Theme) -> None:
        super().__init__(desk)
        self._desk, self._theme = desk, theme
        self.undo_stack = QUndoStack(self)
        desk.scenes.editing.use_undo(self.undo_stack)
        self.weights_dialog: WeightsDialog | None = None
        self._open_dialogs: list[QDialog] = []
        self.tips = Tips(desk.preferences, desk.tell)
        self.undo_stack.indexChanged.connect(desk.refresh)
        window = desk.window
        window.banners.details_wanted.connect(self._show_details)
        window.log_panel.folder_wanted.connect(self._open_log_folder)
        window.inspect_panel.figures.csv_wanted.connect(self._save_csv)
        window.method_panel.weights_wanted.connect(self.show_weights_of)
        desk.closing.connect(self._close_dialogs)
        desk.opener.failed.connect(self._tell_failure)
        desk.offer(self._answers())

    def _answers(self) -> Mapping[str, Callable[[bool], None]]:
        window, runner = self._desk.window, self._desk.runner
        plain: Mapping[str, Callable[[], None]] = {
            "file.open": self._open_files,
            "file.open_folder": self._open_folder,
            "file.paste": self._desk.paste,
            "file.reload": self._reload,
            "file.reading": self._restate,
            "file.export": self._export,
            "file.export_view": self._export_view,
            "file.use_result": self._use_result,
            "file.save_session": self._save_session,
            "file.open_session": self._open_session,
            "file.close": self._close_selected,
            "file.quit": self._desk.close,
            "edit.undo": self.undo_stack.undo,
            "edit.redo": self.undo_stack.redo,
            "edit.copy_view": self._copy_view,
            "edit.copy_pixel": self._copy_pixel,
            "edit.copy_recipe": self._copy_recipe,
            "edit.preferences": self._preferences,
            "view.previous": partial(window.items_panel.step, -1),
            "view.next": partial(window.items_panel.step, 1),
            "view.reset_layout": window.reset_layout,
            "run.run": partial(runner.run, first=True),
            "run.crop": self._run_on_crop,
            "run.queue": partial(runner.run, first=False),
            "run.batch": self._batch,
            "run.seeds": self._seeds,
            "run.cancel": self._cancel,
            "run.cancel_all": self._cancel_all,
            "tools.models": self._show_weights,
            "tools.plugins": self._show_plugins,
            "tools.verify": self._verify,
            "tools.diagnostics": self._diagnose,
            "tools.palette": self._show_palette,
            "help.shortcuts": self._show_shortcuts,
            "help.tour": self.tips.show_first,
            "help.log": self._open_log_folder,
            "help.about": self._about,
        }
        switches: Mapping[str, Callable[[bool], None]] = {
            "file.watch": self._watch,
            "view.full_screen": self._full_screen,
            "view.hide_panels": window.hide_panels,
            "run.pause": runner.pause_queue,
        }
        return {**{name: _Plain(answer) for name, answer in plain.items()}, **switches}

    @property
    def _workbench(self) -> Workbench:
        workbench = self._desk.workbench
        assert workbench is not None  # commands that need it are disabled until it is there
        return workbench

    def _current(self) -> Node | None:
        return self._desk.window.items_panel.current()

    # -- file --------------------------------------------------------------------------------------

    def _open_files(self) -> None:
        window = self._desk.window
        paths = window.dialogs.open_files(window, self.tr("Open"), self._desk.preferences.folder)
        self._desk.opener.open(paths)

    def _open_folder(self) -> None:
        window = self._desk.window
        folder = window.dialogs.open_folder(window, self.tr("Open folder"), self._desk.preferences.folder)
        if folder is not None:
            self._desk.opener.open_folder(folder)

    def _reload(self) -> None:
        node = self._current()
        if node is not None:
            self._desk.opener.reload(node.root)

    def _restate(self) -> None:
        node = self._current()
        if node is None or node.item.path is None:
            return
        root, path = node.root, node.item.path
        reading = {key: str(value) for key, value in root.item.reading.items()}
        dialog = ReadingDialog(self._workbench, path, reading, self._desk.window)
        dialog.accepted.connect(lambda: self._desk.opener.reload(root, dialog.reading()))
        self._open(dialog)

    def state_reading(self, failure: Failure) -> None:
        """Ask for what a file that could not be opened does not say."""
        path = Path(failure.name)
        dialog = ReadingDialog(self._workbench, path, failure.reading, self._desk.window)
        dialog.accepted.connect(lambda: self._desk.opener.open([path], dialog.reading()))
        self._open(dialog)

    def _tell_failure(self, failure: Failure) -> None:
        """A file that is there may only lack a statement."""
        error, is_there = failure.error, isinstance(failure.name, Path) and failure.name.exists()
        if not isinstance(error, RestoraError) or not is_there:
            self._desk.tell_error(error)
            return
        self._desk.tell(
            Notice(
                text=str(error),
                advice=error.advice or "",
                severity=Severity.BAD,
                action=self.tr("State how to read it…"),
                on_action=partial(self.state_reading, failure),
            )
        )

    def _watch(self, on: bool) -> None:
        node = self._current()
        if node is not None:
            self._desk.opener.watch(node.root, on=on)

    def _export(self) -> None:
        node, window = self._current(), self._desk.window
        if node is None or node.result is None:
            return
        dialog = ExportDialog(
            self._suggestion(node), self._workbench.writable_suffixes(), window.dialogs, window
        )
        dialog.accepted.connect(partial(self._write, dialog, node))
        self._open(dialog)

    def _suggestion(self, node: Node) -> Path:
        item, preferences = node.item, self._desk.preferences
        folder = Path(preferences.folder) if preferences.folder else Path.home()
        method = "result" if node.result is None else node.result.recipe.method.rpartition(".")[2]
        stem = Path(item.name.removeprefix(SAMPLE_PREFIX)).stem
        return folder / f"{stem}_{method}.png"

    def _write(self, dialog: ExportDialog, node: Node) -> None:
        assert node.result is not None  # the dialog was opened for a result
        workbench, result, path, options = self._workbench, node.result, dialog.path, dialog.options
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
        path = window.dialogs.save_file(window, self.tr("Export view"), start, _PICTURES)
        if path is None:
            return
        path = path if path.suffix else path.with_suffix(".png")
        if self._desk.view.grab_view().save(str(path)):
            self._desk.tell(Notice(text=self.tr("Written: {f}").format(f=path.name), severity=Severity.GOOD))
        else:
            self._desk.tell(Notice(text=f"{path}: the view cannot be written there", severity=Severity.BAD))

    def _use_result(self) -> None:
        node = self._current()
        if node is not None and node.result is not None and node.result.image is not None:
            self._desk.opener.take_picture(node.result.image, f"{node.root.title} · {node.title}")

    def _close_selected(self) -> None:
        panel, model = self._desk.window.items_panel, self._desk.window.items
        selected = panel.selected()
        roots = [node for node in selected if node.parent not in selected]
        heir = None if not roots else model.heir_of(roots)
        for node in roots:
            self._desk.note_closing(node)
            self.undo_stack.push(CloseNode(model, node))
        if heir is not None:
            panel.select(heir)
        self._desk.after_closing()

    def _save_session(self) -> None:
        window = self._desk.window
        start = str(Path(self._desk.preferences.folder or Path.home()) / "session")
        folder = window.dialogs.save_file(window, self.tr("Save session as a folder"), start)
        if folder is not None:
            self._desk.sessions.save_to(folder)

    def _open_session(self) -> None:
        window = self._desk.window
        folder = window.dialogs.open_folder(window, self.tr("Open session"), self._desk.preferences.folder)
        if folder is not None:
            self._desk.sessions.restore(folder)

    # -- edit --------------------------------------------------------------------------------------

    def _copy_view(self) -> None:
        QGuiApplication.clipboard().setImage(self._desk.view.grab_view())

    def _copy_pixel(self) -> None:
        text = self._desk.window.inspect_panel.pixel.copied_text()
        if text:
            QGuiApplication.clipboard().setText(text)
        else:
            self._desk.tell(Notice(text=self.tr("Point at a pixel first, then copy its value.")))

    def _copy_recipe(self) -> None:
        node = self._current()
        if node is not None and node.result is not None:
            QGuiApplication.clipboard().setText(node.result.recipe.to_text())

    def _preferences(self) -> None:
        window = self._desk.window
        dialog = PreferencesDialog(self._workbench.settings, self._desk.preferences, window.dialogs, window)
        dialog.accepted.connect(partial(self._take_preferences, dialog))
        self._open(dialog)

    def _take_preferences(self, dialog: PreferencesDialog) -> None:
        dialog.keep()
        self._theme.choose(dialog.scheme)
        try:
            self._workbench.change_settings(dialog.settings())
        except RestoraError as error:
            self._desk.tell_error(error)
        self._desk.method.look_at_weights()

    # -- run ---------------------------------------------------------------------------------------

    def _run_on_crop(self) -> None:
        region = self._desk.viewing.crop()
        if region is not None:
            self._desk.runner.run(region=region)

    def _seeds(self) -> None:
        window = self._desk.window
        dialog = SeedsDialog(window.plan.seed, window)
        dialog.accepted.connect(lambda: self._desk.runner.run(first=False, seeds=dialog.seeds()))
        self._open(dialog)

    def _batch(self) -> None:
        window, plan = self._desk.window, self._desk.window.plan.plan()
        if plan is None:
            problem = window.plan.problem() or self.tr("no method is chosen")
            self._desk.tell(
                Notice(text=self.tr("A batch needs a method that can run: {p}").format(p=problem))
            )
            return
        inputs = [node.item.path for node in window.items_panel.selected() if node.item.path is not None]
        dialog = BatchDialog(
            plan.info.title, inputs, self._workbench.writable_suffixes(), window.dialogs, window
        )
        dialog.accepted.connect(lambda: self._desk.batches.start(plan, dialog.wish()))
        self._open(dialog)

    def _cancel(self) -> None:
        jobs = self._desk.window.jobs
        selected = self._desk.window.jobs_panel.current()
        row = selected if selected is not None and selected.can_cancel else next(iter(jobs.active()), None)
        if row is not None:
            self.cancel(row)

    def _cancel_all(self) -> None:
        for row in self._desk.window.jobs.active():
            self.cancel(row)

    def cancel(self, row: JobRow) -> None:
        """Take a job back, wherever it came from."""
        if row.order is not None:
            self._desk.batches.cancel(row)
        else:
            self._desk.runner.cancel(row)

    def retry(self, row: JobRow) -> None:
        """Try a job again, wherever it came from."""
        if row.order is not None:
            self._desk.batches.retry(row)
        else:
            self._desk.runner.repeat(row)

    # -- tools -------------------------------------------------------------------------------------

    def _show_weights(self) -> None:
        if self.weights_dialog is None:
            self.weights_dialog = WeightsDialog(self._workbench, self._desk.window.dialogs, self._desk.window)
            self.weights_dialog.changed.connect(self._desk.method.look_at_weights)
        self.weights_dialog.refresh()
        if self.weights_dialog.isVisible():
            self.weights_dialog.raise_()
        self.weights_dialog.show()

    def show_weights_of(self, method_id: str) -> None:
        """Open the models window at what a method needs."""
        self._show_weights()
        if self.weights_dialog is not None:
            self.weights_dialog.show_method(method_id)

    def _show_plugins(self) -> None:
        self._open(PluginsDialog(self._workbench, self._desk.window))

    def _verify(self) -> None:
        window = self._desk.window
        chosen = window.dialogs.open_file(
            window, self.tr("A recipe, or a result that has one"), self._desk.preferences.folder
        )
        if chosen is None:
            return
        workbench, path = self._workbench, Path(chosen)
        self._desk.tell(Notice(text=self.tr("Repeating {f}…").format(f=path.name), severity=Severity.GOOD))
        self._desk.tasks.start(
            lambda: verify(workbench, find_recipe_run(workbench, path)),
            partial(self._tell_verified, path.name),
            self._desk.tell_error,
        )

    def _tell_verified(self, name: str, found: Verification) -> None:
        is_good = found.agreement != "different"
        severity = Severity.GOOD if is_good else Severity.BAD
        self._desk.tell(Notice(text=f"{name}: {found.agreement} ({found.explanation})", severity=severity))

    def _diagnose(self) -> None:
        dialog = ReportDialog(self.tr("Diagnostics"), "", self.tr("Looking…"), self._desk.window)
        workbench = self._workbench
        self._desk.tasks.start(
            lambda: diagnostics(workbench), partial(self._show_diagnostics, dialog), self._desk.tell_error
        )
        self._open(dialog)

    def _show_diagnostics(self, dialog: ReportDialog, text: str) -> None:
        if dialog in self._open_dialogs:  # it may have been closed meanwhile
            dialog.show_text(text)

    def _show_palette(self) -> None:
        self._open(CommandPalette(self._desk.window.board.all(), self._desk.window))

    # -- help --------------------------------------------------------------------------------------

    def _show_shortcuts(self) -> None:
        self._open(ShortcutsDialog(self._desk.window.board, self._desk.preferences, self._desk.window))

    def _open_log_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._desk.log_folder)))

    def _about(self) -> None:
        text = self.tr(
            "restora {v}\n\nRestores pictures from unusual cameras: one workbench for window, command line "
            "and recipes.\n\nApache License 2.0. The window is made with Qt for Python (LGPL) and QDarkStyle "
            "(MIT). Methods and weights have licences of their own, shown with each."
        ).format(v=__version__)
        self._open(ReportDialog(self.tr("About restora"), "", text, self._desk.window))

    def _full_screen(self, on: bool) -> None:
        if on:
            self._desk.window.showFullScreen()
        else:
            self._desk.window.showNormal()

    def _show_details(self, notice: Notice) -> None:
        self.show_report(self.tr("Details"), notice.text, notice.details)

    def show_report(self, title: str, heading: str, text: str) -> None:
        """Show a text that can be copied."""
        self._open(ReportDialog(title, heading, text, self._desk.window))

    def _save_csv(self, text: str) -> None:
        window = self._desk.window
        start = str(Path(self._desk.preferences.folder or Path.home()) / "figures.csv")
        path = window.dialogs.save_file(window, self.tr("Save figures"), start, "CSV (*.csv)")
        if path is None:
            return
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            self._desk.tell(
                Notice(text=f"{path}: cannot be written ({error.strerror})", severity=Severity.BAD)
            )

    def _open(self, dialog: QDialog) -> None:
        """Show a dialog without waiting for it; it is thrown away when it is closed."""
        self._open_dialogs.append(dialog)
        dialog.finished.connect(partial(self._drop, dialog))
        dialog.show()

    def _close_dialogs(self) -> None:
        """The window is about to go: whatever is still open ends its own work."""
        for dialog in tuple(self._open_dialogs):
            dialog.reject()
        if self.weights_dialog is not None:
            self.weights_dialog.close_threads()

    def _drop(self, dialog: QDialog, _code: int) -> None:
        if dialog in self._open_dialogs:
            self._open_dialogs.remove(dialog)
            dialog.deleteLater()


class _Plain:
    """An answer that does not care about switches."""

    def __init__(self, answer: Callable[[], None]) -> None:
        self._answer = answer

    def __call__(self, _on: bool) -> None:
        self._answer()


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
