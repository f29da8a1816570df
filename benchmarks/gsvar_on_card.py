"""What GS-VAR's benchmark for graphics cards stands on: the card, a clock, and the vectors on the card."""

from __future__ import annotations

import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from gsvar_full_size import say
from torch import Tensor

from restora.testing.vectors import Case
from restora_gsvar.configuration import Configuration
from restora_gsvar.net.generating import Sampling
from restora_gsvar.net.loading import Loader
from restora_gsvar.net.pictures import Mender
from restora_gsvar.net.rows import Reference
from restora_gsvar.vectors.checkpoints import described, tensors_of, write_checkpoint
from restora_gsvar.vectors.plans import pictures, tensor

VECTORS = Path(__file__).parents[1] / "tests" / "vectors" / "gsvar"
LIMIT = 220.0
"""Seconds; no row begins in the last 15 of them."""
BEGAN = time.monotonic()


@dataclass
class Card:
    """Where everything runs."""

    device: torch.device

    @property
    def is_cuda(self) -> bool:
        return self.device.type == "cuda"

    def wait(self) -> None:
        """For all kernels that were started."""
        if self.is_cuda:
            torch.cuda.synchronize(self.device)

    def held(self) -> float:
        """MiB."""
        return torch.cuda.memory_allocated(self.device) / 2**20 if self.is_cuda else 0.0

    @contextmanager
    def peak(self) -> Iterator[list[float]]:
        """What was taken at most beyond what was held before, in MiB."""
        before, found = self.held(), [0.0]
        if self.is_cuda:
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats(self.device)
        try:
            yield found
        finally:
            if self.is_cuda:
                found[0] = torch.cuda.max_memory_allocated(self.device) / 2**20 - before


def attempted(name: str, work: Callable[[], None]) -> None:
    """A row; its failure is no other row's."""
    if time.monotonic() - BEGAN > LIMIT - 15:
        say(f"{name}: left out, the time is up")
        return
    try:
        work()
    except Exception:  # noqa: BLE001  # the next row may well work
        say(f"{name}: FAILED\n{traceback.format_exc(limit=-4)}")


def tiny() -> Configuration:
    """Of the vectors."""
    return described(Case(root=VECTORS, path=VECTORS / "infer_ref.npz"))


def vectors(card: Card) -> None:
    """Stored cases of whole inference with the research code's results, in float32 on the card."""
    case = Case(root=VECTORS, path=VECTORS / "infer_ref.npz")
    with tempfile.TemporaryDirectory() as folder:
        path = write_checkpoint(Path(folder) / "vae-ckpt-last.pth", tensors_of(case), "vae_opt")
        mender = loaded(card, tiny(), path, torch.float32)
    for name in ("infer_noref", "infer_ref", "infer_ref_bridge"):
        found = Case(root=VECTORS, path=VECTORS / f"{name}.npz").arrays()
        attempted(f"vectors, {name}", lambda name=name, found=found: one_vector(card, mender, name, found))


def one_vector(card: Card, mender: Mender, name: str, stored: dict[str, np.ndarray]) -> None:
    """Codes must be the same, floats within what the vectors allow."""
    vae, model = mender.vae, mender.model
    with torch.inference_mode():
        render = pictures(stored, "render_u8").to(card.device)
        known: Reference | None = None
        if "ref_u8" in stored:
            photo = pictures(stored, "ref_u8").to(card.device)
            known = model.reference(photo, vae.encode(photo), vae.quantize)
        count = vae.quantize.sides[-1] ** 2
        noise = tensor(stored, "noise")[:, :count, None].transpose(1, 2).to(card.device)
        made = model.generate(render, [known], vae.quantize, Sampling(noise=noise))
        features = vae.features(render) if "bridge" in name else []
        picture = vae.decode(made.latent, render, features).clamp(-1, 1).add(1).div(2)
    wrong = sum(
        int((index[0].cpu().numpy() != stored[f"idx_{scale}"][0]).sum())
        for scale, index in enumerate(made.indices)
    )
    sums, image = (
        largest_error(part, stored[key][:1])
        for part, key in ((made.total, "fhat_before_refine"), (picture, "image"))
    )
    verdict = "passed" if not wrong and sums <= 1e-4 and image <= 1e-3 else "FAILED"
    say(f"vectors, {name}, fp32: {verdict}; {wrong} codes differ, sum {sums:.1e} off, picture {image:.1e}")


def largest_error(found: Tensor, expected: np.ndarray) -> float:
    """Relative to the largest number."""
    return float(np.abs(found.cpu().numpy() - expected).max() / np.abs(expected).max())


def loaded(card: Card, configuration: Configuration, path: Path, dtype: torch.dtype) -> Mender:
    """By the real loader."""
    loader = Loader(configuration=configuration, device=card.device)
    vae = loader.autoencoder(path, dtype, with_bridge=True)
    return Mender(vae=vae, model=loader.code_model(path, dtype), device=card.device)
