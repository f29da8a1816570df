"""The measurement that a result predicts: detections of the capture it was made from."""

from __future__ import annotations

from restora.api import ImageArray, Prediction, Request, UnsuitableItemError
from restora.data.transfer import to_linear
from restora.photons.prediction import predicted_counts
from restora_gqir.observations import chosen_family, plan_frames

_FITTED = "A picture does not tell its exposure, so the brightness is fitted; only the pattern counts."
_FITTED_BY_COLOUR = "Exposure and white balance are fitted for every colour; only the pattern counts."
_MIDDLE = "Held against the frames in the middle of the burst."


def of_single(result: ImageArray, request: Request) -> Prediction:
    """Over the frames of the observation that was restored."""
    return _predicted(result, request, count=1, shown=0, note="")


def of_burst(result: ImageArray, request: Request) -> Prediction:
    """Over the nano-burst that the shown picture stands at: before and after it the scene may have moved."""
    length, pictures, stride = (_whole(request, name) for name in ("nano_bursts", "pictures", "stride"))
    shown = pictures // 2 * stride + length // 2
    count = length + (pictures - 1) * stride
    return _predicted(result, request, count=count, shown=shown, note=_MIDDLE)


def _predicted(result: ImageArray, request: Request, *, count: int, shown: int, note: str) -> Prediction:
    cube, window = request.source.cube, request.source.window
    if cube is None or window is None:
        raise UnsuitableItemError("counts can be predicted for single-photon captures only")
    family = chosen_family(cube, str(request.params["weights"]))
    plan = plan_frames(cube, window, family, count=count, merged=_whole(request, "merged"))
    seen = plan.window(shown)
    by_colour = request.params["grey_world"] is True and result.shape[2] == 3
    return Prediction(
        values=predicted_counts(to_linear(result), cube, seen, by_colour=by_colour),
        window=seen,
        note=f"{_FITTED_BY_COLOUR if by_colour else _FITTED} {note}".strip(),
    )


def _whole(request: Request, param_id: str) -> int:
    value = request.params[param_id]
    assert isinstance(value, int), f"the host hands over parsed parameters; {param_id} is {value!r}"
    return value
