"""Pictures of scenes against stored ones, with what lies between scene and picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

import numpy as np

from restora.data.camera import Camera, Projection
from restora.data.scene import GaussianScene
from restora.splats.prepared import PreparedScene
from restora.splats.rendering import Render, RenderOptions, render
from restora.testing.comparing import Tolerance, Unit
from restora.testing.vectors import Arrays, Case, Plan

if TYPE_CHECKING:
    from numpy.typing import NDArray

SCENE = ("means", "quats", "log_scales", "logit_opacities", "sh")
_PICTURES = ("rgb", "alpha", "depth")
_BETWEEN = {
    "cam0_means2d": (0, 2),
    "cam0_conics": (2, 5),
    "cam0_eff_opacities": (5, 6),
    "cam0_colors": (6, 9),
    "cam0_view_depths": (9, 10),
}
"""Arrays of the cases, and the columns of the rasteriser's records that they are."""
_FAINT = 0.011
"""Above this opacity even the smallest ellipse reaches the centre of a pixel, and so is not left out."""


def _absolute(limit: float, exceptions: float = 0.0) -> Tolerance:
    return Tolerance(limit=limit, unit=Unit.ABSOLUTE, exceptions=exceptions)


_TOLERANCES = {
    # The vectors' own statement: tight where no threshold is near, loose where one may fall to either side.
    "depth stable": _absolute(1e-4),
    "* stable": _absolute(2e-5),
    "* mostly": _absolute(1e-4, exceptions=0.005),
    "* anywhere": _absolute(0.05),
    # Rounding of float32: no case states a tolerance for what lies between scene and picture.
    "cam0_means2d": Tolerance(limit=1e-6),
    "cam0_*": Tolerance(limit=1e-5),
}


class Renders:
    """An Adapter of `restora.testing.vectors` for the rendering cases that `cases.json` describes."""

    def plan(self, case: Case) -> Plan | None:
        """How to draw a case; None for cases of others."""
        if "cam0_means2d" not in case.array_names():
            return None
        arrays, stated = case.arrays(), stated_case(case)
        cameras = [
            camera_of(case.name, stated, pose, intrinsics)
            for pose, intrinsics in zip(arrays["viewmats"], arrays["Ks"], strict=True)
        ]
        stable = np.unpackbits(arrays["stable"].astype(np.uint8), axis=-1)[..., : cameras[0].width] > 0
        sure = _surely_seen(arrays, cameras[0])
        in_frame = arrays["cam0_in_frame"].astype(bool)
        options = options_of(stated)

        def run(inputs: Arrays) -> Mapping[str, object]:
            scene = scene_of(inputs)
            values, seen = _between(scene, cameras[0], options)
            return {
                **_three_ways(_stacked([render(scene, camera, options) for camera in cameras]), stable),
                **{name: array[sure] for name, array in values.items()},
                "seen outside the frame": np.count_nonzero(seen & ~in_frame),
            }

        return Plan(run=run, inputs=SCENE, tolerances=_TOLERANCES, arrays=_expected(arrays, stable, sure))


def _expected(
    arrays: Arrays, stable: NDArray[np.bool_], sure: NDArray[np.bool_]
) -> dict[str, NDArray[np.generic]]:
    return {
        **{name: arrays[name] for name in SCENE},
        **_three_ways({name: arrays[name] for name in _PICTURES}, stable),
        **{name: arrays[name][sure] for name in _BETWEEN},
        "seen outside the frame": np.array(0),
    }


def stated_case(case: Case) -> Mapping[str, object]:
    """What `cases.json` says about a case."""
    return cast("Mapping[str, Mapping[str, object]]", case.json("cases.json"))[case.path.stem]


def scene_of(arrays: Arrays) -> GaussianScene:
    """The scene of a case."""
    means, quats, log_scales, logits, sh = (np.asarray(arrays[name], np.float32) for name in SCENE)
    return GaussianScene(means=means, quats=quats, log_scales=log_scales, logit_opacities=logits, sh=sh)


def camera_of(
    name: str, stated: Mapping[str, object], pose: NDArray[np.generic], intrinsics: NDArray[np.generic]
) -> Camera:
    """One camera of a case."""
    k = np.asarray(intrinsics, np.float64)
    is_ortho = stated["camera_model"] == "ortho"
    return Camera(
        name=name,
        width=cast(int, stated["width"]),
        height=cast(int, stated["height"]),
        fx=float(k[0, 0]),
        fy=float(k[1, 1]),
        cx=float(k[0, 2]),
        cy=float(k[1, 2]),
        world_to_camera=np.asarray(pose, np.float64),
        projection=Projection.ORTHOGRAPHIC if is_ortho else Projection.PINHOLE,
    )


def options_of(stated: Mapping[str, object], background: NDArray[np.generic] | None = None) -> RenderOptions:
    """The options of a case, with the background of its arrays where it has one there."""
    over = stated["background"] if background is None else background
    red, green, blue = (float(value) for value in np.asarray(over, np.float64))
    return RenderOptions(
        background=(red, green, blue),
        degree=cast(int, stated["sh_degree_used"]),
        near=cast(float, stated["near"]),
        far=cast(float, stated["far"]),
        eps2d=cast(float, stated["eps2d"]),
        alpha_max=cast(float, stated["alpha_max"]),
        antialiased=cast(bool, stated["antialiased"]),
    )


def _surely_seen(arrays: Arrays, camera: Camera) -> NDArray[np.bool_]:
    """Gaussians whose centre lies in the picture and which are not too faint to be drawn there."""
    u, v = np.asarray(arrays["cam0_means2d"], np.float64).T
    inside = (u >= 0) & (u <= camera.width) & (v >= 0) & (v <= camera.height)
    drawn = arrays["cam0_in_frame"].astype(bool) & (arrays["cam0_eff_opacities"].astype(np.float32) > _FAINT)
    return np.asarray(inside & drawn, bool)


def _between(
    scene: GaussianScene, camera: Camera, options: RenderOptions
) -> tuple[dict[str, NDArray[np.float32]], NDArray[np.bool_]]:
    """What the rasteriser knows of every Gaussian before it blends, NaN of the unseen; and which are seen."""
    from restora.splats.raster_cpu.frame import lay_out

    projected = (layout := lay_out(PreparedScene(scene), camera, options, lambda: None)).projected
    records = np.full((scene.count, 10), np.nan, np.float32)
    records[projected.sources[layout.slots]] = projected.records[layout.slots]
    columns = {name: records[:, first:end] for name, (first, end) in _BETWEEN.items()}
    values = {name: array[:, 0] if array.shape[1] == 1 else array for name, array in columns.items()}
    return values, ~np.isnan(records[:, 0])


def _stacked(pictures: list[Render]) -> dict[str, NDArray[np.float32]]:
    return {name: np.stack([getattr(picture, name) for picture in pictures]) for name in _PICTURES}


def _three_ways(
    pictures: Mapping[str, NDArray[np.generic]], stable: NDArray[np.bool_]
) -> dict[str, NDArray[np.generic]]:
    """Each picture as it is judged: on the stable pixels, nearly everywhere, and nowhere far off."""
    found = {}
    for name, values in pictures.items():
        found[f"{name} stable"] = values[stable]
        found[f"{name} mostly"] = found[f"{name} anywhere"] = values
    return found
