"""Published containers, and one sentence for every file that is not one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from restora.errors import WeightsFormatError
from restora.nets.clip_prompt import framed, words_of
from restora_dmdiff.configuration import PARTS, Configuration, published
from restora_dmdiff.net.loading import Loader
from restora_dmdiff.prompts import IDS, NEGATIVE, NEUTRAL, POSITIVE

PARAMETERS = {
    "unet": 865_910_724,
    "vae": 83_653_863,
    "text": 340_387_840,
    "checkpoint": 34_487_920,
    "musiq": 27_125_825,
}
"""As the specification counts them."""


def test_the_published_manifests_count_every_parameter() -> None:
    manifests = published().manifests
    counts = {
        part: sum(torch.Size(spec.shape).numel() for spec in manifests[part].values()) for part in PARTS
    }
    assert counts == PARAMETERS
    assert sum(counts.values()) == 1_351_566_172


def loaded(tiny: Configuration, files: Mapping[str, Path], **other: Path) -> object:
    return Loader(configuration=tiny, files={**files, **other}).generator(torch.float32)


Spoil = Callable[[dict[str, Any]], None]


def rewritten(source: Path, target: Path, spoil: Spoil) -> Path:
    content = torch.load(source, weights_only=True)
    spoil(content)
    torch.save(content, target)
    return target


def _loses_a_branch(content: dict[str, Any]) -> None:
    content["state_dict_unet"].pop(next(n for n in content["state_dict_unet"] if ".lora_A." in n))


def _other_rank(content: dict[str, Any]) -> None:
    content["rank_unet"] = 16


def _no_rank(content: dict[str, Any]) -> None:
    del content["rank_vae"]


def _of_s3diff(content: dict[str, Any]) -> None:
    del content["state_dict_unet_fuse_W"]
    content["w"] = torch.zeros(64)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_loses_a_branch, r"holds other tensors than its method needs: 1 missing: state_dict_unet/"),
        (_other_rank, r"states the rank 16, but its branches have 32"),
        (_no_rank, r"states the rank None, but its branches have 16"),
        (_of_s3diff, r"2 missing: state_dict_unet_fuse_W/bias, .*1 unexpected: w$"),
    ],
)
def test_a_checkpoint_that_is_none_is_refused_in_one_sentence(
    spoil: Spoil, words: str, tiny: Configuration, files: Mapping[str, Path], tmp_path: Path
) -> None:
    path = rewritten(files["checkpoint"], tmp_path / "model.pkl", spoil)
    with pytest.raises(WeightsFormatError, match=words) as caught:
        loaded(tiny, files, checkpoint=path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_a_pickle_that_wants_more_than_tensors_is_refused(
    tiny: Configuration, files: Mapping[str, Path], tmp_path: Path
) -> None:
    path = rewritten(files["checkpoint"], tmp_path / "model.pkl", lambda content: content.update(x=Path("/")))
    with pytest.raises(WeightsFormatError):
        loaded(tiny, files, checkpoint=path)


def test_a_cut_off_file_is_refused(tiny: Configuration, files: Mapping[str, Path], tmp_path: Path) -> None:
    for part in ("checkpoint", "unet"):
        path = tmp_path / files[part].name
        path.write_bytes(files[part].read_bytes()[:-1000])
        with pytest.raises(WeightsFormatError, match=str(path)):
            loaded(tiny, files, **{part: path})


def test_another_base_model_is_refused_in_one_sentence(
    tiny: Configuration, files: Mapping[str, Path], tmp_path: Path
) -> None:
    """Stable Diffusion 1 has texts of another width, and convolutions where SD-Turbo has linear layers."""
    tensors = load_file(files["unet"])
    other = {n: t[:, :12].contiguous() if ".attn2.to_k." in n else t for n, t in tensors.items()}
    path = tmp_path / "unet.safetensors"
    save_file(other, path)
    with pytest.raises(WeightsFormatError, match=r"of another shape or type: .*attn2\.to_k") as caught:
        loaded(tiny, files, unet=path)
    assert "\n" not in str(caught.value)


def test_autoencoders_with_old_names_of_attention_load_all_the_same(
    tiny: Configuration, files: Mapping[str, Path], tmp_path: Path
) -> None:
    new = {".to_q.": ".query.", ".to_k.": ".key.", ".to_v.": ".value.", ".to_out.0.": ".proj_attn."}
    renamed = {}
    for name, tensor in load_file(files["vae"]).items():
        old = name
        for now, before in new.items():
            old = old.replace(now, before)
        renamed[old] = tensor
    path = tmp_path / "vae.safetensors"
    save_file(renamed, path)
    first = Loader(configuration=tiny, files={**files, "vae": path}).vae(torch.float32)
    second = Loader(configuration=tiny, files=files).vae(torch.float32)
    for name, tensor in first.state_dict().items():
        assert torch.equal(tensor, second.state_dict()[name])


def test_a_loaded_file_can_be_replaced(tiny: Configuration, files: Mapping[str, Path]) -> None:
    model = Loader(configuration=tiny, files=files).generator(torch.float32)
    pointers = {tensor.untyped_storage().data_ptr() for tensor in model.unet.state_dict().values()}
    assert 0 not in pointers
    assert all(not tensor.is_shared() for tensor in model.unet.state_dict().values())


def test_estimators_of_another_size_are_refused(tiny: Configuration, files: Mapping[str, Path]) -> None:
    wrong = replace(tiny, manifests={**tiny.manifests, "musiq": published().manifests["musiq"]})
    with pytest.raises(WeightsFormatError, match="holds other tensors"):
        Loader(configuration=wrong, files=files).musiq()


def test_the_trained_prompts_have_ids_that_fit_a_text() -> None:
    assert {len(IDS[text]) for text in (POSITIVE, NEUTRAL, NEGATIVE)} == {23, 27, 22}
    ids = framed(IDS[POSITIVE], "positive")
    assert ids.shape == (1, 77)
    assert ids[0, 0] == 49406
    assert ids[0, 24] == 49407
    assert not ids[0, 25:].any()


def test_prompts_keep_the_published_bytes() -> None:
    assert POSITIVE.endswith("natural lighting.")
    assert NEUTRAL.endswith("straightforward manner")
    assert NEGATIVE.startswith("oil painting, cartoon, blur, dirty,")


def test_a_file_that_is_no_vocabulary_is_refused(tmp_path: Path) -> None:
    vocabulary, merges = tmp_path / "vocab.json", tmp_path / "merges.txt"
    vocabulary.write_text('{"a": 0, "a</w>": 1, "<|startoftext|>": 2, "<|endoftext|>": 3}')
    merges.write_text("#version: 0.2\n")
    with pytest.raises(WeightsFormatError, match=r"vocab\.json"):
        words_of("a", vocabulary, merges, tmp_path)
