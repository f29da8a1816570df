from __future__ import annotations

import json

import pytest

from restora.data.geometry import Rect
from restora.data.kinds import ColourFilter
from restora.data.orientation import Flip
from restora.errors import ParameterError
from restora.io.captures.options import BinFormat, BitOrder, CaptureOptions, Packing, SampleType

EVERYTHING = {
    "format": "raw",
    "layout": "thwc",
    "packing": "height",
    "bit_order": "lsb",
    "bits": "1",
    "colour_filter": "gbrg",
    "planes": "4",
    "frames": "77",
    "height": "512",
    "width": "500",
    "channels": "3",
    "sample": "uint16be",
    "offset": "128",
    "rotation": "270",
    "flip": "vertical",
    "crop": "1, 2, 30, 40",
    "exposure_us": "10.2",
    "frame_rate": "97700",
    "member": "group/cube",
    "bad_pixels": "hot.npy",
}


def test_every_option_can_be_stated() -> None:
    assert CaptureOptions.from_pairs(EVERYTHING) == CaptureOptions(
        format=BinFormat.RAW,
        layout="thwc",
        packing=Packing.HEIGHT,
        bit_order=BitOrder.LSB,
        bits=1,
        colour_filter=ColourFilter.GBRG,
        planes=4,
        frames=77,
        height=512,
        width=500,
        channels=3,
        sample=SampleType.UINT16_BE,
        offset=128,
        rotation=270,
        flip=Flip.VERTICAL,
        crop=Rect(1, 2, 30, 40),
        exposure_us=10.2,
        frame_rate=97700.0,
        member="group/cube",
        bad_pixels="hot.npy",
    )


def test_recipes_keep_what_was_stated_and_nothing_else() -> None:
    options = CaptureOptions.from_pairs(EVERYTHING)
    assert CaptureOptions.from_json(json.loads(json.dumps(options.to_json()))) == options
    assert CaptureOptions().to_json() == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("colour", "red"),
        ("bits", "0"),
        ("bits", "17"),
        ("bits", "three"),
        ("bits", "9" * 5000),
        ("bits", "\uff11"),
        ("frames", "-3"),
        ("width", "65536"),
        ("layout", "thh"),
        ("layout", "tw"),
        ("layout", ""),
        ("packing", "depth"),
        ("rotation", "45"),
        ("crop", "1,2,3"),
        ("crop", "1,2,0,4"),
        ("exposure_us", "nan"),
        ("exposure_us", "-1"),
        ("frame_rate", "inf"),
        ("member", ""),
        ("bad_pixels", "a\0b"),
    ],
)
def test_what_cannot_be_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(ParameterError) as caught:
        CaptureOptions.from_pairs({name: value})
    assert str(caught.value).startswith(f"{name} ")
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("value", [True, None, [1], {"a": 1}])
def test_recipes_with_other_values_are_refused(value: object) -> None:
    with pytest.raises(ParameterError, match="must be text or a number"):
        CaptureOptions.from_json({"bits": value})
