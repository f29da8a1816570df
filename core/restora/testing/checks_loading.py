"""K4 and K5: the factory, and weights that do not fit."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path

from restora.errors import RestoraError
from restora.plugins.declarations import WeightFile
from restora.plugins.factory import build_method, load_object
from restora.plugins.needs import needs_of
from restora.testing.bench import bench_for
from restora.testing.subject import Subject
from restora.testing.vectors import Adapter, CaseState, run_vectors
from restora.testing.verdicts import CheckFailedError, NotApplicableError


def factory(subject: Subject) -> str:
    """K4: it is built without weights, and damaged weights are refused by a sentence that names the file."""
    build_method(subject.info).unload()
    weights = [need.first for need in needs_of(subject.info.weights)]
    if not weights:
        return "builds; it has no weights to refuse"
    for kind, content in _DAMAGED.items():
        _refuses(subject, weights, kind, content)
    return f"builds, and refuses {' and '.join(_DAMAGED)} weights"


def _one_wrong_tensor() -> bytes:
    """A sound safetensors file with a tensor that no method declares."""
    header = b'{"no.such.tensor":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
    return struct.pack("<Q", len(header)) + header + bytes(4)


_DAMAGED: Mapping[str, bytes] = {"truncated": b"\x80\x02 truncated", "foreign": _one_wrong_tensor()}


def _refuses(subject: Subject, weights: list[WeightFile], kind: str, content: bytes) -> None:
    folder = subject.scratch / kind
    folder.mkdir(exist_ok=True)
    paths: dict[str, Path] = {}
    for weight in weights:
        paths[weight.id] = folder / weight.filename
        paths[weight.id].write_bytes(content)
    try:
        with bench_for(subject.info, paths, subject.scratch):
            pass
    except RestoraError as error:
        if not any(path.name in str(error) for path in paths.values()):
            raise CheckFailedError(f"{kind} weights: the error names no file: {error}") from error
    except Exception as error:
        raise CheckFailedError(f"{kind} weights: {type(error).__name__} instead of a RestoraError") from error
    else:
        raise CheckFailedError(f"{kind} weights were loaded without a word")


def layout(subject: Subject) -> str:
    """K5: the networks reproduce their conformance vectors with tensors of the declared names."""
    info = subject.info
    if info.vectors is None:
        raise NotApplicableError("it names no vectors")
    adapter = load_object(info.vectors, info.plugin)
    if subject.vectors_folder is None:
        raise NotApplicableError("no folder of vectors was given")
    built: Adapter = adapter()  # type: ignore[operator]  # a defect shows as the author's own traceback
    report = run_vectors([built], subject.vectors_folder)
    if not report.passed:
        failed = [case.name for case in report.cases if case.state is CaseState.FAILED]
        raise CheckFailedError(f"vectors fail: {', '.join(failed) or 'no case was known'}")
    return f"{report.count(CaseState.PASSED)} cases agree"
