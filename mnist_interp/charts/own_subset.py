"""A panel that says what the reader's own subset of units gives, when the score of every subset is known.

All scores are among the page's data, so the script (``charts/own_subset.js``) only looks one up and counts those of the
same size. It puts the subset's size and score into the figure's state, for a chart to mark them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from mnist_interp.charts.payload import Payload
from mnist_interp.methods import subset_games

_SENTENCE = (
    "<b>{size} kept</b>: {units}. The network gets <b>{accuracy}</b> of the test images right. Among the sets of "
    "this size, {sets} in all, it is number {rank}, better than {below} of them. The best of them, {best}: "
    "{best_accuracy}."
)


@dataclass(frozen=True)
class OwnSubset:
    """A sentence about the subset that the reader chooses.

    Attributes
    ----------
    games : mapping of str to numpy.ndarray of shape (2^n_units,)
        By a value of the state `game`: how many images are classified correctly with each subset, in the order of
        `subset_games`.
    n_images : int
        Of how many.
    units : str
        State that is the list of the chosen units, as text.
    game : str
        State that says which game it is.
    own : (str, str)
        States that it sets: size, and share of images.
    """

    games: Mapping[str, np.ndarray]
    n_images: int
    units: str
    game: str
    own: tuple[str, str]

    def __post_init__(self) -> None:
        lengths = {len(one) for one in self.games.values()}
        if len(lengths) != 1:
            raise ValueError(f"games of {sorted(lengths)} subsets: expected one length, and one game at least")
        subset_games.n_players(next(iter(self.games.values())))

    def payload(self) -> Payload:
        """Return the games as the page carries them."""
        return Payload({name: counts.tolist() for name, counts in self.games.items()})

    def about(self) -> dict[str, Any]:
        """Return what the script needs to know."""
        return {
            "kind": "own",
            "data": self.payload().name,
            "images": self.n_images,
            "units": self.units,
            "game": self.game,
            "own": list(self.own),
        }

    def _place(self, state: Mapping[str, Any]) -> int:
        return subset_games.place(state[self.units])

    def state(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """Return the states that it sets, where the others are as given."""
        share = self.games[state[self.game]][self._place(state)] / self.n_images
        return dict(zip(self.own, (len(state[self.units]), float(share)), strict=True))

    def _words(self, state: Mapping[str, Any]) -> dict[str, str]:
        game, here = self.games[state[self.game]], self._place(state)
        players = subset_games.n_players(game)
        inside, size = subset_games.members(players), len(state[self.units])
        alike = game[subset_games.sizes(players) == size]
        best = subset_games.best_of_each_size(game)[size]
        return {
            "size": f"{size}",
            "units": _listed(np.flatnonzero(inside[here]).tolist()),
            "accuracy": f"{game[here] / self.n_images:.1%}",
            "sets": f"{len(alike):,}",
            "rank": f"{(alike > game[here]).sum() + 1:,}",
            "below": f"{int(100 * (alike < game[here]).mean())}%",
            "best": _listed(np.flatnonzero(inside[best]).tolist()),
            "best_accuracy": f"{game[best] / self.n_images:.1%}",
        }

    def markup(self, state: Mapping[str, Any]) -> str:
        """Return the panel's HTML at `state`."""
        slots = {name: f'<span data-own="{name}">{escape(text)}</span>' for name, text in self._words(state).items()}
        return f'<div class="mi-note" aria-live="polite" aria-atomic="true"><p>{_SENTENCE.format(**slots)}</p></div>'


def _listed(units: Sequence[int]) -> str:
    return ", ".join(map(str, units)) or "none"
