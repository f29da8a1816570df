"""The dock of what is open: items with thumbnails, their results below them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QAction, QColor, QIcon, QImage, QKeySequence, QPainter, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from restora.data.kinds import Kind
from restora_desktop.icons import icon, kind_icon_name
from restora_desktop.models.items import ItemRole, ItemsModel, Node
from restora_desktop.panels.empty_note import EmptyNote
from restora_desktop.theme import colours

_THUMBNAIL = 44
_MARGIN = 5


class ItemDelegate(QStyledItemDelegate):
    """Draws a thumbnail beside two lines: the name, and what it is."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:  # noqa: N802 - Qt's name
        """Room for the thumbnail."""
        return QSize(super().sizeHint(option, index).width(), _THUMBNAIL + 2 * _MARGIN)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw one row."""
        node = index.data(ItemRole.NODE)
        if not isinstance(node, Node):
            return
        theme = colours()
        painter.save()
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        area: QRect = option.rect
        if is_selected:
            painter.fillRect(area, QColor(theme.selection))
        frame = QRect(area.left() + _MARGIN, area.top() + _MARGIN, _THUMBNAIL, _THUMBNAIL)
        _draw_thumbnail(painter, frame, node)
        text = QRect(frame.right() + 9, area.top() + _MARGIN, area.right() - frame.right() - 13, _THUMBNAIL)
        ink = theme.selection_text if is_selected else theme.text
        dim = theme.selection_text if is_selected else theme.dim_text
        _draw_lines(painter, text, node, QColor(ink), QColor(dim))
        painter.restore()


def _draw_thumbnail(painter: QPainter, frame: QRect, node: Node) -> None:
    if node.thumbnail is None:
        kind_icon(node.kind).paint(painter, frame.adjusted(8, 8, -8, -8))
        return
    size = node.thumbnail.size().scaled(frame.size(), Qt.AspectRatioMode.KeepAspectRatio)
    place = QRect(QPoint(0, 0), size)
    place.moveCenter(frame.center())
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(place, node.thumbnail)


def _draw_lines(painter: QPainter, area: QRect, node: Node, ink: QColor, dim: QColor) -> None:
    metrics = painter.fontMetrics()
    top = area.top() + (area.height() - 2 * metrics.height() - 3) // 2
    first = QRect(area.left(), top, area.width(), metrics.height())
    second = first.translated(0, metrics.height() + 3)
    painter.setPen(ink)
    painter.drawText(first, 0, metrics.elidedText(node.title, Qt.TextElideMode.ElideMiddle, area.width()))
    painter.setPen(dim)
    painter.drawText(second, 0, metrics.elidedText(node.subtitle, Qt.TextElideMode.ElideRight, area.width()))


def kind_icon(kind: Kind) -> QIcon:
    """The icon of a kind of data."""
    return icon(kind_icon_name(kind))


def thumbnail_of(image: QImage) -> QImage:
    """A picture small enough for the list."""
    side = 2 * _THUMBNAIL  # sharp on screens of twice the density
    return image.scaled(
        side, side, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )


class ItemsPanel(QWidget):
    """Shows the model; says what is selected and what is wanted of it.

    Signals:
        selection_changed: another set of rows is selected.
        activated: a row (Node) was double-clicked or entered.
        close_wanted: the Delete key was pressed.
    """

    selection_changed = Signal()
    activated = Signal(object)
    close_wanted = Signal()

    def __init__(self, model: ItemsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._context: Sequence[QAction] = ()
        self.tree = QTreeView()
        self.tree.setObjectName("items_tree")
        self.tree.setAccessibleName(self.tr("Open items and their results"))
        self.tree.setHeaderHidden(True)
        self.tree.setItemDelegate(ItemDelegate(self.tree))
        self.tree.setModel(model)
        self.tree.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.tree.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.tree.setUniformRowHeights(True)
        self.tree.setIndentation(16)
        self.tree.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.tree.setDragDropOverwriteMode(False)
        self.tree.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.tree.customContextMenuRequested.connect(self._open_menu)
        self.tree.activated.connect(self._activate)
        self.tree.selectionModel().selectionChanged.connect(self.selection_changed)
        model.rowsInserted.connect(self._unfold)
        delete = QShortcut(QKeySequence(Qt.Key.Key_Delete), self.tree)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(self.close_wanted)
        EmptyNote(self.tree, self.tr("Nothing is open. Drop a file anywhere, or take a sample."))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.tree)
        self.setMinimumWidth(200)

    def set_context_actions(self, actions: Sequence[QAction]) -> None:
        """What the menu of a row offers; an action without text parts the others."""
        self._context = actions

    def selected(self) -> tuple[Node, ...]:
        """In the order of the list."""
        chosen = {index.internalId() for index in self.tree.selectionModel().selectedRows()}
        return tuple(node for node in self._model.nodes() if node.id in chosen)

    def current(self) -> Node | None:
        """The row that has the mark; None where nothing is selected."""
        selected = self.selected()
        node = self._model.node_at(self.tree.currentIndex())
        if node in selected:
            return node
        return selected[-1] if selected else None

    def select(self, *nodes: Node) -> None:
        """Select exactly these rows; the last one gets the mark."""
        selection = self.tree.selectionModel()
        for place, node in enumerate(nodes):
            flag = QItemSelectionModel.SelectionFlag.Select
            if place == 0:
                flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
            selection.setCurrentIndex(self._model.index_of(node), flag)

    def unfold(self, node: Node) -> None:
        """Show what lies below a row."""
        self.tree.expand(self._model.index_of(node))

    def step(self, rows: int) -> None:
        """Select the row so many below (above, where negative) the current one, if there is one."""
        nodes = list(self._model.nodes())
        current = self.current()
        if current is None:
            return
        place = nodes.index(current) + rows
        if 0 <= place < len(nodes):
            self.select(nodes[place])

    def _activate(self, index: QModelIndex) -> None:
        node = self._model.node_at(index)
        if node is not None:
            self.activated.emit(node)

    def _unfold(self, parent: QModelIndex) -> None:
        if parent.isValid():
            self.tree.expand(parent)

    def _open_menu(self, place: QPoint) -> None:
        if not self.tree.indexAt(place).isValid():
            return
        menu = QMenu(self.tree)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        menu.addActions(list(self._context))
        menu.popup(self.tree.viewport().mapToGlobal(place))
