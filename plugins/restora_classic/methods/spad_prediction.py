"""The detections that results of the methods for captures predict."""

from __future__ import annotations

import numpy as np

from restora.api import ImageArray, Prediction, Request
from restora.photons.prediction import predicted_counts, seen_by
from restora_classic.methods.base import choice, number, whole
from restora_classic.methods.spad_burst import block_windows
from restora_classic.methods.spad_source import Capture

_FITTED = "White was chosen by the picture, so the brightness is fitted; only the pattern counts."
_FITTED_BY_COLOUR = "White balance and brightness are fitted for every colour; only the pattern counts."
_BLOCK = "Held against the frames of the reference block."


def of_average(result: ImageArray, request: Request) -> Prediction:
    """The average is what the sensor said, so it predicts that exactly; bad pixels do not count."""
    capture = Capture.of(request)
    share = seen_by(np.clip(np.asarray(result, np.float64), 0, 1), capture.cube)
    frames = capture.binary_frames(capture.window)
    return Prediction(values=frames * share, window=capture.window, ignored=_bad(capture))


def of_light(result: ImageArray, request: Request) -> Prediction:
    """Over the whole window, in which the scene is taken as still."""
    return _of_light(result, request, Capture.of(request))


def of_burst(result: ImageArray, request: Request) -> Prediction:
    """Over the reference block, as the scene moves."""
    whole_window = Capture.of(request)
    windows = block_windows(whole_window.window, whole(request, "blocks"))
    index = len(windows) - 1 if choice(request, "reference") == "last" else len(windows) // 2
    block = Capture(cube=whole_window.cube, window=windows[index], policy=whole_window.policy)
    return _of_light(result, request, block, note=_BLOCK)


def _of_light(result: ImageArray, request: Request, capture: Capture, note: str = "") -> Prediction:
    is_balanced = choice(request, "white_balance") != "none" and result.shape[2] == 3
    is_known = choice(request, "white") == "photons" and not is_balanced
    values = predicted_counts(
        result,
        capture.cube,
        capture.window,
        brightness=number(request, "brightness") if is_known else None,
        dark=number(request, "dark"),
        by_colour=is_balanced,
    )
    fitted = "" if is_known else _FITTED_BY_COLOUR if is_balanced else _FITTED
    return Prediction(
        values=values, window=capture.window, ignored=_bad(capture), note=f"{fitted} {note}".strip()
    )


def _bad(capture: Capture) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """What the method replaced by a neighbour says nothing about the pixel itself."""
    return capture.bad_pixels(capture.cube.total(capture.window))
