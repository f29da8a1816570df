"""COLMAP models as `.txt` files."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from restora.errors import FileProblemError
from restora.io.cameras.colmap_model import (
    ColmapCamera,
    ColmapImage,
    ColmapPoints,
    checked_camera,
    checked_image,
)
from restora.io.cameras.lens_models import BY_NAME
from restora.io.decoding import check_ordinary

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LONGEST_LINE = 2**26


class _Lines:
    """Lines with their numbers, for sentences about them."""

    def __init__(self, path: Path) -> None:
        check_ordinary(path)
        self.path = path
        self._number = 0
        self._lines = self._read()

    def _read(self) -> Iterator[str]:
        with self.path.open(encoding="utf-8", errors="surrogateescape", newline="\n") as stream:
            while line := stream.readline(_LONGEST_LINE):
                self._number += 1
                if len(line) == _LONGEST_LINE:
                    raise self.problem("is longer than any real one")
                yield line.rstrip("\r\n")

    def records(self) -> Iterator[str]:
        """Lines that are neither empty nor comments."""
        return (line for line in self._lines if line.strip() and not line.lstrip().startswith("#"))

    def follower(self) -> str:
        """The line after a record, which may be empty; so may the file's end be."""
        return next(self._lines, "")

    def problem(self, text: str) -> FileProblemError:
        """An error about the line that was read last."""
        return FileProblemError(self.path, f"line {self._number} {text}")

    def numbers(self, words: list[str]) -> NDArray[np.float64]:
        """All words as finite numbers."""
        try:
            found = np.array(array("d", map(float, words)))
        except ValueError:
            raise self.problem("holds something else than numbers") from None
        if not np.isfinite(found).all():
            raise self.problem("holds numbers that are not finite")
        return found

    def whole(self, words: list[str]) -> list[int]:
        """All words as whole numbers of at most 64 bits."""
        try:
            found = [int(word) for word in words if len(word) <= 20]
        except ValueError:
            found = []
        if len(found) != len(words) or any(not -(2**63) <= each < 2**63 for each in found):
            raise self.problem(f"holds {' '.join(words)[:60]!r}, expected whole numbers")
        return found


def read_cameras(path: Path) -> dict[int, ColmapCamera]:
    """cameras.txt."""
    lines, found = _Lines(path), {}
    for line in lines.records():
        words = line.split()
        model = BY_NAME.get(words[1]) if len(words) > 1 else None
        if model is None:
            raise lines.problem(f"names no known camera model, expected one of {', '.join(BY_NAME)}")
        if len(words) != 4 + len(model.params):
            raise lines.problem(f"has {len(words)} words, {model.name} needs {4 + len(model.params)}")
        number, width, height = lines.whole([words[0], words[2], words[3]])
        if number in found:
            raise lines.problem(f"states camera {number} a second time")
        params = tuple(lines.numbers(words[4:]).tolist())
        found[number] = checked_camera(
            path, ColmapCamera(id=number, model=model, width=width, height=height, params=params)
        )
    return found


def read_images(
    path: Path, cameras: Mapping[int, ColmapCamera], *, with_observations: bool
) -> list[ColmapImage]:
    """images.txt: two lines an image, the second may be empty."""
    lines, found, known = _Lines(path), [], set()
    for line in lines.records():
        words = line.split(maxsplit=9)
        if len(words) != 10:
            raise lines.problem(f"has {len(words)} words, an image needs 10")
        number, camera = lines.whole([words[0], words[8]])
        pose = lines.numbers(words[1:8])
        if number in known:
            raise lines.problem(f"states image {number} a second time")
        known.add(number)
        pixels, points = _observations(lines, with_observations)
        image = ColmapImage(
            id=number,
            camera_id=camera,
            name=words[9],  # the rest of the line: names may have spaces
            quaternion=pose[:4],
            shift=pose[4:],
            pixels=pixels,
            point_ids=points,
        )
        found.append(checked_image(path, image, cameras))
    return found


def _observations(lines: _Lines, is_wanted: bool) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    words = lines.follower().split()
    if len(words) % 3:
        raise lines.problem(f"has {len(words)} words, observations take three each")
    numbers = lines.numbers(words if is_wanted else []).reshape(-1, 3)
    return numbers[:, :2].copy(), numbers[:, 2].astype(np.int64)


def read_points(path: Path) -> ColmapPoints:
    """points3D.txt; numbers are gathered line by line and looked at together, there may be millions."""
    lines = _Lines(path)
    rows, tracks, starts = array("d"), array("q"), array("q", [0])
    for line in lines.records():
        words = line.split()
        if len(words) < 8 or len(words) % 2:
            raise lines.problem(f"has {len(words)} words, a point needs 8 and two for each sighting")
        try:
            rows.extend(map(float, words[:8]))
            tracks.extend(map(int, words[8:]))
        except (ValueError, OverflowError):
            raise lines.problem("holds something else than numbers") from None
        starts.append(len(tracks) // 2)
    table = np.array(rows, np.float64).reshape(-1, 8)
    seen = np.array(tracks, np.int64).reshape(-1, 2)
    _check_points(path, table, seen)
    return ColmapPoints(
        ids=table[:, 0].astype(np.int64),
        exact_positions=table[:, 1:4].copy(),
        colours=table[:, 4:7].astype(np.uint8),
        errors=table[:, 7].copy(),
        track_starts=np.array(starts, np.int64),
        tracks=seen.astype(np.int32),
    )


def _check_points(path: Path, table: NDArray[np.float64], seen: NDArray[np.int64]) -> None:
    is_sound = np.isfinite(table).all(axis=1) & (table[:, 0] >= 0) & (table[:, 0] < 2**53)
    is_sound &= ((table[:, 4:7] >= 0) & (table[:, 4:7] <= 255)).all(axis=1)
    if not is_sound.all():
        number = int(np.argmin(is_sound)) + 1
        raise FileProblemError(path, f"point {number} has no usable id, place or colour (0 to 255)")
    if (np.abs(seen) >= 2**31).any():
        raise FileProblemError(path, "names sightings in images that cannot exist")
