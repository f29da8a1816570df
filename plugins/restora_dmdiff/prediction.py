"""The photograph that a result predicts, through the lens that the user states."""

from __future__ import annotations

from restora.api import ImageArray, Prediction, Request, UnsuitableItemError
from restora.data.transfer import to_linear, to_srgb
from restora.optics.psf import Lens, blur, gaussian_lens, typical_metalens
from restora.optics.resample import Filter, resample
from restora.optics.veil import fitted_veil

_CORNER = 2**0.5
"""Of a square picture, in half its shorter side."""
_TYPICAL = "The lens is taken as the typical metalens, and its veil is fitted."
_STATED = "The lens blurs as stated; its veil is fitted."


def of_restored(result: ImageArray, request: Request) -> Prediction | None:
    """The result blurred, veiled and brought to the photograph's size; None where no lens is stated."""
    lens = _lens(request)
    photo = request.source.image
    if photo is None:
        raise UnsuitableItemError("DMDiff works on pictures only")
    if lens is None:
        return None
    light = to_linear(photo)
    blurred = blur(to_linear(result), lens)
    small = resample(blurred, *light.shape[:2], filter=Filter.BILINEAR)
    veil = fitted_veil(small, light)
    note = _TYPICAL if request.params["lens"] == "metalens" else _STATED
    return Prediction(values=to_srgb(veil.add(small)), note=note)


def _lens(request: Request) -> Lens | None:
    how = request.params["lens"]
    if how == "none":
        return None
    if how == "metalens":
        return typical_metalens().spread_by(_number(request, "lens_spread"))
    sigmas = _number(request, "lens_centre"), _number(request, "lens_corner")
    return gaussian_lens(sigmas, radii=(0.0, _CORNER))


def _number(request: Request, param_id: str) -> float:
    value = request.params[param_id]
    assert isinstance(value, float), f"the host hands over parsed parameters; {param_id} is {value!r}"
    return value
