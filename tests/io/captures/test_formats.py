from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import scipy.io
import tifffile
from numpy.testing import assert_array_equal
from PIL import Image as PillowImage

from restora.data.geometry import FrameWindow
from restora.data.kinds import ColourFilter
from restora.data.photon_cube import Origin, PhotonCube
from restora.errors import FileProblemError
from restora.io.captures import CaptureOptions, open_cube, probe
from restora.io.captures.hdf5 import PUBLISHED_PLANES, woven
from restora.io.captures.masks import read_mask, write_mask
from restora.io.captures.recognising import claims
from restora.photons.mosaic import spread

Bits = Callable[..., np.ndarray]
BAYER_VECTORS = Path(__file__).parents[2] / "vectors" / "gqir" / "bayer" / "patterns.npz"


def opened(path: Path, **stated: str) -> PhotonCube:
    return open_cube(path, CaptureOptions.from_pairs(stated))


def everything(cube: PhotonCube) -> np.ndarray:
    return np.asarray(cube.read(FrameWindow(0, cube.frames)))


def origins(cube: PhotonCube) -> dict[str, Origin]:
    return {fact.name: fact.origin for fact in cube.facts}


class TestSensorFiles:
    def test_the_half_array_of_swissspad2_has_its_first_pixel_in_the_lowest_bit(
        self, tmp_path: Path, bits: Bits
    ) -> None:
        frames = bits(3, 256, 512)
        np.packbits(frames, axis=2, bitorder="little").tofile(tmp_path / "a.bin")
        cube = opened(tmp_path / "a.bin", format="swissspad2-half")
        assert_array_equal(everything(cube)[..., 0], frames)

    def test_the_full_array_is_put_together_from_its_strips(self, tmp_path: Path, bits: Bits) -> None:
        frames = bits(2, 512, 512)
        # As the sensor sends it: a quarter of the upper half, the same quarter of the lower half, …
        upper, lower = frames[:, :256], frames[:, :255:-1]
        strips = [half[:, :, 128 * k : 128 * (k + 1)] for k in range(4) for half in (upper, lower)]
        sent = np.concatenate(strips, axis=2)
        assert sent.shape == (2, 256, 1024)
        np.packbits(sent, axis=2, bitorder="little").tofile(tmp_path / "a.bin")
        cube = opened(tmp_path / "a.bin", format="swissspad2-full")
        assert_array_equal(everything(cube)[..., 0], frames)
        assert_array_equal(cube.total(FrameWindow(0, 2))[..., 0], frames.sum(axis=0))

    def test_numbered_files_follow_each_other_in_numeric_order(self, tmp_path: Path, bits: Bits) -> None:
        frames = bits(12, 256, 512)
        packed = np.packbits(frames, axis=2, bitorder="little")
        for number, folder in ((8, "0"), (9, "0"), (10, "1")):
            (tmp_path / folder).mkdir(exist_ok=True)
            packed[4 * (number - 8) : 4 * (number - 7)].tofile(tmp_path / folder / f"out{number}.bin")
        cube = opened(tmp_path, format="swissspad2-half")
        assert_array_equal(everything(cube)[..., 0], frames)
        assert_array_equal(cube.total(FrameWindow(3, 7))[..., 0], frames[3:10].sum(axis=0))

    def test_spad512s_files_may_carry_four_more_bytes(self, tmp_path: Path, bits: Bits) -> None:
        frames = bits(2, 512, 512)
        data = np.packbits(frames, axis=2).tobytes() + b"\1\2\3\4"
        (tmp_path / "RAW00000.bin").write_bytes(data)
        cube = opened(tmp_path / "RAW00000.bin")
        assert_array_equal(everything(cube)[..., 0], frames)
        assert origins(cube)["format"] is Origin.ASSUMED

    def test_bare_bits_do_not_tell_their_sensor(self, tmp_path: Path) -> None:
        (tmp_path / "a.bin").write_bytes(bytes(32768))
        with pytest.raises(FileProblemError, match="do not tell the sensor") as caught:
            opened(tmp_path / "a.bin")
        assert "swissspad2-half" in (caught.value.advice or "")

    @pytest.mark.parametrize("order", ["msb", "lsb"])
    @pytest.mark.parametrize("packing", ["width", "height"])
    def test_raw_bits_of_any_stated_shape_are_read(
        self, tmp_path: Path, bits: Bits, order: str, packing: str
    ) -> None:
        frames = bits(5, 9, 13)
        axis = 2 if packing == "width" else 1
        packed = np.packbits(frames, axis=axis, bitorder="big" if order == "msb" else "little")
        (tmp_path / "a.dat").write_bytes(b"header" + packed.tobytes())
        stated = {"format": "raw", "height": "9", "width": "13", "bits": "1", "offset": "6"}
        cube = opened(tmp_path / "a.dat", packing=packing, bit_order=order, **stated)
        assert_array_equal(everything(cube)[..., 0], frames)

    @pytest.mark.parametrize(("sample", "dtype"), [("uint8", "u1"), ("uint16le", "<u2"), ("uint16be", ">u2")])
    def test_raw_counts_are_read(self, tmp_path: Path, sample: str, dtype: str) -> None:
        frames = np.random.default_rng(0).integers(0, 16, (4, 5, 6, 3)).astype(dtype)
        frames.tofile(tmp_path / "a.dat")
        stated = {"format": "raw", "height": "5", "width": "6", "channels": "3", "bits": "4"}
        assert_array_equal(everything(opened(tmp_path / "a.dat", sample=sample, **stated)), frames)

    def test_a_stated_number_of_frames_must_be_there(self, tmp_path: Path) -> None:
        (tmp_path / "a.bin").write_bytes(bytes(2 * 256 * 64))
        with pytest.raises(FileProblemError, match="frames is 3 as stated, but 2"):
            opened(tmp_path / "a.bin", format="swissspad2-half", frames="3")


class TestHdf5:
    def planes(self, path: Path, frames: np.ndarray, group: str = PUBLISHED_PLANES) -> None:
        with h5py.File(path, "w") as file:
            for number, frame in enumerate(frames):
                file[f"{group}/{number:06d}"] = frame[:, :, np.newaxis, np.newaxis]

    def test_published_colour_captures_weave_four_planes(self, tmp_path: Path, bits: Bits) -> None:
        raw = bits(9, 16, 20)
        self.planes(tmp_path / "data.ubi.h5", raw)
        cube = opened(tmp_path / "data.ubi.h5")
        found = everything(cube)[..., 0]
        assert (cube.frames, cube.colour_filter) == (2, ColourFilter.RGGB)
        for row, column, plane in ((0, 0, 0), (0, 1, 1), (1, 1, 2), (1, 0, 3)):
            assert_array_equal(found[1, row::2, column::2], raw[4 + plane, row::2, column::2])
        assert origins(cube)["planes"] is Origin.ASSUMED

    def test_weaving_gives_the_vector(self) -> None:
        with np.load(BAYER_VECTORS, allow_pickle=False) as v:
            mosaic = woven(v["h5_planes_r_g1_b_g2"][np.newaxis])[0]
            assert_array_equal(spread(mosaic[..., np.newaxis], ColourFilter.RGGB), v["h5_sparse"])

    def test_the_same_file_opens_as_plain_frames_when_stated(self, tmp_path: Path, bits: Bits) -> None:
        self.planes(tmp_path / "a.h5", bits(9, 16, 20))
        cube = opened(tmp_path / "a.h5", colour_filter="mono")
        assert_array_equal(everything(cube)[..., 0], bits(9, 16, 20))

    def test_a_filter_that_contradicts_four_planes_is_refused(self, tmp_path: Path, bits: Bits) -> None:
        self.planes(tmp_path / "a.h5", bits(9, 16, 20))
        with pytest.raises(FileProblemError, match="colour filter is bggr as stated, but rggb"):
            opened(tmp_path / "a.h5", colour_filter="bggr", planes="4")

    def test_summed_frames_state_their_bits_and_filter(self, tmp_path: Path) -> None:
        metadata = {"cfa_pattern": "GBRG", "polycam_metadata": {"num_integrated_binary_frames": 15}}
        frames = np.random.default_rng(0).integers(0, 16, (11, 8, 10), dtype=np.uint8)
        with h5py.File(tmp_path / "a.h5", "w") as file:
            for number, frame in enumerate(frames):
                dataset = file.create_dataset(f"frames/{number}", data=frame)
                dataset.attrs["metadata"] = json.dumps(metadata)
        cube = opened(tmp_path / "a.h5")
        assert_array_equal(everything(cube)[..., 0], frames)
        assert (cube.bits, cube.colour_filter) == (4, ColourFilter.GBRG)

    def test_frames_of_another_type_are_refused_when_read(self, tmp_path: Path, bits: Bits) -> None:
        with h5py.File(tmp_path / "a.h5", "w") as file:
            file["g/0"], file["g/1"] = bits(8, 9), bits(8, 9).astype(np.float32)
        with pytest.raises(FileProblemError, match="its frame 1 is float32"):
            everything(opened(tmp_path / "a.h5", bits="1"))

    def test_one_dataset_of_frames_is_found(self, tmp_path: Path, bits: Bits) -> None:
        with h5py.File(tmp_path / "a.h5", "w") as file:
            file.create_dataset("x/cube", data=np.packbits(bits(30, 16, 20), axis=2), chunks=(4, 16, 3))
            file["about"] = np.zeros(4)
        cube = opened(tmp_path / "a.h5", packing="width", width="20")
        assert_array_equal(everything(cube)[..., 0], bits(30, 16, 20))
        assert_array_equal(cube.total(FrameWindow(5, 20))[..., 0], bits(30, 16, 20)[5:25].sum(axis=0))

    def test_links_to_other_files_are_not_followed(self, tmp_path: Path, bits: Bits) -> None:
        self.planes(tmp_path / "secret.h5", bits(4, 8, 8))
        with h5py.File(tmp_path / "a.h5", "w") as file:
            file["cube"] = h5py.ExternalLink("secret.h5", f"/{PUBLISHED_PLANES}")
            file["soft"] = h5py.SoftLink("/cube")
        with pytest.raises(FileProblemError, match="0 datasets or groups"):
            opened(tmp_path / "a.h5")

    def test_datasets_in_other_files_are_not_read(self, tmp_path: Path) -> None:
        (tmp_path / "other.raw").write_bytes(bytes(5 * 8 * 9))
        with h5py.File(tmp_path / "a.h5", "w") as file:
            place = [(str(tmp_path / "other.raw"), 0, 5 * 8 * 9)]
            file.create_dataset("cube", (5, 8, 9), "u1", external=place)
        with pytest.raises(FileProblemError, match="keeps its numbers in other files"):
            opened(tmp_path / "a.h5")

    def test_a_stated_link_is_not_followed_either(self, tmp_path: Path, bits: Bits) -> None:
        self.planes(tmp_path / "secret.h5", bits(4, 8, 8))
        with h5py.File(tmp_path / "a.h5", "w") as file:
            file["cube"] = h5py.ExternalLink("secret.h5", f"/{PUBLISHED_PLANES}")
        with pytest.raises(FileProblemError, match="links"):
            opened(tmp_path / "a.h5", member="cube")


class TestMatlab:
    def test_version_5_keeps_time_last(self, tmp_path: Path, bits: Bits) -> None:
        frames = bits(7, 12, 16)
        cube_first = np.moveaxis(frames, 0, 2)
        scipy.io.savemat(tmp_path / "a.mat", {"cube": cube_first, "note": "x"}, do_compression=True)
        assert_array_equal(everything(opened(tmp_path / "a.mat"))[..., 0], frames)

    @pytest.mark.parametrize("dtype", [bool, np.uint8, np.uint16, np.int32, np.uint64])
    @pytest.mark.parametrize("compressed", [False, True])
    def test_every_whole_type_of_version_5_is_read(
        self, tmp_path: Path, dtype: type, compressed: bool
    ) -> None:
        frames = np.random.default_rng(0).integers(0, 2, (12, 16, 7)).astype(dtype)
        variables = {
            "cube": frames,
            "long_name_of_text": "text",
            "cell": np.full((2, 2), 1.0, object),
            "z": 1j,
        }
        scipy.io.savemat(tmp_path / "a.mat", variables, do_compression=compressed)
        cube = opened(tmp_path / "a.mat", **({} if dtype is bool else {"bits": "1"}))
        assert_array_equal(everything(cube)[..., 0], np.moveaxis(frames, 2, 0))
        assert_array_equal(cube.total(FrameWindow(2, 4))[..., 0], frames[:, :, 2:6].sum(axis=2))

    def test_version_7_3_counts_axes_the_other_way_round(self, tmp_path: Path, bits: Bits) -> None:
        frames = bits(7, 12, 16)
        with h5py.File(tmp_path / "a.mat", "w", userblock_size=512) as file:
            file.create_dataset("cube", data=np.moveaxis(frames, 0, 2).T)
        with (tmp_path / "a.mat").open("r+b") as stream:
            stream.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\0\2IM")
        cube = opened(tmp_path / "a.mat")
        assert_array_equal(everything(cube)[..., 0], frames)
        assert_array_equal(cube.total(FrameWindow(2, 4))[..., 0], frames[2:6].sum(axis=0))
        assert probe(tmp_path / "a.mat").format.startswith("MATLAB 7.3")

    def test_parts_follow_each_other(self, tmp_path: Path, bits: Bits) -> None:
        frames = bits(8, 12, 16)
        for number, part in ((1, frames[:3]), (2, frames[3:6]), (3, frames[6:])):
            path = tmp_path / f"part_{number}.mat"
            scipy.io.savemat(path, {"OUTPUT": np.moveaxis(part, 0, 2).astype(bool)})
        (tmp_path / "info.json").write_text('{"no_parts": 3, "no_frames": 8}')
        cube = opened(tmp_path)
        assert_array_equal(everything(cube)[..., 0], frames)
        assert_array_equal(cube.total(FrameWindow(2, 5))[..., 0], frames[2:7].sum(axis=0))

    @pytest.mark.parametrize("shape", [(8, 10, 3), (8, 9, 2), (8, 9)])
    def test_parts_that_differ_are_refused_when_read(
        self, tmp_path: Path, bits: Bits, shape: tuple[int, ...]
    ) -> None:
        scipy.io.savemat(tmp_path / "part_1.mat", {"OUTPUT": bits(8, 9, 3)})
        scipy.io.savemat(tmp_path / "part_2.mat", {"OUTPUT": bits(*shape)})
        (tmp_path / "info.json").write_text('{"no_parts": 2, "no_frames": 6}')
        with pytest.raises(FileProblemError, match=r"part_2\.mat"):
            everything(opened(tmp_path))

    def test_parts_outside_the_folder_are_refused(self, tmp_path: Path, bits: Bits) -> None:
        inner = tmp_path / "inner"
        inner.mkdir()
        scipy.io.savemat(tmp_path / "part_1.mat", {"OUTPUT": np.moveaxis(bits(3, 8, 9), 0, 2)})
        (inner / "part_1.mat").symlink_to(tmp_path / "part_1.mat")
        (inner / "info.json").write_text('{"no_parts": 1, "no_frames": 3}')
        with pytest.raises(FileProblemError, match="leads out of its folder"):
            opened(inner)

    def test_missing_parts_are_named(self, tmp_path: Path) -> None:
        (tmp_path / "info.json").write_text('{"no_parts": 3, "no_frames": 8}')
        with pytest.raises(FileProblemError, match=r"part_3\.mat is missing"):
            opened(tmp_path)


class TestPictures:
    def test_a_folder_of_scaled_counts_gives_the_counts_back(self, tmp_path: Path) -> None:
        counts = np.random.default_rng(0).integers(0, 8, (12, 10, 14))
        for number, frame in enumerate(counts):
            scaled = np.rint(frame * 255 / 7).astype(np.uint8)
            PillowImage.fromarray(scaled).save(tmp_path / f"f{number}.png")
        cube = opened(tmp_path)
        assert_array_equal(everything(cube)[..., 0], counts)
        assert cube.bits == 3
        assert origins(cube)["bits"] is Origin.ASSUMED

    def test_black_and_white_pictures_are_binary_frames(self, tmp_path: Path, bits: Bits) -> None:
        for number, frame in enumerate(bits(3, 10, 14)):
            PillowImage.fromarray(frame * 255).save(tmp_path / f"f{number}.png")
        cube = opened(tmp_path)
        assert cube.bits == 1
        assert_array_equal(everything(cube)[..., 0], bits(3, 10, 14))

    def test_sixteen_bit_counts_need_their_bits(self, tmp_path: Path) -> None:
        counts = np.random.default_rng(0).integers(0, 1000, (3, 10, 14)).astype(np.uint16)
        for number, frame in enumerate(counts):
            tifffile.imwrite(tmp_path / f"f{number}.tif", frame)
        with pytest.raises(FileProblemError, match="does not follow"):
            opened(tmp_path)
        assert_array_equal(everything(opened(tmp_path, bits="10"))[..., 0], counts)

    def test_the_pages_of_a_tiff_are_frames(self, tmp_path: Path) -> None:
        counts = np.random.default_rng(0).integers(0, 256, (6, 10, 14), dtype=np.uint8)
        tifffile.imwrite(tmp_path / "a.tif", counts, photometric="minisblack")
        cube = opened(tmp_path / "a.tif", bits="8")
        assert_array_equal(everything(cube)[..., 0], counts)
        assert_array_equal(cube.read(FrameWindow(2, 3))[..., 0], counts[2:5])

    def test_missing_numbers_are_a_warning(self, tmp_path: Path, bits: Bits) -> None:
        for number in (1, 2, 5):
            PillowImage.fromarray(bits(10, 14) * 255).save(tmp_path / f"f{number:04d}.png")
        assert probe(tmp_path).warnings == ("2 frame number(s) between 1 and 5 are missing",)

    def test_frames_of_different_sizes_are_refused(self, tmp_path: Path, bits: Bits) -> None:
        PillowImage.fromarray(bits(10, 14) * 255).save(tmp_path / "f1.png")
        PillowImage.fromarray(bits(10, 12) * 255).save(tmp_path / "f2.png")
        with pytest.raises(FileProblemError, match=r"f2\.png: has a frame of 12 x 10"):
            opened(tmp_path, bits="1")

    def test_pages_of_different_sizes_are_refused_when_read(self, tmp_path: Path) -> None:
        with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
            for width in (14, 14, 12):
                writer.write(np.zeros((10, width), np.uint8), contiguous=False)
        with pytest.raises(FileProblemError, match="has a frame of 12 x 10"):
            opened(tmp_path / "a.tif", bits="1")

    def test_values_between_the_levels_are_refused_when_read(self, tmp_path: Path) -> None:
        for number in range(40):
            value = 100 if number == 1 else 255
            PillowImage.fromarray(np.full((8, 8), value, np.uint8)).save(tmp_path / f"f{number}.png")
        cube = opened(tmp_path)
        with pytest.raises(FileProblemError, match=r"f1\.png: holds values between the levels"):
            cube.total(FrameWindow(0, 4))

    def test_links_out_of_the_folder_are_refused(self, tmp_path: Path, bits: Bits) -> None:
        inner = tmp_path / "frames"
        inner.mkdir()
        PillowImage.fromarray(bits(10, 14) * 255).save(tmp_path / "secret.png")
        PillowImage.fromarray(bits(10, 14) * 255).save(inner / "f1.png")
        (inner / "f2.png").symlink_to(tmp_path / "secret.png")
        with pytest.raises(FileProblemError, match="leads out of its folder"):
            opened(inner)

    def test_numbered_pictures_make_a_folder_a_capture(self, tmp_path: Path, bits: Bits) -> None:
        assert not claims(tmp_path, b"")
        for name in ("f1.png", "f2.png"):
            PillowImage.fromarray(bits(10, 14) * 255).save(tmp_path / name)
        assert claims(tmp_path, b"")

    def test_values_between_the_levels_contradict_stated_bits(self, tmp_path: Path) -> None:
        PillowImage.fromarray(np.full((8, 8), 100, np.uint8)).save(tmp_path / "f1.png")
        with pytest.raises(FileProblemError, match="neither counts of 3"):
            opened(tmp_path / "f1.png", bits="3")


class TestMasks:
    def test_maps_of_both_kinds_are_read(self, tmp_path: Path, bits: Bits) -> None:
        mask = bits(9, 11).astype(bool)
        write_mask(tmp_path / "a.npy", mask)
        PillowImage.fromarray(np.where(mask, 254, 255).astype(np.uint8)).save(tmp_path / "a.png")
        assert_array_equal(read_mask(tmp_path / "a.npy", 9, 11), mask)
        assert_array_equal(read_mask(tmp_path / "a.png", 9, 11), mask)

    def test_maps_of_another_size_or_type_are_refused(self, tmp_path: Path, bits: Bits) -> None:
        write_mask(tmp_path / "a.npy", bits(9, 11).astype(bool))
        with pytest.raises(FileProblemError, match="a map of bad pixels is bool"):
            read_mask(tmp_path / "a.npy", 9, 12)
        PillowImage.fromarray(bits(9, 11)).save(tmp_path / "a.png")
        with pytest.raises(FileProblemError, match="marks 11 x 9 pixels"):
            read_mask(tmp_path / "a.png", 9, 12)
        (tmp_path / "a.txt").write_text("no map")
        with pytest.raises(FileProblemError, match="neither an NPY nor a PNG"):
            read_mask(tmp_path / "a.txt", 9, 12)
