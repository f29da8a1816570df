"""Published containers, and one sentence for every file that is not one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from restora.errors import WeightsFormatError
from restora_gsvar.configuration import BRIDGE, VAE, VAR, Configuration, published
from restora_gsvar.net.autoencoder import Autoencoder
from restora_gsvar.net.loading import Loader, _empty_model
from restora_gsvar.weights import ENHANCE, FIX


def test_the_published_manifests_count_every_parameter() -> None:
    manifests = published().manifests
    ignored = {"quantize.ema_vocab_hit_SV", "lvl_1L"}
    counts = {
        part: sum(
            torch.Size(spec.shape).numel()
            for name, spec in manifest.items()
            if name not in ignored and not name.endswith("zero_k_bias")
        )
        for part, manifest in manifests.items()
    }
    assert counts == {VAE: 166_991_878, VAR: 1_101_916_448}
    bridge = sum(torch.Size(s.shape).numel() for n, s in manifests[VAE].items() if BRIDGE in n)
    assert bridge == 58_043_523
    assert {part: len(manifest) for part, manifest in manifests.items()} == {VAE: 458, VAR: 404}


def test_the_published_size_is_read_off_the_manifests() -> None:
    found = published()
    assert (found.width, found.heads, found.depth, found.codes, found.channels) == (1536, 24, 24, 4096, 32)
    assert found.vae_widths == (160, 160, 320, 320, 640)
    assert found.vae_blocks == 2
    assert found.condition_widths == (32, 128, 256, 512, 1536)
    assert (found.refiner_width, found.refiner_blocks) == (1024, 6)
    assert found.fused == frozenset(range(24))


def test_every_tensor_of_the_published_size_has_its_place() -> None:
    configuration = published()
    with torch.device("meta"):
        vae = Autoencoder(configuration, has_bridge=True)
        model = _empty_model(configuration)
    own = {name: tuple(t.shape) for name, t in vae.state_dict().items()}
    listed = {name: spec.shape for name, spec in configuration.manifests[VAE].items()}
    listed.pop("quantize.ema_vocab_hit_SV")
    assert own == listed
    # The layers that see the class alone became tables: 2 x 6 rows per block, 2 x 2 of the head.
    tables = 24 * 12 * 1536 + 4 * 1536
    layers = 24 * (9216 * 1536 + 9216) + 3072 * 1536 + 3072
    biases = 24 * 1536  # of keys, zero in the file and left out of its count
    assert sum(p.numel() for p in model.state_dict().values()) == 1_101_916_448 - layers + tables + biases


Spoil = Callable[[dict[str, Any]], None]


def rewritten(source: Path, target: Path, spoil: Spoil) -> Path:
    content = torch.load(source, weights_only=True)
    spoil(content)
    torch.save(content, target)
    return target


def _loses_a_block(content: dict[str, Any]) -> None:
    del content["trainer"][VAR]["blocks.1.ffn.fc1.weight"]


def _of_another_depth(content: dict[str, Any]) -> None:
    content["trainer"][VAR]["head.weight"] = torch.zeros(128, 64)


def _without_trainer(content: dict[str, Any]) -> None:
    content |= content.pop("trainer")


def _bridge_cut_off(content: dict[str, Any]) -> None:
    vae = content["trainer"][VAE]
    for name in [name for name in vae if "pixel_cond_layer" in name]:
        del vae[name]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_loses_a_block, r"under trainer/var_wo_ddp/ .*1 missing: blocks\.1\.ffn\.fc1\.weight"),
        (_of_another_depth, r"of another shape or type: head\.weight \(128x64 float32, expected 64x64"),
        (_without_trainer, r"holds no tensors under 'trainer'"),
        (_bridge_cut_off, r"10 missing: decoder\.pixel_cond_layer"),
    ],
)
def test_a_checkpoint_that_is_none_is_refused_in_one_sentence(
    spoil: Spoil, words: str, tiny: Configuration, files: Mapping[str, Path], tmp_path: Path
) -> None:
    path = rewritten(files["paired-bridge"], tmp_path / "model.pth", spoil)
    with pytest.raises(WeightsFormatError, match=words) as caught:
        Loader(configuration=tiny).check(path, VAE, VAR, with_bridge=True)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_a_bridge_is_taken_from_stage_2_only(
    tiny: Configuration, files: Mapping[str, Path], tmp_path: Path
) -> None:
    loader = Loader(configuration=tiny)
    with pytest.raises(WeightsFormatError, match=r"stage 1, whose bridge was never trained") as caught:
        loader.check(files["paired"], VAE, with_bridge=True)
    assert "vae-ckpt-last.pth" in str(caught.value.advice)
    loader.check(files["paired"], VAE, VAR)
    bare = rewritten(files["paired"], tmp_path / "bare.pth", lambda held: held["trainer"].pop("var_opt"))
    with pytest.raises(WeightsFormatError, match=r"nothing in it says that its bridge was trained"):
        loader.check(bare, VAE, with_bridge=True)


def test_without_bridge_the_random_one_of_stage_1_is_left_out(
    tiny: Configuration, files: Mapping[str, Path]
) -> None:
    vae = Loader(configuration=tiny).autoencoder(files["paired"], torch.float32, with_bridge=False)
    assert not [name for name in vae.state_dict() if BRIDGE in name]


def test_masks_and_counters_of_any_size_are_passed_over(
    tiny: Configuration, files: Mapping[str, Path]
) -> None:
    loader = Loader(configuration=tiny)
    loader.check(files["varsr"], VAR)
    loader.check(files["vqvae"], VAE)
    with pytest.raises(WeightsFormatError, match="holds other tensors under trainer/var_wo_ddp/"):
        loader.check(files["vqvae"], VAR)


def test_a_pickle_that_wants_more_than_tensors_is_refused(
    tiny: Configuration, files: Mapping[str, Path], tmp_path: Path
) -> None:
    path = rewritten(files["paired"], tmp_path / "m.pth", lambda content: content.update(x=Path("/")))
    with pytest.raises(WeightsFormatError, match="asks for"):
        Loader(configuration=tiny).check(path, VAE)


def test_a_cut_off_file_is_refused(tiny: Configuration, files: Mapping[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "cut.pth"
    path.write_bytes(files["paired"].read_bytes()[:-1000])
    with pytest.raises(WeightsFormatError, match=str(path)):
        Loader(configuration=tiny).check(path, VAE)


def test_half_precision_keeps_what_decides_codes_in_single(
    tiny: Configuration, files: Mapping[str, Path]
) -> None:
    loader, path = Loader(configuration=tiny), files["paired-bridge"]
    vae = loader.autoencoder(path, torch.bfloat16, with_bridge=True)
    model = loader.code_model(path, torch.bfloat16)
    assert vae.encoder.conv_in.weight.dtype is torch.float32
    assert vae.quantize.embedding.weight.dtype is torch.float32
    assert vae.decoder.conv_in.weight.dtype is torch.bfloat16
    block = model.transformer.layers[0]
    assert block.attn.qkv.weight.dtype is torch.bfloat16
    assert block.modulation.dtype is torch.float32
    assert model.transformer.head.scores.weight.dtype is torch.float32
    assert next(model.refiner.parameters()).dtype is torch.bfloat16
    features = vae.features(torch.zeros(1, 3, 96, 96))
    assert {feature.dtype for feature in features} == {torch.bfloat16}


def test_files_that_can_be_fetched_say_where_and_the_others_say_their_page() -> None:
    assert all(file.urls == (f"hf://qyp2000/VARSR/{file.filename}",) for file in ENHANCE)
    assert all(not file.urls and file.page.startswith("https://") for file in FIX)
    assert all(file.sha256 is None and file.size == 0 for file in (*FIX, *ENHANCE))
