"""Moving pictures and latents along a flow, and finding what is hidden in one of two pictures."""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F  # noqa: N812  # torch's own customary name
from torch import Tensor

_SHARE, _FLOOR = 0.01, 0.5
"""A flow that does not come back by more than share times both lengths plus floor pixels is hidden."""
_EDGE_SHARE, _EDGE_FLOOR = 0.01, 0.002


def warped(picture: Tensor, flow: Tensor, *, outside: Literal["border", "zeros"] = "border") -> Tensor:
    """B x C x h x w sampled at (column + flow[0], row + flow[1]), bilinear between pixel centres."""
    height, width = picture.shape[2:]
    rows, columns = torch.meshgrid(
        torch.arange(height, device=flow.device, dtype=torch.float32),
        torch.arange(width, device=flow.device, dtype=torch.float32),
        indexing="ij",
    )
    x = 2 * (columns + flow[:, 0]) / max(width - 1, 1) - 1
    y = 2 * (rows + flow[:, 1]) / max(height - 1, 1) - 1
    places = torch.stack([x, y], dim=-1).to(picture.dtype)
    return F.grid_sample(picture, places, padding_mode=outside, align_corners=True)


def resized_flow(flow: Tensor, height: int, width: int) -> Tensor:
    """The same motion on another grid: bilinear with corners aligned, lengths scaled by the sizes."""
    scale = torch.tensor([width / flow.shape[3], height / flow.shape[2]], device=flow.device)
    smaller = F.interpolate(flow, (height, width), mode="bilinear", align_corners=True)
    return smaller * scale.to(flow.dtype)[:, None, None]


def hidden_mask(
    forward: Tensor, backward: Tensor, *, outside: Literal["border", "zeros"] = "border"
) -> Tensor:
    """B x 1 x h x w: one where there and back does not end at the start, or where the flow has an edge.

    `forward` is moved along `backward` and must cancel it.
    """
    moved = warped(forward, backward, outside=outside)
    astray = _length(moved + backward)
    lengths = _length(moved) + _length(backward)
    lost = astray > _SHARE * lengths + _FLOOR
    torn = _squared_slopes(backward) > _EDGE_SHARE * _length(backward) + _EDGE_FLOOR
    return (lost | torn).to(forward.dtype)


def _length(flow: Tensor) -> Tensor:
    return flow.square().sum(dim=1, keepdim=True).sqrt()


def _squared_slopes(flow: Tensor) -> Tensor:
    """Squared differences over two pixels along both axes, zero at the border, summed."""
    across, down = torch.zeros_like(flow), torch.zeros_like(flow)
    across[..., 1:-1] = flow[..., 2:] - flow[..., :-2]
    down[..., 1:-1, :] = flow[..., 2:, :] - flow[..., :-2, :]
    return (across.square() + down.square()).sum(dim=1, keepdim=True)
