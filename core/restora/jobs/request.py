"""What a user asks of a method: everything that decides the result, checked before anything is queued."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from restora.data.geometry import Rect
from restora.data.item import Item, Probe
from restora.data.json_values import JSON
from restora.data.kinds import Kind
from restora.errors import BadInputError, ParameterError, UnsuitableItemError
from restora.jobs.admission import check_side
from restora.plugins.declarations import MethodInfo, Tiling
from restora.plugins.parameters import FloatParam, IntParam, ReferenceParam, parse_seed


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """One run of a method on an item; make it with `checked_request`."""

    info: MethodInfo
    item: Item
    params: Mapping[str, object]
    """Typed values of all declared parameters."""
    seed: int = 0
    precision: str | None = None
    """None takes what suits the device."""
    side: int | None = None
    """A tile set by hand; None leaves it to the host."""
    region: Rect | None = None
    """The part of the item to work on; None: all of it."""
    references: tuple[Item, ...] = ()
    slots: Mapping[str, Item] = field(default_factory=lambda: MappingProxyType({}))
    """Opened pictures for the parameters of the reference kind, by parameter id."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of what is worked on."""
        if self.region is not None:
            return self.region.width, self.region.height
        return self.item.probe.width, self.item.probe.height

    @property
    def is_scene(self) -> bool:
        """Whether a scene is worked on, which has no pixels."""
        return self.item.kind is Kind.SPLAT

    @property
    def millions(self) -> float:
        """Gaussians of the scene, or pixels of the picture or frame, in millions."""
        width, height = self.size
        return (gaussians_of(self.item) if self.is_scene else width * height) / 1e6

    @property
    def scale(self) -> float:
        """Output pixels per input pixel."""
        return scale_of(self.info, self.params)

    @property
    def output_size(self) -> tuple[int, int]:
        """Width and height that the result must have."""
        width, height = self.size
        return max(1, round(width * self.scale)), max(1, round(height * self.scale))

    def params_to_json(self) -> dict[str, JSON]:
        """All parameters as they stand in a recipe; a slot holds its picture's name without the folder."""
        values = {param.id: param.to_json(self.params[param.id]) for param in self.info.params}
        return {**values, **{slot: item.name for slot, item in self.slots.items()}}


def checked_request(request: RunRequest) -> RunRequest:
    """`request`, if method and item fit together; raises the sentence that says why they do not."""
    info, item = request.info, request.item
    if item.kind not in info.accepts and not _is_picture_for(info, item):
        kinds = " or ".join(sorted(info.accepts))
        raise UnsuitableItemError(f"{info.id} takes {kinds} items; {item.name} is a {item.kind} item")
    _check_frames(info, item)
    _check_references(request)
    _check_precision(request)
    parse_seed(request.seed)
    if request.region is not None and item.kind is Kind.SPLAT:
        raise BadInputError(f"{item.name}: a scene has no pixels, so no region of it can be worked on")
    if request.region is not None and not request.region.lies_in(item.probe.width, item.probe.height):
        size = f"{item.probe.width} x {item.probe.height}"
        raise BadInputError(f"{item.name}: the region {request.region} does not lie in its {size} pixels")
    request = _uncut(request)
    if request.side is not None:
        check_side(request.info, request.side)
    return request


def _uncut(request: RunRequest) -> RunRequest:
    """Without host tiling where it cannot work: captures, scenes, results that are no multiple of tiles."""
    is_cut = request.info.tiling is Tiling.HOST
    is_multiple = request.scale >= 1 and float(request.scale).is_integer()
    if not is_cut or (request.item.kind not in {Kind.SPAD, Kind.SPLAT} and is_multiple):
        return request
    return replace(request, info=replace(request.info, tiling=Tiling.NONE))


def parse_params(
    info: MethodInfo,
    values: Mapping[str, object],
    *,
    typed: bool = False,
    defaults: Mapping[str, object] | None = None,
) -> dict[str, object]:
    """Typed values of all parameters: `values` checked; `defaults`, else the declared ones, for the rest.

    Texts that a person typed are read as such unless `typed` says that the values come from JSON.
    """
    for key in values:
        if info.param(key) is None:
            known = ", ".join(param.id for param in info.params) or "none"
            raise ParameterError(key, f"is not a parameter of {info.id} (known: {known})")
    parsed: dict[str, object] = {}
    for param in info.params:
        if param.id not in values:
            parsed[param.id] = (defaults or {}).get(param.id, param.default)
            continue
        value = values[param.id]
        parsed[param.id] = (
            param.from_text(value) if isinstance(value, str) and not typed else param.parse(value)
        )
    return parsed


def filled_slots(info: MethodInfo, values: Mapping[str, object]) -> tuple[str, ...]:
    """The reference parameters that name a picture, in their declared order."""
    slots = (param.id for param in info.params if isinstance(param, ReferenceParam))
    return tuple(slot for slot in slots if values.get(slot) is not None)


def preset(info: MethodInfo, name: str) -> Mapping[str, object]:
    """The values of a preset; raises ParameterError naming those that exist."""
    if name not in info.presets:
        known = ", ".join(info.presets) or "none"
        raise ParameterError("preset", f"{name!r} is not declared by {info.id} (known: {known})")
    return info.presets[name]


def scale_of(info: MethodInfo, params: Mapping[str, object]) -> float:
    """Output pixels per input pixel, from the declaration or from the parameter it names."""
    if info.scale is not None:
        return info.scale
    param = info.param(info.scale_param or "")
    if not isinstance(param, IntParam | FloatParam):
        raise BadInputError(f"{info.id}: its declaration names no parameter that decides the scale")
    return float(param.parse(params[param.id]))


def _is_picture_for(info: MethodInfo, item: Item) -> bool:
    """A plain picture may be given to a method for metalens photographs: only the user knows the lens."""
    return item.kind is Kind.IMAGE and Kind.METALENS in info.accepts


def _check_frames(info: MethodInfo, item: Item) -> None:
    need, probe = info.frames, item.probe
    if need is None or probe.kind is not Kind.SPAD:
        return
    length = item.window.length if item.window is not None else frames_of(probe)
    if length < need.minimum or (need.maximum is not None and length > need.maximum):
        wanted = f"{need.minimum} to {need.maximum}" if need.maximum else f"at least {need.minimum}"
        raise UnsuitableItemError(f"{info.id} needs {wanted} frames; {item.name} offers {length}")
    if need.bits is not None and item.cube().bits not in need.bits:
        bits = " or ".join(str(bits) for bits in sorted(need.bits))
        raise UnsuitableItemError(
            f"{info.id} needs {bits} bits per frame; {item.name} has {item.cube().bits}"
        )
    if need.filters is not None and item.cube().colour_filter not in need.filters:
        filters = " or ".join(sorted(need.filters))
        raise UnsuitableItemError(
            f"{info.id} needs the colour filter {filters}; {item.name} has {item.cube().colour_filter}"
        )


def gaussians_of(item: Item) -> int:
    """How many Gaussians a scene has; read from its header where that says so."""
    return item.scene().count if item.probe.gaussians is None else item.probe.gaussians


def frames_of(probe: Probe) -> int:
    """How many frames there are; a single picture is one."""
    return 1 if probe.frames is None else probe.frames


def _check_references(request: RunRequest) -> None:
    rule, given = request.info.references, len(request.references)
    for picture in (*request.references, *request.slots.values()):
        if picture.kind not in {Kind.IMAGE, Kind.METALENS}:
            raise UnsuitableItemError(
                f"{picture.name} is a {picture.kind} item; {request.info.id} takes pictures beside its source"
            )
    if not rule.minimum <= given <= rule.maximum:
        wanted = str(rule.minimum) if rule.minimum == rule.maximum else f"{rule.minimum} to {rule.maximum}"
        raise UnsuitableItemError(f"{request.info.id} takes {wanted} reference pictures, got {given}")
    if not rule.same_size or request.is_scene:
        return
    probe = request.item.probe
    for reference in request.references:
        if (reference.probe.width, reference.probe.height) != (probe.width, probe.height):
            raise UnsuitableItemError(
                f"{reference.name} has {reference.probe.width} x {reference.probe.height} pixels; as a "
                f"reference it must have the {probe.width} x {probe.height} of {request.item.name}"
            )


def _check_precision(request: RunRequest) -> None:
    if request.precision is not None and request.precision not in request.info.precisions:
        known = ", ".join(request.info.precisions)
        raise ParameterError("precision", f"must be one of {known}, got {request.precision!r}")
