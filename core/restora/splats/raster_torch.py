"""Pictures of scenes as functions of tensors, for optimising what a scene stores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch

from restora.data.camera import Camera
from restora.data.scene import GaussianScene
from restora.errors import ParameterError
from restora.splats.rendering import RenderOptions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from restora.splats.raster_cpu.backward import Drawn


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Params:
    """What a scene stores, as float32 tensors on one device; shapes as in GaussianScene."""

    means: torch.Tensor
    quats: torch.Tensor
    log_scales: torch.Tensor
    logit_opacities: torch.Tensor
    sh: torch.Tensor
    is_antialiased: bool = False

    @classmethod
    def of(
        cls, scene: GaussianScene, *, device: str | torch.device = "cpu", requires_grad: bool = False
    ) -> Params:
        """Copies of a scene's arrays."""

        def copied(array: NDArray[np.float32]) -> torch.Tensor:
            return torch.tensor(array, dtype=torch.float32, device=device, requires_grad=requires_grad)

        return cls(
            means=copied(scene.means),
            quats=copied(scene.quats),
            log_scales=copied(scene.log_scales),
            logit_opacities=copied(scene.logit_opacities),
            sh=copied(scene.sh),
            is_antialiased=scene.is_antialiased,
        )

    @property
    def tensors(self) -> tuple[torch.Tensor, ...]:
        """The five, in the order of the fields."""
        return self.means, self.quats, self.log_scales, self.logit_opacities, self.sh

    def scene(self) -> GaussianScene:
        """The scene that the tensors hold now; shares their memory on the processor."""
        means, quats, log_scales, logits, sh = (
            tensor.detach().cpu().contiguous().numpy() for tensor in self.tensors
        )
        return GaussianScene(
            means=means,
            quats=quats,
            log_scales=log_scales,
            logit_opacities=logits,
            sh=sh,
            is_antialiased=self.is_antialiased,
        )


@dataclass(slots=True, kw_only=True, eq=False)
class ScreenStatistics:
    """What a picture tells about each Gaussian; densification lives on it."""

    visible: torch.Tensor
    """N, bool: it can touch a pixel."""
    radii: torch.Tensor
    """N, half the longer side of its box, pixels; 0 where it is not seen."""
    gradients: torch.Tensor | None = None
    """N x 2, the gradient by its position on the picture, per pixel; None before the backward pass."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TorchRender:
    """A picture that gradients flow through; the meaning of its parts as in Render."""

    rgb: torch.Tensor
    alpha: torch.Tensor
    depth: torch.Tensor
    screen: ScreenStatistics


def render_params(params: Params, camera: Camera, options: RenderOptions | None = None) -> TorchRender:
    """Draw tensors; gradients reach all five.

    On the processor the whole way back is compiled and deterministic. The tensors must not be changed in
    place between this call and the backward pass; torch refuses if they were. Tensors on a CUDA card are
    drawn by gsplat; ask `devices.choose_device` first whether that works.
    """
    place = params.means.device.type
    if place not in {"cpu", "cuda"}:
        raise ParameterError("device", f"must be cpu or cuda to draw scenes, got {place}")
    if place == "cuda":
        from restora.splats.raster_gsplat import draw_params

        return draw_params(params, camera, options or RenderOptions())
    return _drawn_on_processor(params, camera, options or RenderOptions())


def _drawn_on_processor(params: Params, camera: Camera, options: RenderOptions) -> TorchRender:
    from restora.splats.prepared import PreparedScene
    from restora.splats.raster_cpu.backward import draw_for_gradients

    drawn = draw_for_gradients(PreparedScene(params.scene()), camera, options)
    visible = torch.zeros(len(params.means), dtype=torch.bool)
    visible[torch.from_numpy(drawn.rows.astype(np.int64))] = True
    screen = ScreenStatistics(visible=visible, radii=torch.from_numpy(drawn.radii))
    rgb, alpha, depth = cast(
        "tuple[torch.Tensor, torch.Tensor, torch.Tensor]",
        _Drawing.apply(drawn, screen, *params.tensors),  # type: ignore[no-untyped-call]  # torch's own
    )
    return TorchRender(rgb=rgb, alpha=alpha, depth=depth, screen=screen)


class _Drawing(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, drawn: Drawn, screen: ScreenStatistics, *tensors: torch.Tensor
    ) -> tuple[torch.Tensor, ...]:
        ctx.drawn, ctx.screen = drawn, screen
        ctx.save_for_backward(*tensors)  # torch then notices if one is changed in place
        picture = drawn.picture
        return tuple(torch.from_numpy(array) for array in (picture.rgb, picture.alpha, picture.depth))

    @staticmethod
    def backward(ctx: Any, *outer: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        from restora.splats.raster_cpu.backward import gradients
        from restora.splats.raster_cpu.frame import plain
        from restora.splats.raster_cpu.pixel_gradients import Upstream

        _ = ctx.saved_tensors  # raises if one was changed
        rgb, alpha, depth = (plain(each.detach().to(torch.float32).numpy()) for each in outer)
        stored, screen = gradients(ctx.drawn, Upstream(rgb=rgb, alpha=alpha, depth=depth))
        ctx.screen.gradients = torch.from_numpy(screen)
        return (None, None, *(torch.from_numpy(array) for array in stored))
