"""Growing as a Markov chain: faint Gaussians move to where opaque ones are (Kheradmand et al. 2024).

gsplat calls this its MCMC strategy. Nothing is split by thresholds of gradients, so the number of Gaussians
is under control; noise keeps faint ones wandering until they find something to show.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from math import comb
from typing import TYPE_CHECKING

import numpy as np

from restora.splats.refinement.options import Relocation
from restora.splats.refinement.rows import NAMES, Rows

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

    from restora.data.camera import Camera
    from restora.splats.raster_torch import ScreenStatistics

_MOST_COPIES = 51
"""In one place at a time, as gsplat has it: its table of binomials ends there."""
_STEEPNESS, _WANDERING = 100.0, 0.995
"""Noise reaches Gaussians of an opacity below about 1 - 0.995, and fades quickly above."""


class Wandering:
    """Moves Gaussians that show nothing, and adds some, after the rules of `Relocation`."""

    def __init__(self, rules: Relocation, seed: int) -> None:
        self._rules = rules
        self._seed = seed

    def watch(self, rows: Rows, screen: ScreenStatistics, camera: Camera) -> None:
        """Between the loss's gradients and the step: opacities and sizes are pulled towards nothing."""
        del screen, camera  # where detail is missing does not matter here
        opacity = rows.values["logit_opacities"].detach().sigmoid()
        _add(rows, "logit_opacities", opacity * (1 - opacity) * (self._rules.opacity_share / opacity.numel()))
        size = rows.values["log_scales"].detach().exp()
        _add(rows, "log_scales", size * (self._rules.size_share / size.numel()))

    def act(self, step: int, rows: Rows) -> None:
        """After step number `step` (from 1): relocate and add where it is due, then let them wander."""
        rules, chance = self._rules, self._chance(step, rows)
        if rules.start < step < rules.stop and step % rules.every == 0:
            self._relocate(rows, chance)
            self._add(rows, chance)
        self._wander(rows, chance)

    def take(self, index: torch.Tensor) -> None:
        """Follow rows that were taken out: nothing is remembered of them."""

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """Nothing is remembered from step to step."""
        return {}

    def restore(self, arrays: Mapping[str, NDArray[np.float32]]) -> None:
        """Nothing to take over."""

    def _chance(self, step: int, rows: Rows) -> torch.Generator:
        """Randomness of this step alone, so that an interrupted run goes on as if it had not been."""
        import torch

        state = np.random.SeedSequence([self._seed, 2, step]).generate_state(1)
        return torch.Generator(rows.values["means"].device).manual_seed(int(state[0]))

    def _relocate(self, rows: Rows, chance: torch.Generator) -> None:
        import torch

        opacity = rows.values["logit_opacities"].detach().sigmoid()
        is_dead = opacity <= self._rules.least_opacity
        dead, alive = torch.nonzero(is_dead).squeeze(1), torch.nonzero(~is_dead).squeeze(1)
        if not len(dead) or not len(alive):
            return
        hosts = alive[torch.multinomial(opacity[alive], len(dead), replacement=True, generator=chance)]
        shared = self._shared(rows, hosts)
        rows.put(hosts, shared)
        rows.put(dead, {name: rows.values[name].detach()[hosts] for name in NAMES})

    def _add(self, rows: Rows, chance: torch.Generator) -> None:
        import torch

        wanted = min(self._rules.most, int(rows.count * self._rules.growth)) - rows.count
        if wanted <= 0:
            return
        opacity = rows.values["logit_opacities"].detach().sigmoid()
        hosts = torch.multinomial(opacity, wanted, replacement=True, generator=chance)
        rows.put(hosts, self._shared(rows, hosts), forget=False)
        rows.append({name: rows.values[name].detach()[hosts] for name in NAMES})

    def _shared(self, rows: Rows, hosts: torch.Tensor) -> dict[str, torch.Tensor]:
        """Opacities and sizes of hosts that share their place, so that the picture stays as it is."""
        import torch

        copies = torch.bincount(hosts, minlength=rows.count)[hosts] + 1
        opacity = rows.values["logit_opacities"].detach()[hosts].sigmoid()
        opacity, factor = shared_place(opacity, copies)
        limited = opacity.clamp(self._rules.least_opacity, 1 - float(torch.finfo(torch.float32).eps))
        sizes = rows.values["log_scales"].detach()[hosts] + factor.log()[:, None]
        return {"logit_opacities": limited.logit(), "log_scales": sizes}

    def _wander(self, rows: Rows, chance: torch.Generator) -> None:
        import torch

        values = {name: rows.values[name].detach() for name in ("quats", "log_scales", "logit_opacities")}
        away = torch.sigmoid(_STEEPNESS * (1 - values["logit_opacities"].sigmoid() - _WANDERING))
        noise = torch.randn(rows.values["means"].shape, generator=chance, device=away.device)
        noise = noise * (away * self._rules.noise * rows.rate_of("means"))[:, None]
        with torch.no_grad():
            rows.values["means"].add_(_through_covariance(values["quats"], values["log_scales"], noise))


def shared_place(opacity: torch.Tensor, copies: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Opacity of each of `copies` equal Gaussians in one place, and the factor of their sizes.

    The factor is o / Σ_k (-1)^k C(n, k + 1) p^(k + 1) / sqrt(k + 1), k = 0 .. n - 1, with p the new opacity:
    the published double sum, whose inner one adds binomials up to one binomial.
    """
    import torch

    copies = copies.clamp(1, _MOST_COPIES)
    old = opacity.double()
    new = 1 - (1 - old) ** (1 / copies)
    powers = new[:, None] ** torch.arange(1, _MOST_COPIES + 1, device=new.device)
    table = torch.from_numpy(_signed_binomials()).to(new.device)
    factor = old / (table[copies] * powers).sum(dim=1)
    return new.float(), factor.float()


@cache
def _signed_binomials() -> NDArray[np.float64]:
    """Row n holds (-1)^k C(n, k + 1) / sqrt(k + 1)."""
    table = np.zeros((_MOST_COPIES + 1, _MOST_COPIES))
    for n in range(1, _MOST_COPIES + 1):
        for k in range(n):
            table[n, k] = (-1) ** k * comb(n, k + 1) / np.sqrt(k + 1)
    return table


def _through_covariance(quats: torch.Tensor, log_scales: torch.Tensor, vectors: torch.Tensor) -> torch.Tensor:
    """Each vector multiplied by the covariance of its Gaussian."""
    from restora.splats.refinement.growth import turned

    back = quats * quats.new_tensor([1, -1, -1, -1])
    return turned(quats, turned(back, vectors) * (2 * log_scales).exp())


def _add(rows: Rows, name: str, pull: torch.Tensor) -> None:
    value = rows.values[name]
    value.grad = pull if value.grad is None else value.grad.add_(pull)
