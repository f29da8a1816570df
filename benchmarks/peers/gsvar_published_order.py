"""GS-VAR in the published order of work, written from its description for comparison only.

Both rows go through everything: heads, refiner and decoder too. Layers that see the class alone are evaluated
for every row at every scale, keys and values are joined anew at every scale, and the bridge encodes anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
import torch.nn.functional as F  # noqa: N812  # torch's own customary name
from torch import Tensor

from restora.nets.nucleus import filtered
from restora_gsvar.net.autoencoder import Autoencoder
from restora_gsvar.net.generating import CodeModel
from restora_gsvar.net.transformer import EPSILON, Block


@dataclass
class Literal:
    """The published order of work for one pair: both rows go through everything."""

    vae: Autoencoder
    model: CodeModel
    layers: dict[str, Tensor]
    """The layers that see the class alone, evaluated for every row at every scale."""
    mask: Tensor = field(default_factory=lambda: torch.empty(0))
    """Built, as published, and never used."""
    caches: list[tuple[Tensor, Tensor] | None] = field(default_factory=list)

    def run(self, pictures: Tensor, noise: Tensor, *, bridge: bool) -> Tensor:
        """2 x 3 x S x S, the render and its reference, to the render's picture in 0..1."""
        vae, quantiser = self.vae, self.vae.quantize
        labels = torch.tensor([0, 1], device=pictures.device)
        own = quantiser.encode(vae.encode(pictures)).indices
        features = vae.features(pictures) if bridge else []
        self.caches = [None] * len(self.model.transformer.layers)
        x, total = self.model.transformer.prefix(pictures, labels), torch.zeros(())
        for scale in range(len(quantiser.sides)):
            x = self._through(x, scale, labels)
            index = self._chosen(x if scale else x[:, -1:], labels)
            index[len(index) // 2 :] = own[scale][len(index) // 2 :]
            total = total + quantiser.step(scale, index)
            if scale + 1 < len(quantiser.sides):
                inputs = quantiser.inputs(scale + 1, total)
                x = self.model.transformer.segment(scale + 1, inputs)
        self.caches = []
        latent = total + self._refined(x, index, noise)
        decoded = vae.decode(latent, pictures if bridge else None, tuple(features))
        return decoded.clamp(-1, 1).add(1).div(2)[:1]

    def _through(self, x: Tensor, scale: int, labels: Tensor) -> Tensor:
        net = self.model.transformer
        rotation = net.rotation(*net.bounds(scale))
        for number, block in enumerate(net.layers):
            table = self._steering(f"blocks.{number}", labels, 6)
            normed = F.layer_norm(x, x.shape[-1:], eps=EPSILON) * (1 + table[2]) + table[4]
            attended = self._attended(block, number, normed, rotation)
            x = x + table[0] * block.attn.joined(attended)
            normed = F.layer_norm(x, x.shape[-1:], eps=EPSILON) * (1 + table[3]) + table[5]
            x = x + table[1] * block.fc2(F.gelu(block.fc1(normed), approximate="tanh"))
        return x

    def _attended(self, block: Block, number: int, normed: Tensor, rotation: tuple[Tensor, Tensor]) -> Tensor:
        q, k, v = (
            part.unflatten(0, (1, 2)).transpose(1, 2).flatten(2, 3)
            for part in block.attn.all_three(normed, rotation)
        )
        before = self.caches[number]
        if before is not None:
            k, v = torch.cat([before[0], k], dim=2), torch.cat([before[1], v], dim=2)
        self.caches[number] = (k, v)
        seen = F.scaled_dot_product_attention(q, k, v, scale=1.0)
        return seen.unflatten(2, (2, -1)).transpose(1, 2).flatten(0, 1)

    def _steering(self, name: str, labels: Tensor, parts: int) -> tuple[Tensor, ...]:
        classes = F.silu(self.model.transformer.class_emb(labels))
        weight, bias = (self.layers[f"{name}.ada_lin.1.{sort}"] for sort in ("weight", "bias"))
        return F.linear(classes, weight, bias).unflatten(1, (parts, 1, -1)).unbind(1)

    def _chosen(self, x: Tensor, labels: Tensor) -> Tensor:
        scale, shift = self._steering("head_nm", labels, 2)
        normed = F.layer_norm(x, x.shape[-1:], eps=EPSILON) * (1 + scale) + shift
        shares = filtered(self.model.transformer.head.scores(normed), top_k=1, top_p=0.96).softmax(dim=-1)
        return torch.multinomial(shares.flatten(0, 1), 1).reshape(shares.shape[:2])

    def _refined(self, x: Tensor, index: Tensor, noise: Tensor) -> Tensor:
        codes = self.model.transformer.word_embed(self.vae.quantize.embedding(index))
        z = self.model.decoder_norm(x + codes).flatten(0, 1)
        side = self.vae.quantize.sides[-1]
        residual = self.model.refiner.sample(z, noise, temperature=1.0)
        return residual.unflatten(0, (2, -1)).transpose(1, 2).unflatten(2, (side, side))
