"""GS-VAR on the lane: every frame of a path through a scene."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

import numpy as np

from restora.api import (
    JSON,
    Context,
    Frame,
    GaussianScene,
    ImageArray,
    Output,
    Request,
    Stage,
    UnsuitableItemError,
)
from restora.splats.framing import UpAxis
from restora.splats.prepared import PreparedScene
from restora.splats.references import DepthView
from restora.splats.rendering import RenderOptions
from restora_gsvar.choosing import Choice, ProjectedWindows, ranked
from restora_gsvar.declarations import FIX_PATH
from restora_gsvar.fitting import Fit, Fitting, matched
from restora_gsvar.frames import Folder
from restora_gsvar.method import (
    GsVar,
    SamePixels,
    Unwatched,
    Watched,
    each_tensor,
    finished,
    noise_of,
    settings_of,
    value,
)
from restora_gsvar.net.pictures import Beside, Mender, Noise, Settings, Watch
from restora_gsvar.path_mending import PathMender, summary
from restora_gsvar.photographs import Photographs, found
from restora_gsvar.ways import Way, WayOptions, cameras_of
from restora_gsvar.weights import Family

LOADING = 0.05
"""Share of the progress bar."""
BACKGROUNDS = {"black": (0.0, 0.0, 0.0), "white": (1.0, 1.0, 1.0)}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FrameMender:
    """Mends one frame after another with what a request asks for."""

    request: Request
    mender: Mender
    family: Family
    fitting: Fitting
    settings: Settings
    noise: Noise
    watch: Watch
    choice: Choice
    photographs: Photographs

    @property
    def info(self) -> dict[str, JSON]:
        """Which networks mend."""
        return {
            "weights": str(self.family),
            "bridge": self.settings.bridge,
            "batch": self.settings.batch,
        }

    def __call__(
        self, index: int, picture: ImageArray, view: DepthView, before: ImageArray | None
    ) -> tuple[ImageArray, dict[str, JSON]]:
        """The mended frame, and which photograph lay beside it."""
        fitted = self.fitting.fitted(picture, view.alpha)
        beside, photograph, facts = self._beside(index, picture, view, before)
        mended = self.mender.mend(fitted, beside, self.settings, self.noise, self.watch)
        image = finished(self.request, fitted.back(mended, picture), picture, photograph)
        return image, {"frame": view.camera.name, "shows": bool(fitted.shown), **facts}

    def _beside(
        self, index: int, picture: ImageArray, view: DepthView, before: ImageArray | None
    ) -> tuple[Beside | None, ImageArray | None, dict[str, JSON]]:
        match self.choice:
            case Choice.FILE:
                photo = np.clip(self.request.references[0], 0, 1)
                return self._same(photo, picture, "file"), photo, {"reference": "the picture handed in"}
            case Choice.PREVIOUS if before is not None:
                return self._same(before, picture, index), before, {"reference": "the frame before"}
            case Choice.OVERLAP | Choice.POSE if len(self.photographs):
                return self._photograph(picture, view)
        return None, None, {"reference": None}

    def _photograph(self, picture: ImageArray, view: DepthView) -> tuple[Beside, ImageArray, dict[str, JSON]]:
        candidates = ranked(view, self.photographs, self.choice)
        best = candidates[0]
        photo = self.photographs.view(best.index)
        facts: dict[str, JSON] = {
            "reference": best.camera.name,
            "candidates": [
                {
                    "camera": each.camera.name,
                    "distance": round(each.distance, 4),
                    "overlap": None if each.overlap is None else round(each.overlap, 4),
                }
                for each in candidates
            ],
        }
        projects = value(self.request, "reference_window", str) == "projected"
        if projects and self.fitting.fit is Fit.KEPT and self.fitting.is_tiled(picture):
            beside: Beside = ProjectedWindows(view=view, photo=photo, key=("photo", best.index))
        else:
            beside = self._same(photo.picture, picture, ("photo", best.index))
        return beside, photo.picture, facts

    def _same(self, photo: ImageArray, picture: ImageArray, key: object) -> SamePixels:
        same = matched(photo, picture, self.fitting.fit)
        return SamePixels(fitted=self.fitting.fitted(same), key=(str(key), picture.shape))


class SceneMethod(GsVar):
    """What paths and scenes share: networks chosen and brought for many frames of one scene."""

    def frame_mender(self, request: Request, context: Context, photographs: Photographs) -> FrameMender:
        """Bring what a request needs; whoever looks on is told nothing yet."""
        choice = choice_of(request, photographs, context)
        family = self.family(request, has_reference=choice is not Choice.NONE)
        bridge = self.has_bridge(request, family)
        with context.stage("weights", LOADING) as stage:
            mender = self.networks.mender(family, bridge=bridge, each=each_tensor(context, stage))
            mender.forget()
        return FrameMender(
            request=request,
            mender=mender,
            family=family,
            fitting=self.fitting(request),
            settings=settings_of(request, context, rows=1 if choice is Choice.NONE else 2, bridge=bridge),
            noise=noise_of(context),
            watch=Unwatched(context),
            choice=choice,
            photographs=photographs,
        )


class FixPath(SceneMethod):
    """A scene to a film: rendered, mended frame by frame, steadied."""

    info = FIX_PATH

    def run(self, request: Request, context: Context) -> Output:
        """See Method.run."""
        scene = scene_of(request)
        cameras = cameras_of(scene, way_of(request))
        mender = self.frame_mender(request, context, found(scene.cameras))
        folder = Folder(context.resume)
        with context.stage("frames", 1 - LOADING) as stage:
            place = _Place(stage, len(cameras))
            path = PathMender(
                scene=PreparedScene(scene),
                cameras=cameras,
                options=RenderOptions(background=BACKGROUNDS[value(request, "background", str)]),
                mend=replace(mender, watch=Watched(context, place)),
                strength=value(request, "stabilise", float),
                folder=folder,
                context=context,
            )
            facts = path.run(place.move_to)
        if not any(each.get("shows", True) for each in facts):
            raise UnsuitableItemError(
                f"nothing of the scene shows in any of the {len(facts)} frames",
                advice="Its cameras may look elsewhere, or its Gaussians may be damaged.",
            )
        return Output(
            frames=tuple(Frame(camera=camera, path=folder.frame(i)) for i, camera in enumerate(cameras)),
            info={**mender.info, "flicker": summary(facts), "frames": [dict(each) for each in facts]},
        )


class _Place:
    """A frame's own progress as part of the whole path's; satisfies `Stage`."""

    def __init__(self, stage: Stage, frames: int) -> None:
        self._stage, self._frames, self._done = stage, frames, 0

    def advance(self, done: float, total: float) -> None:
        """Within the frame."""
        self._stage.advance(self._done + done / total, self._frames)

    def move_to(self, done: int) -> None:
        """To a whole number of frames."""
        self._done = done
        self.advance(0, 1)


def scene_of(request: Request) -> GaussianScene:
    """The source; raises UnsuitableItemError for anything else, and for a scene with nothing in it."""
    scene = request.source.scene
    if scene is None:
        raise UnsuitableItemError("a scene of Gaussians is needed here; for pictures take gsvar.fix")
    if not scene.count:
        raise UnsuitableItemError("the scene holds no Gaussians: there is nothing to look at")
    return scene


def way_of(request: Request, *, count: str = "frames") -> WayOptions:
    """From where frames are taken; `count` names the parameter that says how many."""
    return WayOptions(
        way=Way(value(request, "way", str)),
        every=value(request, "every", int),
        frames=value(request, count, int),
        longest_side=value(request, "longest_side", int),
        elevation_degrees=value(request, "elevation", float),
        up=UpAxis(value(request, "up", str)),
    )


def choice_of(request: Request, photographs: Photographs, context: Context) -> Choice:
    """As asked; without photographs frames are mended alone, and the log says so."""
    choice = Choice(value(request, "reference", str))
    if choice is Choice.FILE and not request.references:
        raise UnsuitableItemError("reference file: no picture was handed in; give one with --reference")
    if choice in {Choice.OVERLAP, Choice.POSE} and not len(photographs):
        context.log(logging.WARNING, "no photograph of the scene's cameras is here: frames are mended alone")
        return Choice.NONE
    return choice
