"""A video as a row of pictures: one order for each of its frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from restora.data.kinds import Kind
from restora.errors import BadInputError, FileProblemError, ParameterError
from restora.io.video import count_frames, is_video
from restora.jobs.order import Order

_ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameChoice:
    """Which frames of a video are worked on."""

    start: int = 0
    length: int | None = None
    """None: up to the last one."""

    @classmethod
    def parse(cls, text: str) -> FrameChoice:
        """From `all` or `START:LENGTH`; raises ParameterError for anything else."""
        if text.strip() == _ALL:
            return cls()
        start, colon, length = (part.strip() for part in text.partition(":"))
        if not (colon and start.isdecimal() and length.isdecimal() and int(length) > 0):
            raise ParameterError("frames", f"must be all, or START:LENGTH such as 100:50, got {text!r}")
        return cls(start=int(start), length=int(length))

    def numbers(self, name: str, frames: int) -> range:
        """The frames' numbers; raises BadInputError where the video called `name` does not have them."""
        stop = frames if self.length is None else self.start + self.length
        if stop > frames:
            asked = f"frames {self.start} to {stop - 1} were asked for"
            raise BadInputError(f"{name}: {asked}, but it has frames 0 to {frames - 1}")
        return range(self.start, stop)


def with_frames(orders: Sequence[Order], choice: FrameChoice, suffix: str) -> list[Order]:
    """Orders on videos become one for each chosen frame; the others stay as they are.

    The pictures of a video are called `00012.png` in a folder that is named like its result. Raises
    BadInputError where none of the orders is on a video, or a video is too short.
    """
    found: list[Order] = []
    has_video = False
    for order in orders:
        frames = _frames_of(order)
        has_video = has_video or frames is not None
        found += [order] if frames is None else _over_frames(order, choice, frames, suffix)
    if not has_video:
        raise BadInputError("frames were asked for, but none of the files is a video that can be read")
    return found


def _frames_of(order: Order) -> int | None:
    """How many frames the video has that an order is on; None where it is on anything else.

    None as well where it is damaged: its order fails by itself then, and does not hold up the others.
    """
    path = Path(order.input)
    try:
        if not path.is_file() or not is_video(path):
            return None
        frames = count_frames(path)
    except FileProblemError:
        return None
    if order.reading.get("kind") == Kind.SPAD:
        raise BadInputError(
            f"{path}: is stated to be a capture, whose frames make one picture together",
            advice="Choose them with --window, or leave kind=spad out.",
        )
    if "frame" in order.reading:
        raise BadInputError(f"{path}: frame {order.reading['frame']} is stated, and others are asked for")
    return frames


def _over_frames(order: Order, choice: FrameChoice, frames: int, suffix: str) -> list[Order]:
    place = Path(order.output)
    folder = place.with_suffix("") if place.suffix.lower() == suffix else place
    return [
        order.with_new_id(
            reading={**order.reading, "frame": str(number)},
            output=str(folder / f"{number:05}{suffix}"),
        )
        for number in choice.numbers(order.input, frames)
    ]
