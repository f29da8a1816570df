from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restora.data.kinds import Kind
from restora.errors import BadInputError
from restora.jobs.batch import NameTemplate, check_unique, find_files, is_candidate_for
from restora.plugins.declarations import MethodInfo

Tree = Callable[..., Path]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    def make(*names: str) -> Path:
        for name in names:
            path = tmp_path / "in" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("x")
        (tmp_path / "in").mkdir(exist_ok=True)
        return tmp_path / "in"

    return make


def is_picture(path: Path) -> bool:
    return path.suffix == ".png"


def found(*inputs: Path, recursive: bool = True) -> list[tuple[str, str]]:
    files = find_files(inputs, recursive=recursive, is_candidate=is_picture)
    return [(file.path.name, file.folder.as_posix()) for file in files]


def test_pictures_are_found_in_order_with_their_folders(tree: Tree) -> None:
    folder = tree("b.png", "a.png", "note.txt", "deep/er/c.png")
    assert found(folder) == [("a.png", "."), ("b.png", "."), ("c.png", "deep/er")]
    assert found(folder, recursive=False) == [("a.png", "."), ("b.png", ".")]


def test_hidden_files_and_folders_are_left_out(tree: Tree) -> None:
    folder = tree(".a.png", ".cache/b.png", "c.png", ".c.png.1-2.restora-part")
    assert found(folder) == [("c.png", ".")]


def test_a_hidden_file_that_is_named_is_taken(tree: Tree) -> None:
    folder = tree(".hidden/a.png")
    assert found(folder / ".hidden" / "a.png") == [("a.png", ".")]
    assert found(folder / ".hidden") == [("a.png", ".")]


def test_a_named_file_is_taken_whatever_its_ending(tree: Tree) -> None:
    folder = tree("data.bin")
    assert found(folder / "data.bin") == [("data.bin", ".")]


def test_a_file_that_is_named_twice_is_taken_once(tree: Tree) -> None:
    folder = tree("a.png")
    assert found(folder, folder / "a.png", folder) == [("a.png", ".")]


def test_a_folder_named_like_a_picture_is_no_picture(tree: Tree) -> None:
    folder = tree("odd.png/a.png")
    assert found(folder) == [("a.png", "odd.png")]


@pytest.mark.parametrize("names", [(), ("note.txt",)])
def test_a_folder_without_pictures_is_refused(tree: Tree, names: tuple[str, ...]) -> None:
    with pytest.raises(BadInputError, match="a folder without pictures"):
        found(tree(*names))


def test_nothing_at_all_is_refused() -> None:
    with pytest.raises(BadInputError, match="nothing: "):
        found()


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="no such file or folder"):
        found(tmp_path / "gone")


def test_a_folder_that_cannot_be_read_is_said_so(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(BadInputError, match=r"the folder cannot be read \(Permission denied\)"):
        found(tree("a.png"), recursive=False)


# -- names -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("{stem}", "photo.png"),
        ("{stem}_{method}", "photo_classic.resize.png"),
        ("{n:03}-{stem}", "007-photo.png"),
        ("{stem} x{scale} #{seed}", "photo x2 #5.png"),
        ("fixed", "fixed.png"),
        ("{{{stem}}}", "{photo}.png"),
        ("{stem!s:>8}", "   photo.png"),
    ],
)
def test_templates_make_names(template: str, name: str) -> None:
    made = NameTemplate(text=template, suffix=".png")
    assert made.name(stem="photo", method="classic.resize", scale=2.0, seed=5, n=7) == name


def test_a_fractional_scale_is_written_out() -> None:
    assert (
        NameTemplate(text="{scale}", suffix=".png").name(stem="a", method="m", scale=0.5, seed=0, n=1)
        == "0.5.png"
    )


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        ("", "not a file name"),
        ("..", "not a file name"),
        ("  ", "not a file name"),
        ("{stem", "cannot be read"),
        ("stem}", "cannot be read"),
        ("{}", "has unknown fields: {}"),
        ("{0}", "has unknown fields: 0"),
        ("{name}", "has unknown fields: name"),
        ("{stem.__class__}", "has unknown fields: stem.__class__"),
        ("{stem[0]}", "has unknown fields"),
        ("a/{stem}", "characters that file names cannot have"),
        ("a\\{stem}", "characters that file names cannot have"),
        ("{stem}?", "characters that file names cannot have"),
        ("{n:999999999}", "pads its fields too far"),
        ("{n:{seed}}", "pads its fields too far"),
        ("{stem:d}", "does not fit its fields"),
        ("{n!z}", "does not fit its fields"),
        ("{stem}\n", "not a file name"),
        ("x" * 300, "too long"),
    ],
)
def test_templates_that_make_no_names_are_refused_at_once(template: str, sentence: str) -> None:
    with pytest.raises(BadInputError) as caught:
        NameTemplate(text=template, suffix=".png")
    assert sentence in str(caught.value)
    assert "fields are {stem}" in str(caught.value)


@pytest.mark.parametrize("stem", ["x" * 250, "a\nb", "ü" * 130])
def test_stems_that_give_no_name_are_refused(stem: str) -> None:
    with pytest.raises(BadInputError, match="makes"):
        NameTemplate(text="{stem}", suffix=".png").name(stem=stem, method="m", scale=1, seed=0, n=1)


@pytest.mark.skipif(os.name != "posix", reason="other systems forbid these characters")
def test_stems_keep_what_this_system_allows() -> None:
    template = NameTemplate(text="{stem}", suffix=".png")
    assert template.name(stem="12:30 a?", method="m", scale=1, seed=0, n=1) == "12:30 a?.png"


def test_a_scale_that_does_not_fit_the_template_is_refused() -> None:
    template = NameTemplate(text="{scale:d}", suffix=".png")
    with pytest.raises(BadInputError, match="does not fit its fields"):
        template.name(stem="a", method="m", scale=1.5, seed=0, n=1)


@given(st.text(max_size=12))
def test_any_text_is_a_template_or_is_refused(text: str) -> None:
    try:
        made = NameTemplate(text=text, suffix=".png").name(stem="s", method="m", scale=1, seed=0, n=1)
    except BadInputError:
        return
    assert Path(made).name == made


@pytest.mark.parametrize(
    "names",
    [
        ("a.png", "a.png"),
        ("A.png", "a.png"),
        ("caf\u00e9.png", "cafe\u0301.png"),
        ("x/../a.png", "x/../A.PNG"),
    ],
)
def test_two_files_never_get_the_same_name(names: tuple[str, str]) -> None:
    with pytest.raises(BadInputError, match="two files of the batch would get this name"):
        check_unique([Path(name) for name in names])


def test_different_names_and_folders_are_fine() -> None:
    check_unique([Path("a.png"), Path("b.png"), Path("x/a.png")])


@pytest.mark.parametrize(
    ("kinds", "names"),
    [
        ({Kind.IMAGE}, ["a.png", "c.npy"]),
        ({Kind.SPLAT}, ["b.ply", "d.SPZ"]),
        ({Kind.IMAGE, Kind.SPLAT}, ["a.png", "b.ply", "c.npy", "d.SPZ"]),
    ],
)
def test_a_folder_gives_a_method_what_it_takes(
    kinds: set[Kind], names: list[str], info_of: Callable[..., MethodInfo], tree: Tree
) -> None:
    takes = partial(is_candidate_for, info_of(accepts=frozenset(kinds)))
    folder = tree("a.png", "b.ply", "c.npy", "d.SPZ", "e.txt")
    assert [file.path.name for file in find_files([folder], recursive=True, is_candidate=takes)] == names
