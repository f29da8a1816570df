"""Scenes of Gaussians made here, and PLY files put together without our writer."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from restora.data.scene import GaussianScene
from restora.errors import FileProblemError
from restora.io.scenes import read_scene
from restora.testing.damage import Change

VECTORS = Path(__file__).parents[2] / "vectors" / "splats"


def make_scene(count: int = 50, degree: int = 3, seed: int = 0, **more: object) -> GaussianScene:
    rng = np.random.default_rng(seed)
    bands = (degree + 1) ** 2
    quats = rng.standard_normal((count, 4)).astype(np.float32)
    quats[~quats.any(axis=1)] = 1
    return GaussianScene(
        means=rng.uniform(-3, 3, (count, 3)).astype(np.float32),
        quats=quats,
        log_scales=rng.uniform(-6, -1, (count, 3)).astype(np.float32),
        logit_opacities=rng.uniform(-5, 5, count).astype(np.float32),
        sh=rng.uniform(-0.8, 0.8, (count, bands, 3)).astype(np.float32),
        **more,  # type: ignore[arg-type]
    )


def names_of(degree: int) -> list[str]:
    rest = [f"f_rest_{n}" for n in range(3 * ((degree + 1) ** 2 - 1))]
    dc = ["f_dc_0", "f_dc_1", "f_dc_2"]
    return [
        "x",
        "y",
        "z",
        *dc,
        *rest,
        "opacity",
        *(f"scale_{n}" for n in range(3)),
        *(f"rot_{n}" for n in range(4)),
    ]


def ply_bytes(
    table: np.ndarray,
    names: Sequence[str],
    *,
    encoding: str = "binary_little_endian",
    types: Sequence[str] | None = None,
    comments: Sequence[str] = (),
    count: object = None,
    newline: str = "\n",
) -> bytes:
    """A PLY file of `table`, rows x columns."""
    kinds = list(types or ["float"] * len(names))
    lines = ["ply", f"format {encoding} 1.0", *(f"comment {c}" for c in comments)]
    lines.append(f"element vertex {len(table) if count is None else count}")
    lines += [f"property {kind} {name}" for kind, name in zip(kinds, names, strict=True)]
    head = newline.join([*lines, "end_header", ""]).encode()
    if encoding == "ascii":
        return head + "".join(" ".join(map(repr, map(float, row))) + "\n" for row in table).encode()
    order = "<" if "little" in encoding else ">"
    codes = {"float": "f4", "double": "f8", "uchar": "u1", "int": "i4", "ushort": "u2"}
    record = np.dtype([(name, order + codes[kind]) for kind, name in zip(kinds, names, strict=True)])
    rows = np.empty(len(table), record)
    for number, name in enumerate(names):
        rows[name] = table[:, number]
    return head + rows.tobytes()


def table_of(scene: GaussianScene) -> np.ndarray:
    """The columns of `names_of`, one Gaussian a row; channel by channel, as the format says."""
    rest = [scene.sh[:, 1 + k, c] for c in range(3) for k in range(scene.sh.shape[1] - 1)]
    columns = [
        *scene.means.T,
        *scene.sh[:, 0].T,
        *rest,
        scene.logit_opacities,
        *scene.log_scales.T,
        *scene.quats.T,
    ]
    return np.stack(columns, axis=1)


def same(a: GaussianScene, b: GaussianScene) -> bool:
    """Whether all numbers are equal, bit by bit."""
    arrays = ("means", "quats", "log_scales", "logit_opacities", "sh")
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in arrays)


MOST_MIB = 60
"""What one refusal may allocate."""


def refused(folder: Path, file: str, change: Change) -> None:
    """A damaged copy of a stored file is refused in one sentence of its own, in bounded memory."""
    refused_as_it_is(folder / file, change((VECTORS / "files" / file).read_bytes()))


def refused_as_it_is(path: Path, content: bytes, most_mib: float = MOST_MIB) -> None:
    """The same for a file of that content."""
    path.write_bytes(content)
    tracemalloc.start()
    try:
        with pytest.raises(FileProblemError) as caught:
            read_scene(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    sentence = str(caught.value)
    assert sentence.startswith(f"{path}: ")
    assert "\n" not in sentence
    assert "cannot be read as" not in sentence, "every damage has a sentence of its own"
    assert len(sentence) < 500
    assert peak < most_mib * 2**20


@dataclass(frozen=True)
class SceneKit:
    """What the tests of scene files share; the modules here cannot import each other."""

    make: Callable[..., GaussianScene]
    names: Callable[[int], list[str]]
    ply: Callable[..., bytes]
    table: Callable[[GaussianScene], np.ndarray]
    same: Callable[[GaussianScene, GaussianScene], bool]
    refused: Callable[[Path, str, Change], None]
    refused_as_it_is: Callable[..., None]
    vectors: Path


@pytest.fixture(scope="session")
def kit() -> SceneKit:
    return SceneKit(
        make=make_scene,
        names=names_of,
        ply=ply_bytes,
        table=table_of,
        same=same,
        refused=refused,
        refused_as_it_is=refused_as_it_is,
        vectors=VECTORS,
    )
