from __future__ import annotations

from collections.abc import Callable

import pytest

from restora.errors import DeclarationError
from restora.plugins.declarations import MethodInfo, WeightFile
from restora.weights.catalogue import Catalogue, UnknownWeightsError

Declare = Callable[..., WeightFile]
DeclareMethod = Callable[..., MethodInfo]


def test_methods_of_two_plugins_share_a_file_with_the_same_hash(
    weight: Declare, method: DeclareMethod
) -> None:
    first = weight(id="base", urls=("https://a.example/x",), filename="a.pth")
    second = weight(id="unet", urls=("https://b.example/x",), filename="b.pth", ask_licence=True)
    catalogue = Catalogue([method("two.b", second), method("one.a", first)])
    assert len(catalogue) == 1
    entry = next(iter(catalogue))
    assert entry.names == ("one/base", "two/unet")
    assert entry.methods == ("one.a", "two.b")
    assert entry.file.urls == ("https://a.example/x", "https://b.example/x")
    assert entry.file.ask_licence
    assert catalogue.entry(second) is entry


def test_files_without_a_hash_are_one_file_if_name_and_addresses_agree(
    weight: Declare, method: DeclareMethod
) -> None:
    file = weight(sha256=None, urls=("https://a.example/x",))
    other = weight(sha256=None, urls=("https://b.example/x",))
    catalogue = Catalogue([method("one.a", file), method("two.b", file), method("three.c", other)])
    assert [entry.methods for entry in catalogue] == [("one.a", "two.b"), ("three.c",)]


def test_a_hash_in_capitals_is_the_same_hash(weight: Declare, method: DeclareMethod) -> None:
    file = weight()
    capitals = weight(sha256=str(file.sha256).upper())
    assert len(Catalogue([method("one.a", file), method("two.b", capitals)])) == 1


def test_one_id_for_two_files_of_a_plugin_is_refused(weight: Declare, method: DeclareMethod) -> None:
    with pytest.raises(DeclarationError, match=r"one: weights net of one\.b: .*same id as another file"):
        Catalogue([method("one.a", weight()), method("one.b", weight(sha256="0" * 64))])


def test_one_hash_with_two_sizes_is_refused(weight: Declare, method: DeclareMethod) -> None:
    with pytest.raises(DeclarationError, match="size is 5, but one/net declares the same file with 1048576"):
        Catalogue([method("one.a", weight()), method("two.b", weight(size=5))])


def test_a_size_that_one_plugin_does_not_know_is_taken_from_the_other(
    weight: Declare, method: DeclareMethod, content: bytes
) -> None:
    catalogue = Catalogue([method("one.a", weight(size=0)), method("two.b", weight())])
    assert next(iter(catalogue)).file.size == len(content)


@pytest.mark.parametrize(
    "name", ["../x.pth", "a/b.pth", "a\\b.pth", "", ".hidden", "NUL.pth", "x.pth\n", "C:x", "x "]
)
def test_a_file_name_that_could_leave_the_folder_is_refused(
    name: str, weight: Declare, method: DeclareMethod
) -> None:
    with pytest.raises(DeclarationError, match="plain file name"):
        Catalogue([method("one.a", weight(filename=name))])


@pytest.mark.parametrize("sha256", ["../../../etc/passwd", "abc", "g" * 64])
def test_a_hash_that_is_none_is_refused(sha256: str, weight: Declare, method: DeclareMethod) -> None:
    with pytest.raises(DeclarationError, match="64 hexadecimal digits"):
        Catalogue([method("one.a", weight(sha256=sha256))])


def test_all_problems_of_a_plugin_are_told_at_once(weight: Declare, method: DeclareMethod) -> None:
    with pytest.raises(DeclarationError) as caught:
        Catalogue([method("one.a", weight(filename="a/b", sha256="x", size=-1))])
    assert len(caught.value.problems) == 3


def test_files_are_found_by_method_by_name_and_by_file_name(weight: Declare, method: DeclareMethod) -> None:
    extra = weight(id="extra", filename="extra.pth", sha256="1" * 64, optional=True)
    catalogue = Catalogue([method("one.a", weight(), extra)])
    assert [entry.name for entry in catalogue.find("one.a")] == ["one/net", "one/extra"]
    assert [entry.name for entry in catalogue.find("one.a", with_optional=False)] == ["one/net"]
    assert [entry.name for entry in catalogue.find("one/extra")] == ["one/extra"]
    assert [entry.name for entry in catalogue.find("extra.pth")] == ["one/extra"]
    assert catalogue.find("one.a")[0] in tuple(catalogue)


def test_an_unknown_name_is_refused_with_the_known_ones(weight: Declare, method: DeclareMethod) -> None:
    catalogue = Catalogue([method("one.a", weight()), method("one.plain")])
    with pytest.raises(UnknownWeightsError, match=r"nix: no such .* \(known: one\.a, one/net\)"):
        catalogue.find("nix")
    assert catalogue.find("one.plain") == ()
