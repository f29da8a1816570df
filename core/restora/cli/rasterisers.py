"""What the doctor tells about drawing Gaussian scenes."""

from __future__ import annotations

from importlib import metadata

from restora.folders import Folders
from restora.splats.gsplat_probe import GsplatState, probe


def rasteriser_facts(folders: Folders, *, may_compile: bool) -> dict[str, str]:
    """How the processor draws, where its compiled code lies, and whether a CUDA card can draw too."""
    return {**_processor(), "cuda": _sentence(probe(folders, may_compile=may_compile))}


def _processor() -> dict[str, str]:
    from restora.splats.raster_cpu.compiling import cache_folder
    from restora.splats.raster_cpu.workers import thread_count

    folder = cache_folder()
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    kept = f"{size / 2**20:.1f} MiB" if size else "nothing compiled yet; the first picture takes seconds"
    return {
        "cpu": f"numba {metadata.version('numba')} on {thread_count()} threads of restora's own",
        "threading layer": "none of numba's: restora spreads the work itself",
        "compiled code": f"{folder} ({kept})",
    }


def _sentence(state: GsplatState) -> str:
    if state.is_usable:
        return state.reason
    return f"not used: {state.reason}." + (f" {state.advice}" if state.advice else "")
