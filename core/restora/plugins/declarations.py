"""What a plugin declares about its methods, readers, writers, metrics and samples.

Everything the window, the command line, a recipe, the model manager and the conformance kit must know
about a method stands in its `MethodInfo`. The heavy part is named by a string and imported on the lane when
it is first used. All classes are keyword-only, so that a new field never breaks a plugin.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Literal, Protocol, TypeAlias

from restora.data.kinds import ColourFilter, Kind
from restora.plugins.parameters import Param

API_VERSION = "1.1"
"""Minor: new optional fields, hooks and hook arguments. Major: anything else."""

Domain: TypeAlias = Literal["srgb", "linear", "counts"]
Container: TypeAlias = Literal["safetensors", "torch-weights", "onnx", "text"]
"""`text` is for what lies beside weights, such as the words of a tokenizer."""

_NO_ITEMS: Mapping[str, object] = MappingProxyType({})


class Tiling(StrEnum):
    """Who cuts a large picture into tiles."""

    NONE = "none"
    """The method needs the whole picture at once."""
    HOST = "host"
    """The host cuts and blends; the method sees tiles only."""
    INTERNAL = "internal"
    """The method gets the whole picture and the tile size, and cuts it itself."""


class Grain(StrEnum):
    """Where a method notices that it was cancelled."""

    STEP = "step"
    TILE = "tile"
    CALL = "call"


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightFile:
    """One file of weights: where it is published and how to know that it is the right one."""

    id: str
    filename: str
    size: int
    """Bytes; 0 where nobody could look."""
    sha256: str | None
    """None where the author published no hash; the user must then say yes to an unverified file."""
    licence: str
    urls: tuple[str, ...]
    """https addresses, or `hf://owner/name/path/in/repository[@revision]`."""
    page: str
    """Where a person can read about it."""
    container: Container
    optional: bool = False
    ask_licence: bool = False
    """Whether the licence must be accepted once before the download."""
    manifest: str | None = None
    """`module:file.json` of the full manifest {name: {"shape", "dtype"}} that a file must match.

    `#part` chooses one of several. The method checks it in `load`, because prefixes and ignored names are its
    own.
    """
    choice: str | None = None
    """Files of a method that share a choice stand for each other: one is needed, the rest may be missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeRule:
    """Which picture sizes a method can take; the host pads by reflection to reach them."""

    minimum: int = 1
    multiple_of: int = 1
    square: bool = False
    maximum: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TileRule:
    """How a HOST method wants to be tiled; all lengths are source pixels."""

    preferred: int | None = None
    """Side of a tile; None takes the largest that fits the memory."""
    minimum: int = 64
    """The smallest side that still makes sense."""
    overlap: int = 32
    """How much neighbouring tiles share."""
    margin: int = 0
    """Of the overlap, how much at each side the tile's border spoils: thrown away (at most half)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryRule:
    """Peak memory as `fixed_mib + mib_per_mpix * megapixels of source at once`, for one precision.

    For scenes as `fixed_mib + mib_per_million_gaussians * millions of Gaussians`.
    """

    fixed_mib: int
    mib_per_mpix: float
    precision: str
    measured_on: str | None = None
    """The machine it was measured on; None marks an estimate."""
    mib_per_million_gaussians: float | None = None
    """Since 1.1, for methods that take scenes; None where nobody has looked."""
    mib_per_output_mpix: float = 0.0
    """Since 1.1: what is taken per megapixel that one call makes, beyond the result itself; for methods whose
    scale is a parameter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """How many further pictures a method takes beside its source."""

    minimum: int = 0
    maximum: int = 0
    same_size: bool = True
    """Whether they show the same pixels as the source, so that they are tiled and padded with it."""
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameNeed:
    """Which captures a method takes."""

    minimum: int = 1
    maximum: int | None = None
    bits: frozenset[int] | None = None
    """Bits per stored frame; None takes any."""
    filters: frozenset[ColourFilter] | None = None
    """Colour filters it understands; None takes any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodInfo:
    """One way to turn an item into a result."""

    id: str
    """`plugin.name`, lower case; the plugin's name comes first."""
    title: str
    summary: str
    factory: str
    """`module:class` of the heavy part."""
    api: str = ">=1,<2"
    accepts: frozenset[Kind]
    produces: Kind = Kind.IMAGE
    """`SPLAT`: every run gives a scene, and its picture is only a preview that may be missing."""
    produces_frames: bool = False
    """Since 1.1: whether a run gives frames, one per camera. They may be missing only beside a scene."""
    scale: float | None = 1
    """Output pixels per input pixel; None: the parameter named by `scale_param` decides."""
    scale_param: str | None = None
    channels: frozenset[int] = frozenset({3})
    """Channel counts it takes; alpha is split off by the host where 4 is not among them."""
    domain: Domain = "srgb"
    params: tuple[Param, ...] = ()
    presets: Mapping[str, Mapping[str, object]] = field(default_factory=lambda: MappingProxyType({}))
    weights: tuple[WeightFile, ...] = ()
    requires: tuple[str, ...] = ()
    """Distributions beyond restora's own, such as `scipy>=1.11`."""
    references: References = field(default_factory=References)
    frames: FrameNeed | None = None
    devices: frozenset[str] = frozenset({"cuda", "cpu"})
    precisions: tuple[str, ...] = ("bf16", "fp32")
    """The first that the device supports is the default; CPUs take fp32."""
    memory: tuple[MemoryRule, ...] = ()
    seconds_per_mpix: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """By device type, as declared by the author."""
    tiling: Tiling = Tiling.HOST
    size: SizeRule = field(default_factory=SizeRule)
    tile: TileRule = field(default_factory=TileRule)
    grain: Grain = Grain.STEP
    stochastic: bool = True
    forward_model: str | None = None
    """`module:function`, called as function(result, request), that says what measurement a result predicts.

    Gives a `Prediction`, its `values` alone, or None where that is not determined. Must be deterministic and
    must not import torch: it runs on the thread of whoever asks, long after the job has ended.
    """
    vectors: str | None = None
    """`module:class` of the adapter that reruns conformance vectors; see `restora.testing.vectors`."""
    paper: str = ""
    licence: str = ""
    tuning: str | None = None
    """The number that trades one good against another, such as fidelity for sharpness; None: there is none.

    Doors offer a ladder of its values.
    """
    tuning_is_live: bool = False
    """Whether moving it costs little once a picture was run, so that a slider on the result can follow."""

    @property
    def plugin(self) -> str:
        """The plugin's name, the first part of the id."""
        return self.id.partition(".")[0]

    def param(self, param_id: str) -> Param | None:
        """The parameter of that id."""
        return next((param for param in self.params if param.id == param_id), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderInfo:
    """A further file format that can be opened."""

    id: str
    title: str
    patterns: tuple[str, ...]
    """Name patterns such as `*.abc`; they only order the attempts."""
    magic: tuple[tuple[int, bytes], ...]
    """(offset, bytes) pairs, any of which identifies the content."""
    kind: Kind
    factory: str
    """`module:class` with `probe(path)` and `read(path)`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WriterInfo:
    """A further file format that can be written."""

    id: str
    title: str
    suffixes: tuple[str, ...]
    kind: Kind
    factory: str
    """`module:function(stream, image)`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricInfo:
    """A figure for the quality of a picture."""

    id: str
    title: str
    factory: str
    """`module:function(image)` or, with a reference, `module:function(image, reference)`."""
    needs_reference: bool
    higher_is_better: bool
    unit: str = ""
    weights: tuple[WeightFile, ...] = ()
    """Where there are some, the function gets their paths by id as a last argument; without them there is no
    figure."""


class NeedsWeights(Protocol):
    """What weights are declared by: a method, or something else of a plugin."""

    @property
    def id(self) -> str:
        """Its name for people."""
        ...

    @property
    def plugin(self) -> str:
        """The plugin it belongs to."""
        ...

    @property
    def weights(self) -> tuple[WeightFile, ...]:
        """Its files."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricWeights:
    """The files of a metric."""

    id: str
    plugin: str
    weights: tuple[WeightFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleInfo:
    """A small piece of data that ships with a plugin, for the first run and for tests."""

    id: str
    title: str
    path: Path
    kind: Kind
    licence: str
    truth: Path | None = None
    """The clean picture it was made from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    """What observers of `restora_job_finished` are told."""

    job_id: str
    method_id: str
    item_name: str
    state: str
    seconds: float
    peak_mib: float | None
    message: str = ""
