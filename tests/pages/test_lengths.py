"""No page's main line is longer, and no sentence or paragraph more crowded with numbers, than a reader can bear."""

from __future__ import annotations

import tomllib
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.pages import lengths

BOOK = Path(__file__).parents[2] / "book"
GUIDE = {"words": 2500, "sentence": 2, "paragraph": 4}
ALLOWED = tomllib.loads(Path(__file__).with_name("lengths.toml").read_text(encoding="utf-8"))
PAGES = sorted(path.stem for path in BOOK.glob("*.md"))


@pytest.mark.parametrize("page", PAGES)
def test_page_is_no_longer_and_no_more_crowded_than_the_guide_or_its_entry_says(page: str) -> None:
    text = (BOOK / f"{page}.md").read_text(encoding="utf-8")
    limit = GUIDE | ALLOWED.get(page, {})
    found = asdict(lengths.of(text))
    crowded = [part for _, part in lengths.crowded(text, limit["paragraph"])]
    assert all(found[name] <= limit[name] for name in limit), (found, limit, crowded[:2])


@pytest.mark.parametrize("page", ALLOWED)
def test_entry_is_needed_and_says_what_the_page_has(page: str) -> None:
    found = asdict(lengths.of((BOOK / f"{page}.md").read_text(encoding="utf-8")))
    for name, most in ALLOWED[page].items():
        assert GUIDE[name] < most, f"lower {name} of {page}: the guide has {GUIDE[name]}"
        assert found[name] == most or (name == "words" and found[name] > 0.97 * most), (
            f"lower {name} of {page} to {found[name]}"
        )


def test_essay_has_at_most_twenty_five_numbers() -> None:
    text = (BOOK / "essay.md").read_text(encoding="utf-8")
    assert lengths.all_quantities(text) <= 25


def test_quantities_are_glued_values_and_typed_numbers_but_names_are_none() -> None:
    text = "In 2025 neuron 0 of seeds 24 to 47 cost {glue:text}`lost:.1f` points on 10,000 images"
    text = f"{text} (*{{glue:text}}`lost_verdict`*)."
    assert lengths.of(f"{text} 1s [lost](a.md#b12).") == lengths.Length(words=18, sentence=2, paragraph=2)
    assert lengths.of("Said {says}`so <n_zero > 12>` and {term}`unit <x>`.").paragraph == 0


def test_figures_folds_and_cards_do_not_count() -> None:
    text = (
        "---\na: 12\n---\n# Title 34\n\n```{admonition} Fold\n56 57 58\n```\n\n:::{container} x\n59\n:::\n\nOne line."
    )
    assert lengths.of(text) == lengths.Length(words=2, sentence=0, paragraph=0)
