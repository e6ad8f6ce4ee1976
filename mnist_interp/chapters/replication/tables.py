"""How replications look on the page: a table of counts, and folded tables of figures and of sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import pandas as pd

from mnist_interp.chapters.replication import left_out
from mnist_interp.chapters.replication.rows import WORDS, Row
from mnist_interp.chapters.replication.sentences import Sentence
from mnist_interp.claims.cards import Html, badge, cell, grid

COLORS = {
    "digits": "holds",
    "images": "holds",
    "seeds": "mixed",
    "unknown": "mixed",
    "apart": "fails",
    "true": "holds",
    "false": "fails",
    "holds": "holds",
    "mixed": "mixed",
    "fails": "fails",
}


def _folded(title: str, table: str) -> Html:
    return Html(
        f'<details class="mi-fold"><summary>{escape(title)}</summary><div class="mi-fold-body">{table}</div></details>'
    )


def _linked(place: str, text: str) -> str:
    return f'<a href="{place}">{escape(text)}</a>'


def _row(row: Row) -> str:
    cells = {
        "Agreement": badge(COLORS[row.agrees], WORDS[row.agrees]),
        "Figure": _linked(row.place, row.what),
        "Published": escape(row.published),
        "Ours": escape(row.ours),
        "Difference": escape(row.apart),
    }
    return f"<tr>{''.join(cell(*one) for one in cells.items())}</tr>"


def figures(title: str, rows: Sequence[Row]) -> Html:
    """Show figures in a folded table, a row each, with a link to where the book speaks of it."""
    columns = ("Agreement", "Figure", "Published", "Ours", "Difference")
    return _folded(f"{title}: {len(rows)} figures", grid("mi-beside-published", title, columns, map(_row, rows)))


def _sentence(one: Sentence) -> str:
    cells = {
        "Verdict": badge(COLORS.get(one.verdict, "mixed"), one.verdict),
        "Sentence": _linked(one.place, one.text),
        "Seen": escape(one.seen),
    }
    return f"<tr>{''.join(cell(*each) for each in cells.items())}</tr>"


def judged(title: str, found: Sequence[Sentence]) -> Html:
    """Show sentences in a folded table, a row each, with a link to where the book judges it."""
    table = grid("mi-judged-published", title, ("Verdict", "Sentence", "Seen"), map(_sentence, found))
    return _folded(f"{title}: {len(found)} sentences", table)


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
    return _plain("What cannot be replicated", found)


def plans() -> Html:
    """Show what the second notebook planned, and what became of it."""
    found = [
        {"Plan": escape(said), "What became of it": _linked(place, became)} for said, became, place in left_out.plans()
    ]
    return _plain("Plans of the second notebook", found)


def _plain(label: str, found: Sequence[Mapping[str, str]]) -> Html:
    rows = ["<tr>" + "".join(cell(*one) for one in row.items()) + "</tr>" for row in found]
    return Html(grid("mi-left-out", label, found[0], rows))
