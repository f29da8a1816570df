from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from restora.data.arrays import CountStack, ImageArray
from restora.data.geometry import FrameWindow, Rect
from restora.data.image import Metadata
from restora.data.item import Item, Probe
from restora.data.kinds import ColourFilter, Kind, Transfer
from restora.data.photon_cube import PhotonCube
from restora.data.transfer import to_linear, to_srgb
from restora.errors import BadInputError, ParameterError, UnsuitableItemError
from restora.jobs.states import JobState
from restora.plugins.declarations import FrameNeed, References, SizeRule, TileRule, Tiling
from restora.plugins.parameters import FloatParam, IntParam
from restora.plugins.running import Context, Output, Request

Bench = Any

FEW = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Seen:
    """Remembers what the method was handed."""

    def __init__(self, copy_method: type) -> None:
        self.requests: list[Request] = []
        self.images: list[ImageArray] = []
        outer = self

        class Seeing(copy_method):  # type: ignore[misc]
            def run(self, request: Request, context: Context) -> Output:
                outer.requests.append(request)
                outer.images.append(np.array(request.source.image))
                return Output(image=np.array(request.source.image))

        self.method = Seeing


@pytest.fixture
def seen(copy_method: type) -> Seen:
    return Seen(copy_method)


# -- the item's form ---------------------------------------------------------------------------------


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_channel_counts_that_a_method_takes_pass_unchanged(
    bench: Bench, seen: Seen, pixels_of: Any, channels: int
) -> None:
    pixels = pixels_of(channels=channels)
    assert np.array_equal(bench.pixels(seen.method, pixels), pixels)
    assert seen.images[0].shape[2] == channels


def test_grey_becomes_colour_for_a_colour_method_and_grey_again(
    bench: Bench, seen: Seen, pixels_of: Any
) -> None:
    grey = pixels_of(channels=1)
    result = bench.pixels(seen.method, grey, channels=frozenset({3}))
    assert np.array_equal(seen.images[0], grey.repeat(3, axis=2))
    assert result.shape == grey.shape
    assert np.allclose(result, grey, atol=1e-6)


def test_colours_that_a_method_adds_to_grey_go_but_their_light_stays(
    bench: Bench, copy_method: type, pixels_of: Any
) -> None:
    class Tinting(copy_method):  # type: ignore[misc]
        def changed(self, image: ImageArray, request: Request, context: Context) -> ImageArray:
            return image * np.array([1, 0, 0], np.float32)

    grey = pixels_of(channels=1)
    result = bench.pixels(Tinting, grey, channels=frozenset({3}), domain="linear")
    assert result.shape == grey.shape
    assert np.allclose(to_linear(result), 0.2126 * to_linear(grey), atol=1e-5)


def test_a_method_that_takes_grey_may_make_colour_of_it(
    bench: Bench, copy_method: type, pixels_of: Any
) -> None:
    class Colouring(copy_method):  # type: ignore[misc]
        def changed(self, image: ImageArray, request: Request, context: Context) -> ImageArray:
            return image.repeat(3, axis=2)

    assert bench.pixels(Colouring, pixels_of(channels=1), channels=frozenset({1, 3})).shape[2] == 3


def test_alpha_is_set_aside_and_put_back_untouched(bench: Bench, copy_method: type, pixels_of: Any) -> None:
    class Darker(copy_method):  # type: ignore[misc]
        def changed(self, image: ImageArray, request: Request, context: Context) -> ImageArray:
            assert image.shape[2] == 3
            return image * np.float32(0.5)

    pixels = pixels_of(channels=4)
    result = bench.pixels(Darker, pixels, channels=frozenset({3}))
    assert np.array_equal(result[:, :, 3], pixels[:, :, 3])
    assert np.array_equal(result[:, :, :3], pixels[:, :, :3] * np.float32(0.5))


def test_alpha_grows_with_the_picture(bench: Bench, copy_method: type, pixels_of: Any) -> None:
    class Twice(copy_method):  # type: ignore[misc]
        def changed(self, image: ImageArray, request: Request, context: Context) -> ImageArray:
            return image.repeat(2, axis=0).repeat(2, axis=1)

    pixels = pixels_of(channels=4)
    pixels[:, :, 3] = 0.25
    result = bench.pixels(Twice, pixels, channels=frozenset({3}), scale=2)
    assert result.shape == (96, 128, 4)
    assert np.all(result[:, :, 3] == 0.25)


def test_alpha_that_a_method_makes_itself_is_kept(bench: Bench, copy_method: type, pixels_of: Any) -> None:
    class Cutting(copy_method):  # type: ignore[misc]
        def changed(self, image: ImageArray, request: Request, context: Context) -> ImageArray:
            return np.concatenate([image, np.full_like(image[:, :, :1], 0.5)], axis=2)

    pixels = pixels_of(channels=4)
    result = bench.pixels(Cutting, pixels, channels=frozenset({3}))
    assert np.array_equal(result[:, :, :3], pixels[:, :, :3])
    assert np.all(result[:, :, 3] == 0.5)


def test_a_grey_result_of_a_colour_picture_keeps_its_alpha(
    bench: Bench, copy_method: type, pixels_of: Any
) -> None:
    class Grey(copy_method):  # type: ignore[misc]
        def changed(self, image: ImageArray, request: Request, context: Context) -> ImageArray:
            return image[:, :, :1]

    pixels = pixels_of(channels=4)
    result = bench.pixels(Grey, pixels, channels=frozenset({3}))
    assert np.array_equal(
        result, np.concatenate([pixels[:, :, :1].repeat(3, axis=2), pixels[:, :, 3:]], axis=2)
    )


def test_channels_that_cannot_be_brought_over_are_refused(bench: Bench, pixels_of: Any, seen: Seen) -> None:
    job = bench.done(seen.method, pixels_of(channels=3), channels=frozenset({1}), id="fake.x")
    assert job.state is JobState.FAILED
    assert job.message == "fake.x takes pictures of 1 channels; picture.png has 3"
    assert isinstance(job.error, UnsuitableItemError)


@pytest.mark.parametrize("domain", ["srgb", "linear"])
@pytest.mark.parametrize("transfer", list(Transfer))
def test_numbers_arrive_in_the_methods_domain_and_leave_in_the_items(
    bench: Bench, seen: Seen, pixels_of: Any, item_of: Any, domain: str, transfer: Transfer
) -> None:
    pixels = pixels_of(channels=4)
    metadata = Metadata(icc=b"profile", source_bits=8)
    item = item_of(pixels, transfer=transfer, metadata=metadata)
    job = bench.done(seen.method, item, domain=domain, channels=frozenset({3}))
    change = {
        ("srgb", Transfer.LINEAR): to_srgb,
        ("linear", Transfer.SRGB): to_linear,
    }.get((domain, transfer), np.array)
    assert np.array_equal(seen.images[0], change(pixels[:, :, :3]))
    image = job.result.image
    assert image.transfer is transfer
    assert image.metadata == metadata
    np.testing.assert_allclose(image.pixels, pixels, atol=1e-6)


@pytest.mark.parametrize("channels", [3, 4])
def test_white_means_one_inside_and_what_it_meant_outside(
    bench: Bench, seen: Seen, pixels_of: Any, item_of: Any, channels: int
) -> None:
    pixels = pixels_of(channels=channels) * np.float32(200)
    if channels == 4:
        pixels[:, :, 3] = 0.75
    item = item_of(pixels, transfer=Transfer.LINEAR, nominal_white=255.0)
    job = bench.done(seen.method, item, domain="linear")
    assert seen.requests[0].source.nominal_white == 255.0
    assert np.array_equal(seen.images[0][:, :, :3], pixels[:, :, :3] / np.float32(255))
    if channels == 4:
        assert np.all(seen.images[0][:, :, 3] == 0.75)
    assert job.result.image.nominal_white == 255.0
    np.testing.assert_allclose(job.result.image.pixels, pixels, rtol=1e-6)


def test_what_a_method_gets_is_read_only_and_contiguous(
    bench: Bench, copy_method: type, pixels_of: Any
) -> None:
    class Careless(copy_method):  # type: ignore[misc]
        def run(self, request: Request, context: Context) -> Output:
            image = request.source.image
            assert image is not None
            assert image.flags.c_contiguous
            image[0, 0, 0] = 5
            return Output(image=image)

    job = bench.done(Careless, pixels_of(), region=Rect(3, 3, 20, 20))
    assert job.state is JobState.FAILED
    assert "read-only" in job.message


def test_the_picture_that_was_opened_never_changes(bench: Bench, seen: Seen, pixels_of: Any) -> None:
    pixels = pixels_of()
    before = pixels.copy()
    bench.done(seen.method, pixels, domain="linear", size=SizeRule(multiple_of=32))
    assert np.array_equal(pixels, before)


# -- sizes, tiles, regions ---------------------------------------------------------------------------

RULES = st.builds(
    SizeRule, minimum=st.integers(1, 80), multiple_of=st.sampled_from([1, 8, 16]), square=st.booleans()
)


@FEW
@given(st.integers(1, 100), st.integers(1, 100), RULES, st.sampled_from([1, 2]), st.booleans())
def test_any_size_obeys_the_rule_and_comes_back_whole(
    bench: Bench,
    copy_method: type,
    pixels_of: Any,
    width: int,
    height: int,
    rule: SizeRule,
    scale: int,
    tiles: bool,
) -> None:
    class Checking(copy_method):  # type: ignore[misc]
        def changed(self, image: ImageArray, request: Request, context: Context) -> ImageArray:
            rows, columns = image.shape[:2]
            assert min(rows, columns) >= rule.minimum
            assert rows % rule.multiple_of == columns % rule.multiple_of == 0
            assert rows == columns or not rule.square
            return image.repeat(scale, axis=0).repeat(scale, axis=1)

    pixels = pixels_of(height, width)
    side = -(-max(40, rule.minimum) // rule.multiple_of) * rule.multiple_of if tiles else None
    result = bench.pixels(Checking, pixels, size=rule, scale=scale, side=side)
    assert np.array_equal(result, pixels.repeat(scale, axis=0).repeat(scale, axis=1))


def test_a_single_pixel_can_be_processed(bench: Bench, seen: Seen) -> None:
    pixel = np.full((1, 1, 3), 0.5, np.float32)
    assert np.array_equal(bench.pixels(seen.method, pixel, size=SizeRule(minimum=64, multiple_of=64)), pixel)
    assert seen.images[0].shape == (64, 64, 3)


def test_tiles_know_where_they_are(bench: Bench, seen: Seen, pixels_of: Any) -> None:
    pixels = pixels_of(100, 120)
    region = Rect(10, 20, 90, 70)
    result = bench.pixels(seen.method, pixels, side=48, region=region)
    assert np.array_equal(result, pixels[region.rows, region.columns])
    assert len(seen.requests) > 1
    for request, image in zip(seen.requests, seen.images, strict=True):
        assert request.region.lies_in(120, 100)
        assert np.array_equal(image, pixels[request.region.rows, request.region.columns])


def test_a_region_is_told_also_without_tiles(bench: Bench, seen: Seen, pixels_of: Any) -> None:
    pixels = pixels_of()
    region = Rect(5, 6, 30, 20)
    assert np.array_equal(bench.pixels(seen.method, pixels, region=region), pixels[6:26, 5:35])
    assert seen.requests[0].region == region
    bench.done(seen.method, pixels)
    assert seen.requests[1].region is None


def test_noise_is_the_same_in_tiles_in_a_region_and_as_a_whole(
    bench: Bench, copy_method: type, pixels_of: Any
) -> None:
    class Noisy(copy_method):  # type: ignore[misc]
        def changed(self, image: ImageArray, request: Request, context: Context) -> ImageArray:
            noise = context.noise_array((3, *image.shape[:2]), name="n")
            return image + np.moveaxis(noise, 0, 2)

    pixels = pixels_of(100, 120)
    whole = bench.pixels(Noisy, pixels, seed=7)
    assert np.array_equal(bench.pixels(Noisy, pixels, seed=7, side=48), whole)
    assert np.array_equal(
        bench.pixels(Noisy, pixels, seed=7, region=Rect(30, 40, 50, 50)), whole[40:90, 30:80]
    )
    assert not np.array_equal(bench.pixels(Noisy, pixels, seed=8), whole)


def test_nan_of_the_source_may_pass_through_tiles_and_padding(
    bench: Bench, seen: Seen, pixels_of: Any
) -> None:
    pixels = pixels_of(100, 100)
    pixels[50, 60] = np.nan
    pixels[1, 2] = np.inf
    assert np.array_equal(bench.pixels(seen.method, pixels, side=48), pixels, equal_nan=True)
    padded = bench.pixels(seen.method, pixels, size=SizeRule(multiple_of=64))
    assert np.array_equal(padded, pixels, equal_nan=True)


def test_a_flat_tile_of_a_picture_that_is_not_flat_is_no_defect(bench: Bench, copy_method: type) -> None:
    class Flattening(copy_method):  # type: ignore[misc]
        def changed(self, image: ImageArray, request: Request, context: Context) -> ImageArray:
            return np.round(image)

    pixels = np.zeros((100, 100, 3), np.float32)
    pixels[:, 80:] = np.linspace(0.1, 0.4, 20)[:, None]
    pixels[90:, 90:] = 1
    assert bench.done(Flattening, pixels, side=48).state is JobState.DONE


def test_a_constant_picture_may_stay_constant(bench: Bench, seen: Seen) -> None:
    assert bench.done(seen.method, np.full((9, 9, 3), 0.5, np.float32)).state is JobState.DONE


# -- further pictures and figures ----------------------------------------------------------------------


class Mapped:
    """A method that also returns a map and a figure."""

    def __init__(self, copy_method: type) -> None:
        class Mapping(copy_method):  # type: ignore[misc]
            def run(self, request: Request, context: Context) -> Output:
                image = np.array(request.source.image)
                return Output(
                    image=image,
                    images={"map": image[:, :, :1] * np.float32(2)},
                    info={"mean": float(image.mean())},
                )

        self.method = Mapping


@pytest.mark.parametrize("changes", [{}, {"side": 48}, {"size": SizeRule(multiple_of=64)}])
def test_further_pictures_do_not_depend_on_tiles_and_padding(
    bench: Bench, copy_method: type, pixels_of: Any, changes: dict[str, Any]
) -> None:
    pixels = pixels_of(100, 100)
    job = bench.done(Mapped(copy_method).method, pixels, **changes)
    assert np.array_equal(job.result.images["map"].pixels, pixels[:, :, :1] * np.float32(2))
    assert ("mean" in job.result.info) is ("side" not in changes)


def test_a_map_gets_no_alpha(bench: Bench, copy_method: type, pixels_of: Any) -> None:
    job = bench.done(Mapped(copy_method).method, pixels_of(channels=4), channels=frozenset({3}))
    assert job.result.images["map"].channels == 1
    assert job.result.image.channels == 4


def test_tiles_that_bring_different_pictures_are_refused(
    bench: Bench, copy_method: type, pixels_of: Any
) -> None:
    class Odd(copy_method):  # type: ignore[misc]
        def run(self, request: Request, context: Context) -> Output:
            image = np.array(request.source.image)
            return Output(image=image, images={"map": image} if request.region.x else {})

    job = bench.done(Odd, pixels_of(100, 100), side=48, id="fake.x")
    assert job.state is JobState.FAILED
    assert "result with 3 channels, map with 3 channels for one tile and result with 3" in job.message


# -- references and slots ------------------------------------------------------------------------------


def test_references_of_the_same_size_are_cut_and_padded_with_the_source(
    bench: Bench, copy_method: type, pixels_of: Any, item_of: Any
) -> None:
    class Adding(copy_method):  # type: ignore[misc]
        def changed(self, image: ImageArray, request: Request, context: Context) -> ImageArray:
            (other,) = request.references
            return image + other

    pixels, other = pixels_of(100, 90), pixels_of(100, 90, seed=2)
    rule = References(minimum=1, maximum=1)
    region = Rect(7, 9, 80, 85)
    for changes in ({}, {"side": 48}, {"region": region, "side": 48}, {"size": SizeRule(multiple_of=64)}):
        result = bench.pixels(Adding, pixels, **_with_references(rule, item_of(other)), **changes)
        expected = pixels + other
        if "region" in changes:
            expected = expected[region.rows, region.columns]
        assert np.array_equal(result, expected)


def _with_references(rule: References, *items: Item) -> dict[str, Any]:
    return {"rule": rule, "references": items}


def test_references_of_another_size_are_handed_over_whole(
    bench: Bench, seen: Seen, pixels_of: Any, item_of: Any
) -> None:
    other = pixels_of(33, 21, seed=2)
    rule = References(minimum=1, maximum=2, same_size=False)
    bench.done(seen.method, pixels_of(100, 100), side=48, **_with_references(rule, item_of(other)))
    assert len(seen.requests) > 1
    for request in seen.requests:
        assert np.array_equal(request.references[0], other)
        assert not request.references[0].flags.writeable


@pytest.mark.parametrize(("count", "sentence"), [(0, "takes 1 to 2 reference pictures, got 0"), (3, "got 3")])
def test_too_few_or_too_many_references_are_refused(
    bench: Bench, seen: Seen, pixels_of: Any, item_of: Any, count: int, sentence: str
) -> None:
    items = [item_of(pixels_of())] * count
    with pytest.raises(UnsuitableItemError, match=sentence):
        bench.request(seen.method, **_with_references(References(minimum=1, maximum=2), *items))


def test_a_reference_of_another_size_is_refused(
    bench: Bench, seen: Seen, pixels_of: Any, item_of: Any
) -> None:
    rule = References(minimum=1, maximum=1)
    with pytest.raises(
        UnsuitableItemError, match="has 20 x 10 pixels; as a reference it must have the 64 x 48"
    ):
        bench.request(seen.method, **_with_references(rule, item_of(pixels_of(10, 20))))


# -- captures ------------------------------------------------------------------------------------------


class Frames:
    def __init__(self, counts: CountStack) -> None:
        self.counts = counts

    def read(self, start: int, stop: int) -> CountStack:
        return self.counts[start:stop]


def capture(frames: int = 20, *, window: FrameWindow | None = None, bits: int = 1) -> Item:
    counts = np.random.default_rng(1).integers(0, 2, (frames, 30, 40, 1), np.uint8)
    cube = PhotonCube(
        reader=Frames(counts), frames=frames, height=30, width=40, bits=bits, colour_filter=ColourFilter.RGGB
    )
    probe = Probe(kind=Kind.SPAD, format="test", width=40, height=30, channels=1, frames=frames)
    return Item(name="capture.npy", probe=probe, load=lambda: cube, window=window)


@pytest.fixture
def counting(copy_method: type) -> type:
    class Counting(copy_method):  # type: ignore[misc]
        def run(self, request: Request, context: Context) -> Output:
            assert request.source.image is None
            assert request.source.window is not None
            total = request.source.cube.total(request.source.window)
            return Output(image=total.astype(np.float32) / np.float32(request.source.window.length))

    return Counting


SPAD = frozenset({Kind.SPAD})


def test_a_capture_is_handed_over_whole_with_its_window(bench: Bench, counting: type) -> None:
    job = bench.done(counting, capture(window=FrameWindow(5, 10)), accepts=SPAD, domain="counts")
    assert job.state is JobState.DONE, job.message
    assert job.result.image.transfer is Transfer.LINEAR
    recipe = job.result.recipe
    assert (recipe.item.hashed, recipe.item.window) == ("frames", FrameWindow(5, 10))
    assert recipe.tile is None


def test_a_capture_is_never_cut_by_the_host(bench: Bench, counting: type) -> None:
    bench.device.total = bench.device.free = 2
    request = bench.request(counting, capture(), accepts=SPAD, domain="counts")
    assert request.info.tiling is Tiling.NONE
    with pytest.raises(BadInputError, match="takes no tile size"):
        bench.request(counting, capture(), accepts=SPAD, domain="counts", side=16)


def test_a_region_of_a_capture_is_cropped_with_its_filter(bench: Bench, counting: type) -> None:
    job = bench.done(counting, capture(), accepts=SPAD, domain="counts", region=Rect(1, 0, 20, 10))
    assert job.result.image.pixels.shape == (10, 20, 1)
    whole = bench.done(counting, capture(), accepts=SPAD, domain="counts")
    assert np.array_equal(job.result.image.pixels, whole.result.image.pixels[0:10, 1:21])
    assert job.result.recipe.item.sha256 != whole.result.recipe.item.sha256


@pytest.mark.parametrize(
    ("need", "sentence"),
    [
        (FrameNeed(minimum=30), "needs at least 30 frames; capture.npy offers 20"),
        (FrameNeed(minimum=2, maximum=10), "needs 2 to 10 frames; capture.npy offers 20"),
        (FrameNeed(bits=frozenset({4, 8})), "needs 4 or 8 bits per frame; capture.npy has 1"),
        (
            FrameNeed(filters=frozenset({ColourFilter.MONO, ColourFilter.BGGR})),
            "needs the colour filter bggr or mono; capture.npy has rggb",
        ),
    ],
)
def test_captures_that_a_method_cannot_use_are_refused_before_they_wait(
    bench: Bench, counting: type, need: FrameNeed, sentence: str
) -> None:
    with pytest.raises(UnsuitableItemError, match=sentence):
        bench.request(counting, capture(), accepts=SPAD, domain="counts", frames=need)


def test_a_window_outside_the_capture_fails_with_a_sentence(bench: Bench, counting: type) -> None:
    job = bench.done(counting, capture(window=FrameWindow(15, 10)), accepts=SPAD, domain="counts")
    assert job.state is JobState.FAILED
    assert "frames 15 to 24 were asked for, but the capture has frames 0 to 19" in job.message


# -- what is refused before it waits --------------------------------------------------------------------


def test_kinds_that_a_method_does_not_take_are_refused(bench: Bench, seen: Seen) -> None:
    with pytest.raises(UnsuitableItemError, match=r"takes image items; capture\.npy is a spad item"):
        bench.request(seen.method, capture())


def test_a_plain_picture_may_come_from_a_metalens(
    bench: Bench, seen: Seen, pixels_of: Any, item_of: Any
) -> None:
    metalens = frozenset({Kind.METALENS})
    assert bench.done(seen.method, pixels_of(), accepts=metalens).state is JobState.DONE
    with pytest.raises(UnsuitableItemError, match="is a metalens item"):
        bench.request(seen.method, item_of(pixels_of(), kind=Kind.METALENS))


@pytest.mark.parametrize(
    "region", [Rect(0, 0, 65, 48), Rect(-1, 0, 5, 5), Rect(60, 0, 5, 5), Rect(0, 0, 0, 5)]
)
def test_regions_outside_the_picture_are_refused(bench: Bench, seen: Seen, region: Rect) -> None:
    with pytest.raises(BadInputError, match="does not lie in its 64 x 48 pixels"):
        bench.request(seen.method, region=region)


@pytest.mark.parametrize("seed", [-1, 2**63, True, 1.0])
def test_seeds_that_are_none_are_refused(bench: Bench, seen: Seen, seed: object) -> None:
    with pytest.raises(ParameterError, match="seed must be a whole number"):
        bench.request(seen.method, seed=seed)


def test_a_precision_that_is_not_offered_is_refused(bench: Bench, seen: Seen) -> None:
    with pytest.raises(ParameterError, match="precision must be one of fp32, got 'fp8'"):
        bench.request(seen.method, precision="fp8")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"nothing": 1}, "nothing is not a parameter of .* \\(known: amount\\)"),
        ({"amount": 3.0}, "amount must be 0 to 1, got 3"),
        ({"amount": "high"}, "amount needs a number, got 'high'"),
        ({"amount": True}, "amount needs a number, got True"),
        ({"amount": float("nan")}, "amount needs a number"),
        ({"amount": 10**400}, "amount needs a number, got 1000"),
    ],
)
def test_parameters_that_do_not_fit_are_refused(
    bench: Bench, seen: Seen, values: dict[str, object], sentence: str
) -> None:
    params = (FloatParam(id="amount", label="Amount", default=0.5, minimum=0, maximum=1),)
    with pytest.raises(ParameterError, match=sentence):
        bench.request(seen.method, params=params, values=values)


@pytest.mark.parametrize(("scale", "tiling"), [(2.0, Tiling.HOST), (0.5, Tiling.NONE), (1.5, Tiling.NONE)])
def test_only_whole_multiples_are_cut_into_tiles(
    bench: Bench, seen: Seen, scale: float, tiling: Tiling
) -> None:
    params = (FloatParam(id="scale", label="Scale", default=1, minimum=0.1, maximum=8),)
    request = bench.request(
        seen.method, params=params, values={"scale": scale}, scale=None, scale_param="scale"
    )
    assert request.info.tiling is tiling
    assert request.output_size == (round(64 * scale), round(48 * scale))


def test_a_scale_may_be_a_whole_number_parameter(bench: Bench, copy_method: type, pixels_of: Any) -> None:
    class Larger(copy_method):  # type: ignore[misc]
        def changed(self, image: ImageArray, request: Request, context: Context) -> ImageArray:
            scale = request.params["times"]
            return image.repeat(scale, axis=0).repeat(scale, axis=1)  # type: ignore[call-overload]

    params = (IntParam(id="times", label="Times", default=3, minimum=1, maximum=4),)
    pixels = pixels_of(60, 50)
    changes: dict[str, Any] = {"params": params, "scale": None, "scale_param": "times"}
    whole = bench.pixels(Larger, pixels, **changes)
    assert whole.shape == (180, 150, 3)
    assert np.array_equal(bench.pixels(Larger, pixels, side=32, **changes), whole)


def test_a_shrunk_picture_has_at_least_one_pixel(bench: Bench, seen: Seen, pixels_of: Any) -> None:
    params = (FloatParam(id="scale", label="Scale", default=0.1, minimum=0.1, maximum=8),)
    request = bench.request(seen.method, pixels_of(2, 3), params=params, scale=None, scale_param="scale")
    assert request.output_size == (1, 1)


def test_an_internal_method_gets_the_whole_picture_and_the_tile(
    bench: Bench, copy_method: type, pixels_of: Any
) -> None:
    told = []

    class Internal(copy_method):  # type: ignore[misc]
        def changed(self, image: ImageArray, request: Request, context: Context) -> ImageArray:
            told.append((image.shape[:2], context.tile))
            return image

    rule = TileRule(preferred=32, minimum=16, overlap=8)
    bench.done(Internal, pixels_of(100, 100), tiling=Tiling.INTERNAL, tile=rule)
    bench.done(
        Internal, pixels_of(100, 100), tiling=Tiling.INTERNAL, tile=replace(rule, preferred=None), side=40
    )
    assert [(shape, tile.side, tile.automatic) for shape, tile in told] == [
        ((100, 100), 32, True),
        ((100, 100), 40, False),
    ]
