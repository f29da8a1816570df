"""Cases of the sensor, of capture files, of colour and of metrics: all through restora's own functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from restora.data.image import Image
from restora.data.kinds import ColourFilter
from restora.io.captures.hdf5 import woven
from restora.io.captures.layouts import arranged, usual_layout
from restora.io.captures.options import BitOrder, Packing
from restora.io.captures.stored_reader import StoredForm
from restora.nets.colour_fix import low_frequencies, wavelet_colour_fix
from restora.photons.colour import brightest_gains, grey_world_gains
from restora.photons.counts import frames_for_bits, model_input, sum_frames
from restora.photons.demosaic import demosaic_bilinear
from restora.photons.forward import detection_probability, detections, linear_light
from restora.photons.inversion import flux_from_counts
from restora.photons.mosaic import BAYER_ORDERS, masked, spread
from restora.photons.sizes import fit_size
from restora.quality.fidelity import psnr
from restora.quality.similarity import ssim
from restora.testing.comparing import ONE_LEVEL, Tolerance, Unit
from restora.testing.vectors import Arrays, Case, Plan

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

_DOUBLE = Tolerance(limit=1e-12, unit=Unit.LARGEST)
_METRIC = Tolerance(limit=1e-3, unit=Unit.ABSOLUTE)
_EXPOSURE = 1.37
"""By which the authors divide their results."""


def observation(case: Case) -> Plan:
    """A picture to light, probabilities, frames, filtered sums, the network's input, and back."""
    del case
    return Plan(
        run=_observed, inputs=("srgb", "factor", "bits", "u", "pattern_index"), tolerances={"*": _DOUBLE}
    )


def _observed(given: Arrays) -> dict[str, object]:
    light = linear_light(np.asarray(given["srgb"], np.uint8))
    probability = detection_probability(light, float(np.asarray(given["factor"], np.float64)))
    frames = detections(probability, np.asarray(given["u"], np.float64))
    orders = [BAYER_ORDERS[int(index)] for index in np.asarray(given["pattern_index"], np.int64)]
    filtered = np.stack([masked(frame, order) for frame, order in zip(frames, orders, strict=True)])
    count = frames_for_bits(int(np.asarray(given["bits"], np.int64)))
    mono, mosaic = sum_frames(frames), sum_frames(filtered)
    return {
        "linear": light,
        "prob": probability,
        "frames": frames,
        "sum_mono": mono,
        "sum_mosaic": mosaic,
        "model_input_mono": model_input(mono, count),
        "model_input_color": model_input(mosaic, count),
        # The vectors hold saturated pixels at n - 1, restora by default at n - 1/2.
        "mle_intensity": flux_from_counts(mono, count, margin=1),
    }


def colour_filter(case: Case) -> Plan:
    """Masks, sparse mosaics and demosaicing."""
    del case
    return Plan(run=_filtered, inputs=("rgb", "raw", "h5_planes*", "bayer_u8"))


def _filtered(given: Arrays) -> dict[str, object]:
    found: dict[str, object] = {}
    if "rgb" in given:
        found |= {f"mosaic_{order.value.upper()}": masked(given["rgb"], order) for order in BAYER_ORDERS}
    if "raw" in given:
        found |= {f"sparse_{order.value}": spread(given["raw"], order) for order in BAYER_ORDERS}
    if "bayer_u8" in given:
        raw = given["bayer_u8"][:, :, np.newaxis]
        for order in BAYER_ORDERS:
            found[f"cv_demosaic_{order.value}_to_rgb"] = demosaic_bilinear(raw, order)
    for name, planes in given.items():
        if name.startswith("h5_planes"):
            mosaic = woven(planes[np.newaxis])[0][:, :, np.newaxis]
            found["h5_sparse"] = spread(mosaic, ColourFilter.RGGB)
    return found


def loader(case: Case) -> Plan | None:
    """Layouts, packed bits and sizes for networks."""
    arrays = case.arrays()
    if any(name.startswith("in_") for name in arrays):
        return Plan(run=_arranged, inputs=("in_*",))
    if any(name.startswith("packed_") for name in arrays):
        return _packed(arrays)
    if "max_side" in arrays:
        return _sizes(arrays)
    return None


def _arranged(given: Arrays) -> dict[str, object]:
    return {
        f"out_{name.removeprefix('in_')}": arranged(array, usual_layout(array.shape))
        for name, array in given.items()
    }


def _packed(arrays: Mapping[str, Numbers]) -> Plan:
    """Frames from packed ones; the pixels' count is stated, as by a user, for sides that fill no byte."""
    expected = {_frames_of(name): name for name in arrays if name.startswith(("packed_", "raw_"))}
    stated = {name: arrays[_plain_frames(frames, arrays)].shape for frames, name in expected.items()}

    def run(given: Arrays) -> dict[str, object]:
        return {frames: _unpacked(name, given[name], stated[name]) for frames, name in expected.items()}

    wanted = {frames: arrays[_plain_frames(frames, arrays)] for frames in expected}
    inputs = {name: arrays[name] for name in expected.values()}
    return Plan(run=run, inputs=tuple(inputs), arrays={**inputs, **wanted})


def _frames_of(packed: str) -> str:
    """`packed_height_thwc` belongs to `frames_thwc_h`; `raw_lsb_first_thw` to the frames of `thw`, again."""
    kind, rest = packed.split("_", 1)
    layout = packed.rpartition("_")[2]
    if kind == "raw":
        return f"frames_{layout} from lsb"
    return f"frames_{layout}_h" if rest.startswith("height") else f"frames_{layout}"


def _plain_frames(frames: str, arrays: Mapping[str, Numbers]) -> str:
    plain = frames.partition(" ")[0]
    return plain if plain in arrays else plain.removesuffix("_h")


def _unpacked(name: str, packed: Numbers, shape: tuple[int, ...]) -> Numbers:
    layout = name.rpartition("_")[2].removeprefix("t")
    form = StoredForm(
        axes=layout,
        height=shape[1],
        width=shape[2],
        channels=shape[3] if "c" in layout else 1,
        bits=1,
        packing=Packing.HEIGHT if "height" in name else Packing.WIDTH,
        bit_order=BitOrder.LSB if "lsb" in name else BitOrder.MSB,
    )
    return form.unpacked(packed)


def _sizes(arrays: Mapping[str, Numbers]) -> Plan:
    """One table holds questions and answers; they are parted here."""
    name = next(name for name in arrays if name.startswith("h_w_multiple"))
    table = np.asarray(arrays[name], np.int64)

    def run(given: Arrays) -> dict[str, object]:
        longest = int(np.asarray(given["max_side"], np.int64))
        rows = np.asarray(given["h_w_multiple"], np.int64).tolist()
        return {"newh_neww": [fit_size(h, w, longest=longest, multiple=multiple) for h, w, multiple in rows]}

    parted = {"max_side": arrays["max_side"], "h_w_multiple": table[:, :3], "newh_neww": table[:, 3:]}
    return Plan(run=run, inputs=("max_side", "h_w_multiple"), arrays=parted)


def colour(case: Case) -> Plan:
    """White balance as the authors do it by hand, and the transfer of colours by wavelets."""
    if "rgb" in case.array_names():
        return Plan(run=_balanced, inputs=("rgb",), tolerances={"*": ONE_LEVEL})
    return Plan(run=_recoloured, inputs=("content", "style"))


def _balanced(given: Arrays) -> dict[str, object]:
    rgb = np.asarray(given["rgb"], np.float64)
    exposed = rgb / _EXPOSURE
    pictures = {
        "exposure_only": exposed,
        "gray_world": exposed * grey_world_gains(exposed),
        "max_rgb": rgb * brightest_gains(rgb, 255),
    }
    return {name: np.clip(picture, 0, 255).astype(np.uint8) for name, picture in pictures.items()}


def _recoloured(given: Arrays) -> dict[str, object]:
    content, style = (_rows_first(given[name]) for name in ("content", "style"))
    low = [low_frequencies(picture) for picture in content]
    return {
        "content_low": _channels_first(low),
        "content_high": _channels_first([c - part for c, part in zip(content, low, strict=True)]),
        "out": _channels_first([wavelet_colour_fix(c, s) for c, s in zip(content, style, strict=True)]),
    }


def metrics(case: Case) -> Plan:
    """PSNR and SSIM of pairs of 8-bit pictures."""
    del case
    return Plan(run=_measured, inputs=("x*", "y*"), tolerances={"*": _METRIC})


def _measured(given: Arrays) -> dict[str, object]:
    found: dict[str, object] = {}
    for name in given:
        if not name.startswith("x"):
            continue
        number = name.removeprefix("x")
        pair = [Image(pixels=_rows_first(given[side + number])[0] / np.float32(255)) for side in "xy"]
        found |= {f"psnr{number}": psnr(*pair), f"ssim{number}": ssim(*pair)}
    return found


def _rows_first(pictures: Numbers) -> NDArray[np.float32]:
    return np.asarray(pictures, np.float32).transpose(0, 2, 3, 1)


def _channels_first(pictures: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    return np.stack(pictures).transpose(0, 3, 1, 2)
