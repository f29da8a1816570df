"""Which cases of a folder of vectors are gQIR's, and what runs each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from restora.testing.comparing import Tolerance
from restora.testing.rounding import derived_tolerances
from restora.testing.vectors import Arrays, Case, Plan
from restora_gqir.vectors import sensor
from restora_gqir.vectors.checkpoints import Checkpoints

Planner = Callable[[Case], Plan | None]


class Vectors:
    """An Adapter of `restora.testing.vectors`; cases are told by the folder they lie in.

    `precision` is that of all networks but flow, fusion and the burst's autoencoder, as in the method. In
    `bf16` an output may be off by twice what rounding weights and layers to bfloat16 costs a float32 network
    on the same inputs; see `restora.testing.rounding`.
    """

    precisions = ("fp32", "bf16")
    devices = ("cpu", "cuda")

    def __init__(self, precision: str = "fp32") -> None:
        self._checkpoints = Checkpoints(precision)
        self._emulated = None if precision == "fp32" else Checkpoints(precision, is_emulated=True)

    def plan(self, case: Case) -> Plan | None:
        """How to run `case`; None where it is none of gQIR's."""
        if case.folder.name in _SENSOR:
            return _SENSOR[case.folder.name](case)
        plan = self._of_network(case, self._checkpoints)
        if plan is None or self._emulated is None:
            return plan
        emulated = self._of_network(case, self._emulated)
        assert emulated is not None  # it is planned like the other
        return _with_derived_tolerances(plan, emulated)

    def _of_network(self, case: Case, checkpoints: Checkpoints) -> Plan | None:
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
        return None if planner is None else planner(case, checkpoints)


def _with_derived_tolerances(plan: Plan, emulated: Plan) -> Plan:
    def derive(inputs: Arrays, expected: Arrays) -> Mapping[str, Tolerance]:
        stated = {name: plan.tolerance_of(name, array) for name, array in expected.items()}
        return derived_tolerances(emulated.run(inputs), expected, stated)

    return replace(plan, derive=derive)


_SENSOR: Mapping[str, Planner] = MappingProxyType(
    {
        "spad": sensor.observation,
        "bayer": sensor.colour_filter,
        "loader": sensor.loader,
        "color": sensor.colour,
        "metrics": sensor.metrics,
    }
)
