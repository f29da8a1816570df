"""GS-VAR on the lane: mending a render, and enhancing a picture with VARSR's weights."""

from __future__ import annotations

import logging
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, TypeVar

import numpy as np
import torch

from restora.api import (
    Context,
    DeviceSpec,
    ImageArray,
    MethodInfo,
    Output,
    Request,
    Stage,
    UnsuitableItemError,
)
from restora.optics.resample import Filter, output_side, resample
from restora_gsvar.batching import windows_at_once
from restora_gsvar.configuration import FACTOR, published
from restora_gsvar.declarations import ENHANCE, FIX
from restora_gsvar.finishing import mixed, recoloured
from restora_gsvar.fitting import Extent, Fit, Fitted, Fitting, matched
from restora_gsvar.net.networks import Check, Networks
from restora_gsvar.net.pictures import Mender, Noise, Settings
from restora_gsvar.tiling import Tile
from restora_gsvar.weights import Family

T = TypeVar("T")

_DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}
_LOADING = 0.1
"""Share of the progress bar."""
_TENSORS = 900
"""About as many as a file holds."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SamePixels:
    """A photograph whose windows are those of the render."""

    fitted: Fitted
    key: Hashable

    def window(self, tile: Tile) -> tuple[Hashable, ImageArray]:
        """See `restora_gsvar.net.pictures.Beside`."""
        rows, columns = (slice(part.start * FACTOR, part.stop * FACTOR) for part in (tile.rows, tile.columns))
        return (self.key, tile), self.fitted.pixels[rows, columns]


@dataclass(frozen=True, slots=True)
class Watched:
    """A context and the stage of the generation in it."""

    context: Context
    stage: Stage

    def check(self) -> None:
        """See `restora_gsvar.net.pictures.Watch`."""
        self.context.checkpoint()

    def advance(self, done: float, total: float) -> None:
        """Likewise."""
        self.context.checkpoint()
        self.stage.advance(done, total)

    def preview(self, pixels: ImageArray) -> None:
        """Likewise."""
        self.context.preview(pixels)

    def note(self, line: str) -> None:
        """Likewise."""
        self.context.log(logging.INFO, line)


@dataclass(frozen=True, slots=True)
class Unwatched:
    """Looks for a cancel only."""

    context: Context

    def check(self) -> None:
        """See `restora_gsvar.net.pictures.Watch`."""
        self.context.checkpoint()

    def advance(self, done: float, total: float) -> None:
        """Likewise."""
        del done, total
        self.context.checkpoint()

    def preview(self, pixels: ImageArray) -> None:
        """Likewise."""
        del pixels

    def note(self, line: str) -> None:
        """Likewise."""
        self.context.log(logging.INFO, line)


class GsVar:
    """What all methods of the plugin share."""

    info: ClassVar[MethodInfo]

    def __init__(self) -> None:
        self._networks: Networks | None = None

    def load(self, weights: Mapping[str, Path], device: DeviceSpec, context: Context) -> None:
        """Check every file that is here; networks come to the device when a request needs them."""
        networks = Networks(
            self.info.id,
            weights,
            {file.id: file.filename for file in self.info.weights},
            configuration=published(),
            device=torch.device(str(device)),
            dtype=_DTYPES[context.precision],
        )
        networks.check()
        self._networks = networks

    def unload(self) -> None:
        """Forget all networks."""
        if self._networks is not None:
            self._networks.release()
        self._networks = None

    @property
    def networks(self) -> Networks:
        """What `load` prepared."""
        assert self._networks is not None, "the host loads a method before it runs it"
        return self._networks

    def family(self, request: Request, *, has_reference: bool) -> Family:
        """The weights for a request: as stated, else those trained for it, else those that are here."""
        stated = value(request, "weights", str)
        if stated != "auto":
            return Family(stated)
        wanted, other = Family.PAIRED, Family.SINGLE
        if not has_reference:
            wanted, other = other, wanted
        return wanted if self.networks.has(wanted) or not self.networks.has(other) else other

    def has_bridge(self, request: Request, family: Family) -> bool:
        """Whether a request goes through the bridge."""
        stated = value(request, "bridge", str)
        return stated == "on" or (stated == "auto" and self.networks.has(family, bridge=True))

    def fitting(self, request: Request) -> Fitting:
        """How a request's pictures are brought to the network's size."""
        return Fitting(
            side=self.networks.configuration.side,
            extent=Extent(value(request, "extent", str)),
            fit=Fit(value(request, "fit", str)),
            overlap=min(value(request, "overlap", int), self.networks.configuration.side // 2),
            has_published_windows=value(request, "windows", str) == "published",
        )


class Fix(GsVar):
    """A render, mended beside a photograph or alone."""

    info = FIX

    def run(self, request: Request, context: Context) -> Output:
        """See Method.run."""
        picture = picture_of(request)
        render, alpha = picture[:, :, :3], picture[:, :, 3:]
        photograph = np.clip(request.references[0][:, :, :3], 0, 1) if request.references else None
        family = self.family(request, has_reference=photograph is not None)
        bridge = self.has_bridge(request, family)
        with context.stage("weights", _LOADING) as stage:
            mender = self.networks.mender(family, bridge=bridge, each=each_tensor(context, stage))
        fitting = self.fitting(request)
        fitted = fitting.fitted(render, alpha[:, :, 0] if alpha.size else None)
        settings = settings_of(request, context, rows=1 if photograph is None else 2, bridge=bridge)
        mender.forget()  # another request's photograph is another one
        beside = None if photograph is None else beside_render(photograph, render, fitting)
        with context.stage("mend", 1 - _LOADING) as stage:
            found = mender.mend(fitted, beside, settings, noise_of(context), Watched(context, stage))
        image = finished(request, fitted.back(found, render), render, photograph)
        return Output(
            image=np.concatenate([image, alpha], axis=2),
            info={
                "weights": str(family),
                "bridge": bridge,
                "reference": photograph is not None,
                "tiles": len(fitted.shown),
                "batch": settings.batch,
            },
        )


class Enhance(GsVar):
    """Any picture, enlarged and enhanced with VARSR's weights."""

    info = ENHANCE

    def run(self, request: Request, context: Context) -> Output:
        """See Method.run."""
        picture = enlarged(picture_of(request), value(request, "scale", float))
        with context.stage("weights", _LOADING) as stage:
            mender: Mender = self.networks.enhancer(each_tensor(context, stage))
        fitted = self.fitting(request).fitted(picture)
        guidance = value(request, "guidance", float)
        settings = settings_of(request, context, rows=2, bridge=False, guidance=guidance)
        with context.stage("mend", 1 - _LOADING) as stage:
            found = mender.mend(fitted, None, settings, noise_of(context), Watched(context, stage))
        image = finished(request, fitted.back(found, picture), picture, None)
        return Output(image=image, info={"tiles": len(fitted.plan.tiles()), "batch": settings.batch})


def beside_render(photograph: ImageArray, render: ImageArray, fitting: Fitting) -> SamePixels:
    """A photograph, brought to the size of the render that it lies beside."""
    same = matched(photograph, render, fitting.fit)
    return SamePixels(fitted=fitting.fitted(same), key="photograph")


def settings_of(
    request: Request, context: Context, *, rows: int, bridge: bool, guidance: float | None = None
) -> Settings:
    """How a request wants its pictures mended; a window goes through the networks as so many rows."""
    return Settings(
        batch=windows_at_once(
            value(request, "batch", int),
            device=context.device.type,
            precision=context.precision,
            rows=rows,
        ),
        bridge=bridge,
        refines=value(request, "refiner", bool),
        temperature=value(request, "temperature", float),
        top_k=value(request, "top_k", int),
        top_p=value(request, "top_p", float),
        guidance=guidance,
        decodes_whole=value(request, "whole", bool),
    )


def finished(
    request: Request, fixed: ImageArray, render: ImageArray, photograph: ImageArray | None
) -> ImageArray:
    """The network's picture with the colours and the strength that a request asks for."""
    way, colours = value(request, "colours", str), render
    if photograph is not None and request.params.get("colour_source") == "reference":
        # AdaIN looks at the whole photograph; wavelets need it pixel by pixel.
        colours = photograph if way == "adain" else matched(photograph, render, Fit.KEPT)
    return mixed(render, recoloured(fixed, colours, way), value(request, "blend", float))


def enlarged(picture: ImageArray, scale: float) -> ImageArray:
    """Bicubic, as the weights were trained with."""
    height, width = (output_side(side, scale) for side in picture.shape[:2])
    return np.clip(resample(picture, height, width, filter=Filter.BICUBIC), 0, 1)


def picture_of(request: Request) -> ImageArray:
    """The source in 0..1."""
    image = request.source.image
    if image is None:
        raise UnsuitableItemError("GS-VAR needs a picture here; for scenes take gsvar.fix_path")
    return np.clip(np.nan_to_num(image), 0, 1)


def value(request: Request, param_id: str, kind: type[T]) -> T:
    """A parameter of a request."""
    found = request.params[param_id]
    assert isinstance(found, kind), f"the host hands over parsed parameters; {param_id} is {found!r}"
    return found


def each_tensor(context: Context, stage: Stage) -> Check:
    """What to call for every tensor that is brought over: looks for a cancel and reports."""
    done = 0

    def each() -> None:
        nonlocal done
        context.checkpoint()
        done += 1
        stage.advance(min(done, _TENSORS), _TENSORS)

    return each


def noise_of(context: Context) -> Noise:
    """The job's own, by name and place."""
    return lambda shape, name: context.noise_array(shape, name=name, cell=FACTOR)
