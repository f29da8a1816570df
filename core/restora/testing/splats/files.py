"""Scene files against what they decode to, and damaged ones, which must be refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from restora.errors import FileProblemError
from restora.io.scenes import read_scene
from restora.testing.comparing import Tolerance, Unit
from restora.testing.vectors import Case, Plan

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FLOATS = Tolerance(limit=1e-6)
"""Of formats that keep floats; the vectors' own statement."""
_QUANTISED = Tolerance(limit=2e-6, unit=Unit.ABSOLUTE)
"""Of formats that keep fewer bits: their rounding is in the file, only the decoding may differ."""
_FLOAT_SUFFIXES = (".ply", ".pt")


class SceneFiles:
    """An Adapter of `restora.testing.vectors` for `files/` and `files/expected/`."""

    def find(self, root: Path) -> Iterable[Path]:
        """Files without an expectation: they must be refused."""
        return (path for pattern in ("bad_*", "point_cloud*") for path in root.rglob(f"files/{pattern}"))

    def plan(self, case: Case) -> Plan | None:
        """How to run a file; None for cases of others."""
        if case.folder.name == "files" and case.path.suffix not in {".npz", ".json"}:
            return _refusal(case.path)
        if case.folder.name == "expected" and case.folder.parent.name == "files":
            return _decoding(case, case.folder.parent / case.path.stem)
        return None


def _refusal(path: Path) -> Plan:
    def run(_: object) -> Mapping[str, object]:
        try:
            read_scene(path)
        except FileProblemError:
            return {"is_refused": True}
        return {"is_refused": False}

    return Plan(run=run, inputs=(), arrays={"is_refused": np.array(True)})


def _decoding(case: Case, path: Path) -> Plan:
    def run(_: object) -> Mapping[str, object]:
        scene = read_scene(path)
        return {
            "means": scene.means,
            "rotations": _rotations(scene.quats),
            "log_scales": scene.log_scales,
            "logit_opacities": scene.logit_opacities,
            "sh": scene.sh,
        }

    arrays = dict(case.arrays())
    # A quaternion and its negative are the same rotation, so matrices are compared.
    arrays["rotations"] = _rotations(np.asarray(arrays.pop("quats"), np.float32))
    is_float = path.name.endswith(_FLOAT_SUFFIXES) and not path.name.endswith(".compressed.ply")
    tolerance = _FLOATS if is_float else _QUANTISED
    return Plan(run=run, inputs=(), arrays=MappingProxyType(arrays), tolerance=tolerance)


def _rotations(quats: NDArray[np.float32]) -> NDArray[np.float32]:
    w, x, y, z = (quats / np.linalg.norm(quats, axis=1, keepdims=True)).astype(np.float64).T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), 2, 0).astype(np.float32)
