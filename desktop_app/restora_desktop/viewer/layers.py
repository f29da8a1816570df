"""What a viewer shows: named pictures, each covering a rectangle of one scene."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from restora.data.geometry import Rect
from restora.data.image import Image


@dataclass(frozen=True, slots=True)
class SceneRect:
    """A rectangle in scene units: the pixels of the source item, x to the right, y down."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Where it ends, to the right."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Where it ends, below."""
        return self.y + self.height

    @property
    def centre(self) -> tuple[float, float]:
        """Its middle."""
        return self.x + self.width / 2, self.y + self.height / 2

    @classmethod
    def of(cls, image: Image) -> SceneRect:
        """The scene of a source: one unit per pixel, from the origin on."""
        return cls(0.0, 0.0, float(image.width), float(image.height))

    def united(self, other: SceneRect) -> SceneRect:
        """The smallest rectangle around both."""
        x, y = min(self.x, other.x), min(self.y, other.y)
        return SceneRect(x, y, max(self.right, other.right) - x, max(self.bottom, other.bottom) - y)

    def intersected(self, other: SceneRect) -> SceneRect | None:
        """What both cover; None where they do not meet."""
        x, y = max(self.x, other.x), max(self.y, other.y)
        right, bottom = min(self.right, other.right), min(self.bottom, other.bottom)
        return SceneRect(x, y, right - x, bottom - y) if right > x and bottom > y else None

    def whole_pixels(self) -> Rect:
        """The smallest rectangle of whole source pixels around it."""
        left, top = int(self.x // 1), int(self.y // 1)
        return Rect(left, top, int(-(-self.right // 1)) - left, int(-(-self.bottom // 1)) - top)


class Alignment(StrEnum):
    """How a picture of another size is laid over the source."""

    STRETCH = "stretch"
    """It covers the same scene: a result of xS, or a reference of another size."""
    ORIGIN = "origin"
    """Pixel for pixel, upper left corners together."""
    CENTRE = "centre"
    """Pixel for pixel, middles together."""


def aligned(image: Image, source: SceneRect, alignment: Alignment = Alignment.STRETCH) -> SceneRect:
    """Where `image` lies in the scene that `source` spans."""
    if alignment is Alignment.STRETCH:
        return source
    if alignment is Alignment.ORIGIN:
        return SceneRect(source.x, source.y, float(image.width), float(image.height))
    x, y = source.centre
    # Whole units, so that the pixels of both lie on each other.
    left, top = round(x - image.width / 2), round(y - image.height / 2)
    return SceneRect(float(left), float(top), float(image.width), float(image.height))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layer:
    """One named picture and the part of the scene it covers."""

    key: str
    """Who it is: levels of its own are kept by this."""
    name: str
    """What people call it; drawn over the picture."""
    image: Image
    scene: SceneRect

    @classmethod
    def source(cls, key: str, name: str, image: Image) -> Layer:
        """A picture that spans the scene itself."""
        return cls(key=key, name=name, image=image, scene=SceneRect.of(image))

    def over(self, key: str, name: str, image: Image, alignment: Alignment = Alignment.STRETCH) -> Layer:
        """Another picture of the same scene, such as a result of this one."""
        return Layer(key=key, name=name, image=image, scene=aligned(image, self.scene, alignment))

    def pixel_at(self, x: float, y: float) -> tuple[int, int] | None:
        """Column and row of its own pixel under a point of the scene; None outside."""
        column = (x - self.scene.x) * self.image.width / self.scene.width
        row = (y - self.scene.y) * self.image.height / self.scene.height
        if 0 <= column < self.image.width and 0 <= row < self.image.height:
            return int(column), int(row)
        return None
