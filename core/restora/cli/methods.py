"""`restora methods`: what can be done."""

from __future__ import annotations

import click

from restora.cli.door import Door, pass_door
from restora.cli.options import json_option
from restora.cli.output import emit, facts, table
from restora.data.json_values import JSON
from restora.data.kinds import Kind
from restora.plugins.declarations import MethodInfo
from restora.plugins.needs import needs_of
from restora.plugins.parameters import ChoiceParam, FloatParam, IntParam, Param


@click.command("methods")
@click.argument("method_id", required=False, metavar="[ID]")
@json_option
@pass_door
def methods_command(door: Door, method_id: str | None, as_json: bool) -> None:
    """List all methods, or describe the one called ID with its parameters, presets and weights."""
    host = door.workbench.host
    chosen = host.methods() if method_id is None else (host.method(method_id),)
    if as_json:
        for info in chosen:
            emit("method", **_as_json(info))
    elif method_id is not None:
        _describe(chosen[0])
    else:
        rows = [(info.id, ", ".join(sorted(info.accepts)), info.title, _needs(info)) for info in chosen]
        table(rows, ("method", "takes", "title", "needs"))


def _needs(info: MethodInfo) -> str:
    needs = needs_of(info.weights)
    if not needs:
        return "nothing"
    sizes = [need.first.size for need in needs]
    if all(sizes):
        return f"{sum(sizes) / 1e9:.1f} GB of weights"
    if len(needs) == 1 and len(needs[0].files) > 1:
        return f"one of {len(needs[0].files)} files of weights"
    return f"{len(needs)} files of weights"


def _describe(info: MethodInfo) -> None:
    click.echo(f"{info.id}: {info.title}\n{info.summary}\n")
    shown = {
        "takes": ", ".join(sorted(info.accepts)),
        "makes": _makes(info),
        "scale": _scale(info),
        "devices": ", ".join(sorted(info.devices)),
        "precisions": ", ".join(info.precisions),
        "tiles": info.tiling.value,
        "noise": "drawn from the seed" if info.stochastic else "none",
        "checks": "results can be held against the measurement (--consistency)" if info.forward_model else "",
        "paper": info.paper,
        "licence": info.licence,
    }
    facts({name: value for name, value in shown.items() if value})
    if info.params:
        click.echo("\nparameters")
        table([_param_row(param) for param in info.params], ("  name", "value", "default", "meaning"))
    if info.presets:
        click.echo(f"\npresets: {', '.join(info.presets)}")
    for file in info.weights:
        click.echo(f"\nweights: {file.filename}, {file.size / 1e6:.0f} MB, {file.licence}, {file.page}")


def _makes(info: MethodInfo) -> str:
    kinds = ["scene"] if info.produces is Kind.SPLAT else []
    if info.produces_frames:
        kinds.append("frames, one per camera")
    return ", ".join(kinds) or "picture"


def _scale(info: MethodInfo) -> str:
    if info.accepts == {Kind.SPLAT}:
        return ""
    return "as the parameter says" if info.scale is None else f"{info.scale:g}"


def _param_row(param: Param) -> tuple[str, str, str, str]:
    return (
        f"  {param.id}",
        _values(param),
        str(param.to_json(param.default)),
        f"{param.label}. {param.help}".strip(),
    )


def _values(param: Param) -> str:
    match param:
        case IntParam() | FloatParam():
            unit = f" {param.unit}" if param.unit else ""
            return f"{param.minimum:g} to {param.maximum:g}{unit}"
        case ChoiceParam():
            return " | ".join(param.choices)
        case _:
            return type(param).__name__.removesuffix("Param").lower()


def _as_json(info: MethodInfo) -> dict[str, JSON]:
    return {
        "id": info.id,
        "title": info.title,
        "summary": info.summary,
        "accepts": sorted(kind.value for kind in info.accepts),
        "produces": info.produces.value,
        "produces_frames": info.produces_frames,
        "has_forward_model": info.forward_model is not None,
        "scale": info.scale,
        "devices": sorted(info.devices),
        "precisions": list(info.precisions),
        "params": [
            {
                "id": param.id,
                "type": type(param).__name__.removesuffix("Param").lower(),
                "label": param.label,
                "values": _values(param),
                "default": param.to_json(param.default),
                "help": param.help,
            }
            for param in info.params
        ],
        "presets": list(info.presets),
        "weights": [
            {"file": file.filename, "bytes": file.size, "licence": file.licence} for file in info.weights
        ],
    }
