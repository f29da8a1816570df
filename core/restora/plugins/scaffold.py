"""Writes a new plugin that works, is described, and comes with its test."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from pathlib import Path
from string import Template

from restora.errors import BadInputError
from restora.plugins.sources import BUILTINS

_PLAIN_NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")
_TAKEN = frozenset({*BUILTINS, "restora", "test", "local"})

_PROJECT = """\
[build-system]
requires = ["hatchling>=1.27"]
build-backend = "hatchling.build"

[project]
name = "$distribution"
version = "0.1.0"
description = "$title: a plugin for restora"
readme = "README.md"
requires-python = ">=3.11"
dependencies = ["restora>=0.1,<2"]

[project.optional-dependencies]
test = ["pytest>=8.3"]

[project.entry-points."restora.plugins"]
$name = "$package.manifest"

[tool.hatch.build.targets.wheel]
packages = ["$package"]

[tool.pytest.ini_options]
testpaths = ["tests"]
"""

_MANIFEST = '''\
"""What $title offers. Import nothing heavy here: this file is read at every start of restora."""

from __future__ import annotations

from collections.abc import Iterable

from restora.api import FloatParam, Kind, MemoryRule, MethodInfo, TileRule, Tiling, hookimpl

GAMMA = MethodInfo(
    id="$name.gamma",
    title="$title",
    summary="Brightens or darkens the middle tones; replace it by what your method does.",
    factory="$package.method:Gamma",
    accepts=frozenset({Kind.IMAGE}),
    channels=frozenset({1, 3}),
    params=(
        FloatParam(
            id="gamma",
            label="Gamma",
            help="Below 1 brightens, above 1 darkens; 1 changes nothing.",
            default=0.8,
            minimum=0.2,
            maximum=5.0,
            step=0.05,
            scale="log",
        ),
    ),
    presets={"Brighter": {"gamma": 0.5}},
    precisions=("fp32",),
    memory=(MemoryRule(fixed_mib=4, mib_per_mpix=14.0, precision="fp32"),),
    seconds_per_mpix={"cpu": 0.1},
    tiling=Tiling.HOST,
    tile=TileRule(minimum=64, overlap=0),
    stochastic=False,
    paper="None: an example.",
    licence="State the licence of your code and weights.",
)


@hookimpl
def restora_methods() -> Iterable[MethodInfo]:
    """The methods of this plugin."""
    return [GAMMA]
'''

_METHOD = '''\
"""The heavy part: imported when the method first runs. Heavy libraries may be imported here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from restora.api import Context, DeviceSpec, Output, Request


class Gamma:
    """Raises every value to the power `gamma`."""

    def load(self, weights: Mapping[str, Path], device: DeviceSpec, context: Context) -> None:
        """Nothing to load; a network would put its weights on the device here."""

    def run(self, request: Request, context: Context) -> Output:
        """The picture with its middle tones moved; values below 0 keep their sign."""
        image = request.source.image
        gamma = np.float32(request.params["gamma"])
        result = np.empty_like(image)
        rows = max(1, (1 << 16) // image.shape[1])
        with context.stage("gamma") as stage:
            for top in range(0, image.shape[0], rows):
                context.checkpoint()  # raises if the user cancelled
                part = image[top : top + rows]
                result[top : top + rows] = np.sign(part) * np.abs(part) ** gamma
                stage.advance(top + len(part), image.shape[0])
        return Output(image=result)

    def unload(self) -> None:
        """Nothing to give back."""
'''

_TEST = '''\
"""The plugin keeps every promise of the conformance kit."""

from __future__ import annotations

from pathlib import Path

PROJECT = Path(__file__).parent.parent


def test_the_plugin_conforms(restora_kit):
    restora_kit(PROJECT)
'''

_README = """\
# $title

A plugin for restora. What it does, in two sentences; for which pictures it is meant, and for which it is not.

    pip install -e ".[test]"
    restora methods $name.gamma
    restora run $name.gamma picture.png -o result.png --set gamma=0.5
    restora plugins check .
    pytest

| | |
| --- | --- |
| Paper | none: an example |
| Weights | none |
| Licence | state the licence of your code and of every weights file |
"""

_FILES: Mapping[str, str] = {
    "pyproject.toml": _PROJECT,
    "README.md": _README,
    "$package/__init__.py": '"""$title: a plugin for restora."""\n',
    "$package/manifest.py": _MANIFEST,
    "$package/method.py": _METHOD,
    "tests/test_plugin.py": _TEST,
}


def new_plugin(name: str, folder: Path) -> list[Path]:
    """Write the project of a plugin called `name` into a folder of that name below `folder`.

    Returns the files that were written. Raises BadInputError for a name that cannot be used, or where any of
    the files is there already; then nothing is written.
    """
    _check_name(name)
    package = f"restora_{name}"
    words = {
        "name": name,
        "package": package,
        "distribution": package.replace("_", "-"),
        "title": name.replace("_", " ").capitalize(),
    }
    files = {
        folder / name / Template(path).substitute(words): Template(text).substitute(words)
        for path, text in _FILES.items()
    }
    existing = [str(path) for path in files if path.exists()]
    if existing:
        raise BadInputError(f"{', '.join(existing)}: already there; a new plugin overwrites nothing")
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as stream:  # never over a file that appeared meanwhile
            stream.write(text)
    return list(files)


def _check_name(name: str) -> None:
    if not _PLAIN_NAME.fullmatch(name) or keyword.iskeyword(name):
        raise BadInputError(
            f"{name}: a plugin's name must be 2 to 40 of a-z, 0-9 and _, start with a letter, be no keyword"
        )
    if name in _TAKEN:
        raise BadInputError(f"{name}: this name is taken by restora itself")
