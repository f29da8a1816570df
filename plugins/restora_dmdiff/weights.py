"""The files of weights, where they are published and under which terms.

Nobody could look up sizes and hashes: a file is accepted by the user once and its hash remembered.
"""

from __future__ import annotations

from dataclasses import replace

from restora.api import WeightFile

_TURBO = "hf://stabilityai/sd-turbo"

CHECKPOINT = WeightFile(
    id="checkpoint",
    filename="model_14501.pkl",
    size=0,
    sha256=None,
    licence="not stated by the authors; their code is Apache-2.0",
    # Its authors share it through a web page that no program can download from.
    urls=(),
    page="https://github.com/yuanxy92/DMDiff_ICCV2025",
    container="torch-weights",
    manifest="restora_dmdiff:manifests/checkpoint.json",
)

UNET = WeightFile(
    id="base-unet",
    filename="diffusion_pytorch_model.safetensors",
    size=0,
    sha256=None,
    licence="Stability AI Non-Commercial Research Community License",
    urls=(f"{_TURBO}/unet/diffusion_pytorch_model.safetensors",),
    page="https://huggingface.co/stabilityai/sd-turbo",
    container="safetensors",
    ask_licence=True,
    manifest="restora_dmdiff:manifests/unet.json",
)

VAE = replace(
    UNET,
    id="base-vae",
    urls=(f"{_TURBO}/vae/diffusion_pytorch_model.safetensors",),
    manifest="restora_dmdiff:manifests/vae.json",
)

TEXT = replace(
    UNET,
    id="base-text",
    filename="model.safetensors",
    urls=(f"{_TURBO}/text_encoder/model.safetensors",),
    manifest="restora_dmdiff:manifests/text.json",
)

VOCABULARY = replace(
    UNET,
    id="base-vocabulary",
    filename="vocab.json",
    urls=(f"{_TURBO}/tokenizer/vocab.json",),
    container="text",
    optional=True,
    manifest=None,
)

MERGES = replace(
    VOCABULARY, id="base-merges", filename="merges.txt", urls=(f"{_TURBO}/tokenizer/merges.txt",)
)

MUSIQ = WeightFile(
    id="musiq",
    filename="musiq_koniq_ckpt-e95806b9.pth",
    size=0,
    sha256=None,
    licence="not stated where it is published; Google's original is Apache-2.0",
    urls=("hf://chaofengc/IQA-PyTorch-Weights/musiq_koniq_ckpt-e95806b9.pth",),
    page="https://huggingface.co/chaofengc/IQA-PyTorch-Weights",
    container="torch-weights",
    manifest="restora_dmdiff:manifests/musiq.json",
)

RESTORE = (CHECKPOINT, UNET, VAE, TEXT, MUSIQ, VOCABULARY, MERGES)
IMITATE = (CHECKPOINT, UNET, VAE, TEXT, replace(MUSIQ, optional=True), VOCABULARY, MERGES)
"""A stated map needs no estimator."""

PARTS = {
    "checkpoint": "checkpoint",
    "base-unet": "unet",
    "base-vae": "vae",
    "base-text": "text",
    "musiq": "musiq",
}
"""What each file holds, as `restora_dmdiff.configuration` names it."""
