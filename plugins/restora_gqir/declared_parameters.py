"""What a user can set."""

from __future__ import annotations

from dataclasses import replace

from restora.api import BoolParam, ChoiceParam, FloatParam, IntParam, TextParam
from restora_gqir.families import AUTOMATIC, COLOUR, FAMILIES, MONO

WEIGHTS = ChoiceParam(
    id="weights",
    label="Weights",
    default=AUTOMATIC,
    choices={AUTOMATIC: "By the colour filter"} | {each.id: each.title for each in FAMILIES.values()},
    help="Which published checkpoints restore the capture. Automatic takes 3-bit colour behind a Bayer "
    "filter, else 3-bit without filter.",
)

FUSING_WEIGHTS = ChoiceParam(
    id="weights",
    label="Weights",
    default=AUTOMATIC,
    choices={AUTOMATIC: "By the colour filter", COLOUR.id: COLOUR.title, MONO.id: MONO.title},
    help="Which published checkpoints restore the capture. Automatic takes 3-bit colour behind a Bayer "
    "filter, else 3-bit without filter.",
)

MERGED = IntParam(
    id="merged",
    label="Frames merged into one",
    default=0,
    minimum=0,
    maximum=4096,
    help="In the dark, so many binary frames count as one, in which a pixel has fired if it fired in any of "
    "them. 0 chooses it so that the share of detections is as in training; the result tells what was chosen.",
)

MOSAIC = ChoiceParam(
    id="mosaic",
    label="Colour mosaic",
    default="cells",
    choices={
        "cells": "Averaged over 2x2 cells",
        "sparse": "Full size, zeros between samples",
        "repeated": "As grey (published demo)",
    },
    help="How the samples behind a Bayer filter enter the network. Cells give the values it was trained on, "
    "at half the size; the result is enlarged again. The demo takes a raw frame as grey.",
)

STAGE1_ONLY = BoolParam(
    id="stage1_only",
    label="Stage 1 only",
    default=False,
    help="Only decode what the encoder saw: about 1 dB closer to the truth, less sharp, and much quicker.",
)

BLEND = FloatParam(
    id="blend",
    label="Stage 1 to stage 2",
    default=1.0,
    minimum=0.0,
    maximum=1.0,
    step=0.05,
    help="0 shows stage 1, 1 shows stage 2; between them the two pictures are mixed.",
    visible_if=("stage1_only", False),
)

STRENGTH = FloatParam(
    id="lora_strength",
    label="LoRA strength",
    default=1.0,
    minimum=0.0,
    maximum=1.0,
    step=0.05,
    advanced=True,
    help="How much of the learned correction is added to the base model; 1 as published. A change reloads.",
    visible_if=("stage1_only", False),
)

KEEP_STAGE1 = BoolParam(
    id="keep_stage1",
    label="Keep the stage 1 picture",
    default=True,
    help="Gives the stage 1 picture beside the result, for one more decoding.",
    visible_if=("stage1_only", False),
)

PROMPT = TextParam(
    id="prompt",
    label="Prompt",
    default="",
    max_length=500,
    advanced=True,
    help="The weights were trained with an empty prompt. A text needs the vocabulary files, and "
    "may invent things.",
    visible_if=("stage1_only", False),
)

EXPOSURE = FloatParam(
    id="exposure",
    label="Exposure",
    default=0.0,
    minimum=-4.0,
    maximum=4.0,
    step=0.1,
    unit="stops",
    help="On linear light after restoring; what becomes brighter than white is cut.",
)

BALANCE = BoolParam(
    id="grey_world",
    label="Grey-world balance",
    default=False,
    help="Brings the channels to a common mean on linear light: real captures come out with a cast.",
)

NANO_BURSTS = IntParam(
    id="nano_bursts",
    label="Nano-bursts per picture",
    default=11,
    minimum=3,
    maximum=31,
    step=2,
    help="Observations fused into one picture, an odd number; 11 as published.",
)

FLOW = ChoiceParam(
    id="flow",
    label="Motion between nano-bursts",
    default="published",
    choices={"published": "As published", "corrected": "Corrected"},
    help="The published code feeds the flow network unscaled pictures and turns half of the pairs round. "
    "The weights were trained with that; corrected does it right. Nobody has compared them yet.",
)

PICTURES = IntParam(
    id="pictures",
    label="Pictures",
    default=1,
    minimum=1,
    maximum=500,
    help="How many pictures to make with a sliding window; nano-bursts are encoded once and shared.",
)

STRIDE = IntParam(
    id="stride",
    label="Step between pictures",
    default=1,
    minimum=1,
    maximum=101,
    unit="nano-bursts",
    help="By how much the window moves from picture to picture.",
)

WINDOWED = BoolParam(
    id="windowed",
    label="Generate in windows",
    default=False,
    advanced=True,
    help="Runs the generator in windows of 512 pixels, the size it was trained at, blended where they "
    "overlap. Off, it sees the whole picture.",
    visible_if=("stage1_only", False),
)

SINGLE = (
    WEIGHTS,
    MERGED,
    MOSAIC,
    STAGE1_ONLY,
    BLEND,
    KEEP_STAGE1,
    EXPOSURE,
    BALANCE,
    STRENGTH,
    WINDOWED,
    PROMPT,
)

BURST = (
    FUSING_WEIGHTS,
    NANO_BURSTS,
    MERGED,
    MOSAIC,
    FLOW,
    PICTURES,
    STRIDE,
    EXPOSURE,
    BALANCE,
    replace(STRENGTH, visible_if=None),
)
