"""Whether a result agrees with what was measured: it is sent back through its method's forward model."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from restora.data.arrays import ImageArray
from restora.data.geometry import FrameWindow
from restora.data.image import Image
from restora.data.photon_cube import PhotonCube
from restora.errors import MethodDefectError, RestoraError, UnsuitableItemError
from restora.jobs.adapting import adapt, domain_of
from restora.jobs.execution import Inputs, read_inputs
from restora.jobs.request import RunRequest
from restora.optics.resample import Filter, resample
from restora.plugins.factory import load_object
from restora.plugins.loading import CONTAINED
from restora.plugins.running import Prediction, Request, Source
from restora.quality.consistency import (
    over_blocks,
    per_pixel,
    residual_of_counts,
    residual_of_picture,
    root_mean_square,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAP_NAME = "consistency"
"""How the map is called where it stands beside a result."""
_FULL_SCALE_DEVIATIONS = 5.0
_BLOCK = 8
_FULL_SCALE_WHITE = 0.1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Consistency:
    """What of a measurement its result does not explain."""

    residual: ImageArray
    """Measured minus predicted, signed, rows x columns of the measurement x 1; 0 where nothing is known."""
    value: float
    """Root of the mean square over all samples."""
    is_standardised: bool
    """Whether the residual is in standard deviations of counting (then noise alone gives 1), or in shares of
    white."""
    over_blocks: float | None = None
    """The same for sums over blocks of 8 x 8 pixels, where noise alone gives 1: tells what is wrong over
    larger areas. None for pictures."""
    note: str = ""
    """What the forward model leaves out; empty where it is exact."""

    @property
    def full_scale(self) -> float:
        """The residual that maps show as strongly as they can."""
        return _FULL_SCALE_DEVIATIONS if self.is_standardised else _FULL_SCALE_WHITE

    def line(self) -> str:
        """For people: `residual 1.02 standard deviations (noise alone gives 1)`."""
        if self.is_standardised:
            blocks = "" if self.over_blocks is None else f", {self.over_blocks:.2f} over blocks of 8 x 8"
            return f"residual {self.value:.2f} standard deviations{blocks} (noise alone gives 1)"
        return f"residual {self.value:.4f} of white ({self.value * 255:.1f} of 255)"

    def signed_map(self) -> Image:
        """Grey where they agree, lighter where more was measured than predicted, darker where less."""
        shown = 0.5 + self.residual / np.float32(2 * self.full_scale)
        return Image(pixels=np.clip(shown, 0, 1))

    def strength_map(self, width: int, height: int) -> Image:
        """0 where they agree, 1 from `full_scale` on, at the size of a result."""
        shown = np.clip(np.abs(self.residual) / self.full_scale, 0, 1).astype(np.float32)
        return Image(pixels=resample(shown, height, width, filter=Filter.NEAREST))


def can_predict(request: RunRequest) -> bool:
    """Whether the request's method declares a forward model at all."""
    return request.info.forward_model is not None and not request.is_scene


def consistency(request: RunRequest, image: Image) -> Consistency:
    """Hold `image`, a result of `request`, against what was measured.

    Reads the item; computes on the caller's thread, without torch. Raises UnsuitableItemError where the
    method has no forward model or cannot tell, MethodDefectError where its code fails.
    """
    info = request.info
    if not can_predict(request):
        raise UnsuitableItemError(f"{info.id} does not say what its results mean for the measurement")
    inputs = read_inputs(request)
    result = image.pixels if inputs.source is None else adapt(info, image, None, "the result").pixels
    if inputs.source is None and image.transfer is not domain_of(info):
        result = image.in_transfer(domain_of(info)).pixels
    prediction = predict(request, inputs, result)
    if prediction is None:
        raise UnsuitableItemError(
            f"{info.id} cannot tell with these settings what its result means for {request.item.name}"
        )
    return _against(inputs, prediction)


def predict(request: RunRequest, inputs: Inputs, result: ImageArray) -> Prediction | None:
    """What the method's forward model says for `result`, which is in the method's domain."""
    info = request.info
    assert info.forward_model is not None  # asked before
    function = load_object(info.forward_model, info.plugin)
    call = Request(
        source=Source(
            kind=request.item.kind,
            image=None if inputs.source is None else inputs.source.pixels,
            cube=inputs.cube,
            window=inputs.window,
            nominal_white=1.0 if inputs.source is None else inputs.source.nominal_white,
        ),
        params=inputs.params,
        seed=request.seed,
        references=inputs.references,
        region=request.region,
    )
    try:
        found: object = _called(function, result, call)  # type: ignore[arg-type]  # guarded here
    except RestoraError:
        raise  # the plugin speaks to the user
    except CONTAINED as error:
        problem = f"{info.forward_model} failed with {type(error).__name__}: {error}"
        raise MethodDefectError(info.plugin, problem) from error
    if found is None or isinstance(found, Prediction):
        return found
    return Prediction(values=np.asarray(found))


def _called(function: Callable[..., object], result: ImageArray, call: Request) -> object:
    """Functions of plugins for version 1.0 of the interface take the result alone."""
    try:
        inspect.signature(function).bind(result, call)
    except TypeError:
        return function(result)
    return function(result, call)


def _against(inputs: Inputs, prediction: Prediction) -> Consistency:
    if inputs.cube is not None and inputs.window is not None:
        residual = _residual_of_capture(inputs.cube, prediction.window or inputs.window, prediction)
    else:
        assert inputs.source is not None  # one of both was read
        residual = residual_of_picture(inputs.source.pixels, prediction.values)
    is_standardised = inputs.source is None
    return Consistency(
        residual=per_pixel(residual, is_standardised=is_standardised),
        value=root_mean_square(residual),
        is_standardised=is_standardised,
        over_blocks=over_blocks(residual, _BLOCK) if is_standardised else None,
        note=prediction.note,
    )


def _residual_of_capture(
    cube: PhotonCube, window: FrameWindow, prediction: Prediction
) -> NDArray[np.float64]:
    frames = window.length * cube.most_per_frame
    bad = np.zeros((cube.height, cube.width), bool)
    for mask in (cube.bad_pixels, prediction.ignored):
        bad |= False if mask is None else mask
    return residual_of_counts(cube.total(window), prediction.values, frames, bad)
