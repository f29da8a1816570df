"""Where compiled code goes, and how kernels share the cores."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from restora.data.camera import Camera
from restora.data.scene import GaussianScene
from restora.splats.raster_cpu import compiling, workers
from restora.splats.raster_cpu.activation import activate
from restora.splats.raster_cpu.drawing import draw
from restora.splats.raster_cpu.ordering import count_tiles
from restora.splats.raster_cpu.projection import project
from restora.splats.raster_cpu.workers import ranges, share
from restora.splats.rendering import render

MakeScene = Callable[..., GaussianScene]
MakeCamera = Callable[..., Camera]

DRAW = """
import numpy as np
from restora.data.camera import Camera
from restora.data.scene import GaussianScene
from restora.splats.rendering import render
from restora.splats.raster_cpu.activation import rotation
print(rotation._cache.cache_path)
import numba.np.ufunc.parallel as layer
print(layer._is_initialized)
"""


def drawn_in(environment: dict[str, str]) -> list[str]:
    full = {**os.environ, **environment}
    full.pop("NUMBA_CACHE_DIR", None) if "NUMBA_CACHE_DIR" not in environment else None
    done = subprocess.run([sys.executable, "-c", DRAW], capture_output=True, text=True, check=True, env=full)
    return done.stdout.split()


def test_compiled_code_goes_to_the_users_cache_and_no_threading_layer_starts(tmp_path: Path) -> None:
    place, is_initialised = drawn_in({"RESTORA_HOME": str(tmp_path)})
    assert Path(place).is_relative_to(tmp_path / "cache" / "kernels")
    assert is_initialised == "False"


def test_the_users_own_word_on_the_cache_counts(tmp_path: Path) -> None:
    place, _ = drawn_in({"NUMBA_CACHE_DIR": str(tmp_path / "own"), "RESTORA_HOME": str(tmp_path)})
    assert Path(place).is_relative_to(tmp_path / "own")


def test_kernels_compile_where_no_folder_can_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    found = compiling._compiled

    def refuse(function: object, fast_math: frozenset[str], *, cache: bool) -> object:
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return found(function, fast_math, cache=cache)  # type: ignore[arg-type]

    monkeypatch.setattr(compiling, "_compiled", refuse)

    @compiling.kernel
    def double(value: int) -> int:
        return value * 2

    assert double(21) == 42


def test_code_of_other_versions_is_removed_once_it_is_old(tmp_path: Path) -> None:
    old, young = tmp_path / "old", tmp_path / "young"
    old.mkdir()
    young.mkdir()
    os.utime(old, (time.time() - 40 * 24 * 3600,) * 2)
    compiling.discard_unused(young)
    assert old.exists(), "nothing is new, so nothing is tidied"
    compiling.discard_unused(tmp_path / "new")
    assert not old.exists()
    assert young.exists()


@pytest.mark.parametrize(("count", "length"), [(0, 5), (5, 5), (11, 5), (3, 10)])
def test_ranges_cover_everything_once(count: int, length: int) -> None:
    covered = [i for start, stop in ranges(count, length) for i in range(start, stop)]
    assert covered == list(range(count))


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_every_task_is_done_once(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "thread_count", lambda: threads)
    monkeypatch.setattr(workers, "_pool", None)
    done: list[int] = []
    share(range(200), done.append)
    assert sorted(done) == list(range(200))


def test_what_a_task_raises_in_another_thread_is_raised_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "thread_count", lambda: 2)
    monkeypatch.setattr(workers, "_pool", None)
    here = threading.get_ident()
    failed = threading.Event()

    def work(task: int) -> None:
        if threading.get_ident() != here:
            failed.set()
            raise ValueError(f"task {task}")
        failed.wait(5)

    with pytest.raises(ValueError, match="task"):
        share(range(1000), work)


def test_nobody_goes_on_after_a_cancel() -> None:
    done: list[int] = []

    def stop() -> None:
        raise KeyboardInterrupt

    def work(task: int) -> None:
        time.sleep(0.01)
        done.append(task)

    with pytest.raises(KeyboardInterrupt):
        share(range(10_000), work, stop)
    count = len(done)
    assert count < 100
    time.sleep(0.05)
    assert len(done) == count


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes do not fork here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_process_does_not_wait_for_threads_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "thread_count", lambda: 2)
    share(range(10), lambda task: None)
    child = os.fork()
    if child == 0:
        share(range(10), lambda task: time.sleep(0.01))
        os._exit(7)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 7


def test_no_kind_of_array_makes_a_kernel_compile_anew(make_scene: MakeScene, make_camera: MakeCamera) -> None:
    scene = make_scene(50)
    expected = render(scene, make_camera())
    kernels = (activate, project, count_tiles, draw)
    assert [len(kernel.signatures) for kernel in kernels] == [1, 1, 1, 1]
    for change in (read_only, unaligned, every_second, doubled):
        names = ("means", "quats", "log_scales", "logit_opacities", "sh")
        changed = replace(scene, **{name: change(getattr(scene, name)) for name in names})
        np.testing.assert_array_equal(render(changed, make_camera()).rgb, expected.rgb)
        assert [len(kernel.signatures) for kernel in kernels] == [1, 1, 1, 1], change


def read_only(array: np.ndarray) -> np.ndarray:
    array = array.copy()
    array.flags.writeable = False
    return array


def unaligned(array: np.ndarray) -> np.ndarray:
    room = np.empty(array.nbytes + 1, np.uint8)
    found = room[1:].view(np.float32).reshape(array.shape)
    found[...] = array
    return found


def every_second(array: np.ndarray) -> np.ndarray:
    return np.repeat(array, 2, axis=0)[::2]


def doubled(array: np.ndarray) -> np.ndarray:
    return array.astype(np.float64)


def test_making_a_scene_ready_leaves_nothing_to_compile_for_its_first_picture(tmp_path: Path) -> None:
    program = """
import numpy as np
from restora.data.scene import GaussianScene
from restora.splats.prepared import PreparedScene
rows = np.ones((3, 4), np.float32)
PreparedScene(GaussianScene(
    means=rows[:, :3], quats=rows, log_scales=rows[:, :3], logit_opacities=rows[:, 0], sh=rows[:, None, :3]
))
from restora.splats.raster_cpu.drawing import draw
from restora.splats.raster_cpu.projection import project
print(len(draw.signatures), len(project.signatures))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "1"]
