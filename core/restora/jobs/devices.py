"""The devices of this machine: how much memory they have, and what a job took of it."""

from __future__ import annotations

import gc
import platform
import re
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from restora.errors import BadInputError
from restora.jobs.resident_memory import give_back_free_memory, watch_resident_memory
from restora.plugins.running import DeviceSpec

_MIB = 2**20


class Measurement:
    """Peak memory of a block of work; known when the block has ended."""

    peak_mib: float = 0.0


class Device(Protocol):
    """Memory of one device."""

    @property
    def spec(self) -> DeviceSpec:
        """Which one it is."""
        ...

    def total_mib(self) -> float:
        """All its memory."""
        ...

    def free_mib(self) -> float:
        """What nobody uses at the moment."""
        ...

    def start_measuring(self) -> Measurement:
        """Begin to watch the memory that is taken beyond what is taken now."""
        ...

    def stop_measuring(self, measurement: Measurement) -> None:
        """Fill in the peak since `start_measuring`."""
        ...

    def release_caches(self) -> None:
        """Give unused memory back to the system."""
        ...

    def default_precision(self, declared: Sequence[str]) -> str:
        """The declared precision that suits the device best."""
        ...


def _collect_garbage() -> None:
    """Unless the program collects itself: a window's objects may only be freed on the window's own thread."""
    if gc.isenabled():
        gc.collect()


@contextmanager
def measured(device: Device) -> Iterator[Measurement]:
    """A block of work whose peak memory is measured, also when it fails."""
    measurement = device.start_measuring()
    try:
        yield measurement
    finally:
        device.stop_measuring(measurement)


class _Resident(Measurement):
    def __init__(self) -> None:
        self.peak = watch_resident_memory()


class CpuDevice:
    """The processor and the machine's memory."""

    def __init__(self) -> None:
        self.spec = DeviceSpec(type="cpu", name=platform.processor() or platform.machine())

    def total_mib(self) -> float:
        """The machine's memory."""
        import psutil

        return float(psutil.virtual_memory().total) / _MIB

    def free_mib(self) -> float:
        """What can be taken without swapping."""
        import psutil

        return float(psutil.virtual_memory().available) / _MIB

    def start_measuring(self) -> Measurement:
        """Begin to watch this process's resident memory."""
        return _Resident()

    def stop_measuring(self, measurement: Measurement) -> None:
        """The highest resident memory above that at the start."""
        assert isinstance(measurement, _Resident)  # it came from start_measuring
        measurement.peak_mib = measurement.peak.stop()

    def release_caches(self) -> None:
        """Collect what is unreachable, and hand free memory back where the C library keeps it."""
        _collect_garbage()
        give_back_free_memory()

    def default_precision(self, declared: Sequence[str]) -> str:
        """Full precision where the method offers it."""
        return "fp32" if "fp32" in declared else declared[0]


class CudaDevice:
    """One NVIDIA card."""

    def __init__(self, index: int) -> None:
        import torch

        from restora.nets.tf32 import keep_float32_whole

        self._torch = torch
        keep_float32_whole()
        self.spec = DeviceSpec(type="cuda", index=index, name=torch.cuda.get_device_name(index))

    def total_mib(self) -> float:
        """The card's memory."""
        return float(self._torch.cuda.mem_get_info(self.spec.index)[1]) / _MIB

    def free_mib(self) -> float:
        """What no process uses, and what this process keeps in reserve."""
        cuda = self._torch.cuda
        kept = cuda.memory_reserved(self.spec.index) - cuda.memory_allocated(self.spec.index)
        return float(cuda.mem_get_info(self.spec.index)[0] + kept) / _MIB

    def start_measuring(self) -> Measurement:
        """Reset torch's own peak counter."""
        self._torch.cuda.reset_peak_memory_stats(self.spec.index)
        measurement = Measurement()
        measurement.peak_mib = -self._torch.cuda.memory_allocated(self.spec.index) / _MIB
        return measurement

    def stop_measuring(self, measurement: Measurement) -> None:
        """Torch's peak above what was taken at the start."""
        measurement.peak_mib += self._torch.cuda.max_memory_allocated(self.spec.index) / _MIB

    def release_caches(self) -> None:
        """Hand torch's reserve back to the driver."""
        _collect_garbage()
        self._torch.cuda.empty_cache()

    def default_precision(self, declared: Sequence[str]) -> str:
        """The author's first choice, or fp32 where the card does not compute bf16 itself."""
        first = declared[0]
        if (
            first == "bf16"
            and "fp32" in declared
            and not self._torch.cuda.is_bf16_supported(including_emulation=False)
        ):
            return "fp32"
        return first


def open_device(requested: str | None, allowed: Collection[str]) -> Device:
    """The device called `cpu`, `cuda` or `cuda:N`; None takes the best that a method allows.

    torch is only imported where a CUDA device is asked for or allowed.
    """
    if requested is None:
        if "cuda" in allowed and _cuda_count() > 0:
            return CudaDevice(0)
        requested = "cpu"
    named = re.fullmatch(r"(cpu|cuda)|(cuda):([0-9]{1,3})", requested)
    if named is None:
        raise BadInputError(f"device must be cpu, cuda or cuda:N, got {requested!r}")
    kind, number = named[1] or named[2], named[3]
    if kind not in allowed:
        raise BadInputError(f"this method runs on {', '.join(sorted(allowed))}, not on {requested}")
    if kind == "cpu":
        return CpuDevice()
    index, count = int(number or 0), _cuda_count()
    if index >= count:
        raise BadInputError(
            f"{requested}: torch finds {count} CUDA devices here", advice="See `restora doctor`."
        )
    return CudaDevice(index)


def _cuda_count() -> int:
    import torch

    return torch.cuda.device_count() if torch.cuda.is_available() else 0


def settle_arithmetic() -> None:
    """Make torch's sums on this thread the same ones for the same request, and as exact as their type says.

    How many cores share sums torch tells a thread only at some later point by itself; the last digits of what
    came before would differ. On cards, convolutions of float32 keep ten bits of every factor unless told
    otherwise, which costs a hundred times the error that a network's vectors allow; and cuDNN may sum in
    another way every time.
    """
    torch = sys.modules.get("torch")
    if torch is None:
        return
    from restora.nets.tf32 import keep_float32_whole

    torch.get_num_threads()
    torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic = False, True
    keep_float32_whole()


def is_out_of_memory(error: BaseException) -> bool:
    """Whether `error` says that memory ran out; nothing else may be retried with smaller tiles."""
    torch = sys.modules.get("torch")  # if nobody imported it, it cannot have raised
    return isinstance(error, MemoryError) or (torch is not None and isinstance(error, torch.OutOfMemoryError))


def is_device_fault(error: BaseException) -> bool:
    """Whether the device itself failed, after which its context in this process is unusable."""
    torch = sys.modules.get("torch")
    if torch is None:
        return False
    own_class = getattr(torch, "AcceleratorError", None)
    if own_class is not None:
        return isinstance(error, own_class)
    return isinstance(error, RuntimeError) and "CUDA error: " in str(error)  # as torch before 2.8 says it
