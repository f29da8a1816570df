"""The diffusion that adds to the last codes what lies between them, position by position."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
import torch.nn.functional as F  # torch's own customary name
from torch import Tensor, nn

STEPS, KEPT = 1000, 10
"""Of the training, and how many of them are taken."""
RESIDUAL_SCALE = 0.6
"""Residuals were divided by this before they were learnt."""
_EPSILON = 1e-6
_FREQUENCIES, _PERIOD = 128, 10000.0
_LARGEST_BETA = 0.999


class RefinerBlock(nn.Module):
    """A residual layer steered by the condition."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.in_ln = nn.LayerNorm(width, eps=_EPSILON)
        self.mlp = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(width, 3 * width))

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """N x width, twice."""
        shift, scale, gate = self.adaLN_modulation(y).chunk(3, dim=-1)
        return torch.addcmul(x, gate, self.mlp(torch.addcmul(shift, self.in_ln(x), 1 + scale)))


class FinalLayer(nn.Module):
    """To noise and variance."""

    def __init__(self, width: int, channels: int) -> None:
        super().__init__()
        self.linear = nn.Linear(width, 2 * channels)
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(width, 2 * width))

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """N x width, twice, to N x 2·channels."""
        shift, scale = self.adaLN_modulation(y).chunk(2, dim=-1)
        normed = F.layer_norm(x, x.shape[-1:], eps=_EPSILON)
        out: Tensor = self.linear(torch.addcmul(shift, normed, 1 + scale))
        return out


class TimeEmbedding(nn.Module):
    """Of a training step."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(2 * _FREQUENCIES, width), nn.SiLU(), nn.Linear(width, width))

    def forward(self, t: Tensor) -> Tensor:
        """N to N x width; cosines first."""
        powers = torch.arange(_FREQUENCIES, device=t.device).float() / _FREQUENCIES
        angles = t.float()[:, None] * torch.exp(-math.log(_PERIOD) * powers)
        features = torch.cat([angles.cos(), angles.sin()], dim=-1)
        embedded: Tensor = self.mlp(features.to(next(self.mlp.parameters()).dtype))
        return embedded


class RefinerNet(nn.Module):
    """Predicts noise and an interpolated variance for vectors of latents; float32 in and out."""

    def __init__(self, *, channels: int, condition: int, width: int, blocks: int) -> None:
        super().__init__()
        self.time_embed = TimeEmbedding(width)
        self.cond_embed = nn.Linear(condition, width)
        self.input_proj = nn.Linear(channels, width)
        self.res_blocks = nn.ModuleList(RefinerBlock(width) for _ in range(blocks))
        self.final_layer = FinalLayer(width, channels)

    def forward(self, x: Tensor, t: Tensor, z: Tensor) -> Tensor:
        """N x channels, N steps and N x condition to N x 2·channels."""
        return self.from_embedded(x, self.time_embed(t) + self.condition(z))

    def condition(self, z: Tensor) -> Tensor:
        """N x condition, embedded."""
        embedded: Tensor = self.cond_embed(z.to(self.cond_embed.weight.dtype))
        return embedded

    def from_embedded(self, x: Tensor, y: Tensor) -> Tensor:
        """The same for a condition and a step that are embedded already."""
        h = self.input_proj(x.to(y.dtype))
        for block in self.res_blocks:
            h = block(h, y)
        out: Tensor = self.final_layer(h, y)
        return out.float()


@dataclass(frozen=True, slots=True, eq=False)
class Schedule:
    """The kept steps, in double precision, from clean to noisy."""

    timesteps: Tensor
    betas: Tensor
    alphas: Tensor
    """Cumulative products of 1 - beta."""
    posterior_log_variance: Tensor
    coef1: Tensor
    coef2: Tensor
    """Of the clean signal and of the noisy one in the posterior mean."""


def cosine_alphas(steps: int = STEPS) -> Tensor:
    """Cumulative products of 1 - beta after every training step."""

    def signal(place: float) -> float:
        return math.cos((place + 0.008) / 1.008 * math.pi / 2) ** 2

    kept = [1 - min(1 - signal((i + 1) / steps) / signal(i / steps), _LARGEST_BETA) for i in range(steps)]
    return torch.tensor(kept, dtype=torch.float64).cumprod(0)


def schedule(alphas: Tensor, timesteps: Tensor) -> Schedule:
    """Of the steps that are kept; all of them for training."""
    kept = alphas[timesteps]
    before = torch.cat([torch.ones(1, dtype=torch.float64), kept[:-1]])
    betas = 1 - kept / before
    variance = betas * (1 - before) / (1 - kept)
    return Schedule(
        timesteps=timesteps,
        betas=betas,
        alphas=kept,
        posterior_log_variance=torch.cat([variance[1:2], variance[1:]]).log(),
        coef1=betas * before.sqrt() / (1 - kept),
        coef2=(1 - before) * (1 - betas).sqrt() / (1 - kept),
    )


def kept_steps(kept: int = KEPT, steps: int = STEPS) -> Tensor:
    """Spread evenly from the first to the last."""
    stride = (steps - 1) / (kept - 1)
    return torch.tensor([round(i * stride) for i in range(kept)])


class Refiner(nn.Module):
    """Samples residuals; the only place of the model where chance enters."""

    def __init__(self, *, channels: int, condition: int, width: int, blocks: int) -> None:
        super().__init__()
        self.net = RefinerNet(channels=channels, condition=condition, width=width, blocks=blocks)

    @cached_property
    def schedule(self) -> Schedule:
        """Of the kept steps."""
        return schedule(cosine_alphas(), kept_steps())

    @cached_property
    def embedded_steps(self) -> Tensor:
        """Kept steps x width; the same for all pictures, and known before kernels are recorded."""
        return self.net.time_embed(self.schedule.timesteps.to(self.net.cond_embed.weight.device))

    def sample(
        self,
        z: Tensor,
        noise: Tensor,
        *,
        temperature: float,
        bad: Tensor | None = None,
        guidance: float = 0.0,
        check: Callable[[], None] = lambda: None,
    ) -> Tensor:
        """Residuals N x channels under N x condition.

        `noise` is (kept steps + 1) x N x channels: the start, then one per step, the last unused. With `bad`,
        the condition of the same positions in a bad picture, noise is pushed away from what it predicts.
        """
        plan, x = self.schedule, noise[0]
        conditions = [self.net.condition(each) for each in ([z] if bad is None else [z, bad])]
        for done, step in enumerate(reversed(range(len(plan.timesteps)))):
            check()
            time = self.embedded_steps[step]
            eps, variance = self.net.from_embedded(x, time + conditions[0]).chunk(2, dim=-1)
            if bad is not None:
                wrong, _ = self.net.from_embedded(x, time + conditions[1]).chunk(2, dim=-1)
                eps = (1 + guidance) * eps - guidance * wrong
            x, spread = self._posterior(step, x, eps, variance)
            if step:
                x = torch.addcmul(x, noise[done + 1], spread, value=temperature)
        return x * RESIDUAL_SCALE

    def _posterior(self, step: int, x: Tensor, eps: Tensor, variance: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and deviation one step back."""
        plan = self.schedule
        alpha = float(plan.alphas[step])
        clean = (x / math.sqrt(alpha) - math.sqrt(1 / alpha - 1) * eps).clamp(-1, 1)
        mean = float(plan.coef1[step]) * clean + float(plan.coef2[step]) * x
        share = (variance + 1) / 2
        low, high = float(plan.posterior_log_variance[step]), float(plan.betas[step].log())
        return mean, torch.exp((share * high + (1 - share) * low) / 2)
