"""COLMAP models: found in their usual folders, text or binary, with or without observations and points."""

from __future__ import annotations

from pathlib import Path

from restora.data.camera import CameraSet
from restora.errors import FileProblemError
from restora.io.cameras import colmap_binary, colmap_text
from restora.io.cameras.colmap_model import ColmapImage, ColmapModel, ColmapPoints, no_points
from restora.io.decoding import decoding, is_folder

NAME = "COLMAP"
_PLACES = ("", "sparse/0", "colmap/sparse/0", "sparse")
_PICTURES = "images"


def model_folder(path: Path) -> Path | None:
    """Where the model of a folder lies: in it or in one of the usual places below; None: there is none."""
    if not is_folder(path):
        return None
    return next((path / place for place in _PLACES if _ending(path / place) is not None), None)


def read_colmap(path: Path, *, with_observations: bool = True, with_points: bool = True) -> ColmapModel:
    """The model in a folder; raises FileProblemError where there is none or it is damaged."""
    folder = model_folder(path)
    ending = None if folder is None else _ending(folder)
    if folder is None or ending is None:
        raise FileProblemError(
            path, f"holds no COLMAP model; looked for cameras and images in {', '.join(_PLACES[1:])}"
        )
    module = colmap_binary if ending == ".bin" else colmap_text
    with decoding(folder, "a COLMAP model"):
        cameras = module.read_cameras(folder / f"cameras{ending}")
        images = module.read_images(folder / f"images{ending}", cameras, with_observations=with_observations)
    if not images:
        raise FileProblemError(folder / f"images{ending}", "holds no images")
    points = read_points(folder) if with_points else no_points()
    return ColmapModel(folder=folder, cameras=cameras, images=_in_order(images), points=points)


def read_points(path: Path) -> ColmapPoints:
    """The sparse points of the model in a folder; none where its file is not there."""
    folder = model_folder(path)
    if folder is None:
        raise FileProblemError(path, "holds no COLMAP model")
    ending = _ending(folder)
    file = folder / f"points3D{ending}"
    if not file.exists():
        return no_points()
    with decoding(file, "COLMAP's points"):
        return colmap_binary.read_points(file) if ending == ".bin" else colmap_text.read_points(file)


def read_colmap_cameras(path: Path) -> CameraSet:
    """The cameras alone, in the order of their images' ids."""
    model = read_colmap(path, with_observations=False, with_points=False)
    return cameras_of(model, path)


def cameras_of(model: ColmapModel, path: Path | None = None) -> CameraSet:
    """A model's cameras; `path` is what the user named."""
    shown = model.folder.relative_to(path).as_posix() if path is not None else ""
    return CameraSet(
        cameras=tuple(model.camera_of(image) for image in model.images),
        pictures=_pictures_of(model.folder),
        source=f"{NAME}, {shown}" if shown not in {"", "."} else NAME,
    )


def _pictures_of(folder: Path) -> Path | None:
    """The folder of photographs that COLMAP's own scripts put beside `sparse`."""
    for base in folder.absolute().parents[:3]:
        if is_folder(base / _PICTURES):
            return base / _PICTURES
    return None


def _ending(folder: Path) -> str | None:
    for ending in (".bin", ".txt"):
        if (folder / f"cameras{ending}").is_file() and (folder / f"images{ending}").is_file():
            return ending
    return None


def _in_order(images: list[ColmapImage]) -> tuple[ColmapImage, ...]:
    return tuple(sorted(images, key=lambda image: image.id))
