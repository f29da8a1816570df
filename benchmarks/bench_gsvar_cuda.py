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
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from gsvar_full_size import Pair, published_order, say, written
from gsvar_on_card import BEGAN, LIMIT, Card, attempted, loaded, tiny, vectors
from peers.gsvar_published_order import Literal

from restora_gsvar.configuration import Configuration, published
from restora_gsvar.net.generating import Sampling
from restora_gsvar.net.passing import Passing
from restora_gsvar.net.pictures import Mender
from restora_gsvar.net.recordings import Recordings

_WARM_UP, _MOST, _ROW_SECONDS = 3, 20, 2.5
"""Calls before the clock runs, calls that are timed, and when a row has had enough of them."""


def main() -> None:
    faulthandler.dump_traceback_later(LIMIT, exit=True)
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
    say(f"done after {time.monotonic() - BEGAN:.0f} s")


def told(card: Card) -> None:
    """What this runs on."""
    say(f"Python {sys.version.split()[0]}, torch {torch.__version__}, numpy {np.__version__}")
    if card.is_cuda:
        facts = torch.cuda.get_device_properties(card.device)
        say(f"{facts.name}, {facts.total_memory / 2**30:.0f} GiB, CUDA {torch.version.cuda}")


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
