from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from restora.data.item import Item
from restora.errors import ParameterError, WeightsFormatError, WeightsMissingError
from restora.nets.clip_text import BEGIN, END, empty_prompt
from restora_gqir import configuration, weights
from restora_gqir.configuration import Configuration
from restora_gqir.net import loading
from restora_gqir.net.loading import Loader
from restora_gqir.net.prompt import prompt_ids

Capture = Callable[..., Item]
Room = Any
"""The workbench of conftest.py, which cannot be imported."""
REQUIRED = {
    "colour-qvae": "qvae",
    "colour-lora": "lora",
    "base-unet": "unet",
    "base-text": "text",
}


def test_the_published_manifests_have_the_published_sizes() -> None:
    counts = {part: (len(m), _numbers(m)) for part, m in configuration.published().manifests.items()}
    assert counts["qvae"] == (248, 83_653_863)
    assert counts["lora"] == (514, 259_474_432)
    assert counts["unet"] == (686, 865_910_724)
    assert counts["text"] == (372, 340_387_840)
    assert counts["fusion"] == (67, 13_229_492)
    assert counts["raft"][0] == 179


def _numbers(manifest: Mapping[str, object]) -> int:
    import math

    return sum(math.prod(spec.shape) for spec in manifest.values())


def test_every_declared_manifest_is_there() -> None:
    parts = {file.manifest for file in (*weights.SINGLE, *weights.BURST) if file.manifest}
    assert parts == {f"restora_gqir:manifests/{part}.json" for part in configuration.PARTS}


def test_without_any_weights_the_missing_files_are_named(empty_room: Room, capture: Capture) -> None:
    with pytest.raises(
        WeightsMissingError, match=r"gqir.single: weights are missing: 0105000.pt, state_dict.pth"
    ):
        empty_room.run("single", capture(7))


def test_a_family_whose_files_are_not_here_is_named_by_its_files(
    empty_room: Room, files: Mapping[str, Path], capture: Capture
) -> None:
    for file_id, part in REQUIRED.items():
        empty_room.put(file_id, files[part])
    with pytest.raises(WeightsMissingError, match=r"0150000\.pt, state_dict\.pth") as missing:
        empty_room.run("single", capture(7))
    assert "restora weights get gqir.single" in str(missing.value.advice)


def test_a_file_of_another_kind_is_refused_before_anything_runs(
    empty_room: Room, files: Mapping[str, Path], capture: Capture
) -> None:
    for file_id, part in {**REQUIRED, "colour-qvae": "lora"}.items():
        empty_room.put(file_id, files[part])
    with pytest.raises(WeightsFormatError, match="holds other tensors than its method needs"):
        empty_room.run("single", capture(7))


def test_a_truncated_file_is_refused(files: Mapping[str, Path], tiny: Configuration, tmp_path: Path) -> None:
    cut = tmp_path / "qvae.pt"
    cut.write_bytes(files["qvae"].read_bytes()[:-5000])
    with pytest.raises(WeightsFormatError, match="damaged or cut short"):
        Loader(configuration=tiny, files={"qvae": cut}).check("qvae")


def test_a_corrections_file_without_its_partner_is_refused(
    files: Mapping[str, Path], tiny: Configuration, tmp_path: Path
) -> None:
    tensors = torch.load(files["lora"], weights_only=True)
    tensors.pop(next(name for name in tensors if "lora_B" in name))
    torch.save(tensors, tmp_path / "lora.pt")
    loader = Loader(configuration=tiny, files={"unet": files["unet"], "lora": tmp_path / "lora.pt"})
    with pytest.raises(WeightsFormatError, match=r"1 missing: .*lora_B"):
        loader.unet(torch.float32)


def test_a_flow_file_without_the_published_prefix_is_refused(
    files: Mapping[str, Path], tiny: Configuration, tmp_path: Path
) -> None:
    tensors = {k.removeprefix("module."): v for k, v in torch.load(files["raft"], weights_only=True).items()}
    torch.save(tensors, tmp_path / "raft.pth")
    with pytest.raises(WeightsFormatError, match=r"no name begins with 'module\.'"):
        Loader(configuration=tiny, files={"raft": tmp_path / "raft.pth"}).raft()


def test_counters_may_be_missing_and_half_precision_is_taken(
    files: Mapping[str, Path], tiny: Configuration, tmp_path: Path
) -> None:
    tensors = torch.load(files["raft"], weights_only=True)
    lean = {name: t.half() for name, t in tensors.items() if "num_batches" not in name}
    torch.save(lean, tmp_path / "raft.pth")
    raft = Loader(configuration=tiny, files={"raft": tmp_path / "raft.pth"}).raft()
    assert next(raft.parameters()).dtype is torch.float32


def test_positions_beside_the_text_model_are_passed_over(
    files: Mapping[str, Path], tiny: Configuration, tmp_path: Path
) -> None:
    from safetensors.torch import load_file

    tensors = load_file(files["text"]) | {"text_model.embeddings.position_ids": torch.arange(77)[None]}
    save_file(tensors, tmp_path / "text.safetensors")
    model = Loader(configuration=tiny, files={"text": tmp_path / "text.safetensors"}).text(torch.float32)
    assert sum(p.numel() for p in model.parameters()) > 0


def test_weights_do_not_stay_mapped_to_their_file(
    files: Mapping[str, Path], tiny: Configuration, tmp_path: Path
) -> None:
    copy = tmp_path / "qvae.pt"
    copy.write_bytes(files["qvae"].read_bytes())
    vae = Loader(configuration=tiny, files={"qvae": copy}).vae("bilinear", torch.float32)
    before = {name: parameter.clone() for name, parameter in vae.named_parameters()}
    copy.write_bytes(bytes(copy.stat().st_size))
    assert all(torch.equal(parameter, before[name]) for name, parameter in vae.named_parameters())


@pytest.fixture
def vocabulary(tmp_path: Path) -> tuple[Path, Path]:
    letters = ["a", "b", "c", "a</w>", "b</w>", "c</w>", "ab", "ab</w>"]
    ids = {"!": 0, **{word: number for number, word in enumerate(letters, 1)}}
    ids |= {"<|startoftext|>": BEGIN, "<|endoftext|>": END}
    (tmp_path / "v.json").write_text(json.dumps(ids))
    (tmp_path / "m.txt").write_text("#version: 0.2\na b\na b</w>\n")
    return tmp_path / "v.json", tmp_path / "m.txt"


def test_an_empty_prompt_needs_no_vocabulary(tmp_path: Path) -> None:
    assert torch.equal(prompt_ids("  ", Path("none"), Path("none"), tmp_path), empty_prompt(0))


def test_a_prompt_becomes_ids_between_the_marks_and_padding(
    vocabulary: tuple[Path, Path], tmp_path: Path
) -> None:
    ids = prompt_ids("ab c", *vocabulary, tmp_path)
    assert ids.shape == (1, 77)
    assert ids[0, :5].tolist() == [BEGIN, 8, 6, END, 0]


def test_a_prompt_that_is_too_long_is_refused(vocabulary: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="prompt has 80 tokens, at most 75 can be read"):
        prompt_ids("a " * 80, *vocabulary, tmp_path)


def test_a_file_that_is_no_vocabulary_is_refused(tmp_path: Path) -> None:
    for name, content in (("v.json", "{]"), ("m.txt", "?")):
        (tmp_path / name).write_text(content)
    with pytest.raises(WeightsFormatError, match="no vocabulary of CLIP"):
        prompt_ids("a", tmp_path / "v.json", tmp_path / "m.txt", tmp_path)


def test_a_typed_prompt_without_vocabulary_names_its_files(room: Room, capture: Capture) -> None:
    with pytest.raises(WeightsMissingError, match=r"vocab\.json, merges\.txt"):
        room.run("single", capture(7), prompt="a cat")


def test_the_folded_generator_is_kept_for_the_next_start_with_the_same_picture(
    tmp_path: Path,
    room_in: Callable[[Path], AbstractContextManager[Room]],
    capture: Capture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folds: list[None] = []
    fold = loading.fold_lora

    def counted(*args: Any, **options: Any) -> dict[str, torch.Tensor]:
        folds.append(None)
        return fold(*args, **options)

    monkeypatch.setattr(loading, "fold_lora", counted)
    pictures = []
    for strength in (1.0, 1.0, 0.5):
        with room_in(tmp_path) as room:
            pictures.append(room.run("single", capture(7), lora_strength=strength).image.pixels)
    assert len(folds) == 2
    assert np.array_equal(pictures[0], pictures[1])
    assert not np.array_equal(pictures[0], pictures[2])
