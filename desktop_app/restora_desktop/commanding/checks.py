"""Questions to results: do they agree with the measurement, and how much do seeds differ."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from PySide6.QtCore import QObject

from restora.data.image import Image
from restora.data.item import Item
from restora.data.recipe import Recipe
from restora.errors import UnsuitableItemError
from restora.jobs.request import filled_slots
from restora.quality.spread import Spread, spread_of
from restora.tasks.consistency import Consistency, consistency
from restora.workbench import Workbench
from restora_desktop.desk import Desk
from restora_desktop.models.items import Node
from restora_desktop.panels.banner import Notice, Severity

RESIDUAL = "measured minus predicted"


class CheckCommands(QObject):
    """Answers with a sentence, and with a map that can be laid over the result."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk

    @property
    def answers(self) -> Mapping[str, Callable[[], None]]:
        """What it does, by command."""
        return {"tools.consistency": self._check, "tools.spread": self._spread}

    # -- against the measurement -------------------------------------------------------------------

    def _check(self) -> None:
        node = self._desk.window.items_panel.current()
        if node is None or node.result is None or node.result.image is None:
            return
        work = _Check(self._desk.known_workbench, node.result.recipe, node.source.item, node.result.image)
        self._desk.tasks.start(work, partial(self._tell_check, node), self._desk.tell_error)

    def _tell_check(self, node: Node, found: Consistency) -> None:
        text = f"{node.title}: {found.line()}"
        node.add_map(RESIDUAL, Image(pixels=found.residual))
        self._show(node, RESIDUAL, text, found.note)

    # -- over seeds --------------------------------------------------------------------------------

    def _spread(self) -> None:
        node = self._desk.window.items_panel.current()
        alike = () if node is None else sisters(node)
        images = [each.result.image for each in alike if each.result and each.result.image is not None]
        if node is None or len(images) < 2:
            text = self.tr("There is only one seed of this result.")
            advice = self.tr("Choose Run > Seeds… and come back when they are done.")
            self._desk.tell(Notice(text=text, advice=advice))
            return
        self._desk.tasks.start(
            lambda: spread_of(images), partial(self._tell_spread, node, alike), self._desk.tell_error
        )

    def _tell_spread(self, node: Node, alike: Sequence[Node], found: Spread) -> None:
        for each in alike:
            each.add_map(f"mean of {found.count} seeds", found.mean)
        name = f"spread over {found.count} seeds"
        deviation = Image(pixels=found.deviation)
        for each in alike:
            each.add_map(name, deviation)
        self._show(node, name, f"{node.title}: {found.line()}", "")

    def _show(self, node: Node, name: str, text: str, advice: str) -> None:
        self._desk.sessions.keeper.note_change()
        overlays = self._desk.drawing.overlays
        if self._desk.window.items_panel.current() is node:
            overlays.prefer(name)
            self._desk.drawing.show(node)
        self._desk.tell(Notice(text=text, advice=advice, severity=Severity.INFO))


def sisters(node: Node) -> tuple[Node, ...]:
    """The results of the same request with whatever seed, the node itself included."""
    if node.result is None or node.parent is None:
        return ()
    wanted = _without_seed(node.result.recipe)
    return tuple(
        each for each in node.parent.children if each.result and _without_seed(each.result.recipe) == wanted
    )


def _without_seed(recipe: Recipe) -> str:
    return json.dumps({**json.loads(recipe.request_key()), "seed": 0}, sort_keys=True)


@dataclass(frozen=True, slots=True)
class _Check:
    workbench: Workbench
    recipe: Recipe
    item: Item
    image: Image

    def __call__(self) -> Consistency:
        info = self.workbench.host.method(self.recipe.method)
        if self.recipe.references or filled_slots(info, self.recipe.params):
            raise UnsuitableItemError(
                f"{info.id}: the further pictures that went into this result are not open, so it cannot be "
                "held against the measurement"
            )
        item = replace(self.item, window=self.recipe.item.window)
        return consistency(self.workbench.request_from_recipe(self.recipe, item), self.image)
