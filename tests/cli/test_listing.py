"""`restora open`, `methods`, `plugins`, `doctor`, `completion`: what there is, for people and programs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]


def test_open_tells_kind_size_and_how_each_fact_was_learnt(restora: Command, picture: Path) -> None:
    answer = restora("open", picture)
    assert answer.code == 0
    lines = [line.split() for line in answer.out.splitlines()]
    assert ["kind", "image"] in lines
    assert ["size", "32", "x", "24,", "3", "channels"] in lines
    assert ["transfer", "srgb", "(file)"] in lines


def test_a_wrong_ending_is_a_warning(restora: Command, picture: Path) -> None:
    picture.rename("photo.tif")
    assert "warning: its name ends in .tif, but its content is PNG" in restora("open", "photo.tif").out


def test_samples_open_by_name(restora: Command, folder: Path) -> None:
    item = restora("open", "sample:spad_mono", "--json").of("item")[0]
    assert (item["kind"], item["frames"]) == ("spad", 77)
    assert {fact["origin"] for fact in item["facts"]} <= {"file", "sidecar", "assumed", "stated"}


def test_a_stated_fact_is_reported_as_stated(restora: Command, picture: Path) -> None:
    item = restora("open", picture, "--as", "transfer=linear", "--json").of("item")[0]
    assert {"name": "transfer", "value": "linear", "origin": "stated"} in item["facts"]


def test_a_method_is_described_with_its_parameters_and_presets(restora: Command, folder: Path) -> None:
    text = restora("methods", "classic.resize").out
    assert "0.05 to 8" in text
    assert "nearest | bilinear | bicubic | lanczos" in text
    listed = restora("methods", "--json").of("method")
    assert {"classic.resize", "gqir.single", "dmdiff.restore"} <= {str(line["id"]) for line in listed}


def test_a_disabled_plugin_takes_its_methods_along_until_it_is_enabled(
    restora: Command, folder: Path
) -> None:
    assert restora("plugins", "disable", "gqir").code == 0
    assert "gqir.single" not in restora("methods").out
    answer = restora("run", "gqir.single", "sample:spad_mono")
    assert answer.code == 1
    assert "gqir is disabled" in answer.err
    assert restora("plugins", "enable", "gqir").code == 0
    assert "gqir.single" in restora("methods").out


def test_a_broken_plugin_is_a_line_and_a_problem_of_the_doctor(restora: Command, tmp_path: Path) -> None:
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    (plugins / "broken.py").write_text("import there_is_no_such_module\n")
    listed = restora("--plugin-dir", plugins, "plugins", "list", "--json").of("plugin")
    broken = next(line for line in listed if line["name"] == "local:broken")
    assert broken["state"] == "failed"
    assert "there_is_no_such_module" in str(broken["reason"])
    assert "Traceback" in restora("--plugin-dir", plugins, "plugins", "list", "--report", "broken").out
    doctor = restora("--plugin-dir", plugins, "doctor")
    assert doctor.code == 1
    assert "plugin local:broken: failed" in doctor.out
    assert (
        restora("--plugin-dir", plugins, "run", "classic.identity", "sample:lowres", "-o", "a.png").code == 0
    )


def test_the_doctor_finds_nothing_wrong_here(restora: Command, folder: Path) -> None:
    sections = {str(line["name"]) for line in restora("doctor", "--json").of("section")}
    assert sections == {"versions", "machine", "rasterisers", "folders", "plugins", "samples"}


def test_the_doctor_says_how_scenes_are_drawn(restora: Command) -> None:
    from restora.splats.raster_cpu.compiling import cache_folder

    lines = restora("doctor", "--json").of("section")
    facts = next(line["values"] for line in lines if line["name"] == "rasterisers")
    assert "threads of restora's own" in facts["cpu"]
    assert str(cache_folder()) in facts["compiled code"]
    assert facts["cuda"].startswith(("not used: ", "gsplat "))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_gets_its_completion(restora: Command, shell: str) -> None:
    assert "_RESTORA_COMPLETE" in restora("completion", shell).out


def test_a_method_tells_what_it_makes_and_whether_it_can_be_checked(restora: Command) -> None:
    flux = restora("methods", "classic.spad_flux").out
    assert "makes       picture" in flux
    assert "held against the measurement (--consistency)" in flux
    refine = restora("methods", "classic.scene_refine").out
    assert "makes       scene" in refine
    assert "scale  " not in refine
    assert "--consistency" not in refine
    (told,) = restora("methods", "classic.scene_refine", "--json").of("method")
    assert (told["produces"], told["produces_frames"], told["has_forward_model"]) == ("splat", False, False)
