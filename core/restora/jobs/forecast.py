"""One line that tells before the start what a run will take."""

from __future__ import annotations

from dataclasses import dataclass

from restora.data.geometry import Rect
from restora.jobs.admission import Decision, Verdict
from restora.jobs.execution import planned_grid
from restora.jobs.request import RunRequest, gaussians_of
from restora.jobs.wording import readable_gaussians, readable_memory, readable_time
from restora.plugins.declarations import Tiling


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a run will take, and whether it can start."""

    decision: Decision
    tiles: int
    seconds: float | None
    """None where nobody has measured or declared it."""
    gaussians: int | None = None
    """Of a scene."""
    places: tuple[Rect, ...] = ()
    """Where the tiles lie in the item; empty where the host does not cut it."""

    def line(self) -> str:
        """For people: `about 6.1 GiB, 40 s, 12 tiles of 512 · measured here`."""
        parts = [readable_memory(self.decision.estimate.peak_mib)]
        if self.seconds is not None:
            parts.append(readable_time(self.seconds))
        if self.gaussians is not None:
            parts.append(readable_gaussians(self.gaussians))
        if self.tiles > 1:
            parts.append(f"{self.tiles} tiles of {self.decision.tile.side}")
        basis = str(self.decision.estimate.basis)
        if self.decision.verdict is Verdict.REFUSED:
            basis += f" · more than {readable_memory(self.decision.budget_mib)}"
        elif self.decision.verdict is Verdict.WAIT:
            basis += " · waits for memory"
        return f"about {', '.join(parts)} · {basis}"


def forecast(request: RunRequest, decision: Decision) -> Forecast:
    """The forecast for a request that admission has looked at."""
    rate = decision.estimate.seconds_per_million
    is_cut = request.info.tiling is Tiling.HOST and decision.tile.side is not None
    places = _places(request, decision) if is_cut else ()
    return Forecast(
        decision=decision,
        seconds=None if rate is None else rate * request.millions,
        gaussians=gaussians_of(request.item) if request.is_scene else None,
        tiles=len(places) or 1,
        places=places,
    )


def _places(request: RunRequest, decision: Decision) -> tuple[Rect, ...]:
    corner = request.region or Rect(0, 0, 1, 1)
    return tuple(
        Rect(corner.x + tile.x, corner.y + tile.y, tile.width, tile.height)
        for tile in planned_grid(request, decision.tile).tiles()
    )
