"""The guide: pages to read beside the window, without a browser and without the network."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QUrl, Slot
from PySide6.QtGui import QDesktopServices, QKeySequence, QShortcut, QTextCursor
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from restora_desktop.guide import GuidePage
from restora_desktop.panels.dimmed import Dimmed
from restora_desktop.panels.roomy import RoomyRows

_LIST_WIDTH = 190


class GuideDialog(QDialog):
    """A list of pages, the page, and a search over all of them."""

    def __init__(self, pages: Sequence[GuidePage], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("guide_dialog")
        self.setWindowTitle(self.tr("Guide"))
        self.resize(940, 680)
        self._pages = tuple(pages)
        self._make_parts()
        self._lay_out()
        self.list.setCurrentRow(0)
        self.list.setFocus()

    def show_page(self, name: str) -> None:
        """Open the page of that name, if there is one."""
        for place, page in enumerate(self._pages):
            if page.name == name:
                self.list.setCurrentRow(place)

    def _make_parts(self) -> None:
        self.list = QListWidget()
        self.list.setObjectName("guide_pages")
        self.list.setAccessibleName(self.tr("Pages of the guide"))
        self.list.setFixedWidth(_LIST_WIDTH)
        self.list.setItemDelegate(RoomyRows(self.list))
        self.list.addItems([page.title for page in self._pages])
        self.list.currentRowChanged.connect(self._show)
        self.text = QTextBrowser()
        self.text.setObjectName("guide_text")
        self.text.setAccessibleName(self.tr("Text of the page"))
        self.text.setOpenLinks(False)
        self.text.anchorClicked.connect(self._follow)
        self.text.document().setDocumentMargin(14)
        self.search = QLineEdit()
        self.search.setObjectName("guide_search")
        self.search.setPlaceholderText(self.tr("Find; Return goes on to the next place"))
        self.search.setAccessibleName(self.tr("Find in the guide"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._find_first)
        self.search.returnPressed.connect(self.find_next)
        self.note = Dimmed()
        find = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        find.activated.connect(self.search.setFocus)

    def _lay_out(self) -> None:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        button = buttons.button(QDialogButtonBox.StandardButton.Close)
        button.setAutoDefault(False)  # Return belongs to the search
        row = QHBoxLayout()
        row.addWidget(self.list)
        row.addWidget(self.text, 1)
        below = QHBoxLayout()
        below.addWidget(self.note, 1)
        below.addWidget(buttons)
        layout = QVBoxLayout(self)
        layout.addWidget(self.search)
        layout.addLayout(row, 1)
        layout.addLayout(below)

    # -- reading -------------------------------------------------------------------------------------

    @Slot(int)
    def _show(self, place: int) -> None:
        self.text.setMarkdown(self._pages[place].text)

    @Slot(QUrl)
    def _follow(self, url: QUrl) -> None:
        """Another page, or the browser of the system for what lies elsewhere."""
        if url.isRelative():
            self.show_page(url.fileName())
        elif url.scheme() in {"http", "https"}:
            QDesktopServices.openUrl(url)

    # -- finding -------------------------------------------------------------------------------------

    @Slot()
    def _find_first(self) -> None:
        self.text.moveCursor(QTextCursor.MoveOperation.Start)
        self.note.setText("")
        if self.search.text():
            self.find_next()

    @Slot()
    def find_next(self) -> None:
        """The next place, on this page or on a later one; after the last the first again."""
        wanted = self.search.text()
        if not wanted or self.text.find(wanted):
            return
        start, count = self.list.currentRow(), len(self._pages)
        for step in range(1, count + 1):
            place = (start + step) % count
            if wanted.lower() in self._pages[place].text.lower():
                self.list.setCurrentRow(place)
                self.text.moveCursor(QTextCursor.MoveOperation.Start)
                if self.text.find(wanted):
                    return
        self.note.setText(self.tr("“{text}” stands nowhere.").format(text=wanted))
