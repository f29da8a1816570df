from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from restora.data.geometry import Rect
from restora.jobs.cancelling import Token
from restora.jobs.context import Hooks, RunContext
from restora.jobs.noise import BLOCK, field_part
from restora.jobs.progress import Part, ProgressMeter
from restora.jobs.resume import Resumption
from restora.plugins.running import DeviceSpec, TileChoice

FROZEN = {
    (0, "x", (0, 0)): [[-1.6221135, -0.27451468, -0.050114274], [0.055310477, -0.16825049, -0.82554072]],
    (7, "diffusion", (63, 127)): [
        [0.94644874, -0.89027488, -0.73833501],
        [1.6667678, 0.59911072, -0.84707278],
    ],
    (2**63 - 1, "", (1000, 5)): [[0.4086906, -0.19736299, 1.2879826], [-0.6591835, 1.3451296, 0.28344551]],
}
"""First 2 x 3 values from there; a change breaks every recipe with noise that was ever written."""


@pytest.mark.parametrize(("seed", "name", "origin"), FROZEN)
def test_the_values_are_frozen(seed: int, name: str, origin: tuple[int, int]) -> None:
    found = field_part(seed, name, (2, 3), origin=origin)
    np.testing.assert_allclose(found, FROZEN[seed, name, origin], rtol=1e-6)


@settings(deadline=None, max_examples=40)
@given(
    top=st.integers(0, 200),
    left=st.integers(0, 200),
    rows=st.integers(1, 150),
    columns=st.integers(1, 150),
    planes=st.integers(1, 2),
)
def test_a_part_is_cut_from_the_field_bit_for_bit(
    top: int, left: int, rows: int, columns: int, planes: int
) -> None:
    whole = field_part(3, "n", (planes, top + rows + 5, left + columns + 5))
    part = field_part(3, "n", (planes, rows, columns), origin=(top, left))
    assert np.array_equal(part, whole[:, top : top + rows, left : left + columns])


def test_planes_do_not_depend_on_how_many_there_are() -> None:
    assert np.array_equal(field_part(1, "n", (5, 9, 9))[1], field_part(1, "n", (2, 9, 9))[1])


def test_the_values_are_standard_normal() -> None:
    values = field_part(5, "n", (4, 512, 512)).astype(np.float64)
    assert abs(values.mean()) < 4 / np.sqrt(values.size)
    assert abs(values.var() - 1) < 0.01
    assert abs((values**3).mean()) < 0.02
    assert abs((values**4).mean() - 3) < 0.05
    assert abs(np.corrcoef(values[0].ravel(), values[1].ravel())[0, 1]) < 0.01
    assert abs(np.corrcoef(values[0, :, :-1].ravel(), values[0, :, 1:].ravel())[0, 1]) < 0.01


def test_seeds_names_planes_and_blocks_differ() -> None:
    parts = [
        field_part(1, "a", (2, BLOCK, 2 * BLOCK)),
        field_part(2, "a", (2, BLOCK, 2 * BLOCK)),
        field_part(1, "b", (2, BLOCK, 2 * BLOCK)),
    ]
    blocks = [plane[:, start : start + BLOCK] for part in parts for plane in part for start in (0, BLOCK)]
    assert len({block.tobytes() for block in blocks}) == 12


def test_all_values_are_finite_float32() -> None:
    values = field_part(9, "n", (300, 300))
    assert values.dtype == np.float32
    assert np.isfinite(values).all()


@pytest.mark.parametrize("shape", [(5,), (), (0, 4), (4, 0), (0, 4, 4)])
def test_shapes_without_rows_and_columns_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="rows and columns"):
        field_part(0, "n", shape)


def _context(place: Rect | None, tmp_path: object, seed: int = 4) -> RunContext:
    meter = ProgressMeter(lambda _: None)
    return RunContext(
        token=Token(),
        meter=meter,
        part=Part(meter, 0, 1, ""),
        hooks=Hooks(),
        device=DeviceSpec(type="cpu"),
        precision="fp32",
        tile=TileChoice(side=None),
        scratch=tmp_path,  # type: ignore[arg-type]
        resumption=Resumption(tmp_path, lambda: "0" * 32),  # type: ignore[arg-type]
        seed=seed,
        place=place,
    )


def test_a_tile_receives_its_own_part_of_the_noise(tmp_path: object) -> None:
    whole = _context(None, tmp_path).noise_array((3, 100, 120), name="n")
    tile = _context(Rect(40, 30, 50, 60), tmp_path).noise_array((3, 60, 50), name="n")
    assert np.array_equal(tile, whole[:, 30:90, 40:90])


def test_cells_start_at_the_nearest_one_to_the_left_and_above(tmp_path: object) -> None:
    whole = _context(None, tmp_path).noise_array((4, 20, 20), name="latent", cell=8)
    tile = _context(Rect(16 + 7, 32, 40, 40), tmp_path).noise_array((4, 5, 5), name="latent", cell=8)
    assert np.array_equal(tile, whole[:, 4:9, 2:7])


def test_torch_gets_the_same_bits(tmp_path: object) -> None:
    context = _context(Rect(5, 6, 7, 8), tmp_path)
    tensor = context.noise((2, 8, 7), name="n")
    assert str(tensor.device) == "cpu"
    assert np.array_equal(tensor.numpy(), context.noise_array((2, 8, 7), name="n"))
