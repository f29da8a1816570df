"""Whether a declaration makes sense; all problems are found at once, so that an author mends them at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import TypeAlias, TypeGuard, get_args

from restora.data.kinds import Kind
from restora.plugins.declarations import (
    Container,
    Domain,
    Grain,
    MethodInfo,
    MetricInfo,
    ReaderInfo,
    SampleInfo,
    Tiling,
    WeightFile,
    WriterInfo,
)
from restora.plugins.parameter_checks import PARAM_CLASSES, problems_of_params, problems_of_presets
from restora.plugins.parameters import FloatParam, IntParam
from restora.plugins.predicates import (
    is_number,
    is_one_of,
    is_reference,
    is_set_of,
    is_text,
    is_truth,
    is_tuple_of,
    is_whole,
    matches,
)
from restora.plugins.rule_checks import problems_of_rules

Declaration: TypeAlias = MethodInfo | ReaderInfo | WriterInfo | MetricInfo | SampleInfo

_METHOD_ID = re.compile(r"[a-z][a-z0-9_-]*\.[a-z0-9][a-z0-9_-]*")
_OTHER_ID = re.compile(r"[a-z0-9][a-z0-9_.-]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_HUB_ADDRESS = re.compile(r"hf://[\w.-]+/[\w.-]+/[^@\s]+(@[\w./-]+)?")
_WEB_ADDRESS = re.compile(r"https://[^\s/]+\S*")
_CHANNELS: frozenset[object] = frozenset({1, 3, 4})
"""As in restora.data.image, which would bring numpy in."""


def problems_of(info: Declaration, plugin: str) -> tuple[str, ...]:
    """Everything that is wrong with what the plugin named `plugin` declares; empty where it is sound."""
    match info:
        case MethodInfo():
            return tuple(_problems_of_method(info, plugin))
        case ReaderInfo():
            return tuple(_problems_of_reader(info))
        case WriterInfo():
            return tuple(_problems_of_writer(info))
        case MetricInfo():
            return tuple(_problems_of_metric(info))
        case SampleInfo():
            return tuple(_problems_of_sample(info))


def _problems_of_method(info: MethodInfo, plugin: str) -> Iterator[str]:
    if not matches(_METHOD_ID, info.id):
        yield f"the id must be lower case and look like {plugin}.name, got {info.id!r}"
    elif info.plugin != plugin:
        yield f"the id must start with the plugin's name {plugin!r} and a dot"
    yield from _problems_of_texts(info, "title", "summary")
    yield from _problems_of_references(info)
    yield from _problems_of_ranges(info)
    yield from _problems_of_flow(info)
    yield from _problems_of_scale(info)
    yield from problems_of_params(info.params)
    yield from _problems_of_tuning(info)
    yield from problems_of_presets(info.presets, info.params)
    yield from _problems_of_weights(info.weights)
    yield from problems_of_rules(info)


def _problems_of_texts(info: Declaration, *names: str) -> Iterator[str]:
    for name in names:
        if not is_text(getattr(info, name)):
            yield f"{name} must be a text, got {getattr(info, name)!r}"


def _problems_of_references(info: MethodInfo) -> Iterator[str]:
    if not is_reference(info.factory):
        yield f"factory must look like package.module:Class, got {info.factory!r}"
    for name in ("forward_model", "vectors"):
        value = getattr(info, name)
        if value is not None and not is_reference(value):
            yield f"{name} must look like package.module:name, got {value!r}"


def _problems_of_ranges(info: MethodInfo) -> Iterator[str]:
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        SpecifierSet(info.api)
    except (InvalidSpecifier, TypeError, AttributeError):
        yield f"api must be a range of versions such as >=1,<2, got {info.api!r}"
    if not is_tuple_of(info.requires, object):
        yield f"requires must be a tuple of distributions, got {info.requires!r}"
        return
    for text in info.requires:
        try:
            Requirement(text)
        except (InvalidRequirement, TypeError, AttributeError):
            yield f"requires must name distributions such as scipy>=1.11, got {text!r}"


def _problems_of_flow(info: MethodInfo) -> Iterator[str]:
    kinds = info.accepts
    if not is_set_of(kinds, Kind):
        yield f"accepts must be a frozenset of Kind with at least one, got {kinds!r}"
    elif info.domain == "counts" and Kind.SPAD not in kinds:
        yield "domain counts needs accepts to contain spad"
    if not isinstance(info.produces, Kind):
        yield f"produces must be a Kind, got {info.produces!r}"
    if not is_truth(info.produces_frames):
        yield f"produces_frames must be true or false, got {info.produces_frames!r}"
    yield from _problems_of_tiled_scenes(info)
    if not is_set_of(info.channels, is_one_of(_CHANNELS)):
        yield f"channels must be a frozenset out of 1, 3 and 4, got {info.channels!r}"
    if info.domain not in get_args(Domain):
        yield f"domain must be one of {', '.join(get_args(Domain))}; got {info.domain!r}"
    if not isinstance(info.grain, Grain):
        yield f"grain must be a Grain, got {info.grain!r}"
    if not is_truth(info.stochastic):
        yield f"stochastic must be true or false, got {info.stochastic!r}"


def _problems_of_tuning(info: MethodInfo) -> Iterator[str]:
    if not is_truth(info.tuning_is_live):
        yield f"tuning_is_live must be true or false, got {info.tuning_is_live!r}"
    if info.tuning is None:
        if info.tuning_is_live:
            yield "tuning_is_live is only read where tuning names a parameter"
        return
    knob = info.param(info.tuning) if is_tuple_of(info.params, PARAM_CLASSES) else None
    if not isinstance(knob, IntParam | FloatParam):
        yield f"tuning must name a number among the parameters, got {info.tuning!r}"


def _problems_of_tiled_scenes(info: MethodInfo) -> Iterator[str]:
    makes_more = info.produces is Kind.SPLAT or info.produces_frames is True
    takes_pictures = is_set_of(info.accepts, Kind) and bool(info.accepts - {Kind.SPLAT})
    if makes_more and takes_pictures and info.tiling is Tiling.HOST:
        yield "tiling must be none or internal where a scene or frames are made, got host"


def _problems_of_scale(info: MethodInfo) -> Iterator[str]:
    if info.scale is not None:
        if not is_number(info.scale, 0) or info.scale == 0:
            yield f"scale must be a number above 0, or None with a scale_param, got {info.scale!r}"
        if info.scale_param is not None:
            yield "scale_param is only read where scale is None"
        return
    ruler = (
        info.param(info.scale_param) if info.scale_param and is_tuple_of(info.params, PARAM_CLASSES) else None
    )
    if not isinstance(ruler, IntParam | FloatParam):
        yield f"scale is None, so scale_param must name a numeric parameter, got {info.scale_param!r}"
    elif is_number(ruler.minimum) and ruler.minimum <= 0:
        yield f"parameter {ruler.id}: decides the scale, so its minimum must be above 0"


def _problems_of_weights(weights: object) -> Iterator[str]:
    if not _are_weights(weights):
        yield f"weights must be a tuple of WeightFile, got {weights!r:.80}"
        return
    ids = [weight.id for weight in weights]
    for weight in weights:
        if ids.count(weight.id) > 1:
            yield f"weights {weight.id}: the id is declared more than once"
        yield from (f"weights {weight.id}: {problem}" for problem in _problems_of_weight(weight))


def _are_weights(value: object) -> TypeGuard[tuple[WeightFile, ...]]:
    return is_tuple_of(value, WeightFile)


def _problems_of_weight(weight: WeightFile) -> Iterator[str]:
    if not matches(_OTHER_ID, weight.id):
        yield "the id must be lower case without blanks"
    if not is_text(weight.filename) or PurePath(weight.filename).name != weight.filename:
        yield f"filename must be a name without folders, got {weight.filename!r}"
    if not is_whole(weight.size, 0):
        yield f"size must be the number of bytes, or 0 where it is unknown, got {weight.size!r}"
    if weight.sha256 is not None and not matches(_SHA256, weight.sha256):
        yield f"sha256 must be 64 hexadecimal digits in lower case, or None, got {weight.sha256!r}"
    if weight.choice is not None and not is_text(weight.choice):
        yield f"choice must be a name that several files share, or None, got {weight.choice!r}"
    if not is_text(weight.licence):
        yield "licence is empty"
    if not is_tuple_of(weight.urls, object):
        yield f"urls must be a tuple of addresses, got {weight.urls!r}"
    else:
        yield from (
            f"urls must be https or hf://owner/name/path, got {url!r}"
            for url in weight.urls
            if not _loads(url)
        )
    if not matches(_WEB_ADDRESS, weight.page):
        yield f"page must be an https address, got {weight.page!r}"
    if weight.container not in get_args(Container):
        yield f"container must be one of {', '.join(get_args(Container))}; got {weight.container!r}"
    if weight.manifest is not None and not _names_manifest(weight.manifest):
        yield f"manifest must look like package:file.json, got {weight.manifest!r}"


def _loads(url: object) -> bool:
    return matches(_WEB_ADDRESS, url) or matches(_HUB_ADDRESS, url)


def _names_manifest(text: object) -> bool:
    module, _, file = text.partition(":") if isinstance(text, str) else ("", "", "")
    return is_reference(f"{module}:x") and file.endswith(".json")


def _problems_of_reader(info: ReaderInfo) -> Iterator[str]:
    yield from _problems_of_other(info)
    if not _all_texts(info.patterns):
        yield f"patterns must be a tuple of name patterns, got {info.patterns!r}"
    if not is_tuple_of(info.magic, _is_magic):
        yield f"magic must be a tuple of (offset, bytes) pairs, got {info.magic!r}"
    if not isinstance(info.kind, Kind):
        yield f"kind must be a Kind, got {info.kind!r}"


def _problems_of_writer(info: WriterInfo) -> Iterator[str]:
    yield from _problems_of_other(info)
    if not _all_texts(info.suffixes) or not all(suffix.startswith(".") for suffix in info.suffixes):
        yield f"suffixes must be a tuple of endings such as .png, got {info.suffixes!r}"
    if not isinstance(info.kind, Kind):
        yield f"kind must be a Kind, got {info.kind!r}"


def _problems_of_metric(info: MetricInfo) -> Iterator[str]:
    yield from _problems_of_other(info)
    yield from _problems_of_weights(info.weights)
    for name in ("needs_reference", "higher_is_better"):
        if not is_truth(getattr(info, name)):
            yield f"{name} must be true or false, got {getattr(info, name)!r}"


def _problems_of_sample(info: SampleInfo) -> Iterator[str]:
    yield from _problems_of_texts(info, "title", "licence")
    if not matches(_OTHER_ID, info.id):
        yield f"the id must be lower case without blanks, got {info.id!r}"
    if not all(_is_path(path) for path in (info.path, info.truth or info.path)):
        yield "path and truth must be paths"
    if not isinstance(info.kind, Kind):
        yield f"kind must be a Kind, got {info.kind!r}"


def _problems_of_other(info: ReaderInfo | WriterInfo | MetricInfo) -> Iterator[str]:
    yield from _problems_of_texts(info, "title")
    if not matches(_OTHER_ID, info.id):
        yield f"the id must be lower case without blanks, got {info.id!r}"
    if not is_reference(info.factory):
        yield f"factory must look like package.module:name, got {info.factory!r}"


def _is_path(value: object) -> bool:
    return isinstance(value, Path)


def _all_texts(values: object) -> bool:
    return is_tuple_of(values, is_text) and bool(values)


def _is_magic(pair: object) -> bool:
    match pair:
        case (int() as offset, bytes() as content):
            return offset >= 0 and bool(content)
    return False
