"""The guide can be read in the window, without a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices

from restora_desktop.dialogs.guide import GuideDialog
from restora_desktop.guide import card_pages, keys_page, shipped_pages

if TYPE_CHECKING:
    import pytest
    from conftest import Studio


def opened(studio: Studio) -> GuideDialog:
    studio.trigger("help.guide")
    found = studio.window.findChild(GuideDialog)
    assert isinstance(found, GuideDialog)
    assert found.isVisible()
    return found


def titles(guide: GuideDialog) -> list[str]:
    return [guide.list.item(place).text() for place in range(guide.list.count())]


def current(guide: GuideDialog) -> str:
    return guide.list.currentItem().text()


def test_the_guide_holds_the_window_the_scenes_the_keys_and_the_cards(studio: Studio) -> None:
    guide = opened(studio)
    assert titles(guide)[:3] == ["The window", "Looking at scenes", "Keys"]
    assert any("lassic" in title for title in titles(guide)[3:])
    assert "From a file to a result" in guide.text.toPlainText()
    guide.reject()


def test_pages_hold_no_pictures_that_are_not_there() -> None:
    for page in shipped_pages():
        assert "images/" not in page.text.replace("`docs/images/`", "")
        assert len(page.text) > 1000


def test_the_page_of_keys_tells_those_in_force(studio: Studio) -> None:
    board = studio.window.board
    board["run.batch"].set_keys("Ctrl+Alt+B")
    text = keys_page(board.all()).text
    assert "| Ctrl+Alt+B | Batch:" in text
    assert "| Ctrl+B |" not in text
    with_keys = [action for action in board.all() if not action.shortcut().isEmpty()]
    assert text.count("\n| ") == len(with_keys) + 2 * text.count("\n## ")


def test_a_search_goes_through_all_pages_and_starts_again(studio: Studio) -> None:
    guide = opened(studio)
    studio.qtbot.keyClicks(guide.search, "orbit")
    assert current(guide) != "The window"
    assert guide.text.textCursor().selectedText().lower() == "orbit"
    first = guide.text.textCursor().position()
    studio.qtbot.keyClick(guide.search, Qt.Key.Key_Return)
    assert guide.isVisible()
    assert guide.text.textCursor().position() != first
    guide.search.setText("no such word anywhere")
    assert "nowhere" in guide.note.text()
    guide.reject()


def test_links_lead_to_other_pages_and_out_of_the_guide(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: left.append(url.toString()))
    guide = opened(studio)
    guide.text.anchorClicked.emit(QUrl("scene_view.md"))
    assert current(guide) == "Looking at scenes"
    guide.text.anchorClicked.emit(QUrl("https://example.org/paper"))
    guide.text.anchorClicked.emit(QUrl("file:///etc/passwd"))
    assert left == ["https://example.org/paper"]
    guide.reject()


def test_plugins_that_are_not_loaded_and_single_files_have_no_card(studio: Studio) -> None:
    assert studio.desk.workbench is not None
    records = studio.desk.workbench.host.records()
    names = [page.name for page in card_pages(records)]
    assert names == ["restora_classic.md"]
