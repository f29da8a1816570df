"""Camera files against the matrices that they mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from restora.data.camera import CameraSet
from restora.io.cameras import cameras_of, read_cameras, read_colmap
from restora.testing.comparing import Tolerance
from restora.testing.vectors import Case, Plan

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MATRICES = {name: Tolerance(limit=1e-6) for name in ("K", "viewmat", "distortion", "xyz", "error")}
_COLMAP_FILES = ("cameras.bin", "cameras.txt")


class CameraFiles:
    """An Adapter of `restora.testing.vectors` for `cameras/*.json` and COLMAP models below `colmap/`."""

    def find(self, root: Path) -> Iterable[Path]:
        """COLMAP models, each by its file of cameras."""
        return (path for name in _COLMAP_FILES for path in root.rglob(f"colmap/**/{name}"))

    def plan(self, case: Case) -> Plan | None:
        """How to run a file of cameras; None for cases of others."""
        if case.path.name in _COLMAP_FILES:
            return _colmap(case)
        if case.folder.name != "cameras" or case.path.suffix != ".json":
            return None
        stated: Any = case.json("expected.json")  # whatever is wrong with it shows as the case's failure
        return _json(case, stated[case.path.name]) if case.path.name in stated else None


def _json(case: Case, expected: Mapping[str, Any]) -> Plan:
    frames = expected["frames"]
    first = frames[0]

    def run(_: object) -> Mapping[str, object]:
        # The synthetic scenes keep the size in their pictures, which the vectors leave out.
        return _told(read_cameras(case.path, size=(first["width"], first["height"])))

    arrays = _expected(frames)
    bend = expected.get("distortion")
    if bend is not None:
        arrays["distortion"] = np.array([bend] * len(frames), np.float64)
    return Plan(run=run, inputs=(), arrays=arrays, tolerances=_MATRICES)


def _colmap(case: Case) -> Plan:
    expected: Any = case.json("expected.json")
    points = expected["points3D"]

    def run(_: object) -> Mapping[str, object]:
        model = read_colmap(case.folder)
        order = np.argsort(model.points.ids)
        lengths = np.diff(model.points.track_starts)
        return {
            **_told(cameras_of(model)),
            "names": _bytes(image.name for image in model.images),
            "observations": [len(image.point_ids) for image in model.images],
            "triangulated": [int((image.point_ids >= 0).sum()) for image in model.images],
            "ids": model.points.ids[order],
            "xyz": model.points.exact_positions[order],
            "rgb": model.points.colours[order],
            "track_lengths": lengths[order],
        }

    images = expected["images"]
    arrays = {
        **_expected(images),
        "names": _bytes(image["name"] for image in images),
        "observations": np.array([image["n_points2D"] for image in images]),
        "triangulated": np.array([image["n_triangulated"] for image in images]),
        "ids": np.array(points["ids"]),
        "xyz": np.array(points["xyz"], np.float64),
    }
    for key, name in (("rgb", "rgb"), ("track_lengths", "track_lengths")):
        if key in points:
            arrays[name] = np.array(points[key])
    return Plan(run=run, inputs=(), arrays=arrays, tolerances=_MATRICES)


def _expected(frames: Iterable[Mapping[str, Any]]) -> dict[str, NDArray[Any]]:
    frames = list(frames)
    return {
        "K": np.array([frame["K"] for frame in frames], np.float64),
        "viewmat": np.array([frame["viewmat"] for frame in frames], np.float64),
        "sizes": np.array([[frame["width"], frame["height"]] for frame in frames]),
    }


def _told(cameras: CameraSet) -> dict[str, object]:
    coefficients = ("k1", "k2", "p1", "p2")
    return {
        "K": [camera.intrinsics for camera in cameras],
        "viewmat": [camera.world_to_camera for camera in cameras],
        "sizes": [[camera.width, camera.height] for camera in cameras],
        "distortion": [
            [dict(camera.distortion).get(name, 0.0) for name in coefficients] for camera in cameras
        ],
    }


def _bytes(names: Iterable[str]) -> NDArray[np.uint8]:
    """Texts as numbers, so that they can be compared like everything else."""
    return np.frombuffer("\n".join(names).encode(), np.uint8)
