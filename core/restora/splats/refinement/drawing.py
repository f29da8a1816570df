"""Renders of rows that are being learnt, and how the loss flows back into them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from restora.data.camera import Camera
from restora.splats.refinement.photometric import PhotometricLoss
from restora.splats.refinement.photometric_torch import photometric_loss
from restora.splats.refinement.rows import Rows
from restora.splats.refinement.views import TrainingView
from restora.splats.rendering import RenderOptions

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

    from restora.splats.raster_torch import TorchRender

_KEPT_TARGETS = 64
"""Pictures whose means and squares are kept for the next time; three pictures' worth of memory each."""


def draw(rows: Rows, camera: Camera, options: RenderOptions) -> TorchRender:
    """A differentiable render of the rows."""
    import torch

    from restora.splats.raster_torch import Params, render_params

    values = rows.values
    params = Params(
        means=values["means"],
        quats=values["quats"],
        log_scales=values["log_scales"],
        logit_opacities=values["logit_opacities"],
        sh=torch.cat([values["sh_constant"], values["sh_rest"]], dim=1),
    )
    return render_params(params, camera, options)


def picture_of(rows: Rows, camera: Camera, options: RenderOptions) -> NDArray[np.float32]:
    """A render without anything to learn from."""
    import torch

    with torch.no_grad():
        return np.asarray(draw(rows, camera, options).rgb.cpu().numpy(), np.float32)


class Losses:
    """Holds renders against their views and sends the gradient back into the rows."""

    def __init__(self, ssim_share: float) -> None:
        self._share = ssim_share
        self._kept: dict[int, PhotometricLoss] = {}
        self._on_card: dict[int, tuple[torch.Tensor, torch.Tensor | None]] = {}

    def send_back(self, render: TorchRender, view: TrainingView) -> float:
        """The weighted loss of a render; its gradient arrives in the rows."""
        if render.rgb.is_cuda:
            return self._on_device(render, view)
        loss, gradient = self._loss_of(view)(render.rgb.detach().numpy())
        import torch

        render.rgb.backward(torch.from_numpy(gradient * np.float32(view.weight)))  # type: ignore[no-untyped-call]  # torch's own
        return loss * view.weight

    def _on_device(self, render: TorchRender, view: TrainingView) -> float:
        picture, weights = self._target_on(render.rgb.device, view)
        loss = view.weight * photometric_loss(render.rgb, picture, weights, self._share)
        loss.backward()  # type: ignore[no-untyped-call]  # torch's own
        return float(loss.detach())

    def _target_on(
        self, device: torch.device, view: TrainingView
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """A view's picture and weights on a card, where they stay for the next time."""
        import torch

        def there(array: NDArray[np.float32]) -> torch.Tensor:
            return torch.from_numpy(array).to(device)

        key = id(view)
        if key not in self._on_card:
            weights = None if view.pixel_weights is None else there(view.pixel_weights)
            _make_room(self._on_card)
            self._on_card[key] = (there(view.picture), weights)
        return self._on_card[key]

    def _loss_of(self, view: TrainingView) -> PhotometricLoss:
        key = id(view)
        if key not in self._kept:
            _make_room(self._kept)
            self._kept[key] = PhotometricLoss(view.picture, view.pixel_weights, ssim_share=self._share)
        return self._kept[key]


def _make_room(kept: dict[int, Any]) -> None:
    if len(kept) >= _KEPT_TARGETS:
        kept.pop(next(iter(kept)))
