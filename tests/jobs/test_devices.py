from __future__ import annotations

import contextlib
import gc
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import psutil
import pytest
import torch

from restora.errors import BadInputError
from restora.jobs import resident_memory
from restora.jobs.devices import CpuDevice, is_device_fault, is_out_of_memory, measured, open_device
from restora.plugins.running import DeviceSpec


def test_the_processor_knows_the_machines_memory() -> None:
    device = CpuDevice()
    assert device.total_mib() == psutil.virtual_memory().total / 2**20
    assert 0 < device.free_mib() <= device.total_mib()
    assert str(device.spec) == "cpu"


def test_the_peak_of_a_block_is_measured_also_when_it_fails() -> None:
    device = CpuDevice()
    with measured(device) as measurement:
        taken = np.ones(64 * 2**20, np.uint8)
        del taken
    assert 40 < measurement.peak_mib < 200
    with contextlib.suppress(MemoryError), measured(device) as failed:
        keep = np.ones(64 * 2**20, np.uint8)
        raise MemoryError(keep.nbytes)
    assert failed.peak_mib > 40


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps a highest mark that can be reset")
def test_short_peaks_are_seen_also_after_higher_ones() -> None:
    for mib in (256, 64):
        with measured(CpuDevice()) as measurement:
            np.ones(mib * 2**20, np.uint8)
        assert mib * 0.9 < measurement.peak_mib < mib * 1.1 + 10


def test_without_help_from_the_system_peaks_are_sampled(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(resident_memory, "_RESET", tmp_path / "no" / "such")
    with measured(CpuDevice()) as measurement:
        keep = np.ones(64 * 2**20, np.uint8)
        time.sleep(0.2)
    assert keep.nbytes == 64 * 2**20
    assert 50 < measurement.peak_mib < 200


def test_memory_that_is_free_goes_back_to_the_system() -> None:
    device = CpuDevice()
    blocks = [np.ones(100_000, np.uint8) for _ in range(1000)]
    pins = [bytes(40_000) for _ in range(3)]
    before = psutil.Process().memory_info().rss
    blocks.clear()
    device.release_caches()
    assert len(pins) == 3
    if sys.platform == "linux":
        assert psutil.Process().memory_info().rss < before - 50 * 2**20


@pytest.mark.parametrize(("declared", "chosen"), [(("bf16", "fp32"), "fp32"), (("bf16",), "bf16")])
def test_the_processor_prefers_full_precision(declared: tuple[str, ...], chosen: str) -> None:
    assert CpuDevice().default_precision(declared) == chosen


@pytest.mark.parametrize(
    "name", ["gpu", "", "cpu:0", "cuda:", "cuda:x", "cuda:-1", "cuda:1:2", "CPU", "cuda:9999999"]
)
def test_unknown_names_are_refused(name: str) -> None:
    with pytest.raises(BadInputError, match=r"device must be cpu, cuda or cuda:N"):
        open_device(name, {"cpu", "cuda"})


def test_a_device_that_the_method_does_not_take_is_refused() -> None:
    with pytest.raises(BadInputError, match="runs on cuda, not on cpu"):
        open_device("cpu", {"cuda"})


def test_a_card_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with pytest.raises(BadInputError, match="cuda:2: torch finds 2 CUDA devices here"):
        open_device("cuda:2", {"cuda"})


class FakeCuda:
    """What CudaDevice asks of torch.cuda."""

    def __init__(self, *, bf16: bool = True) -> None:
        self.bf16 = bf16
        self.allocated, self.peak, self.emptied = 100 * 2**20, 0, 0

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        answers: dict[str, Callable[..., object]] = {
            "is_available": lambda: True,
            "device_count": lambda: 2,
            "get_device_name": lambda index: f"card {index}",
            "mem_get_info": lambda index: (600 * 2**20, 1000 * 2**20),
            "memory_reserved": lambda index: 150 * 2**20,
            "memory_allocated": lambda index: self.allocated,
            "reset_peak_memory_stats": lambda index: None,
            "max_memory_allocated": lambda index: self.peak,
            "empty_cache": self._empty,
            "is_bf16_supported": lambda including_emulation: self.bf16,
        }
        for name, answer in answers.items():
            monkeypatch.setattr(torch.cuda, name, answer)

    def _empty(self) -> None:
        self.emptied += 1


def test_a_card_counts_what_torch_keeps_as_free(monkeypatch: pytest.MonkeyPatch) -> None:
    cuda = FakeCuda()
    cuda.install(monkeypatch)
    torch.backends.cudnn.conv.fp32_precision = "tf32"
    device = open_device("cuda:1", {"cuda", "cpu"})
    assert torch.backends.cudnn.conv.fp32_precision == "ieee", "fp32 is computed in fp32"
    assert device.spec == DeviceSpec(type="cuda", index=1, name="card 1")
    assert (device.total_mib(), device.free_mib()) == (1000, 650)
    with measured(device) as measurement:
        cuda.peak = 340 * 2**20
    assert measurement.peak_mib == 240
    device.release_caches()
    assert cuda.emptied == 1


def test_the_best_device_is_a_card_where_the_method_takes_one(monkeypatch: pytest.MonkeyPatch) -> None:
    FakeCuda().install(monkeypatch)
    assert str(open_device(None, {"cuda", "cpu"}).spec) == "cuda:0"
    assert str(open_device(None, {"cpu"}).spec) == "cpu"


@pytest.mark.parametrize(
    ("bf16", "declared", "chosen"),
    [
        (True, ("bf16", "fp32"), "bf16"),
        (False, ("bf16", "fp32"), "fp32"),
        (False, ("bf16",), "bf16"),
        (False, ("fp16", "fp32"), "fp16"),
    ],
)
def test_a_card_takes_the_first_precision_that_it_computes_itself(
    monkeypatch: pytest.MonkeyPatch, bf16: bool, declared: tuple[str, ...], chosen: str
) -> None:
    FakeCuda(bf16=bf16).install(monkeypatch)
    assert open_device("cuda", {"cuda"}).default_precision(declared) == chosen


def test_only_true_memory_errors_count_as_such() -> None:
    assert is_out_of_memory(MemoryError())
    assert is_out_of_memory(torch.OutOfMemoryError("out"))
    assert not is_out_of_memory(RuntimeError("CUDA out of memory, says a library"))


def test_a_fault_is_no_lack_of_memory_and_the_other_way_round(monkeypatch: pytest.MonkeyPatch) -> None:
    fault = torch.AcceleratorError.__new__(torch.AcceleratorError)
    assert is_device_fault(fault)
    assert not is_out_of_memory(fault)
    assert not is_device_fault(torch.OutOfMemoryError("out"))
    assert not is_device_fault(RuntimeError("CUDA error: from elsewhere"))
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace())
    assert is_device_fault(RuntimeError("CUDA error: an illegal memory access"))
    assert not is_device_fault(ValueError("CUDA error: no"))


def test_without_torch_nothing_can_be_its_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "torch")
    assert not is_device_fault(RuntimeError("CUDA error: x"))
    assert not is_out_of_memory(RuntimeError("x"))


def test_lanes_leave_garbage_alone_where_the_program_collects_it_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Objects of a window crash the program when a lane's thread frees them."""
    collected: list[bool] = []
    monkeypatch.setattr(gc, "collect", lambda: collected.append(True))
    CpuDevice().release_caches()
    gc.disable()
    try:
        CpuDevice().release_caches()
    finally:
        gc.enable()
    assert collected == [True]
