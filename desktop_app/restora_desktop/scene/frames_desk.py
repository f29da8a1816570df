"""The frames of a result, such as a fixed path: a slider below the viewer goes through them."""

from __future__ import annotations

from PySide6.QtCore import QObject, QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QWidget

from restora.data.image import Image
from restora.errors import RestoraError
from restora_desktop.models.items import Node
from restora_desktop.viewer.background import Background, Latest


class FramesDesk(QObject):
    """Shows the slider for results with frames only; the viewer shows the frame that it stands at.

    Signals:
        picture_changed: a Node whose picture is another one now.
        troubled: the exception that kept a frame from being read.
    """

    picture_changed = Signal(object)
    troubled = Signal(object)

    def __init__(self, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._node: Node | None = None
        self._places: dict[int, int] = {}
        self._wanted = 0
        self._reading = Latest(background, self)
        self._reading.ready.connect(self._take)
        self._reading.failed.connect(self._fail)
        self.bar = QWidget()
        self.bar.setObjectName("frames_bar")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(self.tr("Frame"))
        self.slider.setToolTip(self.tr("Drag, or press the arrow keys, to go from frame to frame"))
        self.slider.valueChanged.connect(self._want)
        self.label = QLabel()
        layout = QHBoxLayout(self.bar)
        layout.setContentsMargins(6, 0, 6, 2)
        layout.addWidget(self.slider, 1)
        layout.addWidget(self.label)
        self.bar.hide()

    @property
    def is_idle(self) -> bool:
        """Whether no frame is being read."""
        return not self._reading.is_busy

    def show(self, node: Node | None) -> None:
        """Go through the frames of this row, if it has any."""
        if node is self._node:
            return
        self._reading.withdraw()
        self._node = node if node is not None and node.result is not None and node.result.frames else None
        self.bar.setVisible(self._node is not None)
        if self._node is None or self._node.result is None:
            return
        place = self._places.get(self._node.id, 0)
        with QSignalBlocker(self.slider):
            self.slider.setRange(0, len(self._node.result.frames) - 1)
            self.slider.setValue(place)
        self._tell(place)

    def forget(self, node: Node) -> None:
        """It is closed."""
        for each in node.walk():
            self._places.pop(each.id, None)
            if each is self._node:
                self.show(None)

    @Slot(int)
    def _want(self, place: int) -> None:
        if self._node is None or self._node.result is None:
            return
        self._wanted = place
        self._tell(place)
        frame = self._node.result.frames[place]
        self._reading.request(lambda _token: (place, frame.image()))

    def _tell(self, place: int) -> None:
        assert self._node is not None  # both callers have looked
        assert self._node.result is not None
        frames = self._node.result.frames
        self.label.setText(f"{frames[place].camera.name}  {place + 1} / {len(frames)}")

    @Slot(object)
    def _take(self, read: tuple[int, Image]) -> None:
        place, image = read
        node = self._node
        if node is None or node.result is None:
            return
        self._places[node.id] = place
        node.picture, node.camera = image, node.result.frames[place].camera
        self.picture_changed.emit(node)

    @Slot(object)
    def _fail(self, error: Exception) -> None:
        if not isinstance(error, RestoraError):
            raise error
        self.troubled.emit(error)
