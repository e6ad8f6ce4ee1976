"""A panel that gives the score of the reader's own subset of units, when the score of every subset is known.

All scores are among the page's data, so the script (``charts/own_subset.js``) only looks one up and counts those of the
same size. It puts the subset's size and score into the figure's state, for a chart to mark them. It writes the subset
to the page's address, ``#subset=mean:0,3,5``, and reads it from there. A link may carry the rest to a lesion bench.
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
_TO_BENCH = "Try this set on the lesion bench"


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
    bench : (str, str), optional
        Page that has the network on a lesion bench, such as ``"interventions.html"``, and the layer's name there.
    """

    games: Mapping[str, np.ndarray]
    n_images: int
    units: str
    game: str
    own: tuple[str, str]
    bench: tuple[str, str] | None = None

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
            "bench": self.bench and list(self.bench),
        }

    def _place(self, state: Mapping[str, Any]) -> int:
        return subset_games.place(state[self.units])

    def state(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """Return the states that it sets, given the others."""
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

    def _lesion(self, state: Mapping[str, Any]) -> str:
        """Return the bench's address with the units that are left out as the game holds them."""
        assert self.bench
        page, layer = self.bench
        players = range(subset_games.n_players(self.games[state[self.game]]))
        dose = "0" if state[self.game] == "zero" else state[self.game]
        left_out = (f"{layer}:{unit}={dose}" for unit in players if str(unit) not in state[self.units])
        return f"{page}#bench={','.join(left_out)}"

    def markup(self, state: Mapping[str, Any]) -> str:
        """Return the panel's HTML at `state`."""
        slots = {name: f'<span data-own="{name}">{escape(text)}</span>' for name, text in self._words(state).items()}
        said = f'<div class="mi-note" aria-live="polite" aria-atomic="true"><p>{_SENTENCE.format(**slots)}</p></div>'
        if not self.bench:
            return said
        return f'{said}<p class="mi-to-bench"><a href="{escape(self._lesion(state))}">{_TO_BENCH}</a></p>'


def _listed(units: Sequence[int]) -> str:
    return ", ".join(map(str, units)) or "none"
