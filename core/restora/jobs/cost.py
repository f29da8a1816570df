"""What a request will take on a device."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from restora.jobs.devices import Device
from restora.jobs.estimates import Estimate, EstimateBook
from restora.jobs.request import RunRequest


def chosen_precision(request: RunRequest, device: Device) -> str:
    """What a request computes with on a device: as asked for, or what suits the device best."""
    return request.precision or device.default_precision(request.info.precisions)


def picture_mib(request: RunRequest) -> float:
    """The float32 pictures that lie in main memory around a call: the source and the result."""
    width, height = request.size
    out_width, out_height = request.output_size
    samples = (width * height + out_width * out_height) * max(request.item.probe.channels, 3)
    return samples * 4 / 2**20


def estimated_cost(request: RunRequest, device: Device, book: EstimateBook) -> Callable[[float], Estimate]:
    """The cost of a call by its megapixels; on the CPU the pictures around it lie in the same memory."""
    precision = chosen_precision(request, device)
    around = picture_mib(request) if device.spec.type == "cpu" else 0.0

    def cost(megapixels: float) -> Estimate:
        estimate = book.estimate(request.info, device.spec, precision, megapixels)
        return replace(estimate, peak_mib=estimate.peak_mib + around)

    return cost
