"""Adding Gaussians where detail is missing and removing those that do nothing (Kerbl et al. 2023)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from restora.splats.refinement.options import Densification
from restora.splats.refinement.rows import NAMES, Rows

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

    from restora.data.camera import Camera
    from restora.splats.raster_torch import ScreenStatistics

_SPLIT_SHRINK = 1.6
_PARTS = 2


class Growth:
    """Watches how strongly the loss pulls at each Gaussian's place in the pictures, and acts on it."""

    def __init__(self, rules: Densification, extent: float, seed: int, count: int, device: str) -> None:
        import torch

        self._rules = rules
        self._extent = extent
        self._seed = seed
        self.pull = torch.zeros(count, device=device)
        self.seen = torch.zeros(count, device=device)

    def watch(self, rows: Rows, screen: ScreenStatistics, camera: Camera) -> None:
        """Note one step, once the loss was sent back: how strongly it pulls, and who was in the picture."""
        del rows  # only their places in the picture matter
        assert screen.gradients is not None, "the loss has just been sent back"
        scale = screen.gradients.new_tensor([camera.width / 2, camera.height / 2])
        self.pull += (screen.gradients * scale).norm(dim=1) * screen.visible
        self.seen += screen.visible

    def act(self, step: int, rows: Rows) -> None:
        """After step number `step` (from 1): grow, prune, reset by the rules."""
        rules = self._rules
        if rules.start < step < rules.stop and step % rules.every == 0:
            self._grow(step, rows)
            self._prune(rows, large=step > rules.reset_every)
            self._begin_again(rows)
        if step < rules.stop and step % rules.reset_every == 0:
            ceiling = float(np.log(rules.reset_opacity / (1 - rules.reset_opacity)))
            rows.overwrite("logit_opacities", rows.values["logit_opacities"].detach().clamp(max=ceiling))

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """What was noted, to be saved."""
        return {"pull": self.pull.cpu().numpy(), "seen": self.seen.cpu().numpy()}

    def restore(self, arrays: Mapping[str, NDArray[np.float32]]) -> None:
        """Take over what `arrays` gave."""
        import torch

        device = self.pull.device
        self.pull = torch.from_numpy(arrays["pull"].copy()).to(device)
        self.seen = torch.from_numpy(arrays["seen"].copy()).to(device)

    def take(self, index: torch.Tensor) -> None:
        """Follow rows that were taken out."""
        self.pull, self.seen = self.pull[index], self.seen[index]

    def _begin_again(self, rows: Rows) -> None:
        self.pull = self.pull.new_zeros(rows.count)
        self.seen = self.seen.new_zeros(rows.count)

    def _grow(self, step: int, rows: Rows) -> None:
        import torch

        room = min(self._rules.most - rows.count, int(self._rules.at_once * rows.count))
        wanted = self._wanted(max(0, room))
        size = rows.values["log_scales"].detach().exp().amax(dim=1)
        small = size <= self._rules.small * self._extent
        copied, split = wanted & small, wanted & ~small
        added = {name: rows.values[name].detach()[copied] for name in NAMES}
        parts = self._parts(step, {name: rows.values[name].detach()[split] for name in NAMES})
        kept = torch.nonzero(~split).squeeze(1)
        rows.take(kept)
        rows.append({name: torch.cat([added[name], parts[name]]) for name in NAMES})

    def _wanted(self, room: int) -> torch.Tensor:
        """Who is pulled strongly; where there is room for few, those that are pulled most."""
        import torch

        mean = self.pull / self.seen.clamp(min=1)
        wanted = mean > self._rules.gradient
        if int(wanted.sum()) > room:
            strongest = torch.sort(mean, descending=True, stable=True).indices[:room]
            wanted = torch.zeros_like(wanted)
            wanted[strongest] = True
        return wanted

    def _parts(self, step: int, whole: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """Two smaller Gaussians in place of each large one, drawn from it."""
        import torch

        parts = {name: value.repeat(_PARTS, *[1] * (value.dim() - 1)) for name, value in whole.items()}
        # Drawn by numpy, so that every device makes the same scene.
        noise = np.random.default_rng([self._seed, step]).normal(size=(len(parts["means"]), 3))
        offsets = torch.from_numpy(noise.astype(np.float32)).to(self.pull.device)
        parts["means"] = parts["means"] + turned(parts["quats"], offsets * parts["log_scales"].exp())
        parts["log_scales"] = parts["log_scales"] - float(np.log(_SPLIT_SHRINK))
        return parts

    def _prune(self, rows: Rows, *, large: bool) -> None:
        drop = rows.values["logit_opacities"].detach().sigmoid() < self._rules.least_opacity
        if large:
            size = rows.values["log_scales"].detach().exp().amax(dim=1)
            drop |= size > self._rules.large * self._extent
        remove(rows, drop)


def prune_faint(rows: Rows, least_opacity: float) -> torch.Tensor | None:
    """Remove Gaussians fainter than `least_opacity`; which rows were kept, None if all."""
    return remove(rows, rows.values["logit_opacities"].detach().sigmoid() < least_opacity)


def remove(rows: Rows, drop: torch.Tensor) -> torch.Tensor | None:
    """Take rows out, but never all of them; which rows were kept, None if all."""
    import torch

    if not bool(drop.any()) or bool(drop.all()):
        return None
    kept = torch.nonzero(~drop).squeeze(1)
    rows.take(kept)
    return kept


def turned(quats: torch.Tensor, vectors: torch.Tensor) -> torch.Tensor:
    """Vectors (N x 3) turned by quaternions w x y z (N x 4)."""
    import torch

    unit = torch.nn.functional.normalize(quats, dim=1)
    w, axis = unit[:, :1], unit[:, 1:]
    twice = 2 * torch.linalg.cross(axis, vectors)
    return torch.add(vectors + w * twice, torch.linalg.cross(axis, twice))
