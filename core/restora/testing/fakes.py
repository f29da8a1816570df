"""Methods that do one thing, mostly wrong, for tests of whatever runs methods; never loaded by users.

A host finds them when it is told so: `PluginHost(builtins=FAKES, entry_points=False)`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from restora.api import (
    ChoiceParam,
    FloatParam,
    Grain,
    IntParam,
    Kind,
    MemoryRule,
    MethodInfo,
    References,
    TextParam,
    TileRule,
    hookimpl,
)

FAKES: Mapping[str, str] = {"fake": __name__}
"""For the host's list of built-ins."""

_HEAVY = "restora.testing.fake_methods"

_PLAIN = MethodInfo(
    id="fake.identity",
    title="Identity",
    summary="Gives back what it got.",
    factory=f"{_HEAVY}:Identity",
    accepts=frozenset({Kind.IMAGE, Kind.METALENS}),
    channels=frozenset({1, 3, 4}),
    precisions=("fp32",),
    memory=(MemoryRule(fixed_mib=1, mib_per_mpix=16.0, precision="fp32"),),
    tile=TileRule(minimum=16, overlap=8, margin=4),
    stochastic=False,
    paper="None: a test double.",
    licence="Apache-2.0",
)

_SCENE_MEMORY = (
    MemoryRule(fixed_mib=8, mib_per_mpix=0.0, precision="fp32", mib_per_million_gaussians=600.0),
)
_STEPS = IntParam(id="steps", label="Steps", help="How many.", default=10, minimum=1, maximum=100_000)
_PAUSE = FloatParam(
    id="seconds", label="Seconds per step", help="Slept.", default=0.01, minimum=0.0, maximum=60.0, unit="s"
)
_LIMIT = IntParam(
    id="limit", label="Largest side", help="Memory runs out above.", default=64, minimum=1, maximum=1 << 20
)
_ERROR = ChoiceParam(
    id="error",
    label="Error",
    help="What is raised.",
    default="torch",
    choices={"torch": "torch", "memory": "Python"},
)
_MESSAGE = TextParam(
    id="message", label="Message", help="What the error says.", default="the fake method failed"
)


def _fake(name: str, title: str, summary: str, **changes: object) -> MethodInfo:
    factory = f"{_HEAVY}:{title.title().replace(' ', '')}"
    described = replace(_PLAIN, id=f"fake.{name}", title=title, summary=summary, factory=factory)
    return replace(described, **changes)  # type: ignore[arg-type]  # fields of MethodInfo, checked by the host


METHODS: tuple[MethodInfo, ...] = (
    _PLAIN,
    _fake("slow", "Slow", "Sleeps in steps, then gives back what it got.", params=(_STEPS, _PAUSE)),
    _fake(
        "stubborn", "Stubborn", "Sleeps in one piece, without looking up.", params=(_PAUSE,), grain=Grain.CALL
    ),
    _fake("noisy", "Noisy", "Adds named noise.", stochastic=True),
    _fake("failing", "Failing", "Raises ValueError.", params=(_MESSAGE,)),
    _fake("out-of-memory", "Out Of Memory", "Runs out of memory with large tiles.", params=(_LIMIT, _ERROR)),
    _fake("nan", "Not A Number", "Returns a picture with NaN in it."),
    _fake("wrong-size", "Wrong Size", "Returns a row too many."),
    _fake("exits", "Exits", "Raises SystemExit."),
    _fake("constant", "Constant", "Returns grey, whatever it got."),
    _fake(
        "scene",
        "Scene",
        "Halves the size of all Gaussians.",
        accepts=frozenset({Kind.SPLAT}),
        produces=Kind.SPLAT,
        memory=_SCENE_MEMORY,
    ),
    _fake(
        "frames",
        "Frames",
        "Draws each camera's view as dots, one after the other, and keeps what it has finished.",
        accepts=frozenset({Kind.SPLAT}),
        produces_frames=True,
        memory=_SCENE_MEMORY,
        params=(_PAUSE,),
    ),
    _fake(
        "scene-and-frames",
        "Scene And Frames",
        "Does what fake.scene and fake.frames do.",
        accepts=frozenset({Kind.SPLAT}),
        produces=Kind.SPLAT,
        produces_frames=True,
        memory=_SCENE_MEMORY,
        params=(_PAUSE,),
    ),
    _fake(
        "beside",
        "Beside",
        "Mixes the picture with the mean colour of its reference.",
        references=References(maximum=1, same_size=False, hint="Any picture."),
        channels=frozenset({3}),
    ),
    _fake("polite", "Polite", "Raises a RestoraError with advice.", params=(_MESSAGE,)),
)


@hookimpl
def restora_methods() -> Iterable[MethodInfo]:
    """All of them."""
    return METHODS
