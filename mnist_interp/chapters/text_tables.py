"""Tables whose cells are text, as the page of claims has them; and tables that are folded until a reader asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import pandas as pd

from mnist_interp.claims.cards import Html, cell, grid


def of_html(label: str, rows: Sequence[Mapping[str, str]]) -> Html:
    """Lay out rows of HTML by column: on a phone each is a card.

    Parameters
    ----------
    label : str
        What the table is called for those who do not see it.
    rows : sequence of mapping of str to str
        Cells by the name of their column, the same names in each.
    """
    laid = ["<tr>" + "".join(cell(*one) for one in row.items()) + "</tr>" for row in rows]
    return Html(grid("mi-of-text", escape(label), rows[0], laid))


def of_text(label: str, rows: Sequence[Mapping[str, str]]) -> Html:
    """Lay out rows of plain text, as `of_html`."""
    return of_html(label, [{name: escape(text) for name, text in row.items()} for row in rows])


def folded(tables: Mapping[str, Html | pd.DataFrame]) -> Html:
    """Fold tables away, each under its title; a frame scrolls where it is wide."""
    return Html("".join(map(_fold, tables, tables.values())))


def _fold(title: str, table: Html | pd.DataFrame) -> str:
    body = table.text if isinstance(table, Html) else f'<div class="mi-scroll">{table.to_html(border=0)}</div>'
    return (
        f'<details class="mi-fold"><summary>{escape(title)}</summary><div class="mi-fold-body">{body}</div></details>'
    )
