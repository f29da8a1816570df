"""Gradients by what a scene stores, against stored ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from restora.data.camera import Camera
from restora.splats.rendering import RenderOptions
from restora.testing.comparing import Tolerance, Unit
from restora.testing.splats.renders import SCENE, camera_of, options_of, scene_of, stated_case
from restora.testing.vectors import Arrays, Case, Plan

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TOLERANCES = {
    "grad_* relative L2 error": Tolerance(limit=1e-4, unit=Unit.ABSOLUTE),
    "loss": Tolerance(limit=1e-5),
}
"""The gradients' own is stated with the vectors; the loss is a sum of six thousand float32."""


class Gradients:
    """An Adapter of `restora.testing.vectors` for cases with a loss and its gradients."""

    def plan(self, case: Case) -> Plan | None:
        """How to go back through a case; None for cases of others."""
        if "grad_means" not in case.array_names():
            return None
        arrays, stated = case.arrays(), stated_case(case)
        camera = camera_of(case.name, stated, arrays["viewmat"], arrays["K"])
        options = options_of(stated, arrays["background"])

        def run(inputs: Arrays) -> Mapping[str, object]:
            loss, found = _gone_back(inputs, camera, options)
            errors = {name: _distance(found[name], arrays[f"grad_{name}"]) for name in SCENE}
            return {"loss": loss, **{f"grad_{name} relative L2 error": errors[name] for name in SCENE}}

        inputs = (*SCENE, "target", "alpha_weight", "depth_weight")
        expected: dict[str, NDArray[np.generic]] = {name: arrays[name] for name in (*inputs, "loss")}
        expected |= {f"grad_{name} relative L2 error": np.array(0.0, np.float32) for name in SCENE}
        return Plan(run=run, inputs=inputs, tolerances=_TOLERANCES, arrays=expected)


def _gone_back(
    inputs: Arrays, camera: Camera, options: RenderOptions
) -> tuple[NDArray[np.float32], dict[str, NDArray[np.float32]]]:
    """The loss of the vectors and its gradients."""
    import torch

    from restora.splats.raster_torch import Params, render_params

    target, by_alpha, by_depth = (
        torch.from_numpy(np.asarray(inputs[name], np.float32))
        for name in ("target", "alpha_weight", "depth_weight")
    )
    params = Params.of(scene_of(inputs), requires_grad=True)
    seen = render_params(params, camera, options)
    loss = (seen.rgb - target).square().sum()
    loss = loss + (seen.alpha * by_alpha).sum() + (seen.depth * by_depth).sum()
    found = torch.autograd.grad(loss, params.tensors)
    return loss.detach().numpy(), {name: each.numpy() for name, each in zip(SCENE, found, strict=True)}


def _distance(found: NDArray[np.float32], expected: NDArray[np.generic]) -> float:
    wanted = np.asarray(expected, np.float64)
    return float(np.linalg.norm(found - wanted) / np.linalg.norm(wanted))
