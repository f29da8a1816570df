"""What commands lack at the moment, and the best reason that can be given for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from restora_desktop.command import REASONS, Need

if TYPE_CHECKING:
    from restora_desktop.desk import Desk


def missing_needs(desk: Desk) -> dict[Need, str]:
    """Every need that is not met, with its reason."""
    met = _met(desk)
    missing = {need: REASONS[need] for need, holds in met.items() if not holds}
    missing.update({need: REASONS[need] for need in desk.scene_desk.missing()})
    problem = desk.method.problem
    if problem is not None:
        missing[Need.RUNNABLE] = problem
    return missing


def _met(desk: Desk) -> dict[Need, bool]:
    window, nodes, stack = desk.window, desk.viewing.nodes, desk.rows.stack
    current, info = window.items_panel.current(), window.plan.info
    return {
        Need.WORKBENCH: desk.workbench is not None,
        Need.ITEM: current is not None,
        Need.PICTURE: bool(nodes),
        Need.RESULT: current is not None and current.result is not None,
        Need.TWO: len(nodes) > 1,
        Need.FILE: current is not None and current.item.path is not None,
        Need.CROP: desk.viewing.crop() is not None,
        Need.STOCHASTIC: info is not None and info.stochastic,
        Need.TUNING: info is not None and info.tuning is not None,
        Need.SELECTION: desk.view.state.selection is not None,
        Need.JOBS: bool(window.jobs.active()),
        Need.UNDO: stack.canUndo(),
        Need.REDO: stack.canRedo(),
    }
