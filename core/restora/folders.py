"""Where restora keeps its own files on this machine."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

HOME_VARIABLE = "RESTORA_HOME"
"""Set to a folder, it holds everything; meant for tests, portable installs and shared machines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folders:
    """The four roots; nothing is created before something is written."""

    config: Path
    data: Path
    cache: Path
    state: Path

    @classmethod
    def of_user(cls) -> Folders:
        """The usual places of this system, or below RESTORA_HOME where that is set."""
        home = os.environ.get(HOME_VARIABLE)
        if home:
            return cls.below(Path(home).expanduser().absolute())
        import platformdirs

        dirs = platformdirs.PlatformDirs("restora", appauthor=False)
        return cls(
            config=dirs.user_config_path,
            data=dirs.user_data_path,
            cache=dirs.user_cache_path,
            state=dirs.user_state_path,
        )

    @classmethod
    def below(cls, root: Path) -> Folders:
        """All four below one folder."""
        return cls(config=root / "config", data=root / "data", cache=root / "cache", state=root / "state")

    @property
    def settings_file(self) -> Path:
        """What the user chose."""
        return self.config / "settings.json"

    @property
    def plugins(self) -> Path:
        """Single-file plugins."""
        return self.data / "plugins"

    @property
    def weights(self) -> Path:
        """Downloaded and imported weights, unless the settings name another folder."""
        return self.data / "weights"

    @property
    def converted(self) -> Path:
        """Weights converted to safetensors, by the hash of what they were made from."""
        return self.cache / "converted"

    @property
    def queue_file(self) -> Path:
        """The waiting jobs."""
        return self.state / "queue.jsonl"

    @property
    def estimates_file(self) -> Path:
        """What jobs cost on this machine."""
        return self.state / "estimates.json"

    @property
    def resume(self) -> Path:
        """What interrupted jobs have finished so far; hours of work, so it is no cache."""
        return self.state / "resume"

    @property
    def scratch(self) -> Path:
        """Working folders of running jobs."""
        return self.cache / "scratch"
