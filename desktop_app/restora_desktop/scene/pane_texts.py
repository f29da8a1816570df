"""The words over a picture of a scene: whose it is, that it is a preview, and how it was drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter

from restora_desktop.scene.drawing import Channel, Quality
from restora_desktop.viewer.overlays import draw_tag, shortened, tag_width

if TYPE_CHECKING:
    from restora_desktop.scene.pane import ScenePane
    from restora_desktop.scene.side import SceneSide

_GAP: Final = 8
_LINE: Final = 6
_CHANNELS: Final = {Channel.COLOUR: "", Channel.DEPTH: "depth", Channel.ALPHA: "alpha"}


def draw_names(painter: QPainter, pane: ScenePane) -> None:
    """Each name in the corner of its own side; a preview is called one."""
    title = name_of(pane, pane.side)
    edge = pane.width() if pane.wipe is None else round(pane.width() * pane.wipe.share)
    painter.setClipRect(0, 0, edge, pane.height())
    first = shortened(painter, title, edge - 2 * _GAP)
    draw_tag(painter, QPointF(_GAP, _GAP), first, bold=True)
    if pane.wipe is not None:
        painter.setClipRect(edge, 0, pane.width() - edge, pane.height())
        other = shortened(painter, other_name(pane), pane.width() - edge - 2 * _GAP)
        place = QPointF(pane.width() - _GAP - tag_width(painter, other, bold=True), _GAP)
        draw_tag(painter, place, other, bold=True)
    painter.setClipping(False)


def draw_statistics(painter: QPainter, pane: ScenePane) -> None:
    """One line at the lower edge."""
    text = statistics_line(pane.side)
    if text:
        height = painter.fontMetrics().height() + _LINE
        draw_tag(painter, QPointF(_GAP, pane.height() - _GAP - height), text)


def name_of(pane: ScenePane, side: SceneSide) -> str:
    """`A  garden.ply · camera 7 · depth`."""
    camera = pane.navigator.camera
    letter = "A" if pane.wipe is not None else ""
    place = "" if camera is None else camera.name
    names = " · ".join(part for part in (side.title, place, _CHANNELS[pane.look.channel]) if part)
    return "  ".join(part for part in (letter, names, _preview_of(side)) if part)


def other_name(pane: ScenePane) -> str:
    """What the right side of the wipe shows."""
    if pane.photo is not None:
        return f"B  {pane.photo_title}"
    parts = (f"B  {pane.other.title}", _preview_of(pane.other))
    return "  ".join(part for part in parts if part)


def statistics_line(side: SceneSide) -> str:
    """`1 000 000 Gaussians · degree 3 · 48 ms · full quality`."""
    if side.scene is None:
        return ""
    count = f"{side.scene.count:,}"
    parts = [f"{count} Gaussians", f"degree {side.scene.degree}"]
    if side.image is not None:
        parts += [f"{side.milliseconds:.0f} ms", quality_text(side.quality)]
    return " · ".join(parts)


def quality_text(quality: Quality) -> str:
    """How well a picture is drawn, in words."""
    if quality.is_full:
        return "full quality"
    return f"preview: {quality.scale:.0%} of the size, {quality.share:.0%} of the Gaussians, degree 0"


def _preview_of(side: SceneSide) -> str:
    if side.is_preparing:
        return "preparing…"
    if side.image is None and side.scene is not None:
        return "drawing…"
    return "" if side.quality.is_full or side.image is None else "preview"
