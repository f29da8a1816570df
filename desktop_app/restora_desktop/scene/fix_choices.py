"""Which methods can fix renders of a scene, and which photographs they are given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from restora.data.arrays import ImageArray
from restora.data.camera import Camera, CameraSet
from restora.data.image import Image
from restora.data.kinds import Kind, Transfer
from restora.io.opening import read_image
from restora.plugins.declarations import MethodInfo
from restora.splats.references import DepthView, by_overlap, nearest
from restora.splats.references import Reference as Ranked
from restora_desktop.scene.drawing import Drawn


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candidate:
    """A photograph that may serve as reference."""

    camera: Camera
    distance: float
    overlap: float | None

    @property
    def told(self) -> str:
        """`camera 7 · sees 83%`, of the render."""
        seen = "" if self.overlap is None else f" · sees {self.overlap:.0%}"
        return f"{self.camera.name}{seen}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PictureFile:
    """A picture that somebody dropped as a reference."""

    path: Path

    @property
    def told(self) -> str:
        """The file's name."""
        return self.path.name


Reference = Candidate | PictureFile


def render_fixers(methods: Sequence[MethodInfo]) -> tuple[MethodInfo, ...]:
    """Methods that take a render as a picture: those that want a reference beside it come first."""
    takers = [info for info in methods if Kind.IMAGE in info.accepts and info.produces is Kind.IMAGE]
    return tuple(sorted(takers, key=lambda info: (info.references.maximum == 0, info.scale != 1, info.title)))


def path_fixers(methods: Sequence[MethodInfo]) -> tuple[MethodInfo, ...]:
    """Methods that take a scene and give a picture for each of its cameras."""
    return tuple(info for info in methods if Kind.SPLAT in info.accepts and info.produces_frames)


def candidates(
    camera: Camera, drawn: Drawn | None, cameras: CameraSet, *, most: int
) -> tuple[Candidate, ...]:
    """Photographs that are there, the best first: by what they see of the render, else by pose.

    The photograph of the very camera is left out: what it would teach is the truth itself.
    """
    others = [each for each in cameras if cameras.picture_of(each) is not None and not _is_same(each, camera)]
    if not others:
        return ()
    count = min(most, len(others))
    ranked: tuple[Ranked, ...]
    if drawn is None:
        ranked = nearest(camera, others, count=count)
    else:
        depth = drawn.depth / drawn.alpha.clip(1e-10)
        ranked = by_overlap(DepthView(camera=camera, depth=depth, alpha=drawn.alpha), others, count=count)
    return tuple(
        Candidate(camera=each.camera, distance=each.distance, overlap=each.overlap) for each in ranked
    )


def dropped_camera(cameras: CameraSet, row: int) -> Candidate | None:
    """The camera of a row as a reference; None where it has no photograph."""
    camera = cameras.cameras[row] if row < len(cameras) else None
    if camera is None or cameras.picture_of(camera) is None:
        return None
    return Candidate(camera=camera, distance=0.0, overlap=None)


def name_of_reference(chosen: Reference) -> str:
    """What a recipe calls it."""
    if isinstance(chosen, PictureFile):
        return chosen.path.name
    return chosen.camera.picture or chosen.camera.name


def reference_picture(cameras: CameraSet, chosen: Reference, size: tuple[int, int] | None) -> Image:
    """A reference's picture; of a stated width and height where a method wants those of the render.

    Photographs of cameras are straightened; files are taken as they are.
    """
    from restora.optics.resample import Filter, resample

    pixels = _photograph(cameras, chosen.camera) if isinstance(chosen, Candidate) else _file(chosen.path)
    if size is not None and size != (pixels.shape[1], pixels.shape[0]):
        pixels = resample(pixels, size[1], size[0], filter=Filter.BICUBIC)
    return Image(pixels=pixels)


def _photograph(cameras: CameraSet, camera: Camera) -> ImageArray:
    from restora.splats.refinement.views import photo_view

    path = cameras.picture_of(camera)
    assert path is not None  # candidates have one
    return photo_view(camera, read_image(path).in_transfer(Transfer.SRGB).pixels).picture


def _file(path: Path) -> ImageArray:
    from restora.scenes.photographs import displayed

    return displayed(read_image(path), (0.0, 0.0, 0.0))


def _is_same(one: Camera, other: Camera) -> bool:
    return bool(abs(one.world_to_camera - other.world_to_camera).max() < 1e-6)
