"""All scales in one pass, from the codes of a known picture: what training sees, and its losses."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F  # torch's own customary name
from torch import Tensor

from restora.nets.scale_quantiser import Codes, ScaleQuantiser
from restora_gsvar.net.generating import CodeModel
from restora_gsvar.net.positions import level_mask
from restora_gsvar.net.refiner import RESIDUAL_SCALE, STEPS, RefinerNet, Schedule, cosine_alphas, schedule

_BITS = torch.log(torch.tensor(2.0, dtype=torch.float64)).item()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Forced:
    """What came out of a pass over B pictures."""

    tokens: Tensor
    """After the embeddings."""
    blocks: tuple[Tensor, ...]
    logits: Tensor
    """B x all codes of a picture x vocabulary."""


def forced(
    model: CodeModel, pictures: Tensor, inputs: Tensor, labels: Tensor, fused: frozenset[int]
) -> Forced:
    """`inputs` are those of all scales from the second on, B x n x channels.

    In `fused` blocks rows 2i and 2i + 1 see each other.
    """
    net = model.transformer
    scales = len(net.sides)
    counts = [side**2 for side in net.sides[1:]]
    later = [net.segment(scale + 1, part) for scale, part in enumerate(inputs.split(counts, dim=1))]
    x = tokens = torch.cat([net.prefix(pictures, labels), *later], dim=1)
    rotation = net.rotation(0, net.bounds(scales - 1)[1])
    seen = []
    for number, block in enumerate(net.layers):
        q, k, v = block.attn.all_three(block.before_attention(x, labels), rotation)
        views = 2 if number in fused else 1
        mask = level_mask(net.sides, views).to(x.device)
        attended = F.scaled_dot_product_attention(
            _together(q, views), _together(k, views), _together(v, views), attn_mask=mask, scale=1.0
        )
        x = block.after_attention(x, _apart(attended, views), labels)
        seen.append(x)
    start = net.sides[-1] ** 2  # the class token predicts the first scale
    return Forced(tokens=tokens, blocks=tuple(seen), logits=net.head(x[:, start:], labels))


def _together(x: Tensor, views: int) -> Tensor:
    """B x heads x n x D to B/views x heads x views·n x D."""
    return x.unflatten(0, (-1, views)).transpose(1, 2).flatten(2, 3)


def _apart(x: Tensor, views: int) -> Tensor:
    return x.unflatten(2, (views, -1)).transpose(1, 2).flatten(0, 1)


def inputs_of(quantiser: ScaleQuantiser, codes: Codes) -> Tensor:
    """What a model is shown of a known picture, B x n x channels."""
    later = range(1, len(quantiser.sides))
    return torch.cat([quantiser.inputs(scale, codes.sums[scale - 1]) for scale in later], dim=1)


def refiner_condition(model: CodeModel, result: Forced, quantiser: ScaleQuantiser) -> tuple[Tensor, Tensor]:
    """Of the last scale, B x P² x C; and the codes B x P² x channels of the tokens that were predicted."""
    last = quantiser.sides[-1] ** 2
    chosen = quantiser.embedding(result.logits[:, -last:].argmax(dim=-1))
    hidden = result.blocks[-1][:, -last:]
    condition: Tensor = model.decoder_norm(hidden + model.transformer.word_embed(chosen))
    return condition, chosen


def token_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Mean cross-entropy over all codes."""
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


@dataclass(frozen=True, slots=True, eq=False)
class RefinerLoss:
    """Per row."""

    noise: Tensor
    """Mean squared error of the predicted noise."""
    bound: Tensor
    """Of the variance, in bits."""

    @property
    def total(self) -> Tensor:
        """As trained."""
        return self.noise + self.bound


def refiner_loss(net: RefinerNet, z: Tensor, target: Tensor, t: Tensor, noise: Tensor) -> RefinerLoss:
    """Of N x channels residuals (not yet divided by 0.6) at training steps `t`."""
    plan = schedule(cosine_alphas(), torch.arange(STEPS))
    clean = target / RESIDUAL_SCALE
    noisy = _at(plan.alphas.sqrt(), t) * clean + _at((1 - plan.alphas).sqrt(), t) * noise
    eps, variance = net(noisy, t, z).chunk(2, dim=-1)
    bound = _variational(plan, clean, noisy, t, eps.detach(), variance)
    return RefinerLoss((eps - noise).square().mean(dim=-1), bound)


def _variational(
    plan: Schedule, clean: Tensor, noisy: Tensor, t: Tensor, eps: Tensor, variance: Tensor
) -> Tensor:
    """Divergence from the true step back, in bits; at the first step the likelihood of the clean value."""
    share = (variance + 1) / 2
    log_variance = share * _at(plan.betas.log(), t) + (1 - share) * _at(plan.posterior_log_variance, t)
    guess = (noisy - _at((1 - plan.alphas).sqrt(), t) * eps) / _at(plan.alphas.sqrt(), t)
    coef1, coef2 = _at(plan.coef1, t), _at(plan.coef2, t)
    mean, true_mean = coef1 * guess + coef2 * noisy, coef1 * clean + coef2 * noisy
    true_log = _at(plan.posterior_log_variance, t)
    divergence = 0.5 * (
        -1
        + log_variance
        - true_log
        + (true_log - log_variance).exp()
        + (true_mean - mean).square() * (-log_variance).exp()
    )
    likelihood = -_log_likelihood(clean, mean, log_variance / 2)
    return torch.where(t == 0, likelihood.mean(dim=-1), divergence.mean(dim=-1)) / _BITS


def _log_likelihood(x: Tensor, mean: Tensor, log_deviation: Tensor) -> Tensor:
    """Of the 8-bit step around each value, under a normal distribution."""
    centred, sharpness = x - mean, (-log_deviation).exp()
    upper, lower = (_cumulative(sharpness * (centred + side / 255)) for side in (1, -1))
    inner = torch.where(x > 0.999, (1 - lower).clamp(min=1e-12).log(), (upper - lower).clamp(min=1e-12).log())
    return torch.where(x < -0.999, upper.clamp(min=1e-12).log(), inner)


def _cumulative(x: Tensor) -> Tensor:
    """The usual approximation by a hyperbolic tangent."""
    return 0.5 * (1 + torch.tanh((2 / torch.pi) ** 0.5 * (x + 0.044715 * x**3)))


def _at(table: Tensor, t: Tensor) -> Tensor:
    return table.to(t.device)[t].float()[:, None]
