"""The way back from a picture, against automatic differentiation of the definition in double precision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from restora.data.camera import Camera, Projection
from restora.data.scene import GaussianScene
from restora.errors import ParameterError
from restora.splats.raster_torch import Params, TorchRender, render_params
from restora.splats.rendering import Footprint, Preset, RenderOptions, preset, render

MakeScene = Callable[..., GaussianScene]
MakeCamera = Callable[..., Camera]
NAMES = ("means", "quats", "log_scales", "logit_opacities", "sh")


def harmonics(degree: int, n: torch.Tensor) -> torch.Tensor:
    x, y, z = n.unbind(-1)
    rows = [torch.full_like(x, 0.28209479177387814)]
    if degree > 0:
        rows += [-0.4886025119 * y, 0.4886025119 * z, -0.4886025119 * x]
    if degree > 1:
        rows += [1.0925484306 * x * y, -1.0925484306 * y * z, 0.9461746958 * z * z - 0.3153915653]
        rows += [-1.0925484306 * x * z, 0.5462742153 * (x * x - y * y)]
    if degree > 2:
        rows += [-0.5900435900 * y * (3 * x * x - y * y), 2.8906114426 * x * y * z]
        rows += [y * (0.4570457995 - 2.2852289973 * z * z), z * (1.8658816630 * z * z - 1.1195289978)]
        rows += [x * (0.4570457995 - 2.2852289973 * z * z), 1.4453057213 * z * (x * x - y * y)]
        rows += [-0.5900435900 * x * (x * x - 3 * y * y)]
    return torch.stack(rows, -1)


def turned(quats: torch.Tensor) -> torch.Tensor:
    w, x, y, z = (quats / quats.norm(dim=-1, keepdim=True)).unbind(-1)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return torch.stack([torch.stack(row, -1) for row in rows], -2)


def projected(tensors: tuple[torch.Tensor, ...], camera: Camera) -> tuple[torch.Tensor, ...]:
    """Pixels, depths and covariances on the picture."""
    means, quats, log_scales = tensors[:3]
    pose = torch.tensor(camera.world_to_camera)
    x, y, z = (means @ pose[:3, :3].T + pose[:3, 3]).unbind(-1)
    zero = torch.zeros_like(z)
    if camera.projection is Projection.ORTHOGRAPHIC:
        pixels = torch.stack([camera.fx * x + camera.cx, camera.fy * y + camera.cy], -1)
        rows = [[zero + camera.fx, zero, zero], [zero, zero + camera.fy, zero]]
    else:
        pixels = torch.stack([camera.fx * x / z + camera.cx, camera.fy * y / z + camera.cy], -1)
        wide, tall = 0.15 * camera.width, 0.15 * camera.height
        sx = (x / z).clamp(-(camera.cx + wide) / camera.fx, (camera.width - camera.cx + wide) / camera.fx)
        sy = (y / z).clamp(-(camera.cy + tall) / camera.fy, (camera.height - camera.cy + tall) / camera.fy)
        rows = [[camera.fx / z, zero, -camera.fx * sx / z], [zero, camera.fy / z, -camera.fy * sy / z]]
    j = torch.stack([torch.stack(row, -1) for row in rows], -2)
    half = j @ pose[:3, :3] @ (turned(quats) * log_scales.exp()[:, None, :])
    return pixels, z, half @ half.transpose(-1, -2)


def defined(
    tensors: tuple[torch.Tensor, ...],
    camera: Camera,
    options: RenderOptions,
    touched: Callable[..., np.ndarray],
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """RGB, alpha and depth, straight from the definition."""
    means, _, _, logits, sh = tensors
    pixels, z, thin = projected(tensors, camera)
    cov = thin + options.eps2d * torch.eye(2, dtype=torch.float64)
    opacity = torch.sigmoid(logits)
    if options.antialiased:
        opacity = opacity * (torch.linalg.det(thin) / torch.linalg.det(cov)).clamp_min(1e-30).sqrt()
    inverse = torch.linalg.inv(cov)
    away = means - torch.tensor(camera.centre)
    degree = int(sh.shape[1] ** 0.5) - 1
    weights = harmonics(degree, away / away.norm(dim=-1, keepdim=True))
    colour = ((weights[..., None] * sh).sum(1) + 0.5).clamp_min(0)
    xs, ys = (torch.arange(n, dtype=torch.float64) + 0.5 for n in (camera.width, camera.height))
    columns, rows = torch.meshgrid(xs, ys, indexing="xy")
    left = torch.ones(camera.height, camera.width, dtype=torch.float64)
    is_open = torch.ones_like(left, dtype=torch.bool)
    rgb, depth = torch.zeros(*left.shape, 3, dtype=torch.float64), torch.zeros_like(left)
    for i in torch.argsort(z, stable=True).tolist():
        if z[i] < options.near:
            continue
        d = torch.stack([pixels[i, 0] - columns, pixels[i, 1] - rows], -1)
        alpha = (opacity[i] * (-0.5 * (d @ inverse[i] * d).sum(-1)).exp()).clamp_max(options.alpha_max)
        alpha = torch.where(is_open & (alpha >= 1 / 255), alpha, 0)
        if options.footprint is Footprint.TILES:
            reached = touched(pixels[i].tolist(), cov[i].detach().numpy(), tuple(left.shape))
            alpha = torch.where(torch.from_numpy(reached), alpha, 0)
        is_open = is_open & (left * (1 - alpha) > 1e-4)
        weight = left * torch.where(is_open, alpha, 0)
        rgb, depth = rgb + weight[..., None] * colour[i], depth + weight * z[i]
        left = left - weight
    return rgb + left[..., None] * torch.tensor(options.background, dtype=torch.float64), 1 - left, depth


def loss_of(rgb: torch.Tensor, alpha: torch.Tensor, depth: torch.Tensor, seed: int = 1) -> torch.Tensor:
    rng = np.random.default_rng(seed)
    weights = (torch.tensor(rng.standard_normal(t.shape), dtype=t.dtype) for t in (rgb, alpha, depth))
    a, b, c = weights
    return (rgb * a).sum() + rgb.square().sum() / 2 + (alpha * b).sum() + (depth * c).sum()


def ours(scene: GaussianScene, camera: Camera, options: RenderOptions) -> tuple[Params, TorchRender]:
    params = Params.of(scene, requires_grad=True)
    seen = render_params(params, camera, options)
    loss_of(seen.rgb, seen.alpha, seen.depth).backward()
    return params, seen


MODES = {
    "plain": (RenderOptions(), Projection.PINHOLE, 3),
    "background": (RenderOptions(background=(0.3, 0.6, 0.1), antialiased=False), Projection.PINHOLE, 0),
    "antialiased": (RenderOptions(antialiased=True), Projection.PINHOLE, 1),
    "orthographic": (RenderOptions(), Projection.ORTHOGRAPHIC, 2),
    "other preset": (RenderOptions(alpha_max=0.99, near=0.2), Projection.PINHOLE, 2),
    "ending at tiles": (preset(Preset.INRIA), Projection.PINHOLE, 2),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("distance", [3.0, 0.6])
def test_gradients_are_those_of_the_definition(
    mode: str,
    distance: float,
    make_scene: MakeScene,
    make_camera: MakeCamera,
    touched: Callable[..., np.ndarray],
) -> None:
    options, projection, degree = MODES[mode]
    focal = 18.0 if projection is Projection.ORTHOGRAPHIC else 40.0
    camera = make_camera(33, 20, distance=distance, focal=focal, projection=projection)
    scene = make_scene(30, degree=degree)
    params, _ = ours(scene, camera, options)
    exact = tuple(t.detach().double().requires_grad_(True) for t in params.tensors)
    loss_of(*defined(exact, camera, options, touched)).backward()
    for name, tensor, wanted in zip(NAMES, params.tensors, exact, strict=True):
        assert tensor.grad is not None
        assert wanted.grad is not None
        error = (tensor.grad - wanted.grad).norm() / wanted.grad.norm()
        assert error < 2e-3 if distance < 1 else error < 2e-4, name


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**16))
def test_a_small_step_changes_the_loss_as_the_gradient_says(
    seed: int, make_scene: MakeScene, make_camera: MakeCamera
) -> None:
    camera, options = make_camera(40, 28), RenderOptions()
    # So wide and so few that no pixel comes near a threshold, and too far apart to change places: the
    # picture jumps at both.
    scene = make_scene(8, degree=1, seed=seed)
    scene.means[:, 2] = np.linspace(-1, 1, 8)
    scene = replace(scene, log_scales=scene.log_scales + 3, logit_opacities=scene.logit_opacities / 3)
    params, _ = ours(scene, camera, options)
    rng = np.random.default_rng(seed)
    direction = [rng.standard_normal(t.shape).astype(np.float32) for t in params.tensors]
    slope = sum(
        float((t.grad * torch.from_numpy(d)).sum()) for t, d in zip(params.tensors, direction, strict=True)
    )

    def moved(step: float) -> float:
        arrays = {
            name: getattr(scene, name) + np.float32(step) * d
            for name, d in zip(NAMES, direction, strict=True)
        }
        seen = render(replace(scene, **arrays), camera, options)
        tensors = (torch.from_numpy(a).double() for a in (seen.rgb, seen.alpha, seen.depth))
        return float(loss_of(*tensors))

    step = 1e-3
    size = sum(float(t.grad.norm()) ** 2 for t in params.tensors) ** 0.5
    assert abs((moved(step) - moved(-step)) / (2 * step) - slope) < 0.02 * size + 0.02 * abs(slope)


def test_the_picture_is_the_one_that_is_drawn_without_gradients(
    make_scene: MakeScene, make_camera: MakeCamera
) -> None:
    scene, camera = replace(make_scene(200), is_antialiased=True), make_camera()
    _, seen = ours(scene, camera, RenderOptions())
    plain = render(scene, camera)
    for name in ("rgb", "alpha", "depth"):
        assert np.array_equal(getattr(seen, name).detach().numpy(), getattr(plain, name))


def test_the_same_step_has_the_same_bits(make_scene: MakeScene, make_camera: MakeCamera) -> None:
    first, again = (ours(make_scene(3000), make_camera(), RenderOptions())[0] for _ in range(2))
    for one, other in zip(first.tensors, again.tensors, strict=True):
        assert torch.equal(one.grad, other.grad)


def test_unseen_gaussians_have_no_gradient(make_scene: MakeScene, make_camera: MakeCamera) -> None:
    params, seen = ours(make_scene(100), make_camera(20, 20, distance=0.2), RenderOptions())
    hidden = ~seen.screen.visible
    assert hidden.any()
    assert (~hidden).any()
    for tensor in params.tensors:
        assert not tensor.grad[hidden].any()
    assert not seen.screen.radii[hidden].any()
    assert (seen.screen.radii[~hidden] >= 0.5).all()


def test_the_statistics_are_the_gradient_by_the_position_on_the_picture(
    make_scene: MakeScene, make_camera: MakeCamera
) -> None:
    camera = make_camera(focal=20.0, projection=Projection.ORTHOGRAPHIC)
    scene = make_scene(50, degree=0)
    params = Params.of(scene, requires_grad=True)
    seen = render_params(params, camera)
    assert seen.screen.gradients is None
    seen.rgb.square().sum().backward()
    # Seen orthographically, a step of one unit is a step of 20 pixels, and nothing else follows from it.
    torch.testing.assert_close(params.means.grad[:, :2], 20 * seen.screen.gradients)


def test_the_alpha_map_alone_pulls_at_opacities(make_scene: MakeScene, make_camera: MakeCamera) -> None:
    params = Params.of(make_scene(50), requires_grad=True)
    render_params(params, make_camera()).alpha.sum().backward()
    assert (params.logit_opacities.grad >= 0).float().mean() > 0.5
    assert not params.sh.grad.any()


def test_a_tensor_that_changed_since_is_noticed(make_scene: MakeScene, make_camera: MakeCamera) -> None:
    params = Params.of(make_scene(50), requires_grad=True)
    loss = render_params(params, make_camera()).rgb.sum()
    with torch.no_grad():
        params.means.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_an_empty_scene_has_empty_gradients(make_scene: MakeScene, make_camera: MakeCamera) -> None:
    params, seen = ours(make_scene(0), make_camera(), RenderOptions(background=(1, 1, 1)))
    assert params.means.grad.shape == (0, 3)
    assert bool((seen.rgb == 1).all())


def test_a_scene_survives_the_way_through_tensors(make_scene: MakeScene) -> None:
    scene = replace(make_scene(20), is_antialiased=True)
    back = Params.of(scene).scene()
    assert back.is_antialiased
    for name in NAMES:
        assert np.array_equal(getattr(back, name), getattr(scene, name))


def test_a_device_that_nothing_draws_on_is_refused(make_scene: MakeScene, make_camera: MakeCamera) -> None:
    with pytest.raises(ParameterError, match="cpu or cuda to draw scenes, got meta"):
        render_params(Params.of(make_scene(5), device="meta"), make_camera())
