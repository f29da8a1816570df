"""DMDiff on the lane: restoring a metalens photograph, and imitating one."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import torch
from torch import Tensor

from restora.api import (
    JSON,
    Context,
    DeviceSpec,
    ImageArray,
    MethodInfo,
    Output,
    Request,
    TextParam,
    UnsuitableItemError,
)
from restora.nets.watching import looking_up
from restora.optics.resample import Filter, resample
from restora.weights.parts import given_files
from restora_dmdiff.configuration import published
from restora_dmdiff.declarations import IMITATE, RESTORE
from restora_dmdiff.declared_parameters import LENS_PARAMS
from restora_dmdiff.degradation import PictureMap, picture_map, sampled
from restora_dmdiff.fields import Layout, as_one_field, tiled
from restora_dmdiff.finishing import recoloured, resized
from restora_dmdiff.net.networks import Networks
from restora_dmdiff.net.one_step import Predictions
from restora_dmdiff.net.whole_picture import measured_levels, predicted, rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DTYPES = {"fp32": torch.float32, "fp16": torch.float16}
_RATED_FIELD = 400
"""Pixels per side that the estimator rates as one field."""
_KEPT = 4
"""Pictures whose predictions are kept: before and after, and two more to go back to."""
_RATING, _FIELDS = 0.15, 0.5
"""Shares of the progress bar, by their operations; decoding takes what is left."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Kept:
    """Everything about a picture that does not depend on the knob, without its pixels."""

    layout: Layout
    map: PictureMap
    latents: tuple[Tensor, ...]
    """The latent, then the noise under each prompt."""

    def predictions(self) -> Predictions:
        """Of the restoring paths."""
        latent, positive, neutral = self.latents
        return Predictions(latent=latent, positive=positive, neutral=neutral)


class _DmDiff(ABC):
    """What both directions share."""

    info: ClassVar[MethodInfo]
    unit: ClassVar[int]
    """Pixels from one possible start of a field to the next."""
    prompts: ClassVar[tuple[str, ...]]
    """Parameters that hold texts for the network."""
    settings_of_result: ClassVar[frozenset[str]]
    """Parameters that change nothing before the decoder."""

    def __init__(self) -> None:
        self._networks: Networks | None = None
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._lock = Lock()

    def load(self, weights: Mapping[str, Path], device: DeviceSpec, context: Context) -> None:
        """Check every file, then bring the texts and the generator; the estimator comes when it is needed."""
        networks = Networks(
            given_files(self.info, weights),
            configuration=published(),
            device=torch.device(str(device)),
            dtype=_DTYPES[context.precision],
        )
        usual = {
            name: param.default
            for name in self.prompts
            if isinstance(param := self.info.param(name), TextParam)
        }
        with context.stage("load") as stage:
            networks.prepare(usual, context.scratch, looking_up(context.checkpoint, stage.advance))
        self._networks = networks

    def unload(self) -> None:
        """Forget all networks and everything kept for the knob."""
        self._networks = None
        with self._lock:
            self._kept.clear()

    @property
    def networks(self) -> Networks:
        """What `load` prepared."""
        assert self._networks is not None, "the host loads a method before it runs it"
        return self._networks

    def predict(self, request: Request, context: Context) -> Kept:
        """Everything before the knob; at once where the same was asked before.

        Requests are the same here if they differ in the settings of the result only. Raises ParameterError
        for maps that are no 7 x 7 tables, and WeightsMissingError for files that a setting needs.
        """
        key = self._key(request)
        with self._lock:
            kept = self._kept.get(key)
        if kept is None:
            kept = self._predicted(request, context)
        with self._lock:
            self._kept[key] = kept
            self._kept.move_to_end(key)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return kept

    def _predicted(self, request: Request, context: Context) -> Kept:
        networks, params = self.networks, request.params
        layout = self._layout(_picture(request), params)
        values = self._map(layout, request, context)
        texts = networks.texts({name: str(params[name]) for name in self.prompts}, context.scratch)
        draw = None
        if params["latent"] == "sample":
            draw = context.noise_array((4, *layout.latents), name="posterior", cell=max(1, self.unit // 8))
        with context.stage("fields", _FIELDS) as stage:
            samples = None if params["samples"] == "all" else int(str(params["samples"]))
            latents = predicted(
                networks.generator,
                layout,
                values,
                texts,
                draw,
                samples=samples,
                advance=looking_up(context.checkpoint, stage.advance),
            )
        bare = layout.without_picture()
        return Kept(layout=bare, map=replace(values, layout=bare), latents=tuple(latents))

    def _layout(self, picture: ImageArray, params: Mapping[str, object]) -> Layout:
        if params["extent"] == "field":
            return as_one_field(picture, unit=self.unit)
        return tiled(picture, unit=self.unit, overlap=int(str(params["overlap"])))

    @abstractmethod
    def _map(self, layout: Layout, request: Request, context: Context) -> PictureMap:
        """The map of the laid out picture."""

    def _rated(self, picture: ImageArray, context: Context) -> NDArray[np.float32]:
        """Levels of all parts of a picture whose sides are multiples of 50 pixels."""
        network = self.networks.musiq()
        with context.stage("rate", _RATING) as stage:
            advance = looking_up(context.checkpoint, stage.advance)
            return measured_levels(network, np.clip(picture, 0, 1), self.networks.device, advance)

    def _decoded(self, kept: Kept, noise: Tensor, request: Request, context: Context) -> Output:
        model = self.networks.generator
        size = _result_size(request)
        with context.stage("decode") as stage, torch.inference_mode():
            clean = model.step.clean(kept.latents[0], noise)
            decoded = model.decode(clean, looking_up(context.checkpoint, stage.advance))
            # The result's own size first: what was filled up around it is not looked at again.
            picture = resized(rows(decoded), size, kept.layout.box)
        return Output(
            image=np.ascontiguousarray(picture, np.float32),
            images={"degradation map": kept.map.picture(*size)},
            info=self._info(kept),
        )

    def _info(self, kept: Kept) -> dict[str, JSON]:
        """What was found and done, for the result."""
        return {
            "degradation map": [[round(float(value), 3) for value in row] for row in kept.map.values],
            "fields": len(kept.layout.fields),
        }

    def _key(self, request: Request) -> str:
        """Equal for requests that differ in the settings of the result only."""
        seed = request.seed if request.params["latent"] == "sample" else None
        digest = hashlib.sha256(f"{seed} {request.region}".encode())
        _add_array(digest, _picture(request))
        for name in sorted(set(request.params) - self.settings_of_result):
            value = request.params[name]
            digest.update(f"\0{name}\0".encode())
            if isinstance(value, np.ndarray):
                _add_array(digest, value)
            else:
                digest.update(repr(value).encode())
        return digest.hexdigest()


class Restore(_DmDiff):
    """From a metalens photograph to a picture; moving the knob costs one decoding."""

    info = RESTORE
    unit = 50
    prompts = ("positive", "neutral")
    settings_of_result = frozenset({"alpha", "scale", "colours", *LENS_PARAMS})

    def run(self, request: Request, context: Context) -> Output:
        """The picture at the request's setting of the knob."""
        return self.develop(self.predict(request, context), request, context)

    def develop(self, kept: Kept, request: Request, context: Context) -> Output:
        """The picture of what `predict` gave, at the request's setting of the knob: one decoding."""
        noise = kept.predictions().mixed(float(str(request.params["alpha"])))
        output = self._decoded(kept, noise, request, context)
        assert output.image is not None  # decoding makes one
        photograph = resized(_picture(request), _result_size(request))
        fixed = recoloured(output.image, photograph, str(request.params["colours"]))
        return Output(image=fixed, images=output.images, info=output.info)

    def _map(self, layout: Layout, request: Request, context: Context) -> PictureMap:
        return picture_map(layout, request.params, lambda: self._rated(layout.picture, context))


class Imitate(_DmDiff):
    """From a clean picture to one as if taken through the lens."""

    info = IMITATE
    unit = 64
    prompts = ("negative",)
    settings_of_result = frozenset({"scale"})

    def run(self, request: Request, context: Context) -> Output:
        """The imitated photograph."""
        kept = self.predict(request, context)
        return self._decoded(kept, kept.latents[1], request, context)

    def _map(self, layout: Layout, request: Request, context: Context) -> PictureMap:
        photo = request.params["photo"]
        if not isinstance(photo, np.ndarray):
            return picture_map(
                layout, request.params, lambda: self._rated_whole(_picture(request), layout, context)
            )
        measured = {**request.params, "levels": ""}
        return picture_map(layout, measured, lambda: self._rated_whole(photo, layout, context))

    def _rated_whole(self, photo: ImageArray, layout: Layout, context: Context) -> NDArray[np.float32]:
        """A photograph's levels as one field, at the places of this picture's parts."""
        field = resample(photo[:, :, :3], _RATED_FIELD, _RATED_FIELD, filter=Filter.BILINEAR)
        table = self._rated(field, context)
        return sampled(table.tolist(), *layout.places())


def _picture(request: Request) -> ImageArray:
    image = request.source.image
    if image is None:
        raise UnsuitableItemError("DMDiff works on pictures only")
    return np.clip(np.nan_to_num(image), 0, 1)


def _result_size(request: Request) -> tuple[int, int]:
    scale = float(str(request.params["scale"]))
    height, width = _picture(request).shape[:2]
    return max(1, round(width * scale)), max(1, round(height * scale))


def _add_array(digest: hashlib._Hash, array: NDArray[np.float32]) -> None:
    digest.update(str(array.shape).encode())
    digest.update(np.ascontiguousarray(array).data)
