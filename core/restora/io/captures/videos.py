"""Captures kept as videos: every frame of the stream is one of the capture."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from restora.errors import FileProblemError
from restora.io import video
from restora.io.captures.contents import Contents
from restora.io.captures.fact_sheet import FactSheet
from restora.io.captures.layouts import ArrayForm, check_sizes
from restora.io.captures.scaled_counts import bits_and_levels, counts_of
from restora.io.captures.stored_reader import StoredForm
from restora.io.options import OpenOptions

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LOOKED_AT = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VideoFrames:
    """Frames of a video, decoded anew for every read: a stretch of it costs one search in the file."""

    path: Path
    channels: int
    """1 takes the green of three equal colours."""
    levels: NDArray[np.uint8] | None = None
    """See `scaled_counts`."""

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """As FrameSource says; N x height x width x channels."""
        found = []
        with video.opened(self.path) as capture:
            video.go_to(capture, start)
            for number in range(start, stop):
                has_frame, frame = capture.read()
                if not has_frame or frame.ndim != 3:
                    raise FileProblemError(self.path, f"ends or is damaged at frame {number}")
                found.append(frame[:, :, 1:2] if self.channels == 1 else frame[:, :, ::-1])
        return counts_of(np.stack(found), self.levels, lambda _number: self.path)


def open_video(path: Path, sheet: FactSheet) -> Contents:
    """The frames of a video as counts of up to 8 bits.

    Raises FileProblemError where lossy compression left other values than counts of the stated bits.
    """
    header = video.header(path, OpenOptions(frame=0))
    frames = header.frames or 1
    for name, value in (("frames", frames), ("height", header.height), ("width", header.width)):
        sheet.learn_from_file(name, value)
    check_sizes(sheet, frames=frames, height=header.height, width=header.width, channels=3)
    channels = _channels(path, sheet, frames)
    source = VideoFrames(path=path, channels=channels)
    bits, levels = bits_and_levels(sheet, source, np.dtype(np.uint8), frames)
    form = StoredForm(axes="hwc", height=header.height, width=header.width, channels=channels, bits=bits)
    return Contents(
        format=f"{header.format}, {frames} frames",
        source=replace(source, levels=levels),
        form=ArrayForm(time_axis=0, frames=frames, stored=form),
    )


def _channels(path: Path, sheet: FactSheet, frames: int) -> int:
    """As stated; else one where the colours of the frames looked at are equal: videos always have three."""
    stated = sheet.get("channels", int)
    if stated is not None:
        return stated
    places = np.unique(np.linspace(0, frames - 1, _LOOKED_AT).astype(int)).tolist()
    coloured = VideoFrames(path=path, channels=3)
    seen = [coloured.read(at, at + 1) for at in places]
    if all((frame == frame[..., :1]).all() for frame in seen):
        return sheet.assume("channels", 1, "the three colours of the frames looked at are equal")
    return sheet.assume("channels", 3, "the frames looked at are coloured")
