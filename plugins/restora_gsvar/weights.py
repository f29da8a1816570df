"""The files of weights, where they are published and under which terms.

Nobody could look up sizes and hashes: a file is accepted by the user once and its hash remembered.
"""

from __future__ import annotations

from enum import StrEnum

from restora.api import WeightFile

_PAGE = "https://github.com/sihan-chen-yes/GSVAR"
_UNSTATED = "not stated by the authors"
_VAR = "restora_gsvar:manifests/var.json"
_VAE = "restora_gsvar:manifests/vae.json"


class Family(StrEnum):
    """What the transformer was trained with."""

    PAIRED = "paired"
    """A photograph beside every render."""
    SINGLE = "single"
    """Renders alone."""


def _own(family: Family, experiment: str, *, has_bridge: bool) -> WeightFile:
    """Their authors share the files through a web page that no program can download from."""
    return WeightFile(
        id=f"{family}-bridge" if has_bridge else str(family),
        filename=f"{experiment}_{'vae' if has_bridge else 'ar'}-ckpt-last.pth",
        size=0,
        sha256=None,
        licence=_UNSTATED,
        urls=(),
        page=_PAGE,
        container="torch-weights",
        optional=True,
        choice="transformer",
        manifest=_VAR,
    )


PAIRED_BRIDGE = _own(Family.PAIRED, "VAE_bridge_w_ref", has_bridge=True)
PAIRED = _own(Family.PAIRED, "GS_VARSR_w_ref", has_bridge=False)
SINGLE_BRIDGE = _own(Family.SINGLE, "VAE_bridge_wo_ref", has_bridge=True)
SINGLE = _own(Family.SINGLE, "GS_VARSR_wo_ref", has_bridge=False)

FIX = (PAIRED_BRIDGE, PAIRED, SINGLE_BRIDGE, SINGLE)
"""One is enough: a file of stage 2 holds all that a method needs, one of stage 1 all but the bridge."""


def _varsr(file_id: str, filename: str, manifest: str) -> WeightFile:
    return WeightFile(
        id=file_id,
        filename=filename,
        size=0,
        sha256=None,
        licence="not stated with the files; the code of VARSR is MIT",
        urls=(f"hf://qyp2000/VARSR/{filename}",),
        page="https://huggingface.co/qyp2000/VARSR",
        container="torch-weights",
        manifest=manifest,
    )


VARSR = _varsr("varsr", "VARSR.pth", _VAR)
VQVAE = _varsr("vqvae", "VQVAE.pth", _VAE)

ENHANCE = (VARSR, VQVAE)
