from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from restora.data.camera import Camera, Projection
from restora.data.scene import GaussianScene
from restora.errors import BadInputError, Cancelled, ParameterError
from restora.splats.prepared import PreparedScene
from restora.splats.raster_cpu import frame, workers
from restora.splats.rendering import Footprint, Preset, Render, RenderOptions, preset, render

MakeScene = Callable[..., GaussianScene]
MakeCamera = Callable[..., Camera]
with_fixtures = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def same(one: Render, other: Render) -> bool:
    return all(np.array_equal(getattr(one, a), getattr(other, a)) for a in ("rgb", "alpha", "depth"))


def picked(scene: GaussianScene, rows: np.ndarray) -> GaussianScene:
    names = ("means", "quats", "log_scales", "logit_opacities", "sh")
    return replace(scene, **{name: getattr(scene, name)[rows] for name in names})


def one_gaussian(**changes: object) -> GaussianScene:
    values: dict[str, object] = {
        "means": np.zeros((1, 3), np.float32),
        "quats": np.array([[1, 0, 0, 0]], np.float32),
        "log_scales": np.full((1, 3), -1, np.float32),
        "logit_opacities": np.full(1, 3, np.float32),
        "sh": np.full((1, 1, 3), 1, np.float32),
    }
    return GaussianScene(**{**values, **changes})  # type: ignore[arg-type]


def slopes(centre: float, focal: float, size: int) -> tuple[float, float]:
    return -(centre + 0.15 * size) / focal, (size - centre + 0.15 * size) / focal


def brute_force(
    scene: GaussianScene,
    camera: Camera,
    options: RenderOptions,
    reached: Callable[..., np.ndarray] = lambda _centre, _covariance, shape: np.ones(shape, bool),
) -> np.ndarray:
    """RGB in double precision, pixel by pixel and straight from the definition; degree 0, pinhole.

    `reached` tells which pixels an ellipse can reach at all.
    """
    r, t = camera.world_to_camera[:3, :3], camera.world_to_camera[:3, 3]
    columns, rows = np.meshgrid(np.arange(camera.width) + 0.5, np.arange(camera.height) + 0.5)
    left = np.ones((camera.height, camera.width))
    open_ = np.ones_like(left, bool)
    rgb = np.zeros((camera.height, camera.width, 3))
    points = scene.means.astype(float) @ r.T + t
    for i in np.argsort(points[:, 2], kind="stable"):
        x, y, z = points[i]
        if z < options.near:
            continue
        w, a, b, c = scene.quats[i].astype(float) / np.linalg.norm(scene.quats[i].astype(float))
        turn = np.array(
            [
                [1 - 2 * (b * b + c * c), 2 * (a * b - w * c), 2 * (a * c + w * b)],
                [2 * (a * b + w * c), 1 - 2 * (a * a + c * c), 2 * (b * c - w * a)],
                [2 * (a * c - w * b), 2 * (b * c + w * a), 1 - 2 * (a * a + b * b)],
            ]
        )
        shape = turn * np.exp(scene.log_scales[i].astype(float))
        slope_x = np.clip(x / z, *slopes(camera.cx, camera.fx, camera.width))
        slope_y = np.clip(y / z, *slopes(camera.cy, camera.fy, camera.height))
        j = np.array(
            [[camera.fx / z, 0, -camera.fx * slope_x / z], [0, camera.fy / z, -camera.fy * slope_y / z]]
        )
        cov = j @ r @ shape @ shape.T @ r.T @ j.T + options.eps2d * np.eye(2)
        inverse = np.linalg.inv(cov)
        dx, dy = columns - camera.fx * x / z - camera.cx, rows - camera.fy * y / z - camera.cy
        power = (inverse[0, 0] * dx**2 + inverse[1, 1] * dy**2) / 2 + inverse[0, 1] * dx * dy
        opacity = 1 / (1 + np.exp(-float(scene.logit_opacities[i])))
        alpha = np.minimum(options.alpha_max, opacity * np.exp(-power))
        alpha = np.where(open_ & (alpha >= 1 / 255), alpha, 0)
        centre = (camera.fx * x / z + camera.cx, camera.fy * y / z + camera.cy)
        alpha = np.where(reached(centre, cov, alpha.shape), alpha, 0)
        open_ &= left * (1 - alpha) > 1e-4
        alpha = np.where(open_, alpha, 0)
        colour = np.maximum(0, scene.sh[i, 0] * 0.28209479177387814 + 0.5)
        rgb += (left * alpha)[..., None] * colour
        left *= 1 - alpha
    return rgb + left[..., None] * np.array(options.background)


# -- the function ------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(1, 1), (16, 16), (45, 77), (33, 15)])
def test_pictures_are_what_the_definition_says(
    size: tuple[int, int], make_scene: MakeScene, make_camera: MakeCamera
) -> None:
    scene, camera = make_scene(60, degree=0), make_camera(*size)
    options = RenderOptions(background=(0.2, 0.4, 0.6))
    error = np.abs(render(scene, camera, options).rgb - brute_force(scene, camera, options))
    # A pixel on a threshold may fall to either side of it.
    assert np.quantile(error, 0.99) < 2e-5
    assert error.max() < 0.05


@pytest.mark.parametrize("size", [(96, 80), (45, 77), (130, 70)])
def test_the_other_preset_ends_gaussians_at_tiles(
    size: tuple[int, int],
    make_scene: MakeScene,
    make_camera: MakeCamera,
    touched: Callable[..., np.ndarray],
) -> None:
    scene, camera = make_scene(60, degree=0), make_camera(*size)
    scene.logit_opacities[:] = 6  # opaque ones are seen beyond three standard deviations
    options = preset(Preset.INRIA)
    seen = render(scene, camera, options).rgb
    error = np.abs(seen - brute_force(scene, camera, options, touched))
    assert np.quantile(error, 0.99) < 2e-5
    exact = render(scene, camera, replace(options, footprint=Footprint.EXACT)).rgb
    assert (np.abs(exact - seen) > 1e-3).sum() > 20 * (error > 1e-3).sum()


def test_an_opaque_gaussian_ends_where_its_square_touches_no_tile(make_camera: MakeCamera) -> None:
    camera = make_camera(96, 96, focal=96.0)
    solid = one_gaussian(
        logit_opacities=np.full(1, 12, np.float32), log_scales=np.full((1, 3), -2.4, np.float32)
    )
    exact = render(solid, camera, replace(preset(Preset.INRIA), footprint=Footprint.EXACT)).alpha
    ended = render(solid, camera, preset(Preset.INRIA)).alpha
    lost = np.argwhere((exact > 0) & (ended == 0))
    shown = np.argwhere(ended > 0)
    assert len(shown) > 100
    same_tile = {tuple(place) for place in (lost // 16).tolist()} & {
        tuple(place) for place in (shown // 16).tolist()
    }
    assert not same_tile
    assert_array_equal(ended[ended > 0], exact[ended > 0])


def test_an_empty_scene_shows_the_background(make_scene: MakeScene, make_camera: MakeCamera) -> None:
    seen = render(make_scene(0), make_camera(45, 77), RenderOptions(background=(0.25, 0.5, 2.0)))
    assert seen.rgb.shape == (77, 45, 3)
    assert_array_equal(seen.rgb, np.broadcast_to(np.float32([0.25, 0.5, 2.0]), seen.rgb.shape))
    assert not seen.alpha.any()
    assert not seen.depth.any()
    assert not seen.expected_depth.any()


def test_what_lies_behind_the_camera_is_not_seen(make_scene: MakeScene, make_camera: MakeCamera) -> None:
    assert not render(make_scene(100), make_camera(distance=-5.0)).alpha.any()


def test_near_and_far_cut_the_scene(make_scene: MakeScene, make_camera: MakeCamera) -> None:
    scene, camera = make_scene(200), make_camera()
    depth = scene.means[:, 2] + 3.0
    cut = picked(scene, (depth >= 2.7) & (depth <= 3.3))
    assert same(render(scene, camera, RenderOptions(near=2.7, far=3.3)), render(cut, camera))


@pytest.mark.parametrize("logit", [-np.inf, -6.0])
def test_a_transparent_gaussian_leaves_no_trace(logit: float, make_camera: MakeCamera) -> None:
    faint = one_gaussian(logit_opacities=np.full(1, logit, np.float32))
    assert not render(faint, make_camera()).alpha.any()


@pytest.mark.parametrize("log_scale", [8.0, 15.0, 25.0])
def test_a_huge_gaussian_covers_the_whole_picture(log_scale: float, make_camera: MakeCamera) -> None:
    huge = one_gaussian(log_scales=np.full((1, 3), log_scale, np.float32))
    alpha = render(huge, make_camera(45, 77)).alpha
    assert_allclose(alpha, 1 / (1 + np.exp(-3)), atol=2e-5)


@pytest.mark.parametrize("log_scale", [88.0, np.inf, np.nan])
def test_a_gaussian_beyond_numbers_spoils_nothing(
    log_scale: float, make_scene: MakeScene, make_camera: MakeCamera
) -> None:
    scales = make_scene(50).log_scales.copy()
    scales[7, 1] = log_scale
    seen = render(replace(make_scene(50), log_scales=scales), make_camera())
    assert np.isfinite(seen.rgb).all()
    assert seen.alpha.max() > 0.5


def test_no_gaussian_covers_more_than_its_cap(make_camera: MakeCamera) -> None:
    solid = one_gaussian(logit_opacities=np.full(1, 20, np.float32))
    for name, cap in ((Preset.GSPLAT, 0.999), (Preset.INRIA, 0.99)):
        assert render(solid, make_camera(65, 49), preset(name)).alpha.max() == pytest.approx(cap, abs=1e-6)


def test_an_orthographic_camera_sees_no_perspective(make_camera: MakeCamera) -> None:
    far = one_gaussian(means=np.array([[0, 0, 30]], np.float32))
    camera = make_camera(projection=Projection.ORTHOGRAPHIC, focal=20.0)
    near_picture, far_picture = render(one_gaussian(), camera), render(far, camera)
    assert_allclose(near_picture.rgb, far_picture.rgb, atol=1e-6)
    assert far_picture.expected_depth[24, 32] == pytest.approx(33)


def test_antialiasing_takes_back_the_light_of_a_gaussian_below_a_pixel(make_camera: MakeCamera) -> None:
    dot = one_gaussian(log_scales=np.full((1, 3), -5, np.float32))
    camera = make_camera(65, 49)
    plain, tagged = render(dot, camera), render(replace(dot, is_antialiased=True), camera)
    assert tagged.alpha.sum() < plain.alpha.sum() / 3
    assert same(tagged, render(dot, camera, RenderOptions(antialiased=True)))
    assert same(plain, render(replace(dot, is_antialiased=True), camera, RenderOptions(antialiased=False)))


def test_a_lower_degree_draws_as_a_scene_that_has_no_more(
    make_scene: MakeScene, make_camera: MakeCamera
) -> None:
    scene = make_scene(100, degree=3)
    cut = replace(scene, sh=np.ascontiguousarray(scene.sh[:, :4]))
    assert same(render(scene, make_camera(), RenderOptions(degree=1)), render(cut, make_camera()))
    assert same(render(cut, make_camera(), RenderOptions(degree=3)), render(cut, make_camera()))


# -- promises ----------------------------------------------------------------------------------------


@with_fixtures
@given(seed=st.integers(0, 2**16), width=st.integers(1, 70), height=st.integers(1, 70))
def test_the_order_of_gaussians_does_not_matter(
    seed: int, width: int, height: int, make_scene: MakeScene, make_camera: MakeCamera
) -> None:
    scene = make_scene(80, seed=seed)
    order = np.random.default_rng(seed).permutation(80)
    camera = make_camera(width, height)
    assert same(render(scene, camera), render(picked(scene, order), camera))


@with_fixtures
@given(seed=st.integers(0, 2**16))
def test_the_same_question_has_the_same_bytes(
    seed: int, make_scene: MakeScene, make_camera: MakeCamera
) -> None:
    scene = make_scene(400, seed=seed)
    prepared = PreparedScene(scene)
    first = render(scene, make_camera())
    assert same(first, render(prepared, make_camera()))
    assert same(first, render(prepared, make_camera()))


@pytest.mark.parametrize("threads", [1, 3, 16])
def test_the_number_of_threads_does_not_show(
    threads: int, make_scene: MakeScene, make_camera: MakeCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene, camera = make_scene(2000), make_camera(90, 77)
    whole = render(scene, camera)
    monkeypatch.setattr(workers, "_pool", None)
    for module in (workers, frame):
        monkeypatch.setattr(module, "thread_count", lambda: threads)
    assert same(whole, render(scene, camera))


def test_all_of_a_scene_is_its_whole_prefix(make_scene: MakeScene, make_camera: MakeCamera) -> None:
    prepared = PreparedScene(make_scene(100))
    full = render(prepared, make_camera())
    assert same(full, render(prepared, make_camera(), RenderOptions(fraction=1.0)))
    assert same(full, render(prepared, make_camera(), RenderOptions(fraction=0.9999)))


def test_a_fraction_draws_the_most_important_gaussians(
    make_scene: MakeScene, make_camera: MakeCamera
) -> None:
    scene = make_scene(200)
    scales = np.sort(np.exp(scene.log_scales), axis=1)
    importance = scales[:, 1] * scales[:, 2] / (1 + np.exp(-scene.logit_opacities))
    best = np.sort(np.argsort(-importance)[:50])
    preview = render(PreparedScene(scene), make_camera(), RenderOptions(fraction=0.25))
    assert same(preview, render(picked(scene, best), make_camera()))


@pytest.mark.parametrize("limits", [{"_BAND": 40}, {"_SHARE": 30}, {"PIECE": 7}])
def test_pieces_and_bands_do_not_show(
    limits: dict[str, int], make_scene: MakeScene, make_camera: MakeCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene, camera = make_scene(300), make_camera(45, 77)
    whole = render(scene, camera)
    for name, value in limits.items():
        monkeypatch.setattr(frame, name, value)
    assert same(whole, render(scene, camera))


def test_finished_rows_are_told_once_each_and_are_final(
    make_scene: MakeScene, make_camera: MakeCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frame, "_BAND", 200)
    told: list[tuple[int, int]] = []
    copies: list[np.ndarray] = []

    def on_rows(first: int, end: int, picture: Render) -> None:
        told.append((first, end))
        copies.append(picture.rgb[first:end].copy())

    whole = render(make_scene(300), make_camera(45, 77), on_rows=on_rows)
    assert sorted(told) == [(0, 16), (16, 32), (32, 48), (48, 64), (64, 77)]
    for (first, end), copy in zip(told, copies, strict=True):
        assert_array_equal(copy, whole.rgb[first:end])


@pytest.mark.parametrize("cancel_at", [1, 2, 5])
def test_a_picture_can_be_cancelled_and_drawn_again(
    cancel_at: int, make_scene: MakeScene, make_camera: MakeCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frame, "_SHARE", 50)
    # A second thread might be through before this one is asked so often.
    monkeypatch.setattr(workers, "thread_count", lambda: 1)
    scene, camera = make_scene(300), make_camera(45, 77)
    whole = render(scene, camera)
    calls = 0

    def check() -> None:
        nonlocal calls
        calls += 1
        if calls == cancel_at:
            raise Cancelled

    with pytest.raises(Cancelled):
        render(scene, camera, check=check)
    assert calls == cancel_at
    assert same(whole, render(scene, camera))


def test_threads_may_draw_at_once(make_scene: MakeScene, make_camera: MakeCamera) -> None:
    prepared, camera = PreparedScene(make_scene(2000)), make_camera(160, 120)
    expected = {f: render(prepared, camera, RenderOptions(fraction=f)) for f in (0.3, 0.6, 1.0)}
    wrong: list[float] = []

    def draw(fraction: float) -> None:
        for _ in range(10):
            if not same(expected[fraction], render(prepared, camera, RenderOptions(fraction=fraction))):
                wrong.append(fraction)

    threads = [threading.Thread(target=draw, args=(fraction,)) for fraction in expected]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


# -- refusals ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("near", {"near": 0.0}),
        ("near", {"near": 2.0, "far": 1.0}),
        ("near", {"near": float("nan")}),
        ("eps2d", {"eps2d": -0.1}),
        ("alpha_max", {"alpha_max": 1.0}),
        ("fraction", {"fraction": 0.0}),
        ("fraction", {"fraction": 1.5}),
        ("degree", {"degree": 4}),
        ("background", {"background": (0.0, float("nan"), 0.0)}),
    ],
)
def test_options_out_of_range_are_refused(name: str, changes: dict[str, object]) -> None:
    with pytest.raises(ParameterError, match=name):
        RenderOptions(**changes)  # type: ignore[arg-type]


def test_an_unknown_preset_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ParameterError, match="gsplat, inria"):
        preset("nerfacc")


def test_a_picture_beyond_all_sizes_is_refused(make_scene: MakeScene, make_camera: MakeCamera) -> None:
    with pytest.raises(BadInputError, match="65535 pixels a side, asked for 70000 x 2"):
        render(make_scene(1), make_camera(70000, 2))
