"""Figures of quality, offered through the hook."""

from __future__ import annotations

from dataclasses import replace

from restora.api import MetricInfo, WeightFile

_AUTHORS = "https://github.com/richzhang/PerceptualSimilarity"
_LINEAR = "https://raw.githubusercontent.com/richzhang/PerceptualSimilarity/master/lpips/weights/v0.1"
_TORCH = "https://download.pytorch.org/models"

_ALEX_FEATURES = WeightFile(
    id="alex-features",
    filename="alexnet-owt-7be5be79.pth",
    size=244_408_911,
    sha256="7be5be791159472b1fbf3c69796f7cb30dca7ad8466c2df70058c37116cdee02",
    licence="BSD-3-Clause (torchvision); trained on ImageNet",
    urls=(f"{_TORCH}/alexnet-owt-7be5be79.pth",),
    page="https://docs.pytorch.org/vision/stable/models/alexnet.html",
    container="torch-weights",
    manifest="restora_classic:manifests/alex-features.json",
)
_VGG_FEATURES = replace(
    _ALEX_FEATURES,
    id="vgg-features",
    filename="vgg16-397923af.pth",
    size=553_433_881,
    sha256="397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0",
    urls=(f"{_TORCH}/vgg16-397923af.pth",),
    page="https://docs.pytorch.org/vision/stable/models/vgg.html",
    manifest="restora_classic:manifests/vgg-features.json",
)
_ALEX_IMPORTANCE = replace(
    _ALEX_FEATURES,
    id="alex-importance",
    filename="alex.pth",
    size=6009,
    sha256="df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0",
    licence="BSD-2-Clause",
    urls=(f"{_LINEAR}/alex.pth",),
    page=_AUTHORS,
    manifest="restora_classic:manifests/alex-importance.json",
)
_VGG_IMPORTANCE = replace(
    _ALEX_IMPORTANCE,
    id="vgg-importance",
    filename="vgg.pth",
    size=7289,
    sha256="a78928a0af1e5f0fcb1f3b9e8f8c3a2a5a3de244d830ad5c1feddc79b8432868",
    urls=(f"{_LINEAR}/vgg.pth",),
    manifest="restora_classic:manifests/vgg-importance.json",
)

_LPIPS = MetricInfo(
    id="lpips",
    title="LPIPS (AlexNet, version 0.1)",
    factory="restora_classic.methods.perceptual:lpips_alex",
    needs_reference=True,
    higher_is_better=False,
    weights=(_ALEX_FEATURES, _ALEX_IMPORTANCE),
)

METRICS = (
    MetricInfo(
        id="psnr",
        title="PSNR (sRGB, 0..1)",
        factory="restora.quality.fidelity:psnr",
        needs_reference=True,
        higher_is_better=True,
        unit="dB",
    ),
    MetricInfo(
        id="ssim",
        title="SSIM (sRGB, 11 px Gaussian window)",
        factory="restora.quality.similarity:ssim",
        needs_reference=True,
        higher_is_better=True,
    ),
    MetricInfo(
        id="ms_ssim",
        title="MS-SSIM (sRGB, five scales)",
        factory="restora.quality.similarity:ms_ssim",
        needs_reference=True,
        higher_is_better=True,
    ),
    MetricInfo(
        id="mse_srgb",
        title="Mean squared error (sRGB)",
        factory="restora.quality.fidelity:mse_srgb",
        needs_reference=True,
        higher_is_better=False,
    ),
    MetricInfo(
        id="mse_linear",
        title="Mean squared error (linear light)",
        factory="restora.quality.fidelity:mse_linear",
        needs_reference=True,
        higher_is_better=False,
    ),
    _LPIPS,
    replace(
        _LPIPS,
        id="lpips_vgg",
        title="LPIPS (VGG16, version 0.1)",
        factory="restora_classic.methods.perceptual:lpips_vgg",
        weights=(_VGG_FEATURES, _VGG_IMPORTANCE),
    ),
    MetricInfo(
        id="noise",
        title="Noise estimate (sRGB luma)",
        factory="restora.quality.no_reference:noise",
        needs_reference=False,
        higher_is_better=False,
    ),
    MetricInfo(
        id="sharpness",
        title="Sharpness estimate (0..1)",
        factory="restora.quality.no_reference:sharpness",
        needs_reference=False,
        higher_is_better=True,
    ),
)
