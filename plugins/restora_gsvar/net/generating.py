"""From pictures to codes, coarse to fine: every scale is predicted at once, from all that came before it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from restora.nets.nucleus import drawn, filtered
from restora.nets.scale_quantiser import ScaleQuantiser
from restora_gsvar.net.passing import Check, Passing
from restora_gsvar.net.refiner import Refiner
from restora_gsvar.net.rows import Reference, Rows, ordered
from restora_gsvar.net.transformer import EPSILON, Transformer

Each = Callable[[int, float, Tensor], None]
"""Called after every scale with the number done, the share of the work, and the sum of the codes so far."""
Passes = Callable[[Transformer, Rows, torch.device], Passing]
"""Gives the room that a batch goes through."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sampling:
    """How tokens are chosen, and what is added to the last of them."""

    top_k: int = 1
    top_p: float = 0.96
    chance: tuple[Tensor, ...] | None = None
    """By scale, N x p² standard normal; needed unless top_k is 1."""
    noise: Tensor | None = None
    """(kept steps + 1) x N x P² x channels standard normal for the refiner; None leaves the refiner out."""
    temperature: float = 1.0
    guidance: float | None = None
    """VARSR's; None where the second class means something else."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Generated:
    """Codes of N pictures, in the order of the items."""

    indices: tuple[Tensor, ...]
    total: Tensor
    """What the codes add up to, N x channels x P x P."""
    condition: Tensor | None = None
    """The refiner's, N x P² x C; with guidance good rows, then bad ones."""
    residual: Tensor | None = None
    """N x P² x channels."""

    @property
    def latent(self) -> Tensor:
        """For the decoder."""
        if self.residual is None:
            return self.total
        return self.total + self.residual.transpose(1, 2).reshape(self.total.shape)


class CodeModel(nn.Module):
    """Transformer and refiner of one checkpoint, with the quantiser that gives its codes their meaning."""

    def __init__(self, transformer: Transformer, refiner: Refiner, width: int) -> None:
        super().__init__()
        self.transformer = transformer
        self.refiner = refiner
        self.decoder_norm = nn.LayerNorm(width, eps=EPSILON)

    def reference(self, picture: Tensor, latent: Tensor, quantiser: ScaleQuantiser) -> Reference:
        """Prepare a photograph, 1 x 3 x S x S in -1..1, with its latent."""
        sums = quantiser.encode(latent).sums
        inputs = [quantiser.inputs(scale, sums[scale - 1]) for scale in range(1, len(quantiser.sides))]
        label = torch.ones(1, dtype=torch.long, device=picture.device)
        return Reference(prefix=self.transformer.prefix(picture, label), inputs=tuple(inputs))

    def generate(
        self,
        pictures: Tensor,
        references: Sequence[Reference | None],
        quantiser: ScaleQuantiser,
        sampling: Sampling,
        each: Each = lambda _done, _share, _total: None,
        check: Check = lambda: None,
        passes: Passes = Passing,
    ) -> Generated:
        """Codes of N x 3 x S x S in -1..1; any of them may have a reference, unless there is guidance.

        Every item's result is what it would be alone.
        """
        run = _Run(self, references, quantiser, sampling, check, passes)
        return run.finish(pictures[run.order], each)


class _Run:
    """One call of `generate`: the batch's order, its caches and where it stands."""

    def __init__(
        self,
        model: CodeModel,
        references: Sequence[Reference | None],
        quantiser: ScaleQuantiser,
        sampling: Sampling,
        check: Check,
        passes: Passes,
    ) -> None:
        self.check = check
        self.model, self.transformer = model, model.transformer
        self.quantiser, self.sampling = quantiser, sampling
        self.order = ordered(references)
        self.references = [found for item in self.order if (found := references[item]) is not None]
        self.count = len(references)
        doubled = sampling.guidance is not None
        self.rows = Rows(
            pairs=len(self.references), generated=self.count * (2 if doubled else 1), is_doubled=doubled
        )
        self.passing = passes(self.transformer, self.rows, quantiser.embedding.weight.device)
        self.labels = self.passing.labels

    def finish(self, pictures: Tensor, each: Each) -> Generated:
        """All scales, then the refiner."""
        scales = len(self.quantiser.sides)
        tokens = self.transformer.bounds(scales - 1)[1]
        x = self._first(pictures)
        total: Tensor | None = None
        indices: list[Tensor] = []
        for scale in range(scales):
            hidden = self.passing.through(x, scale, self.check)
            index = self._chosen(hidden, scale)
            step = self.quantiser.step(scale, index)
            total = step if total is None else total + step
            indices.append(index)
            each(scale + 1, self.transformer.bounds(scale)[1] / tokens, total)
            if scale + 1 < scales:
                x = self._next(scale + 1, total)
        assert total is not None  # there is at least one scale
        condition, residual = self._refined(hidden, indices[-1])
        back = torch.argsort(torch.tensor(self.order))
        return Generated(
            indices=tuple(index[back] for index in indices),
            total=total[back],
            condition=condition if condition is None or self.rows.is_doubled else condition[back],
            residual=None if residual is None else residual[back],
        )

    def _first(self, pictures: Tensor) -> Tensor:
        """The first segment of all rows; pictures of doubled rows are read once."""
        tokens = self.transformer.condition(pictures).flatten(2).transpose(1, 2)
        if self.rows.is_doubled:
            tokens = tokens.repeat(2, 1, 1)
        known = [reference.prefix for reference in self.references]
        labels = self.labels[: self.rows.generated]
        return torch.cat([self.transformer.framed(tokens, labels), *known])

    def _next(self, scale: int, total: Tensor) -> Tensor:
        """A later segment of all rows: references bring their own."""
        inputs = self.quantiser.inputs(scale, total)
        if self.rows.is_doubled:
            inputs = inputs.repeat(2, 1, 1)
        known = [reference.inputs[scale - 1] for reference in self.references]
        return self.transformer.segment(scale, torch.cat([inputs, *known]))

    def _chosen(self, hidden: Tensor, scale: int) -> Tensor:
        """Indices N x p²."""
        logits = self.transformer.head(hidden, self.labels[: self.rows.generated])
        sampling = self.sampling
        if sampling.guidance is not None:
            push = sampling.guidance * scale / max(len(self.quantiser.sides) - 1, 1)
            good, bad = logits.chunk(2)
            logits = (1 + push) * good - push * bad
        if sampling.top_k == 1 or sampling.chance is None:
            return logits.argmax(dim=-1)
        out = filtered(logits, top_k=sampling.top_k, top_p=sampling.top_p)
        return drawn(out, sampling.chance[scale][self.order])

    def _refined(self, hidden: Tensor, last: Tensor) -> tuple[Tensor | None, Tensor | None]:
        noise = self.sampling.noise
        if noise is None:
            return None, None
        codes = self.transformer.word_embed(self.quantiser.embedding(last))
        if self.rows.is_doubled:
            codes = codes.repeat(2, 1, 1)
        condition = self.model.decoder_norm(hidden + codes)
        flat = condition.flatten(0, 1)
        good, bad = flat.chunk(2) if self.rows.is_doubled else (flat, None)
        chance = noise[:, self.order].flatten(1, 2)
        refiner, temperature = self.model.refiner, self.sampling.temperature

        def sampled(given: tuple[Tensor, ...], check: Check) -> Tensor:
            z, noise, *bad = given
            return refiner.sample(
                z,
                noise,
                temperature=temperature,
                bad=bad[0] if bad else None,
                guidance=self.sampling.guidance or 0.0,
                check=check,
            )

        given = (good, chance) if bad is None else (good, chance, bad)
        name = ("refiner", temperature, self.sampling.guidance)
        residual = self.passing.do(name, sampled, given, self.check)
        return condition, residual.unflatten(0, (self.count, -1))
