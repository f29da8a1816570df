"""A moving scene: blocks of frames are aligned, merged without ghosts, then denoised."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from restora.api import Context, FrameWindow, Output, Request, UnsuitableItemError
from restora.photons.merging import Block, Merged, merge
from restora_classic.methods.base import WeightlessMethod, choice, number, ticking, whole
from restora_classic.methods.spad_denoising import denoise_rate
from restora_classic.methods.spad_light import finished, flux_of
from restora_classic.methods.spad_source import Capture

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from restora.api import Mask


class SpadBurst(WeightlessMethod):
    """Aligns all blocks to the middle (or last) one; the picture shows the scene as it stood there."""

    def run(self, request: Request, context: Context) -> Output:
        """Linear light, and the map of how far the blocks agreed as a further picture."""
        capture = Capture.of(request)
        blocks, bad = _blocks(capture, whole(request, "blocks"), context)
        with context.stage("align and merge", 0.55) as stage:
            merged = merge(
                blocks,
                len(blocks) - 1 if choice(request, "reference") == "last" else len(blocks) // 2,
                colour_filter=capture.colour_filter,
                tolerance=number(request, "tolerance"),
                tick=ticking(context, stage),
            )
        rate = _denoised(merged, number(request, "strength"), context)
        flux = flux_of(rate, sum(block.frames for block in blocks))
        detections = float(sum(block.counts.mean() for block in blocks))
        info = capture.facts(detections, float(flux.mean()), bad)
        info["merged_frames"] = float(np.median(merged.frames))
        image = finished(flux, request)
        return Output(image=image, images={"agreement": merged.agreement}, info=info)


def _blocks(capture: Capture, count: int, context: Context) -> tuple[list[Block], Mask]:
    """The window in parts, bad pixels repaired, and which those were."""
    windows = block_windows(capture.window, count)
    sums = []
    with context.stage("sum", 0.05) as stage:
        for done, window in enumerate(windows):
            sums.append(capture.summed(window, lambda _done, _total: context.checkpoint()))
            stage.advance(done + 1, len(windows))
    bad = capture.bad_pixels(np.asarray(np.sum(sums, axis=0, dtype=np.uint32)))
    blocks = [
        Block(counts=capture.repaired(raw, bad), frames=capture.binary_frames(window))
        for raw, window in zip(sums, windows, strict=True)
    ]
    return blocks, bad


def _denoised(merged: Merged, strength: float, context: Context) -> NDArray[Any]:
    with context.stage("denoise", 0.4) as stage:
        if strength == 0:
            stage.advance(1, 1)
            return merged.rate
        tick = ticking(context, stage)
        return denoise_rate(merged.rate, merged.frames, strength=strength, tick=tick)


def block_windows(window: FrameWindow, blocks: int) -> list[FrameWindow]:
    """`window` in `blocks` parts whose lengths differ by one frame at most.

    Raises UnsuitableItemError where there are fewer frames than blocks.
    """
    if window.length < blocks:
        raise UnsuitableItemError(
            f"{blocks} blocks need at least {blocks} frames, but the window has {window.length}",
            advice="Take a longer window or fewer blocks.",
        )
    edges = [window.start + window.length * k // blocks for k in range(blocks + 1)]
    return [FrameWindow(start, stop - start) for start, stop in pairwise(edges)]
