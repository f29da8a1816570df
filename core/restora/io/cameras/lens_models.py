"""COLMAP's camera models, and the names under which we keep their coefficients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from restora.data.camera import Camera, Projection
from restora.errors import BadInputError

FISHEYE = "fisheye_"
"""How the names of coefficients begin where the radius grows with the angle and not with its tangent."""

_SHARED = ("f", "cx", "cy")
_OWN = ("fx", "fy", "cx", "cy")


@dataclass(frozen=True, slots=True, kw_only=True)
class LensModel:
    """One of COLMAP's models."""

    number: int
    name: str
    params: tuple[str, ...]
    is_fisheye: bool = False

    @property
    def coefficients(self) -> tuple[str, ...]:
        """The names of its distortion, as cameras keep them."""
        names = self.params[3:] if self.has_one_focal_length else self.params[4:]
        return tuple(FISHEYE + name for name in names) if self.is_fisheye else names

    @property
    def has_one_focal_length(self) -> bool:
        """Whether pixels are square."""
        return self.params[0] == "f"


LENS_MODELS = (
    LensModel(number=0, name="SIMPLE_PINHOLE", params=_SHARED),
    LensModel(number=1, name="PINHOLE", params=_OWN),
    LensModel(number=2, name="SIMPLE_RADIAL", params=(*_SHARED, "k1")),
    LensModel(number=3, name="RADIAL", params=(*_SHARED, "k1", "k2")),
    LensModel(number=4, name="OPENCV", params=(*_OWN, "k1", "k2", "p1", "p2")),
    LensModel(number=5, name="OPENCV_FISHEYE", params=(*_OWN, "k1", "k2", "k3", "k4"), is_fisheye=True),
    LensModel(number=6, name="FULL_OPENCV", params=(*_OWN, "k1", "k2", "p1", "p2", "k3", "k4", "k5", "k6")),
    LensModel(number=7, name="FOV", params=(*_OWN, "omega")),
    LensModel(number=8, name="SIMPLE_RADIAL_FISHEYE", params=(*_SHARED, "k1"), is_fisheye=True),
    LensModel(number=9, name="RADIAL_FISHEYE", params=(*_SHARED, "k1", "k2"), is_fisheye=True),
    LensModel(
        number=10,
        name="THIN_PRISM_FISHEYE",
        params=(*_OWN, "k1", "k2", "p1", "p2", "k3", "k4", "sx1", "sy1"),
        is_fisheye=True,
    ),
)
BY_NUMBER: Mapping[int, LensModel] = MappingProxyType({each.number: each for each in LENS_MODELS})
BY_NAME: Mapping[str, LensModel] = MappingProxyType({each.name: each for each in LENS_MODELS})

_WRITTEN = ("PINHOLE", "SIMPLE_RADIAL", "RADIAL", "OPENCV", "FULL_OPENCV", "FOV")
_WRITTEN_FISHEYE = ("SIMPLE_RADIAL_FISHEYE", "RADIAL_FISHEYE", "OPENCV_FISHEYE", "THIN_PRISM_FISHEYE")


def pinhole_of(model: LensModel, params: Sequence[float]) -> tuple[float, float, float, float]:
    """fx, fy, cx, cy."""
    if model.has_one_focal_length:
        return params[0], params[0], params[1], params[2]
    return params[0], params[1], params[2], params[3]


def distortion_of(model: LensModel, params: Sequence[float]) -> tuple[tuple[str, float], ...]:
    """The coefficients by name."""
    values = params[3:] if model.has_one_focal_length else params[4:]
    return tuple(zip(model.coefficients, values, strict=True))


def model_of(camera: Camera) -> tuple[LensModel, tuple[float, ...]]:
    """The simplest model that keeps a camera, and its numbers; raises BadInputError where there is none."""
    if camera.projection is Projection.ORTHOGRAPHIC:
        raise BadInputError(f"{camera.name}: COLMAP has no orthographic cameras")
    named = dict(camera.distortion)
    is_fisheye = any(name.startswith(FISHEYE) for name in named)
    for model in (BY_NAME[name] for name in (_WRITTEN_FISHEYE if is_fisheye else _WRITTEN)):
        if model.has_one_focal_length and camera.fx != camera.fy:
            continue
        if set(named) <= set(model.coefficients):
            focal = (camera.fx,) if model.has_one_focal_length else (camera.fx, camera.fy)
            bend = (named.get(name, 0.0) for name in model.coefficients)
            return model, (*focal, camera.cx, camera.cy, *bend)
    raise BadInputError(f"{camera.name}: COLMAP has no lens model with {', '.join(named)}")
