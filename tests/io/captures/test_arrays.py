from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from restora.data.geometry import FrameWindow, Rect
from restora.data.kinds import ColourFilter
from restora.data.photon_cube import Origin, PhotonCube
from restora.errors import FileProblemError
from restora.io.captures import CaptureOptions, open_cube, probe
from restora.io.captures.layouts import arranged, usual_layout
from restora.io.captures.recognising import claims
from restora.photons.mosaic import channel_map

VECTORS = Path(__file__).parents[2] / "vectors" / "gqir" / "loader"
Save = Callable[..., Path]
Bits = Callable[..., np.ndarray]


def opened(path: Path, **stated: str) -> PhotonCube:
    return open_cube(path, CaptureOptions.from_pairs(stated))


def everything(cube: PhotonCube) -> np.ndarray:
    return np.asarray(cube.read(FrameWindow(0, cube.frames)))


def origins(cube: PhotonCube) -> dict[str, Origin]:
    return {fact.name: fact.origin for fact in cube.facts}


class TestVectors:
    @pytest.mark.parametrize(
        ("packed", "frames", "stated"),
        [
            ("packed_width_thwc", "frames_thwc", {"packing": "width", "width": "20"}),
            ("packed_width_thw", "frames_thw", {"packing": "width"}),
            ("packed_height_thwc", "frames_thwc_h", {"packing": "height"}),
            ("raw_lsb_first_thw", "frames_thw", {"packing": "width", "bit_order": "lsb"}),
        ],
    )
    def test_packed_frames_are_bit_equal(
        self, saved: Save, packed: str, frames: str, stated: dict[str, str]
    ) -> None:
        with np.load(VECTORS / "bitpacked.npz", allow_pickle=False) as v:
            expected = v[frames] if v[frames].ndim == 4 else v[frames][..., np.newaxis]
            cube = opened(saved(v[packed]), **stated)
        assert_array_equal(everything(cube), expected)

    def test_layouts_of_research_code_are_recognised(self) -> None:
        with np.load(VECTORS / "layouts.npz", allow_pickle=False) as v:
            for name in (key for key in v.files if key.startswith("in_")):
                array = v[name]
                assert_array_equal(arranged(array, usual_layout(array.shape)), v["out_" + name[3:]], name)


@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    frames=st.integers(1, 12),
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    channels=st.sampled_from([1, 3]),
    packing=st.sampled_from(["width", "height", "none"]),
    order=st.sampled_from(["msb", "lsb"]),
    seed=st.integers(0, 2**32),
)
def test_any_packing_gives_back_its_frames(
    tmp_path: Path, frames: int, height: int, width: int, channels: int, packing: str, order: str, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    expected = rng.integers(0, 2, (frames, height, width, channels), dtype=np.uint8)
    stored = expected if channels == 3 else expected[..., 0]
    if packing != "none":
        axis = 2 if packing == "width" else 1
        stored = np.packbits(stored, axis=axis, bitorder="big" if order == "msb" else "little")
    np.save(tmp_path / "cube.npy", stored)
    layout = "thwc" if channels == 3 else "thw"
    stated = {"packing": packing, "layout": layout, "height": str(height), "width": str(width), "bits": "1"}
    if packing != "none":
        stated["bit_order"] = order
    cube = opened(tmp_path / "cube.npy", **stated)
    assert_array_equal(everything(cube), expected)
    start = frames // 3
    window = FrameWindow(start, frames - start)
    assert_array_equal(cube.total(window), expected[start:].sum(axis=0))


class TestUnpacked:
    def test_bool_frames_need_no_statement(self, saved: Save, bits: Bits) -> None:
        frames = bits(9, 12, 16)
        cube = opened(saved(frames.astype(bool)))
        assert_array_equal(everything(cube)[..., 0], frames)
        assert (cube.bits, cube.frames) == (1, 9)

    def test_counts_of_stated_bits_are_kept(self, saved: Save) -> None:
        frames = np.random.default_rng(0).integers(0, 6, (5, 20, 24), dtype=np.uint16)
        cube = opened(saved(frames), bits="3")
        assert_array_equal(everything(cube)[..., 0], frames)
        assert cube.most_per_frame == 7

    def test_bits_are_assumed_only_where_the_largest_count_tells_them(self, saved: Save) -> None:
        frames = np.random.default_rng(0).integers(0, 8, (5, 20, 24), dtype=np.uint8)
        assert origins(opened(saved(frames, "a.npy")))["bits"] is Origin.ASSUMED
        with pytest.raises(FileProblemError, match="counts up to 5") as caught:
            opened(saved(np.minimum(frames, 5), "b.npy"))
        assert "bits" in (caught.value.advice or "")

    def test_counts_above_the_stated_bits_are_refused_when_read(self, saved: Save) -> None:
        frames = np.zeros((4, 8, 8), np.uint8)
        frames[2, 1, 1] = 9
        cube = opened(saved(frames), bits="3", packing="none")
        assert everything_up_to(cube, 2).sum() == 0
        with pytest.raises(FileProblemError, match="frame 2 holds a count of 9"):
            everything(cube)

    def test_negative_counts_are_refused_when_read(self, saved: Save) -> None:
        frames = np.zeros((3, 8, 8), np.int32)
        frames[1] = -1
        with pytest.raises(FileProblemError, match="count of -1"):
            everything(opened(saved(frames), bits="1"))

    @pytest.mark.parametrize("dtype", [">u2", "<i8", ">i4"])
    def test_any_integer_type_is_read(self, saved: Save, dtype: str) -> None:
        frames = np.random.default_rng(0).integers(0, 1000, (3, 10, 12)).astype(dtype)
        cube = opened(saved(frames), bits="10")
        assert_array_equal(everything(cube)[..., 0], frames)
        assert everything(cube).dtype == np.uint16

    def test_fortran_order_and_time_last_are_read(self, saved: Save, bits: Bits) -> None:
        frames = bits(5, 12, 16)
        fortran = opened(saved(np.asfortranarray(frames), "f.npy"))
        last = opened(saved(np.moveaxis(frames, 0, 2).copy(), "l.npy"), layout="hwt")
        assert_array_equal(everything(fortran)[..., 0], frames)
        assert_array_equal(everything(last)[..., 0], frames)
        assert_array_equal(last.total(FrameWindow(1, 3))[..., 0], frames[1:4].sum(axis=0))

    def test_a_single_sum_is_one_frame(self, saved: Save) -> None:
        total = np.random.default_rng(0).integers(0, 8, (20, 24), dtype=np.uint8)
        cube = opened(saved(total), bits="3")
        assert_array_equal(everything(cube)[0, :, :, 0], total)

    def test_shapes_with_two_readings_are_refused(self, saved: Save, bits: Bits) -> None:
        with pytest.raises(FileProblemError, match="100 frames of 200 x 128 or 200 frames") as caught:
            opened(saved(bits(100, 128, 200)))
        assert "layout=thw" in (caught.value.advice or "")

    def test_float_arrays_are_no_detections(self, saved: Save) -> None:
        with pytest.raises(FileProblemError, match="whole numbers or bool"):
            opened(saved(np.zeros((3, 8, 9), np.float32)))


class TestPackedGuesses:
    def test_packed_frames_are_reported_as_assumed(self, saved: Save, bits: Bits) -> None:
        path = saved(np.packbits(bits(6, 64, 128), axis=2))
        cube = opened(path)
        assert (cube.height, cube.width, cube.bits) == (64, 128, 1)
        assumed = {name for name, origin in origins(cube).items() if origin is Origin.ASSUMED}
        assert {"packing", "bit order", "width", "layout"} <= assumed

    def test_bytes_that_may_be_either_are_refused(self, saved: Save) -> None:
        frames = np.random.default_rng(0).integers(0, 256, (6, 20, 24), dtype=np.uint8)
        with pytest.raises(FileProblemError, match="packed pixels or counts"):
            opened(saved(frames))

    @pytest.mark.parametrize("stored", ["big", "little"])
    def test_frames_that_speak_against_the_usual_bit_order_are_refused(
        self, saved: Save, stored: str
    ) -> None:
        rows, columns = np.mgrid[:64, :96]
        p = 0.4 + 0.3 * np.sin(columns / 5 + rows / 20)
        frames = np.random.default_rng(0).random((40, 64, 96)) < p
        path = saved(np.packbits(frames, axis=2, bitorder="big" if stored == "big" else "little"))
        if stored == "big":
            assert_array_equal(everything(opened(path))[..., 0], frames)
            return
        with pytest.raises(FileProblemError, match="looks as if its bit order were lsb"):
            opened(path)
        assert_array_equal(everything(opened(path, bit_order="lsb"))[..., 0], frames)

    def test_zeros_say_nothing(self, saved: Save) -> None:
        with pytest.raises(FileProblemError, match="nothing but zeros"):
            opened(saved(np.zeros((6, 64, 8), np.uint8)))


class TestSidecars:
    def write(self, folder: Path, bits: Bits, **entries: object) -> Path:
        frames = bits(6, 16, 20)
        np.save(folder / "frames.npy", np.packbits(frames, axis=2))
        sidecar = {"file_path": "frames.npy", "bitpack": True, "bitpack_dim": 2, "h": 16, "w": 20, "c": 1}
        text = json.dumps({key: value for key, value in {**sidecar, **entries}.items() if value != "-"})
        (folder / "transforms.json").write_text(text)
        return folder / "frames.npy"

    def test_facts_come_from_the_sidecar(self, tmp_path: Path, bits: Bits) -> None:
        own = {"cfa": "GRBG", "bit_order": "msb", "exposure_us": 10.2, "alpha": 1.0, "n": 1}
        cube = opened(self.write(tmp_path, bits, restora=own))
        assert_array_equal(everything(cube)[..., 0], bits(6, 16, 20))
        assert cube.colour_filter is ColourFilter.GRBG
        assert origins(cube)["width"] is Origin.SIDECAR

    def test_the_folder_and_the_sidecar_open_the_same_capture(self, tmp_path: Path, bits: Bits) -> None:
        path = self.write(tmp_path, bits)
        window = FrameWindow(0, 6)
        hashes = {opened(place).sha256(window) for place in (path, tmp_path, tmp_path / "transforms.json")}
        assert len(hashes) == 1

    @pytest.mark.parametrize(
        ("entries", "stated", "sentence"),
        [
            ({"w": 40}, {}, "width of 40 needs 5"),
            ({"h": 15}, {}, "height is 15 in transforms.json, but 16"),
            ({"c": 3}, {}, "channels is 3 in transforms.json, but 1"),
            ({"frames": [{}] * 7}, {}, "frames is 7 in transforms.json, but 6"),
            ({}, {"packing": "height"}, "packing is height as stated, but width in transforms.json"),
            ({"restora": {"bit_order": "lsb"}}, {"bit_order": "msb"}, "bit order is msb as stated, but lsb"),
            ({"restora": {"n": 7}}, {}, "bits is 3 in transforms.json, but 1"),
            ({"bitpack_dim": 3}, {}, "bitpack_dim must be 1"),
            ({"bitpack_dim": None}, {}, "bitpack_dim must be 1"),
            ({"bitpack": "yes"}, {}, "bitpack must be true or false"),
            ({"h": -16}, {}, "h must be 1 to 65535"),
            ({"h": 1e400}, {}, "whole number"),
            ({"w": "20"}, {}, "w must be a whole number"),
            ({"frames": {}}, {}, "frames must be a list"),
            ({"restora": {"colour": "red"}}, {}, "unknown entry 'colour'"),
            ({"restora": {"n": 6}}, {}, "must be 1, 3, 7, 15"),
            ({"restora": {"cfa": "rggg"}}, {}, "cfa"),
            ({"restora": {"mask": "../mask.npy"}}, {}, "name of a file in the same folder"),
            ({"restora": {"rotate": 45}}, {}, "must be 0, 90, 180 or 270"),
        ],
    )
    def test_contradictions_are_refused_in_one_sentence(
        self, tmp_path: Path, bits: Bits, entries: dict[str, object], stated: dict[str, str], sentence: str
    ) -> None:
        path = self.write(tmp_path, bits, **entries)
        with pytest.raises(FileProblemError, match=sentence) as caught:
            opened(path, **stated)
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize("named", ["../frames.npy", "/etc/passwd", "a/../../frames.npy", "missing.npy"])
    def test_names_that_lead_elsewhere_are_refused(self, tmp_path: Path, bits: Bits, named: str) -> None:
        self.write(tmp_path, bits, file_path=named)
        with pytest.raises(FileProblemError, match=r"leads out of its folder|does not exist"):
            opened(tmp_path)

    def test_a_link_out_of_the_folder_is_refused(self, tmp_path: Path, bits: Bits) -> None:
        inner = tmp_path / "inner"
        inner.mkdir()
        path = self.write(inner, bits)
        path.rename(tmp_path / "frames.npy")
        path.symlink_to(tmp_path / "frames.npy")
        with pytest.raises(FileProblemError, match="leads out of its folder"):
            opened(inner)

    def test_a_sidecar_of_another_file_says_nothing(self, tmp_path: Path, bits: Bits) -> None:
        self.write(tmp_path, bits)
        np.save(tmp_path / "other.npy", bits(4, 8, 9).astype(bool))
        assert opened(tmp_path / "other.npy").frames == 4

    def test_our_own_sidecar_is_read(self, saved: Save, bits: Bits) -> None:
        path = saved(np.packbits(bits(6, 16, 24), axis=2, bitorder="little"))
        text = json.dumps({"n": 1, "bit_order": "lsb", "axis_order": "THW", "rotate": 90, "flip": True})
        path.with_name("burst.npy.restora.json").write_text(text)
        cube = opened(path, packing="width")
        assert_array_equal(everything(cube)[..., 0], np.rot90(bits(6, 16, 24), axes=(1, 2))[:, :, ::-1])


class TestOrientation:
    @pytest.mark.parametrize("rotation", ["0", "90", "180", "270"])
    @pytest.mark.parametrize("flip", ["none", "horizontal", "vertical"])
    @pytest.mark.parametrize(("height", "width"), [(6, 8), (7, 8), (6, 9), (7, 9)])
    def test_the_filter_follows_every_turn_and_crop(
        self, saved: Save, rotation: str, flip: str, height: int, width: int
    ) -> None:
        marks = channel_map(ColourFilter.GRBG, height, width)[np.newaxis]
        stated = {"bits": "2", "packing": "none", "layout": "thw", "colour_filter": "grbg", "crop": "1,1,4,5"}
        cube = opened(saved(marks), rotation=rotation, flip=flip, **stated)
        seen = everything(cube)[0, :, :, 0]
        assert_array_equal(seen, channel_map(cube.colour_filter, 5, 4))

    def test_sums_are_turned_and_cropped_like_frames(self, saved: Save, bits: Bits) -> None:
        path = saved(np.packbits(bits(9, 20, 30), axis=2))
        cube = opened(path, packing="width", width="30", rotation="270", flip="vertical", crop="3,4,10,20")
        assert_array_equal(cube.total(FrameWindow(2, 6)), everything(cube)[2:8].sum(axis=0))
        assert (cube.width, cube.height) == (10, 20)

    def test_a_crop_outside_is_refused(self, saved: Save, bits: Bits) -> None:
        with pytest.raises(FileProblemError, match="does not lie in"):
            opened(saved(bits(3, 8, 9).astype(bool)), crop="4,4,8,8")


class TestNpz:
    def test_uncompressed_members_are_read_in_place(self, tmp_path: Path, bits: Bits) -> None:
        frames = bits(20, 16, 24)
        np.savez(tmp_path / "a.npz", other=np.zeros(3), cube=np.packbits(frames, axis=2))
        cube = opened(tmp_path / "a.npz", member="cube", packing="width")
        assert_array_equal(everything(cube)[..., 0], frames)

    def test_compressed_members_are_read(self, tmp_path: Path, bits: Bits) -> None:
        np.savez_compressed(tmp_path / "a.npz", cube=bits(20, 16, 24).astype(bool))
        assert_array_equal(everything(opened(tmp_path / "a.npz"))[..., 0], bits(20, 16, 24))

    def test_the_array_must_be_named_where_there_are_several(self, tmp_path: Path) -> None:
        np.savez(tmp_path / "a.npz", one=np.zeros((3, 8, 9), bool), two=np.zeros((3, 8, 9), bool))
        with pytest.raises(FileProblemError, match="has the arrays one, two"):
            opened(tmp_path / "a.npz")
        with pytest.raises(FileProblemError, match="three is not one of them"):
            opened(tmp_path / "a.npz", member="three")


class TestClaims:
    @pytest.mark.parametrize(
        ("shape", "dtype", "is_capture"),
        [
            ((5, 8, 9), bool, True),
            ((5, 8, 9), np.uint8, True),
            ((5, 8, 9, 3), np.uint8, True),
            ((8, 9), np.uint8, False),
            ((8, 9, 3), np.uint8, False),
            ((5, 8, 9), np.float32, False),
        ],
    )
    def test_arrays_of_detections_are_told_from_pictures(
        self, saved: Save, shape: tuple[int, ...], dtype: type, is_capture: bool
    ) -> None:
        path = saved(np.zeros(shape, dtype))
        assert claims(path, path.read_bytes()[:4096]) is is_capture

    def test_a_sidecar_makes_any_array_a_capture(self, saved: Save) -> None:
        path = saved(np.zeros((8, 9, 3), np.uint8))
        path.with_name("transforms.json").write_text('{"file_path": "burst.npy"}')
        assert claims(path, path.read_bytes()[:4096])


def test_a_probe_reports_brightness_and_where_facts_come_from(saved: Save, bits: Bits) -> None:
    path = saved(bits(40, 12, 16, density=0.25).astype(bool))
    found = probe(path, CaptureOptions.from_pairs({"colour_filter": "rggb"}))
    facts = {fact.name: fact for fact in found.facts}
    assert facts["colour filter"].origin is Origin.STATED
    assert facts["brightness seen"].value.startswith("0.2")
    assert "mean of 16 frames" in facts["brightness seen"].value
    assert (found.frames, found.width, found.height) == (40, 16, 12)


def test_bad_pixels_are_loaded_and_cropped_with_the_capture(saved: Save, bits: Bits, tmp_path: Path) -> None:
    mask = np.zeros((12, 16), bool)
    mask[3, 5] = True
    np.save(tmp_path / "hot.npy", mask)
    cube = opened(saved(bits(4, 12, 16).astype(bool)), bad_pixels="hot.npy", crop="4,2,8,8")
    assert cube.bad_pixels is not None
    assert cube.bad_pixels.sum() == 1
    assert cube.bad_pixels[1, 1]
    assert cube.cropped(Rect(2, 2, 3, 3)).bad_pixels is not None


def everything_up_to(cube: PhotonCube, frames: int) -> np.ndarray:
    return np.asarray(cube.read(FrameWindow(0, frames)))
