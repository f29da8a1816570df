"""The photographs that results of the methods for pictures predict."""

from __future__ import annotations

from restora.api import ImageArray, Prediction, Request
from restora.data.transfer import to_linear, to_srgb
from restora.optics.distortion import distort
from restora.optics.psf import blur
from restora.optics.resample import Filter, resample
from restora.optics.veil import Veil, fitted_veil
from restora_classic.methods.base import choice, flag, number, picture
from restora_classic.methods.metalens import estimate_of, lens_of
from restora_classic.methods.resize import resized

_BICUBIC = "The picture is taken as shrunk by the bicubic filter with antialiasing."
_SAME_FILTER = "The picture is taken as shrunk by the filter that enlarged it."
_TYPICAL = "The lens is taken as the typical metalens."
_VEIL = "The veil is fitted."


def of_back_projection(result: ImageArray, request: Request) -> Prediction:
    """The result shrunk again."""
    small = picture(request)
    shrunk = resample(result, small.shape[0], small.shape[1], filter=Filter.BICUBIC)
    return Prediction(values=shrunk, note=_BICUBIC)


def of_resize(result: ImageArray, request: Request) -> Prediction | None:
    """An enlarged picture shrunk again; a shrunk one has lost what the measurement held."""
    if number(request, "scale") < 1:
        return None
    small = picture(request)
    kind, antialias = Filter(choice(request, "filter")), flag(request, "antialias")
    shrunk = resized(result, small.shape[0], small.shape[1], filter=kind, antialias=antialias)
    return Prediction(values=shrunk, note=_SAME_FILTER)


def of_metalens(result: ImageArray, request: Request) -> Prediction:
    """The result through the lens that was undone, behind its veil."""
    photo = to_linear(picture(request))
    light = to_linear(result)
    if number(request, "distortion"):
        light = distort(light, number(request, "distortion"))
    is_blurred = choice(request, "algorithm") != "none"
    blurred = blur(light, lens_of(request, estimate_of(request))) if is_blurred else light
    how, corner = choice(request, "veil"), number(request, "corner")
    if how == "estimated":
        veil = fitted_veil(blurred, photo, corner=corner)
    else:
        veil = Veil(pedestal=number(request, "pedestal") if how == "stated" else 0.0, corner=corner)
    notes = [_TYPICAL if is_blurred and choice(request, "psf") != "gaussian" else ""]
    notes.append(_VEIL if how == "estimated" else "")
    return Prediction(values=to_srgb(veil.add(blurred)), note=" ".join(filter(None, notes)))
