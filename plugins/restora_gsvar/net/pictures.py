"""From a fitted picture to a mended one: windows in batches, their latents joined, one decoding."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch
import torch.nn.functional as F  # torch's own customary name
from torch import Tensor

from restora.data.arrays import ImageArray
from restora.nets.watching import watched
from restora_gsvar.configuration import FACTOR
from restora_gsvar.fitting import Fitted
from restora_gsvar.net.autoencoder import Autoencoder
from restora_gsvar.net.decoding import decoded
from restora_gsvar.net.generating import CodeModel, Sampling
from restora_gsvar.net.passing import Passing
from restora_gsvar.net.recordings import Recordings
from restora_gsvar.net.refiner import KEPT
from restora_gsvar.net.rows import Reference
from restora_gsvar.tiling import Tile, joined

if TYPE_CHECKING:
    from numpy.typing import NDArray

Noise = Callable[[tuple[int, ...], str], ImageArray]
"""Standard normal noise of a shape whose last axes are rows and columns of latents, by name."""

_GENERATING = 0.75
"""Share of a picture; decoding takes what is left."""
_PREVIEW_SIDE = 16
"""Latents of an unfinished window that are decoded for a look at it."""
_PREVIEW_AFTER = 1.0
"""Seconds; whoever waits less sees the picture itself soon enough."""
_REFERENCES_KEPT = 64
"""Windows of photographs whose tokens are kept: 7 MB each at full size in float32."""


class Beside(Protocol):
    """A photograph that lies beside a picture."""

    def window(self, tile: Tile) -> tuple[Hashable, ImageArray]:
        """What belongs beside a window, at its size in 0..1, and a key that stands for exactly that."""
        ...


class Watch(Protocol):
    """Whoever looks on."""

    def check(self) -> None:
        """May raise to stop; called within seconds on most machines."""
        ...

    def advance(self, done: float, total: float) -> None:
        """Report progress of the picture."""
        ...

    def preview(self, pixels: ImageArray) -> None:
        """Show the fitted picture, unfinished and smaller."""
        ...

    def note(self, line: str) -> None:
        """Something for the log."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a picture is mended."""

    batch: int = 1
    bridge: bool = False
    refines: bool = True
    temperature: float = 1.0
    top_k: int = 1
    top_p: float = 0.96
    guidance: float | None = None
    decodes_whole: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class Mender:
    """The networks of one checkpoint, and what they found out about photographs."""

    vae: Autoencoder
    model: CodeModel
    device: torch.device
    recordings: Recordings | None = None
    """On graphics cards: what was recorded for batches like those that come."""
    _known: OrderedDict[Hashable, Reference] = field(default_factory=OrderedDict)

    def mend(
        self, fitted: Fitted, beside: Beside | None, settings: Settings, noise: Noise, watch: Watch
    ) -> ImageArray:
        """The picture at the size of `fitted`, H x W x 3 in 0..1; hidden windows stay as they are."""
        if not fitted.shown:
            return fitted.pixels
        with torch.inference_mode():
            whole = self._signed(fitted.pixels)
            latent = self._latent(fitted, whole, beside, settings, noise, watch)
            degraded = whole if settings.bridge else None

            def advance(share: float) -> None:
                watch.advance(_GENERATING + (1 - _GENERATING) * share, 1.0)

            found = decoded(self.vae, latent, degraded, whole=settings.decodes_whole, advance=advance)
            return fitted.with_hidden(np.asarray(found[0].permute(1, 2, 0).cpu().numpy(), np.float32))

    def forget(self) -> None:
        """Give back what is known of photographs."""
        self._known.clear()

    def _latent(
        self,
        fitted: Fitted,
        whole: Tensor,
        beside: Beside | None,
        settings: Settings,
        noise: Noise,
        watch: Watch,
    ) -> Tensor:
        """Of the whole picture, 1 x channels x h x w."""
        plan = fitted.plan
        drawn = _Drawn.of(self.model, plan.height, plan.width, settings, noise)
        tiles = fitted.shown
        parts: list[NDArray[np.float32]] = []
        begun = time.monotonic()

        def is_awaited() -> bool:
            return time.monotonic() - begun > _PREVIEW_AFTER

        for batch in _batches(tiles, settings.batch):
            done = len(parts)

            def each(scale: int, share: float, total: Tensor, done: int = done, n: int = len(batch)) -> None:
                watch.advance(_GENERATING * (done + n * share), len(tiles))
                if len(tiles) == 1 and scale == len(self.vae.quantize.sides) - 1 and is_awaited():
                    watch.preview(self._glimpse(total))

            parts += self._windows(batch, whole, beside, settings, drawn, each, watch)
            if 0 < len(parts) < len(tiles) and is_awaited():
                watch.preview(self._so_far(fitted, tiles, parts))
        return torch.from_numpy(joined(parts, plan, tiles))[None].to(self.device)

    def _windows(
        self,
        batch: Sequence[Tile],
        whole: Tensor,
        beside: Beside | None,
        settings: Settings,
        drawn: _Drawn,
        each: Callable[[int, float, Tensor], None],
        watch: Watch,
    ) -> list[NDArray[np.float32]]:
        """Latents of some windows, channels x side x side each."""
        pictures = torch.cat([whole[:, :, *_pixels(tile)] for tile in batch])
        references = [None if beside is None else self._reference(beside, tile, watch) for tile in batch]
        made = self.model.generate(
            pictures,
            references,
            self.vae.quantize,
            drawn.sampling(batch, settings, self.device),
            each,
            watch.check,
            Passing if self.recordings is None else self.recordings.passing,
        )
        if self.recordings is not None and (refusal := self.recordings.news()):
            watch.note(refusal)
        return list(made.latent.float().cpu().numpy())

    def _reference(self, beside: Beside, tile: Tile, watch: Watch) -> Reference:
        """Of the photograph's window, encoded the first time it is asked for."""
        key, pixels = beside.window(tile)
        if key not in self._known:
            picture = self._signed(pixels)
            with watched(self.vae, lambda _done, _layers: watch.check()):
                latent = self.vae.encode(picture)
            self._known[key] = self.model.reference(picture, latent, self.vae.quantize)
            while len(self._known) > _REFERENCES_KEPT:
                self._known.popitem(last=False)
        self._known.move_to_end(key)
        return self._known[key]

    def _so_far(
        self, fitted: Fitted, tiles: Sequence[Tile], parts: Sequence[NDArray[np.float32]]
    ) -> ImageArray:
        """The picture with the windows that are done, as large as one window."""
        height, width = fitted.pixels.shape[:2]
        ratio = min(1.0, self.vae.quantize.sides[-1] * FACTOR / max(height, width))
        shown = self._resized(self._signed(fitted.pixels), round(height * ratio), round(width * ratio))
        for tile, part in zip(tiles, parts, strict=False):
            glimpse = self._decoded_small(torch.from_numpy(part)[None].to(self.device))
            top, left, bottom, right = (
                round(edge * FACTOR * ratio)
                for edge in (tile.top, tile.left, tile.top + tile.side, tile.left + tile.side)
            )
            shown[:, :, top:bottom, left:right] = self._resized(glimpse, bottom - top, right - left)
        return _rows(shown)

    def _glimpse(self, total: Tensor) -> ImageArray:
        """A small picture of what the codes add up to so far."""
        return _rows(self._decoded_small(total))

    def _decoded_small(self, latent: Tensor) -> Tensor:
        side = min(_PREVIEW_SIDE, latent.shape[-1])
        return self.vae.decode(F.interpolate(latent, size=(side, side), mode="area"))

    @staticmethod
    def _resized(picture: Tensor, height: int, width: int) -> Tensor:
        size = (max(1, height), max(1, width))
        return F.interpolate(picture, size=size, mode="bilinear", antialias=True, align_corners=False)

    def _signed(self, pixels: ImageArray) -> Tensor:
        """1 x 3 x H x W in -1..1 on the device."""
        planes = torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1), np.float32))[None]
        return planes.to(self.device).mul(2).sub(1)


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """All chance of one picture, tied to places, so that windows which share a place share its noise."""

    refiner: ImageArray | None
    """(kept steps + 1) x channels x h x w."""
    sides: tuple[int, ...]
    noise: Noise

    @classmethod
    def of(cls, model: CodeModel, height: int, width: int, settings: Settings, noise: Noise) -> _Drawn:
        channels = model.refiner.net.input_proj.in_features
        shape = (KEPT + 1, channels, height, width)
        return cls(noise(shape, "refiner") if settings.refines else None, model.transformer.sides, noise)

    def sampling(self, batch: Sequence[Tile], settings: Settings, device: torch.device) -> Sampling:
        """For some windows."""
        chance = None
        if settings.top_k != 1:
            chance = tuple(self._tokens(batch, side).to(device) for side in self.sides)
        return Sampling(
            top_k=settings.top_k,
            top_p=settings.top_p,
            chance=chance,
            noise=None if self.refiner is None else self._refiner(self.refiner, batch).to(device),
            temperature=settings.temperature,
            guidance=settings.guidance,
        )

    def _refiner(self, field: ImageArray, batch: Sequence[Tile]) -> Tensor:
        """(kept steps + 1) x N x P² x channels."""
        parts = [field[:, :, tile.rows, tile.columns].reshape(*field.shape[:2], -1) for tile in batch]
        return torch.from_numpy(np.stack(parts, axis=1)).transpose(2, 3).contiguous()

    def _tokens(self, batch: Sequence[Tile], side: int) -> Tensor:
        """N x side²: every window has its own."""
        parts = [
            self.noise((side, side), f"tokens of {tile.top}, {tile.left} at {side}").reshape(-1)
            for tile in batch
        ]
        return torch.from_numpy(np.stack(parts))


def _rows(signed: Tensor) -> ImageArray:
    """H x W x 3 in 0..1."""
    shown = signed[0].clamp(-1, 1).add(1).div(2).permute(1, 2, 0)
    return np.ascontiguousarray(shown.float().cpu().numpy(), np.float32)


def _pixels(tile: Tile) -> tuple[slice, slice]:
    """Rows and columns of a window in the picture."""
    start, side = (tile.top * FACTOR, tile.left * FACTOR), tile.side * FACTOR
    return slice(start[0], start[0] + side), slice(start[1], start[1] + side)


def _batches(tiles: Sequence[Tile], size: int) -> Iterator[Sequence[Tile]]:
    for start in range(0, len(tiles), size):
        yield tiles[start : start + size]
