"""The choice of what draws: looks for a card, offers it, and draws anew when somebody chooses."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from restora.errors import RestoraError
from restora.splats.devices import CPU, RenderDevice
from restora_desktop.scene.draw_with import Drawers, DrawWith, look_for_card
from restora_desktop.scene.page import ScenePage
from restora_desktop.scene.render_worker import RenderThread
from restora_desktop.tasks import Tasks


class DrawerDesk(QObject):
    """Keeps the bar, the drawers and the pane in step.

    Attributes:
        drawers: what makes scenes ready.
        look_for_card: says what could draw; on a thread, when the first scene is shown.

    Signals:
        chosen: the DrawWith that somebody chose.
        troubled: an exception because of which the processor draws instead of a card.
    """

    chosen = Signal(object)
    troubled = Signal(object)

    def __init__(
        self, drawers: Drawers, page: ScenePage, renderer: RenderThread, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.drawers, self._page, self._renderer = drawers, page, renderer
        self._tasks = Tasks("card", parent=self)
        self._is_asked = self._has_card = False
        self.look_for_card = look_for_card
        page.bar.drawer_wanted.connect(self._choose)
        drawers.fell_back.connect(self._tell_fallback)

    @property
    def is_idle(self) -> bool:
        """Whether no card is being looked for."""
        return self._tasks.is_idle

    def close(self) -> None:
        """End the thread and the other process."""
        self._tasks.close()
        self.drawers.close()

    def use(self, choice: DrawWith) -> None:
        """Draw with this from now on, as far as it can."""
        self.drawers.wanted = choice
        self._page.bar.show_choice(choice)
        self._draw_anew()

    def look(self) -> None:
        """Find out once whether a card can draw; the processor draws meanwhile."""
        if not self._is_asked:
            self._is_asked = True
            self._tasks.start(self.look_for_card, self._take_card)

    def _take_card(self, found: RenderDevice) -> None:
        before = self.drawers.device
        self.drawers.take_found(found)
        self._page.bar.offer_card(found.reason, can_draw=found.device != CPU)
        if self.drawers.device != before:
            self._draw_anew()

    @Slot(object)
    def _choose(self, choice: DrawWith) -> None:
        self.use(choice)
        self.chosen.emit(choice)

    @Slot(str)
    def _tell_fallback(self, reason: str) -> None:
        self._page.bar.offer_card(reason, can_draw=False)
        self.troubled.emit(RestoraError(self.tr("The processor draws: {r}.").format(r=reason)))

    def _draw_anew(self) -> None:
        self._renderer.worker.forget_all()
        self._page.pane.draw_again()
