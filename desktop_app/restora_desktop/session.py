"""What a session says: what is open, its results, and how the method panel stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from restora.data.camera import Camera
from restora.data.geometry import FrameWindow, Rect
from restora.data.json_values import JSON
from restora.data.kinds import Transfer
from restora.data.recipe import Recipe

_NO_VALUES: Mapping[str, Mapping[str, JSON]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPicture:
    """A picture that a result has beside the one that is shown first."""

    name: str
    """What the method, or the check that made it, calls it."""
    file: str
    transfer: Transfer
    nominal_white: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedResult:
    """A result in a session."""

    title: str
    subtitle: str
    file: str
    """Its picture, or the folder of its scene and frames, in the folder of the session."""
    transfer: Transfer
    nominal_white: float
    region: Rect | None
    recipe: Recipe
    images: tuple[SavedPicture, ...] = ()
    """What the method gave beside its result, such as maps."""
    maps: tuple[SavedPicture, ...] = ()
    """What was computed later, such as what the measurement contradicts."""
    info: Mapping[str, JSON] = field(default_factory=lambda: MappingProxyType({}))
    """Figures that the method reported."""
    renders: tuple[SavedRender, ...] = ()
    """Pictures that were rendered of it, where it is a scene."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedRender:
    """A picture that was rendered of a scene, and what was made from it."""

    title: str
    subtitle: str
    detail: str
    picture: SavedPicture
    camera: Camera
    place: int
    """Which of its sisters it is."""
    results: tuple[SavedResult, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedItem:
    """An opened thing in a session."""

    name: str
    """An absolute path or `sample:ID`."""
    title: str
    reading: Mapping[str, str]
    window: FrameWindow | None
    picture: str | None = None
    """Its picture in the folder, for things that came from no file."""
    scene: str | None = None
    """Its Gaussians in the folder, for scenes that came from no file."""
    results: tuple[SavedResult, ...] = ()
    renders: tuple[SavedRender, ...] = ()
    """Pictures that were rendered of it, where it is a scene."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Everything that is kept."""

    items: tuple[SavedItem, ...] = ()
    method: str | None = None
    params: Mapping[str, Mapping[str, JSON]] = field(default_factory=lambda: _NO_VALUES)
    """Values by method."""
    seed: int = 0
    mode: str = "single"
