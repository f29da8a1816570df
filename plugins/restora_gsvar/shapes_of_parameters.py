"""Two shapes that many parameters have: a share, and a choice between our way and the published one."""

from __future__ import annotations

from restora.api import ChoiceParam, FloatParam


def share(
    id: str,
    label: str,
    default: float,
    help: str,
    *,
    maximum: float = 1.0,
    advanced: bool = True,
    visible_if: tuple[str, object] | None = None,
) -> FloatParam:
    """A number from 0 on, in steps of a twentieth."""
    return FloatParam(
        id=id,
        label=label,
        default=default,
        minimum=0.0,
        maximum=maximum,
        step=0.05,
        advanced=advanced,
        help=help,
        visible_if=visible_if,
    )


def or_published(
    id: str, label: str, help: str, *, ours: tuple[str, str], published: tuple[str, str]
) -> ChoiceParam:
    """Our way, which is the default, and the research code's; value and words of each."""
    return ChoiceParam(
        id=id, label=label, default=ours[0], choices=dict([ours, published]), advanced=True, help=help
    )
