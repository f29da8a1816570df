"""Draws scenes with gsplat on a CUDA card.

Nothing here asks whether gsplat works on this machine; `devices` does, before anything of it is loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from restora.data.camera import Camera, Projection
from restora.data.scene import GaussianScene
from restora.splats.raster_torch import Params, ScreenStatistics, TorchRender
from restora.splats.rendering import Render, RenderOptions

if TYPE_CHECKING:
    from numpy.typing import NDArray


def draw_params(params: Params, camera: Camera, options: RenderOptions) -> TorchRender:
    """Draw tensors that lie on a card; gradients reach all five."""
    rgb, alpha, depth, meta = _rasterised(params, camera, options, packed=False)
    screen = ScreenStatistics(
        visible=(meta["radii"][0] > 0).all(dim=-1), radii=meta["radii"][0].amax(dim=-1).float()
    )
    if meta["means2d"].requires_grad:

        def keep(gradient: torch.Tensor) -> None:
            screen.gradients = gradient[0].detach()

        meta["means2d"].register_hook(keep)
    return TorchRender(rgb=rgb, alpha=alpha, depth=depth, screen=screen)


def render_on(scene: GaussianScene, camera: Camera, options: RenderOptions, device: str) -> Render:
    """Draw a scene; only what is visible is kept on the card between the steps."""
    with torch.no_grad():
        params = Params.of(scene, device=device)
        rgb, alpha, depth, _ = _rasterised(params, camera, options, packed=True)
    return Render(rgb=_on_host(rgb), alpha=_on_host(alpha), depth=_on_host(depth))


def _rasterised(
    params: Params, camera: Camera, options: RenderOptions, *, packed: bool
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, dict[str, Any]]:
    from gsplat import rasterization

    like: dict[str, Any] = {"dtype": torch.float32, "device": params.means.device}
    stored_degree = int(params.sh.shape[1] ** 0.5) - 1
    degree = stored_degree if options.degree is None else min(options.degree, stored_degree)
    antialiased = params.is_antialiased if options.antialiased is None else options.antialiased
    colours, alphas, meta = rasterization(
        means=params.means,
        quats=params.quats,
        scales=params.log_scales.exp(),
        opacities=params.logit_opacities.sigmoid(),
        colors=params.sh,
        viewmats=torch.tensor(camera.world_to_camera[None], **like),
        Ks=torch.tensor(camera.intrinsics[None], **like),
        width=camera.width,
        height=camera.height,
        near_plane=options.near,
        far_plane=options.far,
        eps2d=options.eps2d,
        sh_degree=degree,
        packed=packed,
        render_mode="RGB+D",
        rasterize_mode="antialiased" if antialiased else "classic",
        camera_model="ortho" if camera.projection is Projection.ORTHOGRAPHIC else "pinhole",
    )
    # gsplat 1.5.3 takes no background where its tensors are packed, so what shines through is added here.
    behind = (1 - alphas[0]) * torch.tensor(options.background, **like)
    return colours[0, ..., :3] + behind, alphas[0, ..., 0], colours[0, ..., 3], meta


def _on_host(tensor: torch.Tensor) -> NDArray[np.float32]:
    return np.ascontiguousarray(tensor.cpu().numpy(), np.float32)
