"""Results sent back through their forward models: the truth leaves little, a wrong picture much."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np
import pytest

from restora.data.geometry import FrameWindow, Rect
from restora.data.image import Image
from restora.data.item import Item, Probe
from restora.data.kinds import ColourFilter, Kind, Transfer
from restora.data.photon_cube import PhotonCube
from restora.errors import BadInputError, MethodDefectError, UnsuitableItemError
from restora.io.opening import read_image
from restora.jobs.request import RunRequest, checked_request, parse_params
from restora.optics.psf import blur, typical_metalens
from restora.optics.veil import Veil
from restora.photons.forward import Sensor, simulate
from restora.plugins.host import PluginHost
from restora.quality.consistency import over_blocks, residual_of_counts, residual_of_picture, root_mean_square
from restora.tasks.consistency import Consistency, can_predict, consistency
from restora_classic.declarations.samples import SAMPLES

SAMPLE = {sample.id: sample for sample in SAMPLES}
FRAMES = 300


@pytest.fixture(scope="module")
def host() -> PluginHost:
    return PluginHost().discover()


@pytest.fixture(scope="module")
def truth() -> Image:
    """A picture of 96 x 80."""
    path = SAMPLE["lowres"].truth
    assert path is not None
    picture = read_image(path)
    return replace(picture, pixels=picture.pixels[:80, :96])


Asked = Callable[..., RunRequest]


@pytest.fixture
def asked(host: PluginHost) -> Asked:
    def make(method: str, item: Item, region: Rect | None = None, **params: object) -> RunRequest:
        info = host.method(method)
        values = parse_params(info, params, typed=True)
        return checked_request(RunRequest(info=info, item=item, params=values, region=region))

    return make


class _Stack:
    def __init__(self, frames: Any) -> None:
        self._frames = frames

    def read(self, start: int, stop: int) -> Any:
        return self._frames[start:stop]


def capture(truth: Image, order: ColourFilter, *, frames: int = FRAMES, **sensor: Any) -> Item:
    seen = simulate(truth, frames=frames, seed=5, sensor=Sensor(colour_filter=order, **sensor))
    height, width, channels = seen.frames.shape[1:]
    cube = PhotonCube(
        reader=_Stack(seen.frames),
        frames=frames,
        height=height,
        width=width,
        channels=channels,
        bits=sensor.get("bits", 1),
        colour_filter=order,
    )
    probe = Probe(kind=Kind.SPAD, format="test", width=width, height=height, channels=channels, frames=frames)
    return Item(name="capture", probe=probe, load=lambda: cube)


def pictured(image: Image, kind: Kind = Kind.IMAGE) -> Item:
    probe = Probe(kind=kind, format="test", width=image.width, height=image.height, channels=image.channels)
    return Item(name="photo.png", probe=probe, load=lambda: image)


def upside_down(image: Image) -> Image:
    return replace(image, pixels=image.pixels[::-1])


def judged(request: RunRequest, truth: Image) -> tuple[float, float]:
    """The residual that a true and a wrong picture leave."""
    return consistency(request, truth).value, consistency(request, upside_down(truth)).value


# -- captures ----------------------------------------------------------------------------------------

SPAD_METHODS = ["classic.spad_flux", "classic.spad_denoise", "classic.spad_burst"]


@pytest.mark.parametrize("order", [ColourFilter.MONO, ColourFilter.RGGB, ColourFilter.GBRG])
@pytest.mark.parametrize("method", SPAD_METHODS)
def test_true_light_leaves_only_noise(method: str, order: ColourFilter, asked: Asked, truth: Image) -> None:
    light = truth.in_transfer(Transfer.LINEAR)
    request = asked(method, capture(truth, order, dark=0.01), dark=0.01, bad_pixels="map")
    right = consistency(request, light)
    assert (right.value, right.over_blocks) == (pytest.approx(1, abs=0.06), pytest.approx(1, abs=0.25))
    wrong = consistency(request, upside_down(light))
    assert wrong.value > 1.3
    assert wrong.over_blocks is not None
    assert wrong.over_blocks > 4


@pytest.mark.parametrize("changes", [{"white": "percentile"}, {"white_balance": "grey_world"}])
def test_what_a_picture_does_not_tell_is_fitted_and_said(
    changes: dict[str, object], asked: Asked, truth: Image
) -> None:
    light = truth.in_transfer(Transfer.LINEAR)
    gains = np.array([2.0, 0.7, 1.3] if "white_balance" in changes else [3.0] * 3, np.float32)
    changed = replace(light, pixels=light.pixels * gains)
    request = asked("classic.spad_flux", capture(truth, ColourFilter.RGGB), **changes, bad_pixels="map")
    found = consistency(request, changed)
    assert found.value == pytest.approx(1, abs=0.06)
    assert "fitted" in found.note
    known = asked("classic.spad_flux", capture(truth, ColourFilter.RGGB), bad_pixels="map")
    assert consistency(known, changed).value > 3, "with a stated brightness it is not fitted"
    assert consistency(known, light).note == ""


def test_sums_of_several_bits_are_held_against_all_their_frames(asked: Asked, truth: Image) -> None:
    item = capture(truth, ColourFilter.MONO, frames=40, bits=3)
    right, wrong = judged(asked("classic.spad_flux", item), truth.in_transfer(Transfer.LINEAR))
    assert right == pytest.approx(1, abs=0.06)
    assert wrong > 1.5


def test_bad_pixels_do_not_count(asked: Asked, truth: Image) -> None:
    hot = np.zeros((80, 96), bool)
    hot[10:70:20, 20:80:20] = True
    item = capture(truth, ColourFilter.MONO, hot=hot)
    light = truth.in_transfer(Transfer.LINEAR)
    assert consistency(asked("classic.spad_flux", item, bad_pixels="keep"), light).value > 1.2
    found = consistency(asked("classic.spad_flux", item, bad_pixels="find"), light)
    assert found.value == pytest.approx(1, abs=0.06)
    assert not found.residual[hot].any()


def test_the_average_predicts_what_it_is(asked: Asked, truth: Image) -> None:
    item = capture(truth, ColourFilter.RGGB)
    request = asked("classic.spad_average", item, bad_pixels="map")
    share = item.cube().total(FrameWindow(0, FRAMES)) / FRAMES
    made = Image(pixels=np.repeat(share, 3, axis=2).astype(np.float32), transfer=Transfer.LINEAR)
    assert consistency(request, made).value < 1e-3
    assert consistency(request, upside_down(made)).value > 2


def test_a_burst_is_held_against_its_reference_block(asked: Asked, truth: Image) -> None:
    moving = simulate(
        truth,
        frames=77,
        seed=1,
        sensor=Sensor(),
        displacements=np.linspace(-8, 8, 77)[:, None] * np.array([[1.0, 0.5]]),
    )
    item = capture(truth, ColourFilter.MONO, frames=77)
    cube = replace(item.cube(), reader=_Stack(moving.frames))
    moved = replace(item, load=lambda: cube, _kept=[])
    found = consistency(asked("classic.spad_burst", moved, bad_pixels="map"), moving.truth)
    assert found.value == pytest.approx(1, abs=0.06)
    assert "reference block" in found.note
    still = consistency(asked("classic.spad_flux", moved, bad_pixels="map"), moving.truth)
    assert found.over_blocks is not None
    assert still.over_blocks is not None
    assert still.over_blocks > 1.2 * found.over_blocks, "over the whole window the motion shows"


def test_a_part_is_held_against_its_part(asked: Asked, truth: Image) -> None:
    region = Rect(16, 8, 40, 32)
    request = asked("classic.spad_flux", capture(truth, ColourFilter.RGGB), region, bad_pixels="map")
    part = truth.in_transfer(Transfer.LINEAR)
    part = replace(part, pixels=part.pixels[region.rows, region.columns])
    assert consistency(request, part).value == pytest.approx(1, abs=0.1)
    with pytest.raises(UnsuitableItemError, match="says nothing about frames of 40 x 32"):
        consistency(request, truth)


@pytest.mark.parametrize(("method", "frames"), [("gqir.single", 7), ("gqir.single", 280), ("gqir.burst", 77)])
@pytest.mark.parametrize("order", [ColourFilter.MONO, ColourFilter.RGGB])
def test_gqir_predicts_the_frames_it_restored(
    method: str, frames: int, order: ColourFilter, asked: Asked, truth: Image
) -> None:
    dim = 0.02 if frames == 280 else 1.0
    item = capture(truth, order, frames=frames, brightness=dim)
    request = asked(method, item)
    right, wrong = consistency(request, truth), consistency(request, upside_down(truth))
    assert right.value == pytest.approx(1, abs=0.06)
    assert right.over_blocks == pytest.approx(1, abs=0.25)
    assert wrong.value > 1.1
    assert wrong.over_blocks is not None
    assert wrong.over_blocks > 2
    note = right.note
    assert "the brightness is fitted" in note
    assert ("middle of the burst" in note) == (method == "gqir.burst")


def test_gqir_forgives_a_stated_white_balance(asked: Asked, truth: Image) -> None:
    light = truth.in_transfer(Transfer.LINEAR)
    tinted = replace(light, pixels=light.pixels * np.array([0.5, 1.0, 0.6], np.float32))
    item = capture(truth, ColourFilter.RGGB, frames=77)
    balanced = consistency(asked("gqir.burst", item, grey_world=True), tinted)
    assert balanced.value < consistency(asked("gqir.burst", item), tinted).value
    assert "for every colour" in balanced.note


# -- pictures ----------------------------------------------------------------------------------------


def test_the_large_picture_explains_the_small_one(asked: Asked) -> None:
    sample = SAMPLE["lowres"]
    assert sample.truth is not None
    small, large = read_image(sample.path), read_image(sample.truth)
    request = asked("classic.back_projection", pictured(small), scale=4)
    right, wrong = judged(request, large)
    assert right < 0.004, "one level of 255, from rounding"
    assert wrong > 0.1
    found = consistency(request, large)
    assert found.line().startswith("residual 0.00")
    assert "bicubic" in found.note


@pytest.mark.parametrize("kind", ["bicubic", "lanczos", "bilinear", "nearest"])
def test_a_resized_picture_is_shrunk_by_its_own_filter(kind: str, asked: Asked, truth: Image) -> None:
    from restora.optics.resample import Filter, resample

    small = Image(pixels=resample(truth.pixels, 40, 48, filter=Filter(kind)))
    request = asked("classic.resize", pictured(small), scale=2.0, filter=kind)
    right, wrong = judged(request, truth)
    assert right < 1e-6
    assert wrong > 0.05


def test_a_shrunk_picture_does_not_determine_what_it_came_from(asked: Asked, truth: Image) -> None:
    request = asked("classic.resize", pictured(truth), scale=0.5)
    with pytest.raises(UnsuitableItemError, match="cannot tell with these settings"):
        consistency(request, replace(truth, pixels=truth.pixels[:40, :48]))


def photographed(truth: Image, pedestal: float = 0.12) -> Image:
    light = truth.in_transfer(Transfer.LINEAR).pixels
    shown = Veil(pedestal=pedestal, tint=(0.9, 1.0, 1.15)).add(blur(light, typical_metalens()))
    return Image(pixels=shown, transfer=Transfer.LINEAR).in_transfer(Transfer.SRGB)


@pytest.mark.parametrize("veil", ["estimated", "stated"])
def test_a_metalens_photo_is_explained_by_its_scene(veil: str, asked: Asked, truth: Image) -> None:
    request = asked("classic.metalens", pictured(photographed(truth)), veil=veil, pedestal=0.12)
    right, wrong = judged(request, truth)
    assert right < (2e-4 if veil == "estimated" else 0.02), "a stated veil has the typical tint only"
    assert wrong > 5 * right
    assert wrong > 0.02


def test_the_metalens_sample_is_explained_by_its_truth(asked: Asked, host: PluginHost) -> None:
    sample = SAMPLE["metalens"]
    assert sample.truth is not None
    photo, scene = read_image(sample.path), read_image(sample.truth)
    request = asked("classic.metalens", pictured(photo, Kind.METALENS))
    right, wrong = judged(request, scene)
    assert right < 0.05
    assert wrong > 2 * right


@pytest.mark.parametrize("scale", [1.0, 1.28])
def test_dmdiff_tells_where_the_lens_is_stated(scale: float, asked: Asked, truth: Image) -> None:
    from restora.optics.resample import Filter, resample

    item = pictured(photographed(truth), Kind.METALENS)
    size = round(80 * scale), round(96 * scale)
    result = Image(pixels=resample(truth.pixels, *size, filter=Filter.BICUBIC))
    request = asked("dmdiff.restore", item, scale=scale, lens="metalens")
    right, wrong = judged(request, result)
    assert right < 0.004
    assert wrong > 5 * right
    with pytest.raises(UnsuitableItemError, match="cannot tell with these settings"):
        consistency(asked("dmdiff.restore", item, scale=scale), result)


def test_another_lens_explains_less(asked: Asked, truth: Image) -> None:
    item = pictured(photographed(truth), Kind.METALENS)
    typical = consistency(asked("dmdiff.restore", item, scale=1.0, lens="metalens"), truth)
    sharp = asked("dmdiff.restore", item, scale=1.0, lens="gaussian", lens_centre=0.5, lens_corner=0.5)
    assert consistency(sharp, truth).value > 3 * typical.value


def test_alpha_white_and_transfer_of_the_item_are_undone(asked: Asked, truth: Image) -> None:
    from restora.optics.resample import Filter, resample

    small = resample(truth.pixels, 40, 48, filter=Filter.BICUBIC)
    opaque = np.ones((40, 48, 1), np.float32)
    item = Image(pixels=np.concatenate([small, opaque], axis=2)).in_transfer(Transfer.LINEAR)
    bright = replace(item, pixels=np.concatenate([item.pixels[:, :, :3] * 4, opaque], 2), nominal_white=4.0)
    request = asked("classic.back_projection", pictured(bright), scale=2)
    linear = truth.in_transfer(Transfer.LINEAR)
    result = replace(linear, pixels=linear.pixels * 4, nominal_white=4.0)
    assert consistency(request, result).value < 1e-5


# -- what plugins may get wrong ----------------------------------------------------------------------

_PLUGIN = '''
"""Forward models that go wrong."""
import numpy as np
from restora.api import Kind, MethodInfo, Output, Prediction, RestoraError, hookimpl

class Copy:
    def load(self, weights, device, context): pass
    def unload(self): pass
    def run(self, request, context):
        return Output(image=np.array(request.source.image))

def old(result): return result
def array(result, request): return result
def noted(result, request): return Prediction(values=result, note="A note.")
def nothing(result, request): return None
def raises(result, request): raise ValueError("oops")
def exits(result, request): raise SystemExit
def polite(result, request): raise RestoraError("State the lens.")
def small(result, request): return result[1:]

@hookimpl
def restora_methods():
    for name in ("old", "array", "noted", "nothing", "raises", "exits", "polite", "small", "none"):
        yield MethodInfo(
            id=f"forward.{name}", title=name, summary=name, factory=f"{__name__}:Copy",
            accepts=frozenset({Kind.IMAGE}), precisions=("fp32",), stochastic=False,
            forward_model=None if name == "none" else f"{__name__}:{name}",
        )
'''


@pytest.mark.parametrize(
    ("name", "error", "sentence"),
    [
        ("none", UnsuitableItemError, "forward.none does not say what its results mean"),
        ("nothing", UnsuitableItemError, "cannot tell with these settings"),
        ("raises", MethodDefectError, "failed with ValueError: oops"),
        ("exits", MethodDefectError, "failed with SystemExit"),
        ("polite", Exception, "State the lens"),
        ("small", BadInputError, "the prediction has shape"),
    ],
)
def test_a_forward_model_that_goes_wrong_is_a_sentence(
    name: str,
    error: type[Exception],
    sentence: str,
    truth: Image,
    add_plugin: Callable[[str, str], Path],
    plugins: Any,
) -> None:
    add_plugin("forward", dedent(_PLUGIN))
    info = plugins.discover().method(f"forward.{name}")
    request = checked_request(RunRequest(info=info, item=pictured(truth), params={}))
    assert can_predict(request) == (name != "none")
    with pytest.raises(error, match=sentence):
        consistency(request, truth)


@pytest.mark.parametrize("name", ["old", "array", "noted"])
def test_a_forward_model_may_give_values_alone_and_take_the_result_alone(
    name: str, truth: Image, add_plugin: Callable[[str, str], Path], plugins: Any
) -> None:
    add_plugin("forward", dedent(_PLUGIN))
    info = plugins.discover().method(f"forward.{name}")
    found = consistency(checked_request(RunRequest(info=info, item=pictured(truth), params={})), truth)
    assert found.value == 0
    assert found.note == ("A note." if name == "noted" else "")


# -- the figures -------------------------------------------------------------------------------------


def test_residuals_of_counts_are_standard_deviations() -> None:
    rng = np.random.default_rng(1)
    probability = rng.uniform(0.001, 0.999, (200, 200, 1))
    counts = rng.binomial(50, probability).astype(np.uint32)
    none_bad = np.zeros((200, 200), bool)
    residual = residual_of_counts(counts, 50 * probability, 50, none_bad)
    assert root_mean_square(residual) == pytest.approx(1, abs=0.02)
    assert over_blocks(residual, 8) == pytest.approx(1, abs=0.05)
    assert over_blocks(residual + 0.2, 8) > 1.5, "a shift of a fifth shows over blocks"
    assert root_mean_square(residual + 0.2) < 1.05


def test_values_that_are_not_finite_do_not_count() -> None:
    measured = np.array([[[0.5, np.nan, np.inf]]], np.float32)
    residual = residual_of_picture(measured, np.full((1, 1, 3), 0.25, np.float32))
    assert root_mean_square(residual) == 0.25
    assert root_mean_square(np.full((1, 1, 1), np.nan)) == 0


def test_maps_show_agreement_as_grey_and_strength_at_the_results_size() -> None:
    residual = np.array([[[0.0], [0.05], [-0.2]]], np.float32)
    found = Consistency(residual=residual, value=0.1, is_standardised=False)
    np.testing.assert_allclose(found.signed_map().pixels[0, :, 0], [0.5, 0.75, 0.0])
    assert found.strength_map(6, 2).pixels.shape == (2, 6, 1)
    np.testing.assert_allclose(found.strength_map(3, 1).pixels[0, :, 0], [0, 0.5, 1])
