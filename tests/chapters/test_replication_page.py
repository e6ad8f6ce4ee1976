"""The page of replications: by what right figures are called the same, and that none of them is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_interp.chapters import sentences as of_chapters
from mnist_interp.chapters.interventions import published_sentences
from mnist_interp.chapters.replication import left_out, rows, sentences, tables
from mnist_interp.chapters.replication.rows import Row
from mnist_interp.data import published
from mnist_interp.site import tree
from tests.places import BOOK, facts

IMAGE = 0.01  # of 10,000, in percent


@pytest.mark.parametrize(
    ("ours", "agrees", "apart"),
    [
        (94.80, "digits", "0"),
        (94.8049, "digits", "0"),
        (94.78, "images", "−0.02 (2 images)"),
        (94.81, "images", "+0.01 (1 image)"),
        (94.77, "images", "−0.03 (3 images)"),
        (94.76, "apart", "−0.04 (4 images)"),
    ],
)
def test_a_figure_of_the_run_agrees_by_its_digits_or_by_a_few_images(ours: float, agrees: str, apart: str) -> None:
    found = rows.of_a_run("test_accuracy", "", "", ours, form=".2f", most=rows.IMAGES * IMAGE, unit=IMAGE)
    assert (found.agrees, found.apart, found.published) == (agrees, apart, "94.80")


@pytest.mark.parametrize(
    ("ours", "agrees"),
    [([94.5, 95.0], "seeds"), ([94.80, 95.0], "seeds"), ([94.8049, 95.0], "seeds"), ([94.81, 95.0], "apart")],
)
def test_a_figure_of_no_seed_agrees_if_it_lies_among_ours(ours: list[float], agrees: str) -> None:
    found = rows.of_any_seed("test_accuracy", "", "", ours, form=".2f")
    assert found.agrees == agrees
    away = (np.mean(ours) - 94.80) / np.std(ours, ddof=1)
    assert found.apart == f"{away:+.1f} SD".replace("-", "−").replace("+0.0", "0")


def test_a_list_agrees_in_its_order_alone() -> None:
    same = rows.of_a_list("top3_selectivity.0", "", "", [6, 8, 12])
    turned = rows.of_a_list("top3_selectivity.0", "", "", [8, 6, 12])
    assert (same.agrees, same.apart) == ("digits", "none")
    assert (turned.agrees, turned.apart) == ("apart", "2 of 3 places")


def test_nothing_is_concluded_where_settings_are_unknown() -> None:
    found = rows.of_unknown("silhouette.on_umap.2_0_3_11_15", "", "", -0.071, form=".2f")
    assert (found.agrees, found.published, found.ours, found.apart) == ("unknown", "−0.05", "−0.07", "−0.02")


def test_figures_are_counted_by_their_agreement() -> None:
    made = [Row((), "", "", "", "", "", agrees) for agrees in ("digits", "digits", "apart")]  # type: ignore[arg-type]
    found = tables.counts({"one": made, "other": made[2:]})
    assert found.loc["one"].tolist() == [3, 2, 0, 0, 0, 1]
    assert found.loc["all"].tolist() == [4, 2, 0, 0, 0, 2]


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if items is None:
        yield path
    for name, item in items or ():
        yield from _leaves(item, (*path, str(name)))


def _split(path: str) -> tuple[str, ...]:
    return tuple(path.split("|" if "|" in path else "."))


WORDS = ("interventions_in_prose", "normalization|claims", "normalization|layernorm_after_both_relus")
WORDS += ("normalization|dropout", "more|sentences_not_yet_tested", "more|plans_of_notebook_2")
KNOWN = (*left_out.NO_RESULTS, *WORDS, *(path for one in left_out.IMPOSSIBLE for path in one.paths))


def test_every_figure_is_on_the_page_or_it_is_said_why_not(built_site: Path) -> None:
    page = tree.read(built_site / "replication.html")
    shown = [path for link in page.xpath("//@data-published") for path in link.split()]
    assert len(shown) == len(set(shown))
    for path in (*shown, *(path for path in KNOWN if path not in WORDS)):
        published.figure(path)
    covered = {_split(path) for path in (*shown, *KNOWN)}
    all_figures = {name: published.figure(name) for name in _names()}
    missing = [leaf for leaf in _leaves(all_figures) if not any(leaf[: len(path)] == path for path in covered)]
    if facts(built_site)["preview"]:  # which stops after an epoch
        missing = [leaf for leaf in missing if leaf[0] != "training"]
    assert missing == []


def _names() -> list[str]:
    return list(published._figures())


def test_every_link_of_the_page_leads_to_a_section(built_site: Path) -> None:
    page = tree.read(built_site / "replication.html")
    places = {str(address) for address in page.xpath("//article//td//a/@href")}
    assert len(places) > 10
    for place in places:
        name, _, section = place.partition("#")
        assert tree.read(built_site / name).xpath(f"//*[@id='{section}']"), place


def test_every_published_sentence_is_judged() -> None:
    parts = [part for one in published.figure("more.sentences_not_yet_tested") for part in one.split("; ")]
    begins = (*sentences.PLACES, "Five of 16")
    assert [part for part in parts if not part.startswith(begins)] == []
    assert of_chapters.text("Five of 16")
    assert list(sentences.OF_READ_ME) == list(range(len(published.figure("normalization.claims"))))
    spoken_of = [one["neuron"] for one in published.figure("interventions_in_prose")]
    for statements in (published_sentences.ABLATION, published_sentences.SCALING):
        assert sorted({one.neuron for one in statements}) == spoken_of
    assert len(left_out.plans()) == len(published.figure("more.plans_of_notebook_2"))


def test_the_page_types_no_published_figure() -> None:
    text = (BOOK / "replication.md").read_text(encoding="utf-8")
    assert f"{published.figure('test_accuracy'):.2f}" not in text
