"""Figures of quality, offered through the hook."""

from __future__ import annotations

from restora.api import MetricInfo

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
