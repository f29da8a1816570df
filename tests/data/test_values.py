from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from restora.data.camera import Camera, CameraSet
from restora.data.geometry import FrameWindow, Rect
from restora.data.image import Image, hash_pixels
from restora.data.item import Item, Probe
from restora.data.json_values import expect, finite
from restora.data.kinds import ColourFilter, Kind, Transfer
from restora.data.photon_cube import PhotonCube, shift_filter
from restora.data.scene import GaussianScene
from restora.data.transfer import convert, to_linear, to_srgb
from restora.errors import BadInputError, UnsuitableItemError

SIDES = st.integers(-20, 60)


def picture(height: int = 4, width: int = 5, channels: int = 3) -> Image:
    return Image(pixels=np.random.default_rng(0).random((height, width, channels), np.float32))


# -- geometry ----------------------------------------------------------------------------------------


@given(SIDES, SIDES, SIDES, SIDES)
def test_a_rectangle_lies_in_a_picture_exactly_if_all_its_pixels_do(x: int, y: int, w: int, h: int) -> None:
    inside = w > 0 and h > 0 and x >= 0 and y >= 0 and x + w <= 40 and y + h <= 30
    assert Rect(x, y, w, h).lies_in(40, 30) is inside
    if inside:
        assert np.zeros((30, 40))[Rect(x, y, w, h).rows, Rect(x, y, w, h).columns].shape == (h, w)


@given(st.integers(0, 50), st.integers(1, 50), st.sampled_from([0.25, 0.5, 1.5, 2, 3]))
def test_neighbours_stay_neighbours_when_they_are_scaled(x: int, width: int, factor: float) -> None:
    left, right = Rect(x, 0, width, 1).scaled(factor), Rect(x + width, 0, 7, 1).scaled(factor)
    assert left.right == right.x


def test_a_window_ends_after_its_last_frame() -> None:
    assert FrameWindow(3, 4).stop == 7


# -- pictures ----------------------------------------------------------------------------------------


def test_a_picture_cannot_be_changed() -> None:
    image = picture()
    with pytest.raises(ValueError, match="read-only"):
        image.pixels[0, 0, 0] = 1


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((4, 5, 3), np.float64),
        np.zeros((4, 5), np.float32),
        np.zeros((4, 5, 2), np.float32),
        np.zeros((0, 5, 3), np.float32),
    ],
)
def test_arrays_that_are_no_pictures_are_refused(
    pixels: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
) -> None:
    with pytest.raises(BadInputError, match="a picture must"):
        Image(pixels=pixels)


def test_the_hash_covers_shape_transfer_and_every_bit() -> None:
    pixels = picture().pixels
    hashes = {
        hash_pixels(pixels, Transfer.SRGB),
        hash_pixels(pixels, Transfer.LINEAR),
        hash_pixels(pixels.reshape(5, 4, 3), Transfer.SRGB),
        hash_pixels(np.nextafter(pixels, np.float32(2)), Transfer.SRGB),
        hash_pixels(-np.zeros_like(pixels), Transfer.SRGB),
        hash_pixels(np.zeros_like(pixels), Transfer.SRGB),
    }
    assert len(hashes) == 6
    assert picture().sha256() == picture().sha256()


def test_the_hash_does_not_depend_on_how_the_array_lies_in_memory() -> None:
    pixels = picture(6, 8).pixels
    strided = np.zeros((12, 8, 3), np.float32)[::2]
    strided[:] = pixels
    assert hash_pixels(strided, Transfer.SRGB) == hash_pixels(pixels, Transfer.SRGB)


# -- transfer ----------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.floats(-20, 20, width=32))
def test_the_transfers_undo_each_other_for_all_light(value: float) -> None:
    array = np.full((1, 1, 1), value, np.float32)
    np.testing.assert_allclose(to_linear(to_srgb(array)), array, rtol=2e-5, atol=1e-6)


def test_the_transfer_has_the_values_of_the_standard() -> None:
    light = np.array([0.0, 0.0031308, 0.18, 1.0, -0.18], np.float32)
    np.testing.assert_allclose(to_srgb(light), [0, 0.04045, 0.46135613, 1, -0.46135613], atol=2e-6)


def test_alpha_is_never_converted() -> None:
    pixels = picture(channels=4).pixels
    changed = convert(pixels, have=Transfer.SRGB, want=Transfer.LINEAR)
    assert np.array_equal(changed[:, :, 3], pixels[:, :, 3])
    assert not np.array_equal(changed[:, :, :3], pixels[:, :, :3])
    assert convert(pixels, have=Transfer.SRGB, want=Transfer.SRGB) is pixels
    image = picture()
    assert image.in_transfer(Transfer.SRGB) is image
    assert image.in_transfer(Transfer.LINEAR).transfer is Transfer.LINEAR


# -- items -------------------------------------------------------------------------------------------


def test_an_item_reads_its_data_once_and_can_forget_them() -> None:
    reads = []
    probe = Probe(kind=Kind.IMAGE, format="x", width=5, height=4, channels=3)
    item = Item(name="a", probe=probe, load=lambda: reads.append(1) or picture())
    assert item.image() is item.image()
    assert len(reads) == 1
    item.release()
    item.data()
    assert len(reads) == 2
    assert probe.megapixels == 20 / 1e6
    with pytest.raises(UnsuitableItemError, match="a is a image item, not a single-photon capture"):
        item.cube()


class Counts:
    def __init__(self, frames: int = 6) -> None:
        self.frames = np.random.default_rng(1).integers(0, 2, (frames, 4, 6, 1)).astype(np.uint8)

    def read(self, start: int, stop: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
        return self.frames[start:stop]


def cube(**changes: object) -> PhotonCube:
    plain: dict[str, object] = {"frames": 6, "height": 4, "width": 6, "colour_filter": ColourFilter.RGGB}
    return PhotonCube(reader=Counts(), **{**plain, **changes})  # type: ignore[arg-type]


def test_a_capture_gives_frames_sums_and_crops_that_agree() -> None:
    window = FrameWindow(1, 4)
    whole, cropped = cube(), cube().cropped(Rect(1, 1, 4, 2)).cropped(Rect(1, 0, 3, 2))
    assert np.array_equal(cropped.read(window), whole.read(window)[:, 1:3, 2:5])
    assert np.array_equal(cropped.total(window), whole.total(window)[1:3, 2:5])
    assert cropped.colour_filter == shift_filter(ColourFilter.RGGB, 2, 1) == ColourFilter.GBRG
    assert whole.most_per_frame == 1


@pytest.mark.parametrize("window", [FrameWindow(0, 0), FrameWindow(-1, 3), FrameWindow(4, 3)])
def test_frames_that_a_capture_does_not_have_are_refused(window: FrameWindow) -> None:
    for ask in (cube().read, cube().total, cube().sha256):
        with pytest.raises(BadInputError, match="the capture has frames 0 to 5"):
            ask(window)


def test_a_captures_hash_covers_counts_window_filter_and_bad_pixels() -> None:
    bad = np.zeros((4, 6), np.bool_)
    bad[0, 0] = True
    hashes = {
        cube().sha256(FrameWindow(0, 6)),
        cube().sha256(FrameWindow(0, 5)),
        cube(colour_filter=ColourFilter.MONO).sha256(FrameWindow(0, 6)),
        cube(bad_pixels=bad).sha256(FrameWindow(0, 6)),
    }
    assert len(hashes) == 4


def test_a_crop_outside_and_a_wrong_map_of_bad_pixels_are_refused() -> None:
    with pytest.raises(BadInputError, match="does not lie in a capture of 6 x 4"):
        cube().cropped(Rect(4, 0, 3, 3))
    with pytest.raises(BadInputError, match="map of bad pixels must be 4 x 6"):
        cube(bad_pixels=np.zeros((6, 4), np.bool_))


# -- scenes and cameras ------------------------------------------------------------------------------


def scene(**changes: object) -> GaussianScene:
    arrays: dict[str, object] = {
        "means": np.zeros((2, 3), np.float32),
        "quats": np.zeros((2, 4), np.float32),
        "log_scales": np.zeros((2, 3), np.float32),
        "logit_opacities": np.zeros(2, np.float32),
        "sh": np.zeros((2, 9, 3), np.float32),
    }
    return GaussianScene(**{**arrays, **changes})  # type: ignore[arg-type]


def test_a_scene_knows_its_size_and_degree_and_refuses_what_does_not_fit() -> None:
    assert (scene().count, scene().degree) == (2, 2)
    with pytest.raises(BadInputError, match=r"needs quats of shape \(2, 4\)"):
        scene(quats=np.zeros((3, 4), np.float32))
    with pytest.raises(BadInputError, match="sh must be"):
        scene(sh=np.zeros((2, 5, 3), np.float32))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [({"world_to_camera": np.eye(3)}, "must be 4 x 4"), ({"width": 0}, "needs pixels")],
)
def test_a_camera_without_pixels_or_pose_is_refused(changes: dict[str, object], sentence: str) -> None:
    plain: dict[str, object] = {"name": "c", "width": 4, "height": 3, "world_to_camera": np.eye(4)}
    numbers = dict.fromkeys(("fx", "fy", "cx", "cy"), 1.0)
    with pytest.raises(BadInputError, match=sentence):
        Camera(**{**plain, **numbers, **changes})  # type: ignore[arg-type]


# -- JSON --------------------------------------------------------------------------------------------


def test_only_what_is_asked_for_passes() -> None:
    assert expect(5, int, "x") == 5
    for value, kind in ((True, int), (1, bool), ("a", list), (None, dict)):
        with pytest.raises(TypeError, match="x must be"):
            expect(value, kind, "x")
    with pytest.raises(TypeError) as caught:
        expect("y" * 10**6, int, "x")
    assert len(str(caught.value)) < 100


def test_numbers_are_finite() -> None:
    assert finite(3, "x") == 3.0
    for value in (True, "3", float("nan"), float("inf"), 10**400, None):
        with pytest.raises(TypeError, match="x must be a number"):
            finite(value, "x")


def test_a_camera_knows_where_it_stands_and_how_it_maps() -> None:
    pose = np.eye(4)
    pose[:3, :3] = [[0, -1, 0], [1, 0, 0], [0, 0, 1]]
    pose[:3, 3] = [1, 2, 3]
    camera = Camera(
        name="c", width=4, height=3, fx=5, fy=6, cx=2, cy=1.5, world_to_camera=pose, distortion=(("k1", 0.1),)
    )
    assert np.allclose(pose @ [*camera.centre, 1], [0, 0, 0, 1])
    assert np.array_equal(camera.intrinsics, [[5, 0, 2], [0, 6, 1.5], [0, 0, 1]])
    assert camera.is_distorted


def test_a_set_of_cameras_finds_the_photographs_that_are_there(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"x")

    def camera(picture: str | None) -> Camera:
        return Camera(
            name="c", width=4, height=3, fx=1, fy=1, cx=2, cy=2, world_to_camera=np.eye(4), picture=picture
        )

    there, gone, unnamed = camera("a.png"), camera("b.png"), camera(None)
    cameras = CameraSet(cameras=(there, gone, unnamed), pictures=tmp_path)
    assert len(cameras) == 3
    assert list(cameras) == [there, gone, unnamed]
    assert [cameras.picture_of(each) for each in cameras] == [tmp_path / "a.png", None, None]
    assert CameraSet(cameras=(there,)).picture_of(there) is None


def test_a_probe_tells_its_size_in_pixels_or_gaussians() -> None:
    picture_probe = Probe(kind=Kind.IMAGE, format="x", width=5, height=4, channels=3)
    scene_probe = Probe(kind=Kind.SPLAT, format="x", width=0, height=0, channels=0, gaussians=70, degree=2)
    assert (picture_probe.size_text, scene_probe.size_text) == ("5 × 4", "70 Gaussians, degree 2")
    item = Item(name="a", probe=picture_probe, load=picture)
    with pytest.raises(UnsuitableItemError, match="a is a image item, not a scene of Gaussians"):
        item.scene()
