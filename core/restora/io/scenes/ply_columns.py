"""Which columns of a PLY file make a Gaussian, found by name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from restora.errors import FileProblemError
from restora.io.scenes.ply_header import Element, PlyHeader

POSITION = ("x", "y", "z")
NORMAL = ("nx", "ny", "nz")
COLOUR = ("f_dc_0", "f_dc_1", "f_dc_2")
SCALE = ("scale_0", "scale_1", "scale_2")
ROTATION = ("rot_0", "rot_1", "rot_2", "rot_3")
OPACITY = "opacity"
_RGB = ("red", "green", "blue")
_REST = re.compile(r"f_rest_(\d{1,3})")
_DEGREES = {0: 0, 9: 1, 24: 2, 45: 3}
_ANTIALIASED = re.compile(r"SplatRenderMode:\s*mip|antialiased:?\s*(?:1|true)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Numbers of the columns."""

    position: tuple[int, ...]
    rotation: tuple[int, ...]
    scale: tuple[int, ...]
    opacity: int
    sh: tuple[int, ...]
    """In the order of `GaussianScene.sh`: coefficient by coefficient, red, green and blue each."""
    degree: int
    rgb_white: float | None
    """Where colours stand in place of harmonics: the number that means white."""
    extra: tuple[tuple[str, int], ...]
    """Columns that are kept for whoever needs them."""


def rest_names(degree: int) -> tuple[str, ...]:
    """The columns of the higher bands in the order of the file."""
    return tuple(f"f_rest_{number}" for number in range(3 * ((degree + 1) ** 2 - 1)))


def find_columns(path: Path, element: Element) -> Columns:
    """Where the numbers of a Gaussian stand; raises FileProblemError that says what the file is instead."""
    place = {name: number for number, name in enumerate(element.names)}
    _check_is_scene(path, place)
    degree = _degree(path, place)
    has_harmonics = COLOUR[0] in place
    sh = _harmonics(place, degree) if has_harmonics else tuple(place[name] for name in _RGB)
    kind = "" if has_harmonics else dict(element.columns)["red"]
    used = {*POSITION, *NORMAL, *SCALE, *ROTATION, OPACITY, *rest_names(degree)}
    used |= set(COLOUR if has_harmonics else _RGB)
    return Columns(
        position=tuple(place[name] for name in POSITION),
        rotation=tuple(place[name] for name in ROTATION),
        scale=tuple(place[name] for name in SCALE),
        opacity=place[OPACITY],
        sh=sh,
        degree=degree,
        rgb_white=None if has_harmonics else _white(kind),
        extra=tuple((name, number) for name, number in place.items() if name not in used),
    )


def is_antialiased(header: PlyHeader) -> bool:
    """Whether a comment says that the scene was trained with the antialiased rasteriser."""
    return any(_ANTIALIASED.search(comment) for comment in header.comments)


def _check_is_scene(path: Path, place: dict[str, int]) -> None:
    if not any(name in place for name in (OPACITY, SCALE[0], ROTATION[0], COLOUR[0])):
        raise FileProblemError(
            path,
            "is a point cloud or mesh, not a scene of Gaussians: it has no opacity, scale_0 or rot_0",
            advice="Train a scene from it first; a point cloud only says where Gaussians could begin.",
        )
    if SCALE[0] in place and SCALE[1] in place and SCALE[2] not in place:
        raise FileProblemError(
            path,
            "holds 2-D Gaussians (surfels): it has no scale_2, and flat discs are drawn by other rules",
            advice="Export it as a 3-D Gaussian scene.",
        )
    colour = COLOUR if COLOUR[0] in place or not set(_RGB) <= set(place) else _RGB
    missing = [name for name in (*POSITION, *colour, OPACITY, *SCALE, *ROTATION) if name not in place]
    if missing:
        raise FileProblemError(path, f"lacks the columns {', '.join(missing)} of a scene of Gaussians")


def _degree(path: Path, place: dict[str, int]) -> int:
    rest = {name for name in place if _REST.fullmatch(name)}
    degree = _DEGREES.get(len(rest)) if COLOUR[0] in place else 0
    if degree is None or (COLOUR[0] in place and rest != set(rest_names(degree))):
        raise FileProblemError(
            path, f"has {len(rest)} columns f_rest, expected f_rest_0 onwards, 0, 9, 24 or 45 in all"
        )
    return degree


def _harmonics(place: dict[str, int], degree: int) -> tuple[int, ...]:
    per_channel = (degree + 1) ** 2 - 1
    names = [*COLOUR]
    names += [f"f_rest_{c * per_channel + k}" for k in range(per_channel) for c in range(3)]
    return tuple(place[name] for name in names)


def _white(kind: str) -> float:
    return {"u1": 255.0, "u2": 65535.0}.get(kind, 1.0)
