"""Cases of whole ways of working: a single observation, and a window of nano-bursts."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from restora.errors import FileProblemError
from restora.testing.comparing import ONE_LEVEL, Tolerance, Unit
from restora.testing.tensor_plans import tensor, tensor_plan
from restora.testing.vectors import Arrays, Case, Plan
from restora_gqir.net.burst import FlowMode, Fuser, moved
from restora_gqir.net.one_step import as_bytes, as_input, as_picture, decode, encode
from restora_gqir.vectors.checkpoints import Checkpoints
from restora_gqir.vectors.networks import one_step_generator

_TOLERANCE = Tolerance(limit=1e-3, unit=Unit.ABSOLUTE)
"""As the vectors' README derives it from noise of 1e-6 on the input."""
_FRAMES = 7
"""Binary frames in one 3-bit observation."""


def pipeline(case: Case, checkpoints: Checkpoints) -> Plan:
    """A single observation where the case holds counts, else a window of frames."""
    if "counts" in case.array_names():
        found = tensor_plan(lambda given: _single(case, checkpoints, given), "counts", "text_embed")
        return Plan(run=found.run, inputs=found.inputs, tolerances={"*_u8*": ONE_LEVEL}, tolerance=_TOLERANCE)
    found = tensor_plan(lambda given: _burst(case, checkpoints, given), "frames", "text_embed")
    arrays = {**_shared_inputs(case), **case.arrays()}
    return Plan(run=found.run, inputs=found.inputs, arrays=arrays, tolerance=_TOLERANCE)


def _shared_inputs(case: Case) -> dict[str, np.ndarray]:
    """Cases of both kinds of flow share the frames that only one of them holds."""
    for path in [case.path, *sorted(case.folder.glob("*.npz"))]:
        other = Case(root=case.root, path=path)
        if "frames" in other.array_names():
            arrays = other.arrays()
            return {name: arrays[name] for name in ("frames", "text_embed")}
    raise FileProblemError(case.path, "no case beside it holds frames")


def _single(case: Case, checkpoints: Checkpoints, given: Arrays) -> dict[str, Tensor]:
    root = case.folder.parent
    vae = checkpoints.built(
        root, "qvae bilinear", lambda load: load.vae("bilinear", checkpoints.dtype), "qvae"
    )
    stage = one_step_generator(root, checkpoints, tensor(given, "text_embed"), strength=1.0)
    z = encode(vae, tensor(given, "counts").permute(0, 3, 1, 2) / _FRAMES)
    z_out = stage(z)
    first, second = decode(vae, z), decode(vae, z_out)
    return {
        "z_lq": z,
        "stage1_float": first,
        "stage1_u8": _bytes(first, is_signed=False),
        "z_out": z_out,
        "stage2_float": second,
        "stage2_u8": _bytes(second, is_signed=False),
        "stage2_u8_signed_decoder": _bytes(second, is_signed=True),
    }


def _bytes(decoded: Tensor, *, is_signed: bool) -> Tensor:
    return as_bytes(as_picture(decoded, is_signed=is_signed)).permute(0, 2, 3, 1)


def _burst(case: Case, checkpoints: Checkpoints, given: Arrays) -> dict[str, Tensor]:
    root = case.folder.parent
    mode = FlowMode.CORRECTED if "corrected" in case.path.stem else FlowMode.PUBLISHED
    # As published, the autoencoder stays in float32 here whatever the generator computes in.
    vae = checkpoints.built(
        root, "qvae float32", lambda load: load.vae("bilinear", torch.float32), "qvae", in_float32=True
    )
    raft = checkpoints.built(root, "raft", lambda load: load.raft(), "raft", in_float32=True)
    fusion = checkpoints.built(root, "fusion", lambda load: load.fusion(), "fusion", in_float32=True)
    stage = one_step_generator(root, checkpoints, tensor(given, "text_embed"), strength=1.0)
    fuser = Fuser(raft=raft, fusion=fusion, mode=mode)
    values = nano_bursts(tensor(given, "frames"))
    latents = torch.cat([encode(vae, each) for each in torch.split(values, 1)])
    previews = torch.cat([decode(vae, each) for each in torch.split(latents, 1)])
    middle, size = len(values) // 2, (latents.shape[2], latents.shape[3])
    pictures = torch.split(previews, 1)
    flows = [fuser.flow(pictures, index, size) for index in range(len(values))]
    aligned = moved(latents, [None if index == middle else flow for index, flow in enumerate(flows)])
    merged = fuser.fused(aligned)
    z_out = stage(merged)
    return {
        "nano_center": as_input(values[middle : middle + 1]),
        "latents": latents[None],
        "y_center": previews[middle : middle + 1],
        "flow_latent": torch.cat(flows)[None],
        "aligned": aligned[None],
        "merged": merged,
        "z_out": z_out,
        "image": as_picture(decode(vae, z_out), is_signed=False),
    }


def nano_bursts(frames: Tensor) -> Tensor:
    """Means of consecutive groups of frames T x H x W x 3, as N x 3 x H x W; a rest is left out."""
    groups = len(frames) // _FRAMES
    cut = frames[: groups * _FRAMES].reshape(groups, _FRAMES, *frames.shape[1:])
    return cut.mean(dim=1).permute(0, 3, 1, 2)
