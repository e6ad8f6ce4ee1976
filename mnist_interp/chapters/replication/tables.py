"""How replications look on the page: a table of counts, and folded tables of figures and of sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape

import pandas as pd

from mnist_interp.chapters import text_tables
from mnist_interp.chapters.replication import left_out
from mnist_interp.chapters.replication.rows import WORDS, Row
from mnist_interp.chapters.replication.sentences import Sentence
from mnist_interp.claims.cards import Html, badge

COLORS = {
    "digits": "holds",
    "images": "holds",
    "seeds": "mixed",
    "unknown": "mixed",
    "apart": "fails",
    "true": "holds",
    "false": "fails",
    "holds": "holds",
    "fails": "fails",
}
TOGETHER = WORDS | {"digits": "with the same digits", "unknown": "of unknown settings"}


def _linked(place: str, text: str) -> str:
    return f'<a href="{place}">{escape(text)}</a>'


def _row(row: Row) -> dict[str, str]:
    paths = escape(" ".join(row.paths))
    return {
        "Agreement": badge(COLORS[row.agrees], WORDS[row.agrees]),
        "Figure": f'<a href="{row.place}" data-published="{paths}">{escape(row.what)}</a>',
        "Published": escape(row.published),
        "Ours": escape(row.ours),
        "Difference": escape(row.apart),
    }


def _sentence(one: Sentence) -> dict[str, str]:
    return {
        "Verdict": badge(COLORS.get(one.verdict, "mixed"), one.verdict),
        "Sentence": _linked(one.place, one.text),
        "Seen": escape(one.seen),
    }


def _figures_in(rows: Sequence[Row]) -> str:
    found = Counter(row.agrees for row in rows)
    return ", ".join(f"{found[key]} {word}" for key, word in TOGETHER.items() if found[key])


def _sentences_in(found: Sequence[Sentence]) -> str:
    words = Counter({"holds": "true", "fails": "false"}.get(one.verdict, one.verdict) for one in found)
    return ", ".join(f"{count} {word}" for word, count in words.most_common())


def figures(groups: Mapping[str, Sequence[Row]]) -> Html:
    """Show figures in folded tables, one row each, with a link to where the book discusses it."""
    return text_tables.folded(
        {
            f"{title}: {_figures_in(rows)}": text_tables.of_html(title, [*map(_row, rows)])
            for title, rows in groups.items()
        }
    )


def judged(groups: Mapping[str, Sequence[Sentence]]) -> Html:
    """Show sentences in folded tables, one row each, with a link to where the book judges it."""
    return text_tables.folded(
        {
            f"{title}: {_sentences_in(found)}": text_tables.of_html(title, [*map(_sentence, found)])
            for title, found in groups.items()
        }
    )


def counts(groups: Mapping[str, Sequence[Row]]) -> pd.DataFrame:
    """Count figures by group and agreement; the last row is their sum."""
    frame = pd.DataFrame(
        {word: [sum(row.agrees == key for row in found) for found in groups.values()] for key, word in WORDS.items()},
        index=pd.Index(list(groups), name="figures of"),
    )
    frame.insert(0, "all", frame.sum(axis=1))
    frame.loc["all"] = frame.sum()
    return frame


def impossible() -> Html:
    """Show what cannot be replicated, why, and what the book has instead."""
    found = [
        {"What": escape(one.what), "Why not": escape(one.why), "Instead": _linked(one.place, one.instead)}
        for one in left_out.IMPOSSIBLE
    ]
    return text_tables.of_html("What cannot be replicated", found)


def plans() -> Html:
    """Show what the second notebook planned, and what became of it."""
    found = [
        {"Plan": escape(said), "What became of it": _linked(place, became)} for said, became, place in left_out.plans()
    ]
    return text_tables.of_html("Plans of the second notebook", found)
