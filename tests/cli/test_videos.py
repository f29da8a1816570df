"""Methods for pictures on the frames of a video."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from restora.io.opening import read_image

Command = Callable[..., Any]
FRAMES = 12


@pytest.fixture
def clip(folder: Path) -> Path:
    """Frame n is grey of 20 n."""
    path = folder / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (32, 16))
    for number in range(FRAMES):
        writer.write(np.full((16, 32, 3), 20 * number, np.uint8))
    writer.release()
    return path


def level(path: Path) -> float:
    return float(read_image(path).pixels.mean() * 255)


def pictures(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".json")


def test_each_chosen_frame_becomes_a_picture(restora: Command, clip: Path) -> None:
    answer = restora("run", "classic.identity", clip, "--frames", "3:2")
    assert answer.code == 0, answer.err
    made = clip.with_name("clip_identity")
    assert pictures(made) == ["00003.png", "00004.png"]
    assert level(made / "00003.png") == pytest.approx(60, abs=2)
    assert level(made / "00004.png") == pytest.approx(80, abs=2)
    again = restora("run", "classic.identity", clip, "--frames", "3:3")
    assert again.out.count("was there already, made by the same recipe") == 2
    assert pictures(made) == ["00003.png", "00004.png", "00005.png"]
    assert restora("verify", made / "00004.png", clip).code == 0, "its recipe knows which frame it was"


def test_all_frames_go_where_they_are_told_to(restora: Command, clip: Path) -> None:
    answer = restora("run", "classic.identity", clip, "--frames", "all", "-o", "made", "--depth", "16f")
    assert answer.code == 0, answer.err
    assert pictures(Path("made")) == [f"{number:05}.exr" for number in range(FRAMES)]


def test_a_batch_takes_frames_of_videos_and_pictures_whole(
    restora: Command, clip: Path, picture: Path
) -> None:
    (clip.parent / "cut.avi").write_bytes(clip.read_bytes()[:200])
    answer = restora(
        "batch",
        "classic.identity",
        clip,
        "cut.avi",
        picture,
        "-o",
        "made",
        "--frames",
        "0:3",
        "--format",
        "tif",
    )
    assert answer.code == 1
    assert pictures(Path("made/clip")) == ["00000.tif", "00001.tif", "00002.tif"]
    assert (Path("made") / f"{picture.stem}.tif").is_file()
    assert "4 done, 1 not" in answer.out
    assert "cut.avi" in answer.out


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (("--frames", "some"), "frames must be all, or START:LENGTH such as 100:50, got 'some'"),
        (("--frames", "3:0"), "frames must be all, or START:LENGTH such as 100:50, got '3:0'"),
        (("--frames", "10:3"), "frames 10 to 12 were asked for, but it has frames 0 to 11"),
        (("--frames", "all", "-o", "a.png"), "a.png: frames go into a folder"),
        (("--frames", "all", "--as", "frame=3"), "frame 3 is stated, and others are asked for"),
        (("--frames", "all", "--as", "kind=spad"), "is stated to be a capture"),
    ],
)
def test_frames_that_make_no_sense_are_refused(
    restora: Command, clip: Path, more: tuple[str, ...], sentence: str
) -> None:
    answer = restora("run", "classic.identity", clip, *more)
    assert answer.code == 2
    assert sentence in answer.err
    assert [path.name for path in clip.parent.iterdir()] == ["clip.avi"]


def test_frames_of_a_photograph_are_refused(restora: Command, picture: Path) -> None:
    answer = restora("run", "classic.identity", picture, "--frames", "all")
    assert answer.code == 2
    assert "none of the files is a video" in answer.err


def test_a_method_for_captures_has_no_use_for_single_frames(restora: Command, clip: Path) -> None:
    answer = restora("run", "classic.scene_clean", clip, "--frames", "all")
    assert answer.code == 2
    assert "--frames: classic.scene_clean makes no pictures of single frames" in answer.err
