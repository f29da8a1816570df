"""Rows for results: what they are called and what is told about them."""

from __future__ import annotations

from restora.data.result import Result
from restora.jobs.request import RunRequest
from restora_desktop.models.items import Node
from restora_desktop.models.parameters import told_differences


def node_of_result(request: RunRequest, result: Result, parent: Node) -> Node:
    """A row below its item for what a request has made."""
    return Node(
        title=_unused(request.info.title, parent),
        subtitle=told_request(request),
        detail=f"{request.info.title}\n{told_differences(request.info, request.params)}".strip(),
        item=parent.item,
        result=result,
        region=request.region,
        picture=result.image,
        parent=parent,
    )


def told_request(request: RunRequest) -> str:
    """What distinguishes a request from the method as it is declared."""
    told = told_differences(request.info, request.params)
    seed = f"seed {request.seed}" if request.info.stochastic else ""
    part = "visible part" if request.region is not None else ""
    return " · ".join(text for text in (part, told, seed) if text) or "as declared"


def _unused(title: str, parent: Node) -> str:
    """A title that tells a result from its sisters."""
    taken = {child.title for child in parent.children}
    number, name = 2, title
    while name in taken:
        name, number = f"{title} {number}", number + 1
    return name
