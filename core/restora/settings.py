"""What the user chose, as one value; the workbench reads and writes it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from restora.data.json_values import expect, finite
from restora.errors import FileProblemError

_SCHEMA = 1
_BUDGET_SHARE = 0.85


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Choices that outlive a session."""

    budget_share: float = _BUDGET_SHARE
    """The share of a device's memory that restora may use."""
    offline: bool = False
    """No downloads."""
    weights_folder: str | None = None
    """Another place for weights."""
    disabled_plugins: tuple[str, ...] = ()
    accepted_licences: tuple[str, ...] = ()
    """Names of licences the user has said yes to."""

    def __post_init__(self) -> None:
        if not 0.05 <= self.budget_share <= 1:
            raise ValueError(f"budget_share must be 0.05 to 1, got {self.budget_share:g}")

    def with_plugin(self, name: str, *, enabled: bool) -> Settings:
        """The same with one plugin switched on or off."""
        others = tuple(plugin for plugin in self.disabled_plugins if plugin != name)
        return replace(self, disabled_plugins=others if enabled else (*others, name))

    def with_licence(self, licence: str) -> Settings:
        """The same with one more accepted licence."""
        return replace(self, accepted_licences=tuple(sorted({*self.accepted_licences, licence})))

    def to_text(self) -> str:
        """As it stands in the file."""
        return json.dumps({"schema": _SCHEMA, **asdict(self)}, indent=2) + "\n"

    @classmethod
    def from_file(cls, path: Path) -> Settings:
        """The settings in `path`; defaults where there is no file, FileProblemError where it is damaged."""
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return cls()
        except (OSError, UnicodeDecodeError) as error:
            raise FileProblemError(path, f"the settings cannot be read ({error})") from error
        try:
            return cls._parse(expect(json.loads(text), dict, "the file"))
        except (TypeError, ValueError, RecursionError) as error:
            advice = "Mend or delete the file; defaults are used where there is none."
            raise FileProblemError(path, f"the settings are damaged ({error})", advice=advice) from error

    @classmethod
    def _parse(cls, raw: dict[str, object]) -> Settings:
        if raw.get("schema") != _SCHEMA:
            raise ValueError(f"schema must be {_SCHEMA}, got {raw.get('schema')!r}")
        folder = raw.get("weights_folder")
        return cls(
            budget_share=finite(raw.get("budget_share", _BUDGET_SHARE), "budget_share"),
            offline=expect(raw.get("offline", False), bool, "offline"),
            weights_folder=None if folder is None else expect(folder, str, "weights_folder"),
            disabled_plugins=_names(raw, "disabled_plugins"),
            accepted_licences=_names(raw, "accepted_licences"),
        )


def _names(raw: dict[str, object], key: str) -> tuple[str, ...]:
    return tuple(expect(name, str, key) for name in expect(raw.get(key, []), list, key))
