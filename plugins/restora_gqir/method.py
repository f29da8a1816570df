"""gQIR on the lane: a single observation, and a burst of them."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import ClassVar, TypeVar

import torch
from torch import Tensor

from restora.api import (
    JSON,
    ColourFilter,
    Context,
    DeviceSpec,
    FrameWindow,
    ImageArray,
    MethodInfo,
    Output,
    ParameterError,
    Request,
    Stage,
    UnsuitableItemError,
)
from restora.data.photon_cube import PhotonCube
from restora.nets.latent_vae import LatentVae
from restora.nets.watching import looking_up, watched
from restora.weights.parts import given_files
from restora_gqir.configuration import published
from restora_gqir.declarations import BURST, SINGLE
from restora_gqir.families import Family
from restora_gqir.finishing import finished
from restora_gqir.net.burst import FlowMode, Fuser, moved
from restora_gqir.net.latents import Advance, LatentWork
from restora_gqir.net.networks import Check, Networks, decoded_grey
from restora_gqir.net.one_step import Generator
from restora_gqir.net.sliding import SlidingWindow
from restora_gqir.observations import (
    CELLS,
    USUAL_RATE,
    Plan,
    chosen_family,
    counts_of,
    padded,
    plan_frames,
    shares_of,
    three_channels,
)

T = TypeVar("T")

_DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}
_SMALLEST = 64
"""Pixels a side that every part can take."""
_WINDOW = 64
"""Latents a side of the generator's windows: 512 pixels, as in its training."""
_WEIGHTS_SHARE = 0.1
"""Of a burst's progress bar."""
_DIM, _BRIGHT = USUAL_RATE / 2, USUAL_RATE * 2.5
"""Beyond these mean shares of detections the log says that training looked different."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """What a request works on, settled."""

    cube: PhotonCube
    family: Family
    plan: Plan
    mosaic: str
    multiple: int
    """Of which the sides must be a multiple."""

    @property
    def is_halved(self) -> bool:
        """Whether one pixel of the networks is a cell of 2 x 2."""
        return self.mosaic == CELLS and self.cube.colour_filter is not ColourFilter.MONO

    @property
    def worked_size(self) -> tuple[int, int]:
        """Width and height before padding, in the networks' pixels."""
        step = 2 if self.is_halved else 1
        return -(-self.cube.width // step), -(-self.cube.height // step)

    @property
    def is_grey(self) -> bool:
        """Whether the result has one channel."""
        return self.cube.colour_filter is ColourFilter.MONO and self.cube.channels == 1

    def observation(self, index: int, context: Context, device: torch.device) -> Tensor:
        """Shares of detections, 1 x 3 x H x W, padded."""
        counts = counts_of(self.cube, self.plan, index, context.checkpoint)
        shares = shares_of(counts, self.cube, self.plan)
        values = three_channels(shares, self.cube.colour_filter, self.mosaic)
        fitting = padded(values, self.multiple, _SMALLEST)
        return torch.from_numpy(fitting).permute(2, 0, 1)[None].to(device)

    def info(self) -> dict[str, JSON]:
        """What was chosen, for the result."""
        plan = self.plan
        return {
            "weights": self.family.id,
            "frames": [plan.start, plan.total],
            "frames merged": plan.merged,
            "mean detection rate": round(plan.rate, 4),
            "mean detection rate after merging": round(plan.merged_rate, 4),
        }


class _Gqir:
    """What both ways of working share."""

    info: ClassVar[MethodInfo]
    keeps_vae_in_float32: ClassVar[bool] = False

    def __init__(self) -> None:
        self._networks: Networks | None = None
        self._looked_at: str | None = None

    def load(self, weights: Mapping[str, Path], device: DeviceSpec, context: Context) -> None:
        """Check every file that is here; networks come to the device when a request needs them."""
        dtype = _DTYPES[context.precision]
        networks = Networks(
            given_files(self.info, weights),
            configuration=published(),
            device=torch.device(str(device)),
            vae_dtype=torch.float32 if self.keeps_vae_in_float32 else dtype,
            dtype=dtype,
        )
        networks.check(_parts(self.info))
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

    def _capture(self, request: Request, context: Context, *, count: int, multiple: int) -> Capture:
        cube, window = _source(request)
        family = chosen_family(cube, _value(request, "weights", str))
        plan = plan_frames(cube, window, family, count=count, merged=_value(request, "merged", int))
        _tell_light(plan, context)
        mosaic = _value(request, "mosaic", str)
        return Capture(cube=cube, family=family, plan=plan, mosaic=mosaic, multiple=multiple)

    def _each_tensor(self, context: Context, stage: Stage, *parts: str) -> Check:
        """What to call for every tensor of `parts` that is brought over: looks for a cancel and reports."""
        total, done = self.networks.tensors(parts), 0

        def each() -> None:
            nonlocal done
            context.checkpoint()
            stage.advance(min(done, total), total)
            done += 1

        return each

    def _work(self, capture: Capture, context: Context, each: Check) -> LatentWork:
        family, vae = capture.family, self.networks.vae(capture.family, each)
        self._look_at_range(vae, family, context)
        side = context.tile.side
        if side is not None and capture.is_halved:
            side //= 2
        return LatentWork(vae=vae, is_signed=family.is_signed, side=side, context=context)

    def _generator(self, request: Request, family: Family, context: Context, each: Check) -> Generator:
        names = {param.id for param in self.info.params}
        return self.networks.generator(
            family,
            context,
            each,
            strength=_value(request, "lora_strength", float),
            prompt=_value(request, "prompt", str) if "prompt" in names else "",
        )

    def _look_at_range(self, vae: LatentVae, family: Family, context: Context) -> None:
        """Nothing in a checkpoint tells its decoder's range: look once whether grey comes out grey."""
        if self._looked_at == family.id:
            return
        self._looked_at = family.id
        grey = decoded_grey(vae, family, self.networks.device)
        expected, other = (0.0, 0.5) if family.is_signed else (0.5, 0.0)
        if abs(grey - expected) > abs(grey - other):
            message = (
                f"these weights decode mid grey to {grey:.2f}, expected about {expected:g}: "
                "the result may look washed out or crushed"
            )
            context.log(logging.WARNING, message)

    def _finished(self, request: Request, capture: Capture, picture: Tensor) -> ImageArray:
        width, height = capture.worked_size
        pixels = picture[0].permute(1, 2, 0)[:height, :width].float().cpu().numpy()
        step = 2 if capture.is_halved else 1
        enlarged = finished(
            pixels,
            size=(width * step, height * step),
            exposure=_value(request, "exposure", float),
            is_balanced=_value(request, "grey_world", bool),
            is_grey=capture.is_grey,
        )
        return enlarged[: capture.cube.height, : capture.cube.width]


class Single(_Gqir):
    """Stages 1 and 2 on one observation in the middle of the window."""

    info = SINGLE

    def run(self, request: Request, context: Context) -> Output:
        """See Method.run."""
        with torch.inference_mode():
            return self._run(request, context)

    def _run(self, request: Request, context: Context) -> Output:
        capture = self._capture(request, context, count=1, multiple=8)
        family, networks = capture.family, self.networks
        blend = 0.0 if _value(request, "stage1_only", bool) else _value(request, "blend", float)
        networks.need(family, unet=blend > 0, fusion=False)
        with context.stage("weights", 0.2) as stage:
            each = self._each_tensor(context, stage, "qvae", *(("text", "unet") if blend > 0 else ()))
            work = self._work(capture, context, each)
            stage2 = self._generator(request, family, context, each) if blend > 0 else None
        with context.stage("encode", 0.2) as stage:
            latent = work.encoded(capture.observation(0, context, networks.device), stage.advance)
        first = None
        if stage2 is None or blend < 1 or _value(request, "keep_stage1", bool):
            with context.stage("stage 1", 0.2 if stage2 else 0.6) as stage:
                first = work.picture(latent, stage.advance)
                context.preview(self._finished(request, capture, first))
        if stage2 is None:
            assert first is not None  # decoded just above
            return Output(image=self._finished(request, capture, first), info=capture.info())
        with context.stage("generate", 0.2) as stage:
            windowed = _value(request, "windowed", bool)
            restored = generated(stage2, latent, work, stage.advance, windowed=windowed)
        with context.stage("stage 2", 0.4) as stage:
            second = work.picture(restored, stage.advance)
        mixed = second if first is None else first + blend * (second - first)
        images = {} if first is None else {"stage 1": self._finished(request, capture, first)}
        image = self._finished(request, capture, mixed)
        return Output(image=image, images=MappingProxyType(images), info=capture.info())


class Burst(_Gqir):
    """Stage 3 on windows of observations, then stage 2."""

    info = BURST
    keeps_vae_in_float32 = True

    def run(self, request: Request, context: Context) -> Output:
        """See Method.run."""
        with torch.inference_mode():
            return self._run(request, context)

    def _run(self, request: Request, context: Context) -> Output:
        length, pictures, stride = (
            _value(request, name, int) for name in ("nano_bursts", "pictures", "stride")
        )
        if length % 2 == 0:
            raise ParameterError("nano_bursts", f"must be odd, got {length}")
        count = length + (pictures - 1) * stride
        capture = self._capture(request, context, count=count, multiple=64)
        self.networks.need(capture.family, unet=True, fusion=True)
        with context.stage("weights", _WEIGHTS_SHARE) as stage:
            each = self._each_tensor(context, stage, "qvae", "text", "unet", "fusion", "raft")
            work = self._work(capture, context, each)
            stage2 = self._generator(request, capture.family, context, each)
            fuser = self._fuser(request, capture.family, each)
            is_identity = fuser.fusion.is_identity
        if is_identity:
            context.log(logging.INFO, "these fusion weights add nothing: only the middle nano-burst is used")
        observe = partial(capture.observation, context=context, device=self.networks.device)
        burst = SlidingWindow(work=work, observe=observe)
        made: list[ImageArray] = []
        for number in range(pictures):
            first = number * stride
            share = (1 - _WEIGHTS_SHARE) / pictures
            with context.stage(f"picture {number + 1} of {pictures}", share) as stage:
                middle = burst.latent(first + length // 2, _unreported)
                if not is_identity:
                    advance = part_of(stage.advance, 0.0, 0.8)
                    middle = fused(burst, fuser, first, length, context, advance)
                restored = generated(stage2, middle, work, part_of(stage.advance, 0.8, 0.9))
                picture = work.picture(restored, part_of(stage.advance, 0.9, 1.0))
            made.append(self._finished(request, capture, picture))
            context.preview(made[-1])
            burst.drop_before(first + stride)
        info = {**capture.info(), "nano-bursts": length, "fusion is identity": is_identity}
        return Output(image=made[len(made) // 2], images=_numbered(made), info=info)

    def _fuser(self, request: Request, family: Family, each: Check) -> Fuser:
        return self.networks.fuser(family, FlowMode(_value(request, "flow", str)), each)


def generated(
    stage2: Generator, latent: Tensor, work: LatentWork, advance: Advance, *, windowed: bool = False
) -> Tensor:
    """Stage 2 with cancel and progress, in windows or as a whole."""
    if not windowed:
        with watched(stage2.unet, looking_up(work.context.checkpoint, advance)):
            return stage2(latent)
    return stage2(latent, side=_WINDOW, each=looking_up(work.context.checkpoint, advance))


def fused(
    burst: SlidingWindow, fuser: Fuser, first: int, length: int, context: Context, advance: Advance
) -> Tensor:
    """The corrected latent in the middle of the window that starts at nano-burst `first`."""
    middle = length // 2
    latents, previews = [], []
    for index in range(length):
        advance(index, 2 * length)
        latents.append(burst.latent(first + index, _unreported))
        previews.append(burst.preview(first + index, _unreported))
    size = (latents[0].shape[2], latents[0].shape[3])
    flows: list[Tensor | None] = []
    for index in range(length):
        advance(length + index, 2 * length)
        is_middle = index == middle
        flows.append(None if is_middle else fuser.flow(previews, index, size, context.checkpoint))
    return fuser.fused(moved(torch.cat(latents), flows))


def part_of(advance: Advance, start: float, stop: float) -> Advance:
    """Reports into the part of a stage from `start` to `stop`."""
    return lambda done, total: advance(start + (stop - start) * done / total, 1.0)


def _unreported(done: float, total: float) -> None:
    """Progress inside one nano-burst is finer than the bar."""


def _numbered(pictures: Sequence[ImageArray]) -> Mapping[str, ImageArray]:
    """All pictures by their number, where there is more than the result itself."""
    if len(pictures) == 1:
        return MappingProxyType({})
    return MappingProxyType({f"picture {number:03d}": each for number, each in enumerate(pictures, 1)})


def _source(request: Request) -> tuple[PhotonCube, FrameWindow]:
    cube, window = request.source.cube, request.source.window
    if cube is None or window is None:
        raise UnsuitableItemError(
            f"a single-photon capture is needed, but the source is a {request.source.kind} item"
        )
    return cube, window


def _value(request: Request, param_id: str, kind: type[T]) -> T:
    value = request.params[param_id]
    assert isinstance(value, kind), f"the host hands over parsed parameters; {param_id} is {value!r}"
    return value


def _parts(info: MethodInfo) -> dict[str, str]:
    """What each declared file holds, by its id, after the name of its manifest."""
    manifests = {file.id: file.manifest for file in info.weights if file.manifest is not None}
    return {file_id: PurePath(address.partition(":")[2]).stem for file_id, address in manifests.items()}


def _tell_light(plan: Plan, context: Context) -> None:
    """The light-level aid: where the capture stands against what the networks were trained on."""
    message = f"{plan.rate:.4f} detections per frame and pixel"
    if plan.merged > 1:
        message += f", {plan.merged_rate:.3f} after merging {plan.merged} frames into one"
    context.log(logging.INFO, f"{message}; the networks were trained around {USUAL_RATE}")
    if not _DIM <= plan.merged_rate <= _BRIGHT:
        word = "darker" if plan.merged_rate < _DIM else "brighter"
        context.log(logging.WARNING, f"the capture is much {word} than what the networks were trained on")
