"""Published figures: every one can be looked up, and a slip is answered with what is near."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from mnist_interp.data import published
from tests.places import REPOSITORY

FIRST, MORE = (
    json.loads((REPOSITORY / "mnist_interp/data" / name).read_text(encoding="utf-8"))
    for name in ("published.json", "published-more.json")
)
FIGURES = FIRST | {"more": MORE}


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if items is None:
        yield path, value
    for name, item in items or ():
        yield from _leaves(item, (*path, str(name)))


@pytest.mark.parametrize(("path", "expected"), list(_leaves(FIGURES)), ids=lambda value: str(value)[:40])
def test_every_figure_is_found_by_its_path(path: tuple[str, ...], expected: object) -> None:
    assert published.figure(("." if not any("." in name for name in path) else "|").join(path)) == expected


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("test_acuracy", "test_accuracy"),
        ("training.0.los", r"training\.0\.loss"),
        ("class_accuracy.10", r"class_accuracy\.1"),
        ("silhouette.native.all16", r"silhouette\.native\.all_16"),
        ("test_accuracy.0", "test_accuracy"),
    ],
)
def test_an_unknown_path_is_answered_with_the_nearest(path: str, near: str) -> None:
    with pytest.raises(ValueError, match=rf"no published figure '{path}'; the nearest are .*{near}"):
        published.figure(path)


def test_the_order_by_selectivity_is_that_of_the_published_counts() -> None:
    counts = {int(neuron): count for neuron, count in MORE["times_among_top3_selective"].items()}
    named = [neuron for row in FIRST["top3_selectivity"] for neuron in row]
    assert counts == {neuron: named.count(neuron) for neuron in range(16)}
    order = MORE["silhouette_against_size"]["order_by_times_among_top3_selective"]
    assert order == sorted(range(16), key=lambda neuron: -counts[neuron])
