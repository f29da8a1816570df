"""Everything that a plugin author may import; all other modules are private and may change at any time.

Importing this costs the standard library and pluggy. The complete guide stands in docs/plugins.md.
"""

from __future__ import annotations

from restora.data.arrays import CountStack, ImageArray, Mask
from restora.data.camera import Camera, CameraSet, Projection
from restora.data.geometry import FrameWindow, Rect
from restora.data.json_values import JSON
from restora.data.kinds import ColourFilter, Kind, Transfer
from restora.data.scene import GaussianScene
from restora.errors import (
    BadInputError,
    Cancelled,
    FileProblemError,
    ParameterError,
    RestoraError,
    UnsuitableItemError,
    WeightsFormatError,
    WeightsMissingError,
)
from restora.plugins.declarations import (
    API_VERSION,
    FrameNeed,
    Grain,
    JobRecord,
    MemoryRule,
    MethodInfo,
    MetricInfo,
    ReaderInfo,
    References,
    SampleInfo,
    SizeRule,
    TileRule,
    Tiling,
    WeightFile,
    WriterInfo,
)
from restora.plugins.hookspecs import hookimpl
from restora.plugins.parameters import (
    BoolParam,
    ChoiceParam,
    FloatParam,
    IntParam,
    Param,
    PointParam,
    RectParam,
    ReferenceParam,
    SeedParam,
    TextParam,
)
from restora.plugins.running import (
    Context,
    DeviceSpec,
    Frame,
    Method,
    Output,
    Prediction,
    Request,
    Source,
    Stage,
    TileChoice,
)

__all__ = [
    "API_VERSION",
    "JSON",
    "BadInputError",
    "BoolParam",
    "Camera",
    "CameraSet",
    "Cancelled",
    "ChoiceParam",
    "ColourFilter",
    "Context",
    "CountStack",
    "DeviceSpec",
    "FileProblemError",
    "FloatParam",
    "Frame",
    "FrameNeed",
    "FrameWindow",
    "GaussianScene",
    "Grain",
    "ImageArray",
    "IntParam",
    "JobRecord",
    "Kind",
    "Mask",
    "MemoryRule",
    "Method",
    "MethodInfo",
    "MetricInfo",
    "Output",
    "Param",
    "ParameterError",
    "PointParam",
    "Prediction",
    "Projection",
    "ReaderInfo",
    "Rect",
    "RectParam",
    "ReferenceParam",
    "References",
    "Request",
    "RestoraError",
    "SampleInfo",
    "SeedParam",
    "SizeRule",
    "Source",
    "Stage",
    "TextParam",
    "TileChoice",
    "TileRule",
    "Tiling",
    "Transfer",
    "UnsuitableItemError",
    "WeightFile",
    "WeightsFormatError",
    "WeightsMissingError",
    "WriterInfo",
    "hookimpl",
]
