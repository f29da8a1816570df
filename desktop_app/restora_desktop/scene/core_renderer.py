"""The exact renderer of the core behind what panes ask for."""

from __future__ import annotations

from restora.data.camera import Camera
from restora.data.scene import GaussianScene
from restora.splats.prepared import PreparedScene
from restora.splats.rendering import Render, RenderOptions, render
from restora_desktop.scene.drawing import Check, Drawn, Look, OnRows, Quality


class CoreScene:
    """A scene made ready for `restora.splats.rendering`; made on the render thread."""

    def __init__(self, scene: GaussianScene) -> None:
        self.scene = scene
        self._prepared = PreparedScene(scene)

    def draw(
        self,
        camera: Camera,
        look: Look,
        quality: Quality,
        *,
        check: Check | None = None,
        on_rows: OnRows | None = None,
    ) -> Drawn:
        """See `Prepared`."""
        degree = look.degree if quality.degree is None else min(look.degree, quality.degree)
        options = RenderOptions(background=look.background, degree=degree, fraction=quality.share)
        teller = None if on_rows is None else _RowTeller(on_rows)
        return _drawn(render(self._prepared, camera, options, check=check, on_rows=teller))


class _RowTeller:
    """Hands rows on in our own terms."""

    def __init__(self, on_rows: OnRows) -> None:
        self._on_rows = on_rows

    def __call__(self, first: int, end: int, picture: Render) -> None:
        self._on_rows(first, end, _drawn(picture))


def _drawn(picture: Render) -> Drawn:
    return Drawn(rgb=picture.rgb, alpha=picture.alpha, depth=picture.depth)
