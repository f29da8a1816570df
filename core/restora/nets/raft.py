"""RAFT (Teed and Deng, ECCV 2020): optical flow between two pictures, in its published size."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
import torch.nn.functional as F  # noqa: N812  # torch's own customary name
from torch import Tensor, nn

from restora.errors import BadInputError, WeightsFormatError

ITERATIONS = 20
"""Refinements per pair, as published for inference."""
SMALLEST_SIDE = 64
"""Pixels below which the coarsest level of the correlation pyramid has nothing left."""

KEPT_BYTES = 2**31
"""Of correlations that are kept for all refinements: enough for two pictures of a megapixel."""

_HIDDEN = 128
_CONTEXT = 128
_FEATURES = 256
_LEVELS = 4
_RADIUS = 4
_STRIDE = 8


def build_raft(tensors: Mapping[str, Tensor], *, source: object) -> Raft:
    """The network with its weights, in evaluation mode; names without the published prefix `module.`.

    Raises WeightsFormatError, naming `source`, where the tensors do not fit.
    """
    with torch.device("meta"):
        raft = Raft()
    # The published file lists the shortcut's norm twice; the second name is the one that is used.
    needed = {name: tensor for name, tensor in tensors.items() if ".norm3." not in name}
    try:
        raft.load_state_dict(needed, assign=True)
    except RuntimeError as error:
        raise WeightsFormatError(source, f"its tensors are not those of RAFT ({error})") from error
    return raft.eval().requires_grad_(requires_grad=False)


class ResidualBlock(nn.Module):
    """Two 3 x 3 convolutions beside a shortcut."""

    def __init__(
        self, channels_in: int, channels_out: int, norm: Callable[[int], nn.Module], stride: int
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels_out, 3, stride=stride, padding=1)
        self.conv2 = nn.Conv2d(channels_out, channels_out, 3, padding=1)
        self.norm1 = norm(channels_out)
        self.norm2 = norm(channels_out)
        self.downsample: nn.Module = nn.Identity()
        if stride != 1:
            shortcut = nn.Conv2d(channels_in, channels_out, 1, stride=stride)
            self.downsample = nn.Sequential(shortcut, norm(channels_out))

    def forward(self, x: Tensor) -> Tensor:
        """B x C x h x w, half as large where the block strides."""
        y = F.relu(self.norm1(self.conv1(x)))
        y = F.relu(self.norm2(self.conv2(y)))
        return F.relu(self.downsample(x) + y)


class Encoder(nn.Module):
    """A picture to features at an eighth of its size."""

    def __init__(self, channels_out: int, norm: Callable[[int], nn.Module]) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3)
        self.norm1 = norm(64)
        self.layer1 = nn.Sequential(ResidualBlock(64, 64, norm, 1), ResidualBlock(64, 64, norm, 1))
        self.layer2 = nn.Sequential(ResidualBlock(64, 96, norm, 2), ResidualBlock(96, 96, norm, 1))
        self.layer3 = nn.Sequential(ResidualBlock(96, 128, norm, 2), ResidualBlock(128, 128, norm, 1))
        self.conv2 = nn.Conv2d(128, channels_out, 1)

    def forward(self, picture: Tensor) -> Tensor:
        """B x 3 x H x W in -1..1 to B x channels x H/8 x W/8."""
        x = F.relu(self.norm1(self.conv1(picture)))
        features: Tensor = self.conv2(self.layer3(self.layer2(self.layer1(x))))
        return features


class MotionEncoder(nn.Module):
    """Correlations and the flow so far, as one set of features."""

    def __init__(self) -> None:
        super().__init__()
        self.convc1 = nn.Conv2d(_LEVELS * (2 * _RADIUS + 1) ** 2, 256, 1)
        self.convc2 = nn.Conv2d(256, 192, 3, padding=1)
        self.convf1 = nn.Conv2d(2, 128, 7, padding=3)
        self.convf2 = nn.Conv2d(128, 64, 3, padding=1)
        self.conv = nn.Conv2d(192 + 64, _CONTEXT - 2, 3, padding=1)

    def forward(self, flow: Tensor, correlation: Tensor) -> Tensor:
        """B x 128 x h x w; the last two channels are the flow itself."""
        seen = F.relu(self.convc2(F.relu(self.convc1(correlation))))
        moved = F.relu(self.convf2(F.relu(self.convf1(flow))))
        both = F.relu(self.conv(torch.cat([seen, moved], dim=1)))
        return torch.cat([both, flow], dim=1)


class SeparableGru(nn.Module):
    """A gated update along rows, then one along columns."""

    def __init__(self) -> None:
        super().__init__()
        width = _HIDDEN + _CONTEXT + _CONTEXT
        for number, kernel in ((1, (1, 5)), (2, (5, 1))):
            padding = (kernel[0] // 2, kernel[1] // 2)
            for gate in "zrq":
                conv = nn.Conv2d(width, _HIDDEN, kernel, padding=padding)
                self.add_module(f"conv{gate}{number}", conv)

    def forward(self, hidden: Tensor, inputs: Tensor) -> Tensor:
        """The next hidden state."""
        for number in (1, 2):
            update, reset, candidate = (self.get_submodule(f"conv{gate}{number}") for gate in "zrq")
            both = torch.cat([hidden, inputs], dim=1)
            z, r = torch.sigmoid(update(both)), torch.sigmoid(reset(both))
            q = torch.tanh(candidate(torch.cat([r * hidden, inputs], dim=1)))
            hidden = (1 - z) * hidden + z * q
        return hidden


class FlowHead(nn.Module):
    """The correction of the flow that a hidden state stands for."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(_HIDDEN, 256, 3, padding=1)
        self.conv2 = nn.Conv2d(256, 2, 3, padding=1)

    def forward(self, hidden: Tensor) -> Tensor:
        """B x 2 x h x w: columns, rows."""
        step: Tensor = self.conv2(F.relu(self.conv1(hidden)))
        return step


class UpdateBlock(nn.Module):
    """One refinement."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = MotionEncoder()
        self.gru = SeparableGru()
        self.flow_head = FlowHead()
        self.mask = nn.Sequential(nn.Conv2d(_HIDDEN, 256, 3, padding=1), nn.ReLU(), nn.Conv2d(256, 9 * 64, 1))

    def forward(
        self, hidden: Tensor, context: Tensor, correlation: Tensor, flow: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The next hidden state and the correction of the flow."""
        motion = self.encoder(flow, correlation)
        hidden = self.gru(hidden, torch.cat([context, motion], dim=1))
        return hidden, self.flow_head(hidden)


class Raft(nn.Module):
    """Flow from the first picture to the second: where each pixel of the first is found in the second."""

    def __init__(self) -> None:
        super().__init__()
        self.fnet = Encoder(_FEATURES, nn.InstanceNorm2d)
        self.cnet = Encoder(_HIDDEN + _CONTEXT, nn.BatchNorm2d)
        self.update_block = UpdateBlock()

    def forward(
        self,
        first: Tensor,
        second: Tensor,
        *,
        iterations: int = ITERATIONS,
        each: Callable[[], None] = lambda: None,
    ) -> tuple[Tensor, Tensor]:
        """Flow at an eighth of the size, in its own pixels, and at full size, both B x 2 (columns, rows).

        Pictures are B x 3 x H x W in 0..255 with sides that are multiples of 8. `each` is called before
        every refinement. Raises BadInputError for other sizes.
        """
        _check_size(first, second)
        features = self.fnet(torch.cat([_signed(first), _signed(second)]))
        correlation = Correlation(*features.chunk(2))
        hidden, context = self.cnet(_signed(first)).split([_HIDDEN, _CONTEXT], dim=1)
        hidden, context = torch.tanh(hidden), F.relu(context)
        here = pixel_grid(hidden)
        there = here
        for _ in range(iterations):
            each()
            seen = correlation.look_up(there).to(hidden.dtype)
            hidden, step = self.update_block(hidden, context, seen, (there - here).to(hidden.dtype))
            there = there + step.float()
        flow = there - here
        return flow, upsampled_convex(flow, 0.25 * self.update_block.mask(hidden).float())


def pixel_grid(like: Tensor) -> Tensor:
    """B x 2 x h x w float32: the column and row of every pixel."""
    batch, _, height, width = like.shape
    columns = torch.arange(width, device=like.device, dtype=torch.float32).expand(height, width)
    rows = torch.arange(height, device=like.device, dtype=torch.float32)[:, None].expand(height, width)
    return torch.stack([columns, rows]).expand(batch, 2, height, width)


class Correlation:
    """Dot products of the features of every pixel of one picture with those of all pixels of another.

    They are kept where they take at most `keep_bytes`, and computed again at every look-up otherwise.
    """

    def __init__(self, first: Tensor, second: Tensor, *, keep_bytes: int = KEPT_BYTES) -> None:
        self._first = first.flatten(2).transpose(1, 2)  # B x (h·w) x C
        self._levels = [second]
        for _ in range(_LEVELS - 1):
            self._levels.append(F.avg_pool2d(self._levels[-1], 2))
        pixels = self._first.shape[1]
        per_pixel = 4 * sum(level.shape[2] * level.shape[3] for level in self._levels) * len(second)
        self._at_once = max(1, min(pixels, keep_bytes // per_pixel))
        self._kept = self._products(0, pixels) if self._at_once == pixels else None

    def look_up(self, there: Tensor) -> Tensor:
        """Around `there` (B x 2 x h x w), B x 324 x h x w: by level, column offset (slow), row offset."""
        batch, _, height, width = there.shape
        centres = there.flatten(2).transpose(1, 2)  # B x (h·w) x (column, row)
        if self._kept is not None:
            found = _sampled(self._kept, centres)
        else:
            starts = range(0, height * width, self._at_once)
            found = torch.cat([self._computed(centres, start) for start in starts], dim=1)
        return found.transpose(1, 2).reshape(batch, -1, height, width)

    def _computed(self, centres: Tensor, start: int) -> Tensor:
        stop = start + self._at_once
        return _sampled(self._products(start, stop), centres[:, start:stop])

    def _products(self, start: int, stop: int) -> list[Tensor]:
        """By level, B x n x h' x w' float32 for pixels `start` to `stop` of the first picture."""
        some = self._first[:, start:stop]
        scale = some.shape[2] ** 0.5
        return [
            (some @ level.flatten(2)).float().div_(scale).unflatten(2, level.shape[2:])  # type: ignore[no-untyped-call]  # torch does not annotate it
            for level in self._levels
        ]


def _sampled(products: list[Tensor], centres: Tensor) -> Tensor:
    """Windows of 9 x 9 around every pixel's own centre, B x n x 324; zero outside."""
    batch, count, _ = centres.shape
    steps = torch.arange(-_RADIUS, _RADIUS + 1, device=centres.device, dtype=torch.float32)
    across, down = torch.meshgrid(steps, steps, indexing="ij")
    window = torch.stack([across, down], dim=-1)  # 9 x 9 x (column, row)
    around = centres.reshape(-1, 1, 1, 2)
    found = []
    for number, level in enumerate(products):
        size = torch.tensor([level.shape[3], level.shape[2]], device=centres.device)
        # Edges of pixels at -1 and 1: unlike centres there, this also holds for a level one pixel wide.
        places = (2 * (around / 2**number + window) + 1) / size - 1
        values = F.grid_sample(level.flatten(0, 1)[:, None], places, align_corners=False)
        found.append(values.reshape(batch, count, -1))
    return torch.cat(found, dim=2)


def upsampled_convex(flow: Tensor, mask: Tensor) -> Tensor:
    """Eight times larger: every fine pixel is a learned mean of the nine coarse ones around it."""
    batch, _, height, width = flow.shape
    weights = mask.reshape(batch, 1, 9, _STRIDE, _STRIDE, height, width).softmax(dim=2)
    around = F.unfold(_STRIDE * flow, 3, padding=1).reshape(batch, 2, 9, 1, 1, height, width)
    fine = (weights * around).sum(dim=2)  # B x 2 x 8 x 8 x h x w
    return fine.permute(0, 1, 4, 2, 5, 3).reshape(batch, 2, _STRIDE * height, _STRIDE * width)


def _signed(pixels: Tensor) -> Tensor:
    return 2 * (pixels / 255) - 1


def _check_size(first: Tensor, second: Tensor) -> None:
    height, width = first.shape[2:]
    if (
        first.shape != second.shape
        or height % _STRIDE
        or width % _STRIDE
        or min(height, width) < SMALLEST_SIDE
    ):
        raise BadInputError(
            f"flow needs two pictures of one size, sides multiples of {_STRIDE}, at least {SMALLEST_SIDE}; "
            f"got {tuple(first.shape[2:])} and {tuple(second.shape[2:])}"
        )
