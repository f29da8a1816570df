"""Which cases of a folder of vectors are gQIR's, and what runs each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from restora.testing.vectors import Case, Plan
from restora_gqir.vectors import sensor
from restora_gqir.vectors.checkpoints import Checkpoints

Planner = Callable[[Case], Plan | None]


class Vectors:
    """An Adapter of `restora.testing.vectors`; cases are told by the folder they lie in.

    `precision` is that of all networks but flow and fusion: `fp32`, or `bf16` to see what it costs.
    """

    def __init__(self, precision: str = "fp32") -> None:
        self._checkpoints = Checkpoints(precision)

    def plan(self, case: Case) -> Plan | None:
        """How to run `case`; None where it is none of gQIR's."""
        planner = _SENSOR.get(case.folder.name) or self._of_network(case)
        return planner(case) if planner is not None else None

    def _of_network(self, case: Case) -> Planner | None:
        from restora_gqir.vectors import networks, pipelines  # torch

        planners: dict[str, Callable[[Case, Checkpoints], Plan | None]] = {
            "qvae": networks.autoencoder,
            "unet": networks.generator,
            "text": networks.text,
            "fusion": networks.fusion,
            "raft": networks.flow,
            "warp": networks.warps,
            "tiling": networks.latent_tiles,
            "pipeline": pipelines.pipeline,
        }
        planner = planners.get(case.folder.name)
        return None if planner is None else lambda each: planner(each, self._checkpoints)


_SENSOR: Mapping[str, Planner] = MappingProxyType(
    {
        "spad": sensor.observation,
        "bayer": sensor.colour_filter,
        "loader": sensor.loader,
        "color": sensor.colour,
        "metrics": sensor.metrics,
    }
)
