"""Keeps the difference of two layers ready for a pane."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal, Slot

from restora_desktop.viewer.background import Background, Latest
from restora_desktop.viewer.difference import Difference, DifferenceKind, DifferenceSettings, difference
from restora_desktop.viewer.layers import Layer
from restora_desktop.viewer.picture_pane import Shown
from restora_desktop.viewer.picture_source import PictureSource


class DifferenceSource(QObject):
    """Computes a difference in the background whenever the pair or the kind changes.

    Signals:
        changed: another difference is there.
        failed: the sentence that says why there is none.
    """

    changed = Signal()
    failed = Signal(str)

    def __init__(self, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self._settings = DifferenceSettings()
        self._pair: tuple[Layer, ...] = ()
        self._computed: Difference | None = None
        self._source: PictureSource | None = None
        self._work = Latest(background, self, is_slow=True)
        self._work.ready.connect(self._take)
        self._work.failed.connect(self._report)

    @property
    def settings(self) -> DifferenceSettings:
        """Which difference, and how strongly."""
        return self._settings

    @property
    def layer(self) -> Layer | None:
        """The difference, once it is computed."""
        return None if self._computed is None else self._computed.layer

    def set_settings(self, settings: DifferenceSettings) -> None:
        """Show it in another way; only another kind is computed anew."""
        changed = settings.kind is not self._settings.kind
        self._settings = settings
        if changed:
            self._compute()

    def set_pair(self, pair: Sequence[Layer]) -> None:
        """Compare these two; none frees the memory."""
        if tuple(pair) == self._pair:
            return
        self._pair = tuple(pair)
        self._forget()
        self._compute()

    def shown(self) -> list[Shown]:
        """What a pane shows: nothing until the first difference is there."""
        if self._source is None or self._computed is None:
            return []
        first, second = self._pair
        note = f"{self._computed.note(self._settings.gain)}   A  {first.name}   B  {second.name}"
        look = self._settings.look(self._computed.fitting_gain)
        return [Shown(letter="", source=self._source, look=look, note=note)]

    def _compute(self) -> None:
        if len(self._pair) < 2:
            self._work.withdraw()
            return
        first, second = self._pair[:2]
        kind: DifferenceKind = self._settings.kind
        self._work.request(lambda _token: difference(first, second, kind))

    @Slot(object)
    def _take(self, computed: Difference) -> None:
        old, self._computed = self._source, computed
        self._source = PictureSource(computed.layer, self._background, self)
        self.changed.emit()
        if old is not None:
            old.dispose()

    @Slot(object)
    def _report(self, error: object) -> None:
        self.failed.emit(str(error))

    def _forget(self) -> None:
        self._computed = None
        if self._source is not None:
            self._source.dispose()
            self._source = None
