"""A scene without its floaters."""

from __future__ import annotations

from restora.api import Context, GaussianScene, Output, Request, UnsuitableItemError
from restora.scenes.cleaning import CleaningWish, clean
from restora.splats.edits.cleaning import CleaningRules
from restora_classic.methods.base import WeightlessMethod, flag, number, whole


class SceneClean(WeightlessMethod):
    """Finds what breaks a rule and takes it out."""

    def run(self, request: Request, context: Context) -> Output:
        """The scene that is left; how many Gaussians each rule took is reported."""
        scene = scene_of(request)
        context.checkpoint()
        rules = CleaningRules(
            least_opacity=number(request, "least_opacity") or None,
            largest_size=number(request, "largest_size") or None,
            neighbours=whole(request, "neighbours") if flag(request, "isolated") else None,
            deviations=number(request, "deviations"),
        )
        with context.stage("clean", 1.0) as stage:
            cleaned = clean(scene, CleaningWish(rules=rules, degree=whole(request, "degree")))
            stage.advance(1, 1)
        names = ("removed", "broken", "faint", "large", "isolated")
        return Output(scene=cleaned.scene, info={name: getattr(cleaned, name) for name in names})


def scene_of(request: Request) -> GaussianScene:
    """The scene to work on; raises UnsuitableItemError where the source is something else."""
    scene = request.source.scene
    if scene is None:
        raise UnsuitableItemError(f"a scene is needed, but the source is a {request.source.kind} item")
    return scene
