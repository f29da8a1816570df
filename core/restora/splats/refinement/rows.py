"""The numbers that are learnt, one row per Gaussian, and the optimiser's memory of each of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from restora.data.scene import GaussianScene
from restora.splats.refinement.options import Rates

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

NAMES = ("means", "quats", "log_scales", "logit_opacities", "sh_constant", "sh_rest")
_MOMENTS = ("exp_avg", "exp_avg_sq")
_EPSILON = 1e-15
"""As published: the first moments of rarely seen Gaussians are tiny."""


class Rows:
    """Tensors by name with Adam behind them; rows can be taken out and added between steps."""

    def __init__(self, values: Mapping[str, torch.Tensor], rates: Rates, extent: float) -> None:
        import torch

        self.values = {name: value.detach().clone().requires_grad_() for name, value in values.items()}
        self._rates = rates
        self._extent = extent
        groups = [{"params": [self.values[name]], "lr": _rate(rates, name), "name": name} for name in NAMES]
        self.optimiser = torch.optim.Adam(groups, eps=_EPSILON, fused=True)
        self.set_progress(0.0)

    @classmethod
    def of(cls, scene: GaussianScene, rates: Rates, extent: float, device: str) -> Rows:
        """The rows of a scene."""
        import torch

        arrays = {
            "means": scene.means,
            "quats": scene.quats,
            "log_scales": scene.log_scales,
            "logit_opacities": scene.logit_opacities,
            "sh_constant": scene.sh[:, :1],
            "sh_rest": scene.sh[:, 1:],
        }
        tensors = {
            name: torch.from_numpy(np.array(array, np.float32, order="C")).to(device)
            for name, array in arrays.items()
        }
        return cls(tensors, rates, extent)

    @property
    def count(self) -> int:
        """How many Gaussians."""
        return len(self.values["means"])

    def set_progress(self, fraction: float) -> None:
        """Where in the run we are, 0 to 1: the means' rate decays exponentially."""
        for group in self.optimiser.param_groups:
            if group["name"] == "means":
                group["lr"] = self._rates.means * self._extent * self._rates.means_end**fraction

    def step(self) -> None:
        """Apply the gradients and forget them."""
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)

    def take(self, index: torch.Tensor) -> None:
        """Keep these rows only, in this order."""
        self._rebuild(lambda _, value: value[index], lambda moment: moment[index])

    def append(self, added: Mapping[str, torch.Tensor]) -> None:
        """Add rows at the end; the optimiser knows nothing of them yet."""
        import torch

        def grown(moment: torch.Tensor) -> torch.Tensor:
            fresh = torch.zeros((len(added["means"]), *moment.shape[1:]), device=moment.device)
            return torch.cat([moment, fresh])

        self._rebuild(lambda name, value: torch.cat([value, added[name]]), grown)

    def put(self, index: torch.Tensor, values: Mapping[str, torch.Tensor], *, forget: bool = True) -> None:
        """Set these columns of the rows at `index`; with `forget` the optimiser knows nothing of the rows."""
        import torch

        with torch.no_grad():
            for name, value in values.items():
                self.values[name][index] = value
        for value in self.values.values() if forget else ():
            for moment in _MOMENTS:
                held = self.optimiser.state[value].get(moment)
                if held is not None:
                    held[index] = 0

    def rate_of(self, name: str) -> float:
        """The learning rate of a column as it is now."""
        return next(float(group["lr"]) for group in self.optimiser.param_groups if group["name"] == name)

    def overwrite(self, name: str, value: torch.Tensor) -> None:
        """Set one column anew; the optimiser forgets what it knew of it."""
        import torch

        with torch.no_grad():
            self.values[name].copy_(value)
        for moment in _MOMENTS:
            held = self.optimiser.state[self.values[name]].get(moment)
            if held is not None:
                held.zero_()

    def scene(self, like: GaussianScene) -> GaussianScene:
        """The rows as a scene with the cameras of `like`; columns that are not ours go with changed rows."""
        arrays = {name: value.detach().cpu().numpy().copy() for name, value in self.values.items()}
        return replace(
            like,
            means=arrays["means"],
            quats=arrays["quats"],
            log_scales=arrays["log_scales"],
            logit_opacities=arrays["logit_opacities"],
            sh=np.concatenate([arrays["sh_constant"], arrays["sh_rest"]], axis=1),
            extra=like.extra if self.count == like.count else {},
        )

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """Everything as arrays, to be saved."""
        saved = {}
        for name, value in self.values.items():
            saved[name] = value.detach().cpu().numpy()
            for key, held in self.optimiser.state[value].items():
                saved[f"{name}/{key}"] = held.detach().cpu().numpy()
        return saved

    def restore(self, arrays: Mapping[str, NDArray[np.float32]]) -> None:
        """Take over what `arrays` gave, whatever is there now."""
        import torch

        device = self.values["means"].device
        for group in self.optimiser.param_groups:
            name = group["name"]
            value = torch.from_numpy(arrays[name].copy()).to(device).requires_grad_()
            self.optimiser.state.pop(self.values[name], None)
            self.values[name] = value
            group["params"] = [value]
            keys = [key for key in ("step", *_MOMENTS) if f"{name}/{key}" in arrays]
            if keys:
                self.optimiser.state[value] = {
                    key: torch.from_numpy(arrays[f"{name}/{key}"].copy()).to(device) for key in keys
                }

    def _rebuild(
        self,
        of_value: Callable[[str, torch.Tensor], torch.Tensor],
        of_moment: Callable[[torch.Tensor], torch.Tensor],
    ) -> None:
        for group in self.optimiser.param_groups:
            name, old = group["name"], self.values[group["name"]]
            value = of_value(name, old.detach()).contiguous().requires_grad_()
            held = self.optimiser.state.pop(old, None)
            if held:
                state = {key: of_moment(held[key]).contiguous() for key in _MOMENTS}
                self.optimiser.state[value] = {"step": held["step"], **state}
            self.values[name] = value
            group["params"] = [value]


def _rate(rates: Rates, name: str) -> float:
    return float(getattr(rates, name))
