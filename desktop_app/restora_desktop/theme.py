"""Dark and light: qdarkstyle, what it leaves out, and colours for widgets that paint themselves."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources

from PySide6.QtCore import QByteArray, QObject, Qt, Signal
from PySide6.QtGui import QColor, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication


class Scheme(StrEnum):
    """What the user chose."""

    SYSTEM = "system"
    DARK = "dark"
    LIGHT = "light"


@dataclass(frozen=True, slots=True, kw_only=True)
class Colours:
    """The colours of one theme."""

    background: str
    raised: str
    """Of menus, table heads and rows that stand out."""
    line: str
    text: str
    dim_text: str
    """For what is less important; 4.5 : 1 against the background at least."""
    disabled_text: str
    selection: str
    selection_text: str
    focus: str
    """Of the mark around what has the keyboard."""
    good: str
    warning: str
    bad: str
    is_dark: bool


_SIGNALS_DARK = {"good": "#5fbf7f", "warning": "#e0b050", "bad": "#f07878"}
_SIGNALS_LIGHT = {"good": "#1c7a3e", "warning": "#8a5a00", "bad": "#b3261e"}


FONT_FAMILY = "Inter"
_FONT_FILES = ("Inter-Regular.otf", "Inter-Bold.otf")


def use_own_font(application: QApplication) -> None:
    """Write with the font that comes along, in the system's size: the window looks the same everywhere."""
    for name in _FONT_FILES:
        data = resources.files("restora_resources").joinpath("fonts", name).read_bytes()
        if QFontDatabase.addApplicationFontFromData(QByteArray(data)) < 0:
            return  # the system's font will do
    font = application.font()
    font.setFamily(FONT_FAMILY)
    application.setFont(font)


class Theme(QObject):
    """The look of the application; one per process.

    Signals:
        changed: other colours are in force.
    """

    changed = Signal()

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._application = application
        use_own_font(application)
        self._scheme = Scheme.SYSTEM
        self._is_dark: bool | None = None
        application.styleHints().colorSchemeChanged.connect(self._follow_system)

    @property
    def scheme(self) -> Scheme:
        """What was chosen."""
        return self._scheme

    def choose(self, scheme: Scheme) -> None:
        """Use this scheme from now on."""
        self._scheme = scheme
        self._apply()

    def _follow_system(self) -> None:
        self._apply()

    def _apply(self) -> None:
        is_dark = _wants_dark(self._scheme)
        if is_dark == self._is_dark:
            return
        self._is_dark = is_dark
        colours = load_colours(is_dark=is_dark)
        self._application.setPalette(_palette(colours))
        self._application.setStyleSheet(_style_sheet(colours))
        self.changed.emit()


def _wants_dark(scheme: Scheme) -> bool:
    if scheme is not Scheme.SYSTEM:
        return scheme is Scheme.DARK
    # Where the system does not say, dark: pictures are judged better on it.
    return QGuiApplication.styleHints().colorScheme() != Qt.ColorScheme.Light


def load_colours(*, is_dark: bool) -> Colours:
    """The colours of one theme, from qdarkstyle's palette."""
    from qdarkstyle.dark.palette import DarkPalette
    from qdarkstyle.light.palette import LightPalette

    source = DarkPalette if is_dark else LightPalette
    return Colours(
        background=source.COLOR_BACKGROUND_1,
        raised=source.COLOR_BACKGROUND_2,
        line=source.COLOR_BACKGROUND_4,
        text=source.COLOR_TEXT_1,
        dim_text="#a9b2ba" if is_dark else "#54595e",
        disabled_text=source.COLOR_DISABLED,
        selection=source.COLOR_ACCENT_2,
        selection_text=source.COLOR_TEXT_1,
        focus=source.COLOR_ACCENT_4,
        is_dark=is_dark,
        **(_SIGNALS_DARK if is_dark else _SIGNALS_LIGHT),
    )


def colours() -> Colours:
    """The colours in force, for widgets that paint themselves."""
    is_dark = QGuiApplication.palette().color(QPalette.ColorRole.Window).lightness() < 128
    return load_colours(is_dark=is_dark)


def _palette(theme: Colours) -> QPalette:
    palette = QPalette()
    roles = {
        QPalette.ColorRole.Window: theme.background,
        QPalette.ColorRole.WindowText: theme.text,
        QPalette.ColorRole.Base: theme.background,
        QPalette.ColorRole.AlternateBase: theme.raised,
        QPalette.ColorRole.Text: theme.text,
        QPalette.ColorRole.Button: theme.raised,
        QPalette.ColorRole.ButtonText: theme.text,
        QPalette.ColorRole.Highlight: theme.selection,
        QPalette.ColorRole.HighlightedText: theme.selection_text,
        QPalette.ColorRole.ToolTipBase: theme.raised,
        QPalette.ColorRole.ToolTipText: theme.text,
        QPalette.ColorRole.PlaceholderText: theme.dim_text,
        QPalette.ColorRole.Link: theme.focus,
        QPalette.ColorRole.Mid: theme.line,
    }
    for role, colour in roles.items():
        palette.setColor(role, QColor(colour))
    for role in (
        QPalette.ColorRole.Text,
        QPalette.ColorRole.WindowText,
        QPalette.ColorRole.ButtonText,
    ):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.disabled_text))
    return palette


def _style_sheet(theme: Colours) -> str:
    os.environ.setdefault("QT_API", "pyside6")  # or qdarkstyle would look for other bindings
    import qdarkstyle
    from qdarkstyle.dark.palette import DarkPalette
    from qdarkstyle.light.palette import LightPalette

    palette = DarkPalette if theme.is_dark else LightPalette
    return str(qdarkstyle.load_stylesheet(qt_api="pyside6", palette=palette)) + _supplement(theme)


def _supplement(theme: Colours) -> str:
    """One height for what stands in one row, a visible focus, and enough contrast in selections."""
    return f"""
QPushButton, QComboBox, QAbstractSpinBox, QLineEdit {{ min-height: 24px; }}
QToolButton {{ min-width: 24px; min-height: 24px; }}
QPushButton, QPushButton:disabled, QPushButton:checked, QPushButton:checked:disabled, QPushButton:hover,
QPushButton:pressed {{ padding: 2px 10px; }}
QPushButton:focus, QToolButton:focus {{ border: 1px solid {theme.focus}; }}
QTabBar::tab:focus {{ border: 1px solid {theme.focus}; }}
QCheckBox:focus, QRadioButton:focus {{ border: 1px solid {theme.focus}; }}
QTableView::item:selected, QTreeView::item:selected, QListView::item:selected,
QTableView::item:selected:active, QTreeView::item:selected:active, QListView::item:selected:active {{
  background-color: {theme.selection}; color: {theme.selection_text};
}}
QTreeView#items_tree::branch:has-siblings, QTreeView#items_tree::branch:!has-children {{
  border-image: none;
}}
QToolButton#preset_menu::menu-indicator {{ image: none; }}
QToolBar {{ border: none; padding: 3px; spacing: 2px; }}
QWidget#scene_bar, QWidget#scene_bar QToolBar {{ background: transparent; border: none; }}
QToolBar QLabel {{ background: transparent; }}
QStatusBar QLabel {{ padding: 0 6px; }}
QMainWindow::separator {{ width: 4px; height: 4px; }}
QPushButton#run {{ background-color: {theme.selection}; font-weight: bold; }}
QPushButton#run:disabled {{ background-color: {theme.raised}; }}
QLabel[role="dim"] {{ color: {theme.dim_text}; }}
QLabel[role="heading"] {{ font-weight: bold; }}
QLabel[role="title"] {{ font-size: 22px; }}
QLabel[role="dialog"] {{ font-size: 16px; font-weight: bold; }}
QDialog {{ dialogbuttonbox-buttons-have-icons: 0; }}
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
QLineEdit {{ padding-top: 0; padding-bottom: 0; }}
QLabel[role="problem"] {{ color: {theme.bad}; }}
QLabel[role="changed"] {{ font-weight: bold; }}
QFrame#banner {{
  background-color: {theme.raised}; border: 1px solid {theme.line}; border-left: 4px solid {theme.warning};
}}
QFrame#banner[severity="info"] {{ border-left-color: {theme.focus}; }}
QFrame#banner[severity="bad"] {{ border-left-color: {theme.bad}; }}
QFrame#banner[severity="good"] {{ border-left-color: {theme.good}; }}
QScrollArea#welcome_area {{ border: none; padding: 0; }}
QFrame#drop {{ border: 2px dashed {theme.line}; border-radius: 10px; }}
QFrame#drop[active="true"] {{ border-color: {theme.focus}; }}
QFrame#drop QLabel, QFrame#banner QLabel {{ border: none; background: transparent; }}
QFrame#drop QPushButton {{ border: none; }}
"""
