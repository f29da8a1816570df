"""What one loaded method holds on its device: one transformer and one autoencoder at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import torch

from restora.errors import WeightsMissingError
from restora_gsvar.configuration import VAE, VAR, Configuration
from restora_gsvar.net.autoencoder import Autoencoder
from restora_gsvar.net.generating import CodeModel
from restora_gsvar.net.loading import Loader
from restora_gsvar.net.pictures import Mender
from restora_gsvar.net.recordings import Recordings
from restora_gsvar.weights import Family

Check = Callable[[], None]


class Networks:
    """Brings networks over when a request needs them; those of another family make room first."""

    def __init__(
        self,
        method_id: str,
        files: Mapping[str, Path],
        names: Mapping[str, str],
        *,
        configuration: Configuration,
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        self.configuration, self.device = configuration, device
        self._method_id, self._files, self._names, self._dtype = method_id, files, names, dtype
        self._mender: Mender | None = None
        self._held: tuple[Path, Path, bool] | None = None

    def check(self) -> None:
        """Look at all files that are here; raises WeightsFormatError, and WeightsMissingError for none."""
        loader = Loader(configuration=self.configuration)
        if not self._files:
            raise WeightsMissingError(self._method_id, self._names.values())
        for file_id, path in self._files.items():
            parts = {"varsr": (VAR,), "vqvae": (VAE,)}.get(file_id, (VAE, VAR))
            loader.check(path, *parts, with_bridge=file_id.endswith("-bridge"))

    def has(self, family: Family, *, bridge: bool = False) -> bool:
        """Whether there is a file of that family, with a trained bridge if that is asked for."""
        ids = (f"{family}-bridge",) if bridge else (f"{family}-bridge", str(family))
        return any(file_id in self._files for file_id in ids)

    def mender(self, family: Family, *, bridge: bool, each: Check) -> Mender:
        """The networks of one family; raises WeightsMissingError where its files are not here."""
        ids = [f"{family}-bridge"] if bridge else [f"{family}-bridge", str(family)]
        found = next((self._files[file_id] for file_id in ids if file_id in self._files), None)
        if found is None:
            raise WeightsMissingError(self._method_id, [self._names[file_id] for file_id in ids])
        return self._brought(found, found, each, bridge=bridge)

    def enhancer(self, each: Check) -> Mender:
        """VARSR's networks."""
        return self._brought(self._files["varsr"], self._files["vqvae"], each, bridge=False)

    def release(self) -> None:
        """Forget everything."""
        self._mender, self._held = None, None

    def _brought(self, codes: Path, pictures: Path, each: Check, *, bridge: bool) -> Mender:
        if self._mender is not None and self._held == (codes, pictures, bridge):
            return self._mender
        loader = Loader(configuration=self.configuration, device=self.device, each=each)
        model = self._kept_model(codes)
        self.release()
        vae: Autoencoder = loader.autoencoder(pictures, self._dtype, with_bridge=bridge)
        model = model or loader.code_model(codes, self._dtype)
        # What float32 multiplies with cannot be recorded, and would gain nothing: there the card is busy.
        records = self.device.type == "cuda" and self._dtype is not torch.float32
        recordings = Recordings() if records else None
        self._mender = Mender(vae=vae, model=model, device=self.device, recordings=recordings)
        self._held = (codes, pictures, bridge)
        return self._mender

    def _kept_model(self, codes: Path) -> CodeModel | None:
        """The transformer, where only the bridge changes."""
        if self._mender is None or self._held is None or self._held[0] != codes:
            return None
        return self._mender.model
