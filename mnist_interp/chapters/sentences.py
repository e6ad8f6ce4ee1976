"""Sentences of the published notebooks beside what was measured: one row each, with a verdict.

The chapters' modules `published_sentences` say how each is measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from mnist_interp.data import published


class Checked(NamedTuple):
    """A sentence, its verdict in words, and what was seen: in the published network, and in others.

    Of what was seen a page shows 50 characters at most.
    """

    text: str
    verdict: str
    here: str
    elsewhere: str


def text(begins: str) -> str:
    """Return the published sentence, or part after a semicolon, with this beginning; without its period.

    Raises
    ------
    ValueError
        If there is not exactly one.
    """
    parts = [part for one in published.figure("more.sentences_not_yet_tested") for part in one.split("; ")]
    found = [part.rstrip(".") for part in parts if part.startswith(begins)]
    if len(found) != 1:
        raise ValueError(f"{len(found)} published sentences begin with {begins!r}")
    return found[0]


def verdict(here: bool, elsewhere: float) -> str:
    """Say whether a sentence is true, from the published network and the share of other seeds of which it is true."""
    mostly = elsewhere >= 0.5
    if here == mostly:
        return "true" if here else "false"
    return "true of this run only" if here else "true of other runs only"


def table(rows: Sequence[Checked], *, here: str = "this network", elsewhere: str = "other seeds") -> pd.DataFrame:
    """Lay out sentences: one row each, columns ``verdict`` and what was seen here and elsewhere.

    Parameters
    ----------
    rows : sequence of Checked
        In the order of the page.
    here, elsewhere : str
        What heads the two last columns.
    """
    index = pd.Index([row.text for row in rows], name="what is written")
    frame = pd.DataFrame([row[1:] for row in rows], index=index, columns=["verdict", here, elsewhere])
    return frame.map(lambda said: said.replace("-", "−"))
