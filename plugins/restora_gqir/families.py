"""The published checkpoints: what each was trained on, and what none of their files says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Checkpoints that belong together."""

    id: str
    title: str
    bits: int
    """An observation is the sum of 2**bits - 1 binary frames."""
    is_mosaiced: bool
    """Whether it was trained behind colour filters."""
    is_signed: bool
    """Whether its decoder gives -1..1 and not 0..1."""
    upsampling: Literal["nearest", "bilinear"]
    qvae: str
    """Ids of its files in `restora_gqir.weights`."""
    lora: str
    fusion: str | None = None
    """None: it cannot fuse bursts."""

    @property
    def frames(self) -> int:
        """Binary frames per observation."""
        return int(2**self.bits - 1)


COLOUR = Family(
    id="colour-3bit",
    title="3-bit colour",
    bits=3,
    is_mosaiced=True,
    is_signed=False,
    upsampling="bilinear",
    qvae="colour-qvae",
    lora="colour-lora",
    fusion="colour-fusion",
)

MONO = Family(
    id="mono-3bit",
    title="3-bit without colour filter",
    bits=3,
    is_mosaiced=False,
    is_signed=False,
    upsampling="bilinear",
    qvae="mono-qvae",
    lora="mono-lora",
    fusion="mono-fusion",
)

# Its weights are older than the change to bilinear upsampling and than the mosaics of the training data.
BINARY = Family(
    id="colour-1bit",
    title="1-bit, three channels without colour filter",
    bits=1,
    is_mosaiced=False,
    is_signed=True,
    upsampling="nearest",
    qvae="binary-qvae",
    lora="binary-lora",
)

FAMILIES: Mapping[str, Family] = MappingProxyType({each.id: each for each in (COLOUR, MONO, BINARY)})

AUTOMATIC = "automatic"
"""Instead of a family: by the capture's colour filter."""
