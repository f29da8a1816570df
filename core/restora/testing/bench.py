"""Runs a method on the CPU outside any lane, while everything it does to its context is recorded."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np

from restora.data.arrays import CountStack, ImageArray
from restora.data.geometry import Rect
from restora.data.image import Image
from restora.data.item import Item, Probe
from restora.data.kinds import ColourFilter, Kind, Transfer
from restora.data.photon_cube import PhotonCube
from restora.jobs.cancelling import Token
from restora.jobs.context import Hooks, RunContext
from restora.jobs.devices import CpuDevice
from restora.jobs.execution import Outcome, execute, read_inputs
from restora.jobs.progress import Part, Progress, ProgressMeter
from restora.jobs.request import RunRequest, checked_request, parse_params
from restora.jobs.resume import Resumption
from restora.plugins.declarations import FrameNeed, MethodInfo
from restora.plugins.factory import build_method
from restora.plugins.needs import needs_of
from restora.plugins.running import Context, DeviceSpec, Method, Output, Request, TileChoice
from restora.testing.scene_items import sample_scene, scene_item
from restora.testing.scene_photographs import with_photographs
from restora.testing.verdicts import NotApplicableError

_FRAMES = 16
"""Of a capture, where the method takes so many: enough for a few blocks of frames."""

_DIFFERENT_FRAMES = 4


@dataclass(slots=True, kw_only=True)
class Trace:
    """What happened during a run."""

    token: Token = field(default_factory=Token)
    checkpoints: int = 0
    """By host and method."""
    own_checkpoints: int = 0
    """By the method."""
    is_inside: bool = False
    """Whether the method runs at the moment."""
    cancel_at: int | None = None
    """The checkpoint at which the user changes his mind."""
    after_cancel: int = 0
    at_checkpoint: Callable[[], None] = field(default=lambda: None)
    moves: list[tuple[float, float]] = field(default_factory=list)
    """Time and raw fraction of every report of progress, before anything is smoothed."""


class _TracedMeter(ProgressMeter):
    def __init__(self, trace: Trace) -> None:
        super().__init__(_forget)
        self._trace = trace

    def move_to(self, fraction: float, stage: str) -> None:
        self._trace.moves.append((time.monotonic(), fraction))
        super().move_to(fraction, stage)


def _forget(progress: Progress) -> None:
    del progress


class _TracedContext(RunContext):
    trace: Trace

    def checkpoint(self) -> None:
        trace = self.trace
        trace.checkpoints += 1
        trace.own_checkpoints += trace.is_inside
        if trace.checkpoints == trace.cancel_at:
            trace.token.cancel()
        if trace.token.is_cancelled:
            trace.after_cancel += 1
        trace.at_checkpoint()
        super().checkpoint()


@dataclass(slots=True)
class _Watched:
    """A method that lets its trace know when it runs; satisfies `Method`."""

    method: Method
    trace: Trace

    def load(self, weights: Mapping[str, Path], device: DeviceSpec, context: Context) -> None:
        self.method.load(weights, device, context)

    def run(self, request: Request, context: Context) -> Output:
        self.trace.is_inside = True
        try:
            return self.method.run(request, context)
        finally:
            self.trace.is_inside = False

    def unload(self) -> None:
        self.method.unload()


class Bench:
    """A loaded method, ready to run on small pictures."""

    def __init__(self, info: MethodInfo, weights: Mapping[str, Path], scratch: Path) -> None:
        self.info = info
        self.method: Method = build_method(info)
        self.scratch = scratch
        self._kept = 0
        self._device = CpuDevice()
        trace = Trace()
        resumption = Resumption(scratch / "resume", lambda: "0" * 32)
        part = Part(_TracedMeter(trace), 0.0, 1.0, "load")
        self.method.load(
            weights,
            self._device.spec,
            self._context(trace, part, None, TileChoice(side=None), 0, resumption),
        )
        resumption.end(keep=False)

    def run(
        self,
        item: Item,
        *,
        seed: int = 0,
        side: int | None = None,
        trace: Trace | None = None,
        params: Mapping[str, object] = MappingProxyType({}),
    ) -> Outcome:
        """The checked result, as the lane would make it; raises what the method raises."""
        info, trace = self.info, trace or Trace()
        request = checked_request(
            RunRequest(
                info=info,
                item=item,
                params=parse_params(info, params, typed=True),
                seed=seed,
                side=side,
                references=(item,) * info.references.minimum,
            )
        )
        tile = TileChoice(side=side, automatic=side is None)
        whole = Part(_TracedMeter(trace), 0.0, 1.0, "")
        asked = f"{id(item)} {seed} {side} {dict(params)!r}"
        resumption = Resumption(
            self.scratch / "resume", lambda: hashlib.sha256(asked.encode()).hexdigest()[:32]
        )

        def context_for(index: int, count: int, place: Rect | None) -> RunContext:
            part = whole.inner(index / count, 1 / count, "run")
            return self._context(trace, part, place, tile, seed, resumption)

        watched = _Watched(self.method, trace)
        try:
            outcome = self._with_own_frames(
                execute(watched, request, read_inputs(request), tile, context_for)
            )
        except BaseException:
            resumption.end(keep=trace.token.is_cancelled)
            raise
        resumption.end(keep=False)
        return outcome

    def _with_own_frames(self, outcome: Outcome) -> Outcome:
        """Frames are taken away from where the method wrote them, as the lane does."""
        frames = []
        for frame in outcome.frames:
            self._kept += 1
            place = self.scratch / f"frame{self._kept}.npy"
            frame.path.rename(place)
            frames.append(replace(frame, path=place))
        return replace(outcome, frames=tuple(frames))

    def _context(
        self,
        trace: Trace,
        part: Part,
        place: Rect | None,
        tile: TileChoice,
        seed: int,
        resumption: Resumption,
    ) -> _TracedContext:
        context = _TracedContext(
            token=trace.token,
            meter=part.meter,
            part=part,
            hooks=Hooks(),
            device=self._device.spec,
            precision=self._device.default_precision(self.info.precisions),
            tile=tile,
            scratch=self.scratch,
            resumption=resumption,
            seed=seed,
            place=place,
        )
        context.trace = trace
        return context


@contextmanager
def bench_for(info: MethodInfo, weights: Mapping[str, Path] | None, scratch: Path) -> Iterator[Bench]:
    """A bench that is unloaded at the end; NotApplicableError where the method cannot run here."""
    if "cpu" not in info.devices:
        raise NotApplicableError("it does not run on the CPU")
    if weights is None:
        names = ", ".join(" | ".join(file.filename for file in need.files) for need in needs_of(info.weights))
        raise NotApplicableError(f"it needs weights: {names}")
    bench = Bench(info, weights, scratch)
    try:
        yield bench
    finally:
        bench.method.unload()


def picture_item(info: MethodInfo, pixels: ImageArray, name: str = "kit") -> Item:
    """`pixels` as an item of a kind that the method takes; NotApplicableError where it takes no pictures."""
    kind = next((kind for kind in (Kind.IMAGE, Kind.METALENS) if kind in info.accepts), None)
    if kind is None:
        raise NotApplicableError("it takes no pictures")
    height, width, channels = pixels.shape
    probe = Probe(kind=kind, format="kit", width=width, height=height, channels=channels)
    transfer = Transfer.SRGB if info.domain == "srgb" else Transfer.LINEAR
    return Item(name=name, probe=probe, load=lambda: Image(pixels=pixels, transfer=transfer))


@dataclass(frozen=True, slots=True)
class _Frames:
    """A capture in memory."""

    counts: CountStack

    def read(self, start: int, stop: int) -> CountStack:
        return self.counts[start:stop]


def capture_item(
    info: MethodInfo, width: int, height: int, *, rate: float = 0.5, mono: bool = False, seed: int = 1
) -> Item:
    """A capture that detects with probability `rate`; with a colour filter unless `mono` or impossible."""
    need = info.frames or FrameNeed()
    bits = min(need.bits) if need.bits else 1
    colours = sorted((need.filters or frozenset(ColourFilter)) - {ColourFilter.MONO})
    colour_filter = colours[0] if colours and not mono else ColourFilter.MONO
    frames = max(need.minimum, min(_FRAMES, need.maximum or _FRAMES))
    shape = (frames, height, width, 1)
    ramp = np.linspace(0.2, 1.0, width)[None, None, :, None] * rate
    most = 2 ** min(bits, 16) - 1
    few = (min(frames, _DIFFERENT_FRAMES), *shape[1:])  # drawing is slow, and nobody looks at each frame
    drawn = np.resize(np.random.default_rng(seed).binomial(most, np.broadcast_to(ramp, few)), shape)
    counts = drawn.astype(np.uint8) if bits <= 8 else drawn.astype(np.uint16)
    cube = PhotonCube(
        reader=_Frames(counts),
        frames=frames,
        height=height,
        width=width,
        bits=bits,
        colour_filter=colour_filter,
    )
    probe = Probe(kind=Kind.SPAD, format="kit", width=width, height=height, channels=1, frames=frames)
    return Item(name="kit", probe=probe, load=lambda: cube)


def _takes_mono(info: MethodInfo) -> bool:
    return info.frames is None or info.frames.filters is None or ColourFilter.MONO in info.frames.filters


def sample_pixels(width: int, height: int, channels: int, seed: int = 1) -> ImageArray:
    """A picture with smooth and rough parts, values 0.05 to 0.95."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    rough = np.random.default_rng(seed).random((height, width, channels), np.float32)
    waves = 0.5 + 0.25 * np.sin(x / 5)[:, :, None] * np.cos(y / 7)[:, :, None]
    return np.asarray(0.05 + 0.9 * np.clip(0.8 * waves + 0.2 * rough, 0, 1), np.float32)


def sample_item(info: MethodInfo, width: int, height: int, channels: int | None = None) -> Item:
    """Something of that size that the method takes; a scene, where it takes only those, has one of its own.

    `channels` 1 asks for a grey picture, or a capture without colour filter.
    """
    if Kind.IMAGE in info.accepts or Kind.METALENS in info.accepts:
        count = channels or (3 if 3 in info.channels else min(info.channels))
        return picture_item(info, sample_pixels(width, height, count))
    if Kind.SPAD in info.accepts:
        return capture_item(info, width, height, mono=channels == 1 and _takes_mono(info))
    return scene_item(with_photographs(sample_scene()))
