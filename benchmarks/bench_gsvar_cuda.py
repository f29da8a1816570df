"""GS-VAR on a graphics card: milliseconds per frame of 512 x 512, in both orders of work and all precisions.

Run `python benchmarks/bench_gsvar_cuda.py [FOLDER]`; without an installation, with `PYTHONPATH=core:plugins`.
It needs torch, numpy and pluggy, and no network. Weights are filled by rule into FOLDER (5.1 GB; a RAM disk
is quickest, without one a temporary folder is taken) in the published container; the real loader reads them.
Pictures mean nothing, times and memory do. Every line is printed as soon as it is known, a row that fails
says so and the next one begins, and after 220 seconds all ends wherever it stands. `--rehearse` goes the
same way on the processor with the vectors' tiny networks.
"""

from __future__ import annotations

import faulthandler
import statistics
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from gsvar_full_size import Pair, published_order, say, written
from peers.gsvar_published_order import Literal
from torch import Tensor

from restora.testing.vectors import Case
from restora_gsvar.configuration import Configuration, published
from restora_gsvar.net.generating import Sampling
from restora_gsvar.net.loading import Loader
from restora_gsvar.net.passing import Passing
from restora_gsvar.net.pictures import Mender
from restora_gsvar.net.recordings import Recordings
from restora_gsvar.net.rows import Reference
from restora_gsvar.vectors.checkpoints import described, tensors_of, write_checkpoint
from restora_gsvar.vectors.plans import pictures, tensor

VECTORS = Path(__file__).parents[1] / "tests" / "vectors" / "gsvar"
_LIMIT = 220.0
"""Seconds; no row begins in the last 15 of them."""
_WARM_UP, _MOST, _ROW_SECONDS = 3, 20, 2.5
"""Calls before the clock runs, calls that are timed, and when a row has had enough of them."""
_BEGAN = time.monotonic()


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


def main() -> None:
    faulthandler.dump_traceback_later(_LIMIT, exit=True)
    names = [word for word in sys.argv[1:] if not word.startswith("-")]
    rehearses = "--rehearse" in sys.argv[1:]
    if not rehearses and not torch.cuda.is_available():
        raise SystemExit("torch finds no CUDA device here; --rehearse goes the same way on the processor")
    card = Card(torch.device("cpu") if rehearses else torch.device("cuda", 0))
    # What is called fp32 shall be it, in both orders.
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    told(card)
    attempted("vectors", lambda: vectors(card))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(names[0]) if names else Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        configuration = tiny() if rehearses else published()
        path = written(folder / "vae-ckpt-last.pth", configuration)
        Rows(card, configuration, path).all()
    say(f"done after {time.monotonic() - _BEGAN:.0f} s")


def told(card: Card) -> None:
    """What this runs on."""
    say(f"Python {sys.version.split()[0]}, torch {torch.__version__}, numpy {np.__version__}")
    if card.is_cuda:
        facts = torch.cuda.get_device_properties(card.device)
        say(f"{facts.name}, {facts.total_memory / 2**30:.0f} GiB, CUDA {torch.version.cuda}")


def attempted(name: str, work: Callable[[], None]) -> None:
    """A row; its failure is no other row's."""
    if time.monotonic() - _BEGAN > _LIMIT - 15:
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


@dataclass
class Rows:
    """All rows of the table; both precisions' networks are held at once."""

    card: Card
    configuration: Configuration
    path: Path
    pair: Pair = field(init=False)
    published_ms: dict[tuple[str, bool], float] = field(default_factory=dict)
    seen: dict[str, np.ndarray] = field(default_factory=dict)

    def all(self) -> None:
        """From what matters most to what matters least."""
        self.pair = Pair(self.configuration)
        half, full = (self._brought(name, dtype) for name, dtype in DTYPES.items())
        literal = None if full is None else published_order(self.path, full, self.configuration)
        for bridge in (True, False):
            word = "with bridge" if bridge else "without bridge"
            if literal is not None:
                self._published(literal, word, "fp32", bridge=bridge)
                self._published(literal, word, "bf16", bridge=bridge)
            for mender, precision in ((half, "bf16"), (full, "fp32")):
                if mender is not None:
                    self._ours(mender, word, precision, bridge=bridge, recorded=False)
                    self._ours(mender, word, precision, bridge=bridge, recorded=True)
        for mender, precision in ((half, "bf16"), (full, "fp32")):
            if mender is not None:
                attempted(f"phases, {precision}", lambda m=mender, p=precision: self._phases(m, p))

    def _brought(self, name: str, dtype: torch.dtype) -> Mender | None:
        menders: list[Mender] = []

        def bring() -> None:
            began, before = time.monotonic(), self.card.held()
            menders.append(loaded(self.card, self.configuration, self.path, dtype))
            self.card.wait()
            say(
                f"{name} loaded in {time.monotonic() - began:.1f} s, {self.card.held() - before:.0f} MiB held"
            )

        attempted(f"loading {name}", bring)
        return menders[0] if menders else None

    def _published(self, literal: Literal, word: str, precision: str, *, bridge: bool) -> None:
        """In `bf16` under torch's autocast, as the research code is trained."""
        half = precision == "bf16"

        def way() -> np.ndarray:
            kind = self.card.device.type
            with torch.autocast(kind, torch.bfloat16) if half else nullcontext():
                return self.pair.published(literal, self.card.device, bridge=bridge)

        def row() -> None:
            took = self._timed(f"{word}, published order, {precision}", way)
            self.published_ms[precision, bridge] = took

        attempted(f"{word}, published order, {precision}", row)

    def _ours(self, mender: Mender, word: str, precision: str, *, bridge: bool, recorded: bool) -> None:
        name = f"{word}, ours, {precision}{', recorded' if recorded else ''}"
        mender.recordings = Recordings() if recorded else None

        def fresh() -> np.ndarray:
            mender.forget()
            return self.pair.mended(mender, bridge=bridge)

        def rows() -> None:
            known = self._timed(f"{name}, photograph known", lambda: self.pair.mended(mender, bridge=bridge))
            self._ratio(f"{name}, photograph known", known, bridge=bridge)
            self._ratio(name, self._timed(name, fresh), bridge=bridge)

        attempted(name, rows)
        mender.recordings = None
        self._alike(
            name, f"{word}, ours, fp32", f"{word}, ours, {precision}", f"{word}, published order, fp32"
        )

    def _timed(self, name: str, way: Callable[[], np.ndarray]) -> float:
        """Median of some calls, in milliseconds."""
        with self.card.peak() as peak:
            for _ in range(_WARM_UP):
                self.seen[name] = way()
            self.card.wait()
            took: list[float] = []
            while len(took) < _MOST and sum(took) < _ROW_SECONDS:
                began = time.perf_counter()
                self.seen[name] = way()  # ends with a picture in the processor's memory
                took.append(time.perf_counter() - began)
        found = 1000 * statistics.median(took)
        say(
            f"{name}: {found:.1f} ms (least {1000 * min(took):.1f}, {len(took)} calls), "
            f"peak {peak[0]:.0f} MiB beyond the weights"
        )
        return found

    def _ratio(self, name: str, took: float, *, bridge: bool) -> None:
        for other in ("fp32", "bf16"):
            if (other, bridge) in self.published_ms:
                ratio = took / self.published_ms[other, bridge]
                say(f"{name}: {ratio:.3f} of the published order in {other}")

    def _alike(self, name: str, *others: str) -> None:
        for other in dict.fromkeys(others):
            if name in self.seen and other in self.seen and other != name:
                off = np.abs(self.seen[name] - self.seen[other])
                say(f"{name}: differs from {other} by {off.max():.1e} at most, {off.mean():.1e} on average")

    def _phases(self, mender: Mender, precision: str) -> None:
        """Where the time of one frame goes, step by step and recorded; waiting in between costs a little."""
        for recordings in (None, Recordings()):
            passes = Passing if recordings is None else recordings.passing
            for _ in range(_WARM_UP):
                marks = self._marks(mender, passes)
            word = "step by step" if recordings is None else "recorded"
            say(f"phases, {precision}, {word}: " + ", ".join(f"{name} {ms:.1f} ms" for name, ms in marks))

    def _marks(self, mender: Mender, passes: Callable[..., Passing]) -> list[tuple[str, float]]:
        marks: list[tuple[str, float]] = []
        self.card.wait()
        last = time.perf_counter()

        def mark(name: str) -> None:
            nonlocal last
            self.card.wait()
            now = time.perf_counter()
            marks.append((name, 1000 * (now - last)))
            last = now

        vae, model = mender.vae, mender.model
        sides = vae.quantize.sides
        both = torch.from_numpy(np.stack([self.pair.render, self.pair.photo]).transpose(0, 3, 1, 2).copy())
        render, photo = both.to(self.card.device).mul(2).sub(1).split(1)
        noise = torch.from_numpy(self.pair.field).flatten(2).transpose(1, 2)[:, None].to(self.card.device)
        with torch.inference_mode():
            mark("pictures over")
            reference = model.reference(photo, vae.encode(photo), vae.quantize)
            mark("photograph")
            made = model.generate(
                render,
                [reference],
                vae.quantize,
                Sampling(noise=noise),
                lambda scale, _share, _total: mark(f"{sides[scale - 1]}x{sides[scale - 1]}"),
                passes=passes,
            )
            mark("refiner")
            plain = vae.decode(made.latent)
            mark("decoding plainly")
            features = vae.features(render)
            mark("features")
            bridged = vae.decode(made.latent, render, features)
            mark("decoding through the bridge")
            del plain, bridged
        return marks


DTYPES = {"bf16": torch.bfloat16, "fp32": torch.float32}


if __name__ == "__main__":
    main()
