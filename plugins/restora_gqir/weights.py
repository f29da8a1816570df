"""The files of weights, where they are published and under which terms.

The authors' pages give no hashes, and nobody could look up sizes: both are unknown here, so a file is
accepted by the user once and its hash remembered. Names and containers follow from the code that writes
them.
"""

from __future__ import annotations

from dataclasses import replace

from restora.api import WeightFile

_HUB = "hf://aRy4n/gQIR"
_PAGE = "https://huggingface.co/aRy4n/gQIR"
_UNSTATED = "not stated by the authors; their code is Apache-2.0"
_BASE = "hf://ByteDance/sd2.1-base-zsnr-laionaes5"
_BASE_PAGE = "https://huggingface.co/ByteDance/sd2.1-base-zsnr-laionaes5"
_OPENRAIL = "CreativeML Open RAIL++-M (its restrictions of use pass on)"


def _own(file_id: str, place: str, manifest: str, *, optional: bool) -> WeightFile:
    return WeightFile(
        id=file_id,
        filename=place.rpartition("/")[2],
        size=0,
        sha256=None,
        licence=_UNSTATED,
        urls=(f"{_HUB}/{place}",),
        page=_PAGE,
        container="torch-weights",
        optional=optional,
        manifest=f"restora_gqir:manifests/{manifest}.json",
    )


COLOUR_QVAE = _own("colour-qvae", "0105000.pt", "qvae", optional=False)
COLOUR_LORA = _own("colour-lora", "state_dict.pth", "lora", optional=False)
COLOUR_FUSION = _own("colour-fusion", "fusion_vit_0050000.pt", "fusion", optional=False)
MONO_QVAE = _own("mono-qvae", "mono/0150000.pt", "qvae", optional=True)
MONO_LORA = _own("mono-lora", "mono/state_dict.pth", "lora", optional=True)
MONO_FUSION = _own("mono-fusion", "mono/fusion_vit_0020000.pt", "fusion", optional=True)
BINARY_QVAE = _own("binary-qvae", "1-bit/1965000.pt", "qvae", optional=True)
BINARY_LORA = _own("binary-lora", "1-bit/state_dict.pth", "lora", optional=True)

BASE_UNET = WeightFile(
    id="base-unet",
    filename="diffusion_pytorch_model.safetensors",
    size=0,
    sha256=None,
    licence=_OPENRAIL,
    urls=(f"{_BASE}/unet/diffusion_pytorch_model.safetensors",),
    page=_BASE_PAGE,
    container="safetensors",
    ask_licence=True,
    manifest="restora_gqir:manifests/unet.json",
)

BASE_TEXT = replace(
    BASE_UNET,
    id="base-text",
    filename="model.safetensors",
    urls=(f"{_BASE}/text_encoder/model.safetensors",),
    manifest="restora_gqir:manifests/text.json",
)

TOKENS = replace(
    BASE_UNET,
    id="base-vocabulary",
    filename="vocab.json",
    urls=(f"{_BASE}/tokenizer/vocab.json",),
    container="text",
    optional=True,
    manifest=None,
)

MERGES = replace(
    TOKENS,
    id="base-merges",
    filename="merges.txt",
    urls=(f"{_BASE}/tokenizer/merges.txt",),
)

RAFT = WeightFile(
    id="raft",
    filename="raft-things.pth",
    size=0,
    sha256=None,
    licence="BSD-3-Clause",
    # Its authors give it out inside a zip file that also holds four others.
    urls=(),
    page="https://github.com/princeton-vl/RAFT",
    container="torch-weights",
    manifest="restora_gqir:manifests/raft.json",
)

SINGLE = (
    COLOUR_QVAE,
    COLOUR_LORA,
    BASE_UNET,
    BASE_TEXT,
    TOKENS,
    MERGES,
    MONO_QVAE,
    MONO_LORA,
    BINARY_QVAE,
    BINARY_LORA,
)
"""Of `gqir.single`."""

BURST = (
    COLOUR_QVAE,
    COLOUR_LORA,
    COLOUR_FUSION,
    RAFT,
    BASE_UNET,
    BASE_TEXT,
    MONO_QVAE,
    MONO_LORA,
    MONO_FUSION,
)
"""Of `gqir.burst`."""
