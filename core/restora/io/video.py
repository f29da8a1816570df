"""Video files as stacks of frames, through OpenCV and its FFmpeg."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from restora.data.image import Metadata
from restora.data.photon_cube import Fact, Origin
from restora.errors import FileProblemError
from restora.io.decoding import decoding, read_head
from restora.io.family import Header, Stored, chosen
from restora.io.options import OpenOptions

if TYPE_CHECKING:
    import cv2

SUFFIXES: tuple[str, ...] = (".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm")

_STILL_BRANDS = frozenset({b"crx ", b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1"})
_MATROSKA = b"\x1a\x45\xdf\xa3"
_MOST_FRAMES = 2**31 - 1


def sniff(head: bytes, path: Path) -> bool:  # noqa: ARG001 - every family is asked the same way
    """Whether the content starts as MP4, MOV, AVI or Matroska does."""
    is_mp4 = head[4:8] == b"ftyp" and head[8:12] not in _STILL_BRANDS
    is_old_mov = head[4:8] in (b"moov", b"mdat", b"wide") and head[:1] == b"\0"
    is_avi = head.startswith(b"RIFF") and head[8:12] == b"AVI "
    return is_mp4 or is_old_mov or is_avi or head.startswith(_MATROSKA)


def is_video(path: Path) -> bool:
    """Whether the content of a file starts as a video does; raises FileProblemError where there is none."""
    return sniff(read_head(path), path)


def count_frames(path: Path) -> int:
    """How many frames a video states; raises FileProblemError where it cannot be decoded."""
    return header(path, OpenOptions(frame=0)).frames or 1


def header(path: Path, options: OpenOptions) -> Header:
    """Size, frames and frame rate."""
    import cv2

    with opened(path) as capture:
        width, height = capture.get(cv2.CAP_PROP_FRAME_WIDTH), capture.get(cv2.CAP_PROP_FRAME_HEIGHT)
        count, rate = capture.get(cv2.CAP_PROP_FRAME_COUNT), capture.get(cv2.CAP_PROP_FPS)
    if not 1 <= count <= _MOST_FRAMES:
        raise FileProblemError(path, "is a video that does not state how many frames it has")
    frames = int(count)
    chosen(path, options.page, 1, "page")
    chosen(path, options.frame, frames, "frame")
    return Header(
        format="video, 8 bit",
        width=int(width),
        height=int(height),
        channels=3,
        bits=8,
        stored_bytes=6,
        frames=frames,
        metadata=Metadata(source_bits=8),
        facts=(Fact(name="frames per second", value=f"{rate:g}", origin=Origin.FILE),),
        warnings=_warnings(options.frame, frames),
    )


def _warnings(stated: int | None, frames: int) -> tuple[str, ...]:
    """A hint that there is more to see, where no frame was chosen."""
    if stated is not None or frames < 2:
        return ()
    rest = "state another one, or the kind spad to take all of them as a capture"
    return (f"holds {frames} frames; frame 0 is shown: {rest}",)


def decode(path: Path, header: Header, options: OpenOptions) -> Stored:
    """The chosen frame, counted as they are shown."""
    wanted = chosen(path, options.frame, header.frames or 1, "frame")
    with opened(path) as capture:
        go_to(capture, wanted)
        has_frame, frame = capture.read()
        if not has_frame or frame.ndim != 3:
            raise FileProblemError(path, f"its frame {wanted} cannot be decoded; the video may be damaged")
        return np.ascontiguousarray(frame[:, :, ::-1])


def go_to(capture: cv2.VideoCapture, frame: int) -> None:
    """Make `frame` the next one to be read.

    Seeking lands on key frames in some files; counting through is slow but right.
    """
    import cv2

    if frame == 0:
        return
    if capture.set(cv2.CAP_PROP_POS_FRAMES, frame) and round(capture.get(cv2.CAP_PROP_POS_FRAMES)) == frame:
        return
    capture.set(cv2.CAP_PROP_POS_FRAMES, 0)
    for _ in range(frame):
        capture.grab()


@contextlib.contextmanager
def opened(path: Path) -> Iterator[cv2.VideoCapture]:
    """The video, open as long as the block lasts; raises FileProblemError where it cannot be decoded."""
    # FFmpeg otherwise writes its own messages about damaged files to standard error.
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    with decoding(path, "a video"):
        import cv2

        capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
        try:
            if not capture.isOpened():
                raise FileProblemError(path, "is a video that cannot be decoded")
            yield capture
        finally:
            capture.release()
