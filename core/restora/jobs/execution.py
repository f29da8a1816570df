"""Running a loaded method on one request: adapt, cut into tiles, call, join, check, adapt back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from restora.data.arrays import ImageArray
from restora.data.geometry import FrameWindow, Rect
from restora.data.image import Image
from restora.data.json_values import JSON
from restora.data.kinds import Kind, Transfer
from restora.data.photon_cube import PhotonCube
from restora.data.scene import GaussianScene
from restora.errors import OutputRejectedError
from restora.jobs.adapting import Adapted, adapt, domain_of, restore_form, restore_further
from restora.jobs.checks import check_extras, check_output, check_picture
from restora.jobs.context import RunContext
from restora.jobs.padding import pad_to, padded_size
from restora.jobs.request import RunRequest
from restora.jobs.scene_checks import (
    check_frames,
    check_kinds,
    check_scene,
    makes_scene_or_frames,
    with_frozen_arrays,
)
from restora.jobs.tile_stack import TileStack
from restora.jobs.tiles import TileGrid, plan_grid, run_tiled
from restora.plugins.declarations import MethodInfo, Tiling
from restora.plugins.running import Frame, Method, Output, Request, Source, TileChoice

ContextFor: TypeAlias = Callable[[int, int, Rect | None], RunContext]
"""Makes the context of call number i of n; the rectangle is where it works, in the whole item's pixels."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcome:
    """What a run made, checked and in the item's form."""

    image: Image | None
    images: Mapping[str, Image] = field(default_factory=lambda: MappingProxyType({}))
    info: Mapping[str, JSON] = field(default_factory=lambda: MappingProxyType({}))
    scene: GaussianScene | None = None
    frames: tuple[Frame, ...] = ()
    """Still where the method wrote them."""
    transfer: Transfer = Transfer.SRGB
    """That of the frames."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Inputs:
    """A request's pictures, read and adapted once for all attempts."""

    source: Adapted | None
    cube: PhotonCube | None
    window: FrameWindow | None
    references: tuple[ImageArray, ...]
    params: Mapping[str, object]
    scene: GaussianScene | None = None


def read_inputs(request: RunRequest) -> Inputs:
    """Read everything a request names; raises where a file cannot be read or does not fit."""
    info, item, region = request.info, request.item, request.region
    slots = {key: adapt(info, slot.image(), None, slot.name).pixels for key, slot in request.slots.items()}
    params = MappingProxyType({**request.params, **slots})
    same_size = info.references.same_size and not request.is_scene
    references = tuple(
        adapt(info, reference.image(), region if same_size else None, reference.name).pixels
        for reference in request.references
    )
    if item.kind is Kind.SPAD:
        cube = item.cube() if region is None else item.cube().cropped(region)
        window = item.window or FrameWindow(0, cube.frames)
        return Inputs(source=None, cube=cube, window=window, references=references, params=params)
    if item.kind is Kind.SPLAT:
        scene = with_frozen_arrays(item.scene())
        return Inputs(source=None, cube=None, window=None, references=references, params=params, scene=scene)
    source = adapt(info, item.image(), region, item.name)
    return Inputs(source=source, cube=None, window=None, references=references, params=params)


def execute(
    method: Method, request: RunRequest, inputs: Inputs, tile: TileChoice, context_for: ContextFor
) -> Outcome:
    """Run `method` with the tiles of `tile`; raises what the method raises, and OutputRejectedError."""
    if request.info.tiling is Tiling.HOST and inputs.source is not None:
        output = _run_in_tiles(method, request, inputs, inputs.source, tile, context_for)
    else:
        output = _run_whole(method, request, inputs, context_for)
    if makes_scene_or_frames(request.info) or inputs.scene is not None:
        return _outcome_of_scene(request.info, output)
    source = None if inputs.source is None else inputs.source.pixels
    image = check_output(request.info.id, output.image, expected_size=request.output_size, source=source)
    return _outcome(request.info, inputs, output, image)


def _run_whole(method: Method, request: RunRequest, inputs: Inputs, context_for: ContextFor) -> Output:
    source = inputs.source
    whole = Source(
        kind=request.item.kind,
        image=None if source is None else _padded(source.pixels, request.info),
        cube=inputs.cube,
        scene=inputs.scene,
        window=inputs.window,
        nominal_white=1.0 if source is None else source.nominal_white,
    )
    references = inputs.references
    if request.info.references.same_size and inputs.scene is None:
        references = tuple(_padded(reference, request.info) for reference in references)
    call = Request(
        source=whole, params=inputs.params, seed=request.seed, references=references, region=request.region
    )
    context = context_for(0, 1, request.region)
    output = _called(request.info, method, call, context)
    if makes_scene_or_frames(request.info) or inputs.scene is not None:
        return _with_checked_scene(request.info, output, context)
    if source is None or output.image is None:
        return output
    return _cropped(output, request)


def _called(info: MethodInfo, method: Method, call: Request, context: RunContext) -> Output:
    """What the method returned, if it is an Output whose extras are sound."""
    output: object = method.run(call, context)
    if not isinstance(output, Output):
        raise OutputRejectedError(info.id, f"{type(output).__name__} instead of an Output")
    check_extras(info.id, output)
    check_kinds(info, output)
    return output


def _with_checked_scene(info: MethodInfo, output: Output, context: RunContext) -> Output:
    """What a method made of or into a scene, looked at; its picture may have any size."""
    if output.image is not None:
        check_picture(info.id, output.image)
    elif not makes_scene_or_frames(info):
        raise OutputRejectedError(info.id, "NoneType instead of an array")
    check_frames(info.id, output.frames, context.writable)
    return output if output.scene is None else replace(output, scene=check_scene(info.id, output.scene))


def _outcome_of_scene(info: MethodInfo, output: Output) -> Outcome:
    transfer = domain_of(info)
    further = {name: Image(pixels=pixels, transfer=transfer) for name, pixels in output.images.items()}
    return Outcome(
        image=None if output.image is None else Image(pixels=output.image, transfer=transfer),
        images=further,
        info=output.info,
        scene=output.scene,
        frames=output.frames,
        transfer=transfer,
    )


def _cropped(output: Output, request: RunRequest) -> Output:
    """Without the padding, if there was any; further pictures of the padded size are cropped with it."""
    padded = padded_size(*request.size, request.info.size)
    if padded == request.size:
        return output
    width, height = (round(side * request.scale) for side in padded)
    image = check_picture(request.info.id, output.image, expected_size=(width, height))
    out_width, out_height = request.output_size
    further = {
        name: other[:out_height, :out_width] if other.shape[:2] == (height, width) else other
        for name, other in output.images.items()
    }
    return Output(image=image[:out_height, :out_width], images=further, info=output.info)


def _run_in_tiles(
    method: Method,
    request: RunRequest,
    inputs: Inputs,
    source: Adapted,
    tile: TileChoice,
    context_for: ContextFor,
) -> Output:
    """The joined tiles. What a method reports about single tiles says nothing about the whole: left out."""
    info, scale = request.info, round(request.scale)
    grid = planned_grid(request, tile)
    if grid.count == 1:
        return _run_whole(method, request, inputs, context_for)
    corner = request.region or Rect(0, 0, *request.size)
    stack = TileStack(info.id)
    done = 0

    def compute(rect: Rect) -> ImageArray:
        nonlocal done
        place = Rect(corner.x + rect.x, corner.y + rect.y, rect.width, rect.height)
        call = Request(
            source=Source(
                kind=request.item.kind,
                image=_padded(source.pixels[rect.rows, rect.columns], info),
                nominal_white=source.nominal_white,
            ),
            params=inputs.params,
            seed=request.seed,
            references=_reference_tiles(info, inputs.references, rect),
            region=place,
        )
        output = _called(info, method, call, context_for(done, grid.count, place))
        done += 1
        width, height = padded_size(rect.width, rect.height, info.size)
        stacked = stack.lay(output, expected_size=(width * scale, height * scale))
        return stacked[: rect.height * scale, : rect.width * scale]

    return stack.split(run_tiled(grid, compute, scale=scale))


def planned_grid(request: RunRequest, tile: TileChoice) -> TileGrid:
    """The tiles that a request is cut into."""
    info = request.info
    width, height = request.size
    return plan_grid(
        width,
        height,
        side=tile.side,
        overlap=info.tile.overlap,
        margin=info.tile.margin,
        align=info.size.multiple_of,
    )


def _reference_tiles(
    info: MethodInfo, references: tuple[ImageArray, ...], rect: Rect
) -> tuple[ImageArray, ...]:
    if not info.references.same_size:
        return references
    return tuple(_padded(reference[rect.rows, rect.columns], info) for reference in references)


def _padded(pixels: ImageArray, info: MethodInfo) -> ImageArray:
    height, width = pixels.shape[:2]
    padded = pad_to(pixels, *padded_size(width, height, info.size))
    contiguous = np.ascontiguousarray(padded)
    contiguous.flags.writeable = False  # a method must not change what the next attempt needs
    return contiguous


def _outcome(info: MethodInfo, inputs: Inputs, output: Output, image: ImageArray) -> Outcome:
    if inputs.source is None:
        transfer = domain_of(info)
        further = {name: Image(pixels=pixels, transfer=transfer) for name, pixels in output.images.items()}
        return Outcome(image=Image(pixels=image, transfer=transfer), images=further, info=output.info)
    source = inputs.source
    further = {name: restore_further(info, pixels, source) for name, pixels in output.images.items()}
    return Outcome(image=restore_form(info, image, source), images=further, info=output.info)
