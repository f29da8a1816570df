"""GS-VAR on the lane: a scene that learns from mended views of itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from restora.api import JSON, Camera, Context, GaussianScene, ImageArray, Output, Request, UnsuitableItemError
from restora.splats.framing import framing
from restora.splats.poses import PUBLISHED_STEP, StepRule, corrected_step
from restora.splats.refinement.options import RefineOptions
from restora.splats.refinement.views import TrainingView
from restora.splats.rendering import RenderOptions, render
from restora_gsvar.declarations import FIX_SCENE
from restora_gsvar.method import Watched, value
from restora_gsvar.path_method import BACKGROUNDS, LOADING, SceneMethod, scene_of, way_of
from restora_gsvar.photographs import Photographs, found
from restora_gsvar.scene_loop import Place, Plan, SceneLoop
from restora_gsvar.ways import Way, cameras_of


class FixScene(SceneMethod):
    """The loop: render new views, mend them, learn from them, and again from farther away."""

    info = FIX_SCENE

    def run(self, request: Request, context: Context) -> Output:
        """See Method.run."""
        scene = scene_of(request)
        photographs = found(scene.cameras, longest_side=value(request, "longest_side", int))
        if not len(photographs):
            raise UnsuitableItemError(
                "the scene must learn from photographs too, and none of its cameras' is here",
                advice="Open it with its cameras and their folder (--as cameras=PATH --as pictures=FOLDER).",
            )
        plan = plan_of(request, scene, photographs, str(context.device))
        mender = self.frame_mender(request, context, photographs)
        with context.stage("rounds", 1 - LOADING) as stage:
            place = Place(stage, plan.rounds, len(plan.targets))
            loop = SceneLoop(
                plan=plan,
                photos=_read(photographs, context),
                mend=replace(mender, watch=Watched(context, place)),
                folder=context.resume,
                context=context,
                place=place,
            )
            better, facts = loop.run(scene)
        info: dict[str, JSON] = {**mender.info, "rounds": [dict(each) for each in facts]}
        return Output(scene=better, image=_look(better, plan, context), info=info)


def plan_of(request: Request, scene: GaussianScene, photographs: Photographs, device: str) -> Plan:
    """What a request's loop does; raises ParameterError where its numbers do not go together."""
    background = BACKGROUNDS[value(request, "background", str)]
    return Plan(
        targets=_targets(request, scene, photographs),
        rule=_rule(request, scene),
        rounds=value(request, "rounds", int),
        weight=value(request, "novel_weight", float),
        weighs_by_alpha=value(request, "pixels", str) == "alpha",
        keeps_best=value(request, "keep", str) == "best",
        learning=RefineOptions(
            steps=value(request, "steps", int),
            seed=request.seed,
            photo_share=1 - value(request, "novel_share", float),
            background=background,
            device=device,
        ),
        drawing=RenderOptions(background=background),
    )


def _targets(request: Request, scene: GaussianScene, photographs: Photographs) -> tuple[Camera, ...]:
    options = way_of(request, count="views")
    if options.way is Way.CAMERAS:
        with_photo = {camera.name for camera in photographs.cameras}
        bare = tuple(camera for camera in scene.cameras if camera.name not in with_photo)
        scene = replace(scene, cameras=replace(scene.cameras, cameras=bare or scene.cameras.cameras))
    return cameras_of(scene, options)


def _rule(request: Request, scene: GaussianScene) -> StepRule:
    if value(request, "move", str) == "published":
        return PUBLISHED_STEP
    return corrected_step(framing(scene).radius, value(request, "move_share", float))


def _read(photographs: Photographs, context: Context) -> list[TrainingView]:
    """All photographs at once: learning looks at them in no order."""
    photos = []
    for index in range(len(photographs)):
        context.checkpoint()
        photos.append(photographs.read(index))
    return photos


def _look(scene: GaussianScene, plan: Plan, context: Context) -> ImageArray:
    """The scene from the first new view."""
    found = render(scene, plan.targets[0], plan.drawing, check=context.checkpoint)
    return np.clip(np.nan_to_num(found.rgb), 0, 1)
