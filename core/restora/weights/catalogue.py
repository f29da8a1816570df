"""Every file of weights that the loaded plugins declare, each once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from restora.errors import BadInputError, DeclarationError
from restora.plugins.declarations import NeedsWeights, WeightFile
from restora.weights.identity import Key, key_of, problems_of, published_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueEntry:
    """One file, and who needs it."""

    key: Key
    file: WeightFile
    """The first declaration, with the addresses of all; it asks for the licence if any declaration does."""
    names: tuple[str, ...]
    """`plugin/id` of every declaration; any of them names this file."""
    filenames: tuple[str, ...]
    methods: tuple[str, ...]
    """Ids of the methods and metrics that declare it."""

    @property
    def name(self) -> str:
        """The name to show."""
        return self.names[0]


class UnknownWeightsError(BadInputError):
    """No loaded method declares a file of this name, and no method has it."""

    def __init__(self, target: str, known: Iterable[str]) -> None:
        names = ", ".join(known) or "none"
        super().__init__(
            f"{target}: no such method or file of weights (known: {names})",
            advice="See `restora weights list`.",
        )
        self.target = target


class Catalogue:
    """All declared files; raises DeclarationError where declarations are wrong or contradict each other."""

    def __init__(self, methods: Iterable[NeedsWeights]) -> None:
        infos = sorted(methods, key=lambda info: info.id)
        _refuse_bad_declarations(infos)
        self._entries: dict[Key, CatalogueEntry] = {}
        for info in infos:
            for file in info.weights:
                self._add(info, file)
        self._keys_of_methods = {info.id: tuple(key_of(file) for file in info.weights) for info in infos}
        self._optional = {(info.id, key_of(file)) for info in infos for file in info.weights if file.optional}

    def __iter__(self) -> Iterator[CatalogueEntry]:
        return iter(sorted(self._entries.values(), key=lambda entry: entry.name))

    def __len__(self) -> int:
        return len(self._entries)

    def entry(self, file: WeightFile) -> CatalogueEntry:
        """The entry of a declared file."""
        return self._entries[key_of(file)]

    def find(self, target: str, *, with_optional: bool = True) -> tuple[CatalogueEntry, ...]:
        """Files by a method's id, by `plugin/id`, or by file name; raises UnknownWeightsError.

        Without `with_optional` a method's id leaves out the files that it can do without.
        """
        if target in self._keys_of_methods:
            return tuple(
                self._entries[key]
                for key in self._keys_of_methods[target]
                if with_optional or (target, key) not in self._optional
            )
        found = tuple(entry for entry in self if target in entry.names)
        found = found or tuple(entry for entry in self if target in entry.filenames)
        if not found:
            raise UnknownWeightsError(target, self._known())
        return found

    def _known(self) -> tuple[str, ...]:
        methods = (method for method, keys in self._keys_of_methods.items() if keys)
        return (*methods, *(entry.name for entry in self))

    def _add(self, info: NeedsWeights, file: WeightFile) -> None:
        key = key_of(file)
        name = f"{info.plugin}/{file.id}"
        known = self._entries.get(key)
        if known is None:
            self._entries[key] = CatalogueEntry(
                key=key, file=file, names=(name,), filenames=(file.filename,), methods=(info.id,)
            )
            return
        _refuse_contradiction(info, file, known)
        self._entries[key] = replace(
            known,
            file=replace(
                known.file,
                size=known.file.size or file.size,
                urls=_united(known.file.urls, file.urls),
                ask_licence=known.file.ask_licence or file.ask_licence,
                optional=known.file.optional and file.optional,
            ),
            names=_united(known.names, (name,)),
            filenames=_united(known.filenames, (file.filename,)),
            methods=_united(known.methods, (info.id,)),
        )


def _united(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second)))


def _refuse_bad_declarations(infos: Iterable[NeedsWeights]) -> None:
    """Every plugin's files must be well formed, and one id must mean one file."""
    by_name: dict[str, WeightFile] = {}
    for info in infos:
        problems = [problem for file in info.weights for problem in problems_of(file)]
        for file in info.weights:
            known = by_name.setdefault(f"{info.plugin}/{file.id}", file)
            if key_of(known) != key_of(file) or known.filename != file.filename:
                problems.append(
                    f"weights {file.id} of {info.id}: another method declares the same id as another file"
                    f" ({known.filename}, sha256 {known.sha256} instead of {file.filename}, {file.sha256})"
                )
        if problems:
            raise DeclarationError(info.plugin, problems)


def _refuse_contradiction(info: NeedsWeights, file: WeightFile, known: CatalogueEntry) -> None:
    """Two declarations with one hash must agree on everything that follows from the content."""
    pairs = [
        ("sha256", published_hash(file), published_hash(known.file)),
        ("size", file.size or known.file.size, known.file.size or file.size),
        ("container", file.container, known.file.container),
    ]
    problems = [
        f"weights {file.id}: {what} is {mine}, but {known.name} declares the same file with {theirs}"
        for what, mine, theirs in pairs
        if mine != theirs
    ]
    if problems:
        raise DeclarationError(info.plugin, problems)
