"""Pictures of a single-photon capture, computed while one scrubs through it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from restora.data.geometry import FrameWindow
from restora.data.image import Image
from restora.data.kinds import Transfer
from restora.data.photon_cube import PhotonCube
from restora.photons.hot_pixels import find_bad_pixels
from restora.photons.inversion import flux_from_counts
from restora_desktop.viewer.background import Background, Latest, Token
from restora_desktop.viewer.light_level import LightLevel

HOT, DEAD = 1.0, 0.5
"""The numbers that mark pixels in the view of invalid ones; good ones are 0."""


class CaptureView(StrEnum):
    """What of a capture is shown."""

    BINARY = "binary"
    """The first frame of the window."""
    COUNT = "count"
    """Detections over the window."""
    RATE = "rate"
    """Light per frame: the counts with saturation undone."""
    INVALID = "invalid pixels"
    """Pixels that fire without light, or never."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CapturePicture:
    """A picture of the window `window`."""

    image: Image
    window: FrameWindow
    view: CaptureView
    note: str
    """For people: what was counted."""
    light: LightLevel


class CapturePictures(QObject):
    """Reads and sums off the GUI thread; of the windows asked for meanwhile only the newest is computed.

    Signals:
        ready: a CapturePicture.
        failed: the sentence that says why there is none.
    """

    ready = Signal(object)
    failed = Signal(str)

    def __init__(self, cube: PhotonCube, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.cube = cube
        self._maker = _Maker(cube)
        self._work = Latest(background, self)
        self._work.ready.connect(self.ready)
        self._work.failed.connect(self._report)

    def request(self, window: FrameWindow, view: CaptureView) -> None:
        """Ask for a picture; it arrives with `ready`."""
        maker = self._maker
        self._work.request(lambda token: maker.picture(window, view, token))

    def withdraw(self) -> None:
        """No picture is wanted any more."""
        self._work.withdraw()

    @Slot(object)
    def _report(self, error: object) -> None:
        self.failed.emit(str(error))


class _Maker:
    """The arithmetic; one caller at a time, because sums of blocks are kept between calls."""

    def __init__(self, cube: PhotonCube) -> None:
        # Here and not above: every capture format would be imported before the window's first frame.
        from restora.io.captures.blocks import WindowSums

        self._cube = cube
        self._sums = WindowSums(cube)
        self._lock = threading.Lock()

    def picture(self, window: FrameWindow, view: CaptureView, token: Token) -> CapturePicture:
        with self._lock:
            # Whoever waited here may have been overtaken.
            token.check()
            if view is CaptureView.BINARY:
                return self._frame(window)
            counts = self._sums.total(window)
        light = LightLevel.of(float(counts.mean()), window.length, self._cube.most_per_frame)
        trials = window.length * self._cube.most_per_frame
        frames = f"frames {window.start} to {window.stop - 1}"
        match view:
            case CaptureView.RATE:
                rate = flux_from_counts(counts, trials).astype(np.float32)
                note = f"light per frame, {frames}"
                image = _linear(rate, 1.0)
            case CaptureView.INVALID:
                image, note = self._invalid(counts, trials)
            case _:
                image, note = _linear(counts.astype(np.float32), float(trials)), f"counts, {frames}"
        return CapturePicture(image=image, window=window, view=view, note=note, light=light)

    def _frame(self, window: FrameWindow) -> CapturePicture:
        frame = self._cube.read(FrameWindow(window.start, 1))[0]
        image = _linear(frame.astype(np.float32), float(self._cube.most_per_frame))
        return CapturePicture(
            image=image,
            window=window,
            view=CaptureView.BINARY,
            note=f"frame {window.start}",
            light=LightLevel.of(float(frame.mean()), 1, self._cube.most_per_frame),
        )

    def _invalid(self, counts: np.ndarray, trials: int) -> tuple[Image, str]:
        found = find_bad_pixels(counts, trials, self._cube.colour_filter)
        hot = found.hot if self._cube.bad_pixels is None else found.hot | self._cube.bad_pixels
        marks = np.where(hot, np.float32(HOT), np.where(found.dead, np.float32(DEAD), np.float32(0)))
        note = f"{int(hot.sum())} hot (1), {int((found.dead & ~hot).sum())} dead (0.5)"
        return _linear(marks[:, :, None].astype(np.float32), 1.0), note


def _linear(pixels: np.ndarray, white: float) -> Image:
    return Image(pixels=pixels, transfer=Transfer.LINEAR, nominal_white=white)
