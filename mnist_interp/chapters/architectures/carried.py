"""Which findings of the earlier chapters carried over: the same effects in three other kinds of networks.

A chapter's claim was judged on its own networks. Here its effect is measured once more, at 95 % accuracy, in the last
hidden layer of each kind, and its 95 % interval is held against the same margin. Nothing of this was declared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Literal

import numpy as np
import xarray as xr

from mnist_interp import claims
from mnist_interp.chapters.architectures import kinds
from mnist_interp.claims.cards import Html, badge, cell, effect_text, grid, link, text_with_interval
from mnist_interp.claims.chapters import Judged
from mnist_interp.experiments import interchange, matched_architectures, paired_architectures
from mnist_interp.experiments.ablation_effects import HALF
from mnist_interp.experiments.matched_architectures import Measure, matched, nearest
from mnist_interp.methods import estimates
from mnist_interp.methods.verdicts import Direction
from mnist_interp.training.runs import Population

Effects = Callable[[Population], np.ndarray]
Side = Literal["holds", "fails", "open"]
Carried = Literal["yes", "partly", "no", "open there"]
_COLORS: dict[Carried, str] = {"yes": "holds", "partly": "mixed", "no": "fails", "open there": "mixed"}


def _reference(measure: Measure, name: str) -> Effects:
    return lambda population: matched(population, measure).sel(reference=name).to_numpy()


def _between(measure: Measure, more: str, less: str) -> Effects:
    def difference(population: Population) -> np.ndarray:
        found = matched(population, measure)
        return (found.sel(reference=more) - found.sel(reference=less)).to_numpy()

    return difference


def _a_one(reference: str) -> Effects:
    return lambda population: _reference(matched_architectures.ones, reference)(population) >= HALF


def _paired(more: str, less: str) -> Effects:
    def difference(population: Population) -> np.ndarray:
        found = paired_architectures.of_pairs(population, nearest(population))
        return (found[more] - found[less]).to_numpy()

    return difference


def _swapped(population: Population) -> np.ndarray:
    layer = matched_architectures.last_layer(population[0])
    found = interchange.at(population, layer, nearest(population))
    return (found["direction"] - found["neuron"]).to_numpy()


FINDINGS: dict[str, Effects] = {
    "interventions-bottlenecks": _reference(matched_architectures.bottlenecks, "zero"),
    "interventions-bottlenecks-melt": _between(matched_architectures.bottlenecks, "zero", "mean"),
    "interventions-optimal-beats-mean": _between(matched_architectures.overall, "mean", "optimal"),
    "interventions-mean-is-near-best": _between(matched_architectures.overall, "mean", "optimal"),
    "interventions-share-with-a-one-under-zero": _a_one("zero"),
    "interventions-share-with-a-one-under-mean": _a_one("mean"),
    "interventions-share-with-a-one-under-optimal": _a_one("optimal"),
    "interventions-push-under-zero": _reference(matched_architectures.push_predicts, "zero"),
    "interventions-push-under-mean": _reference(matched_architectures.push_predicts, "mean"),
    "interventions-interchange-direction": _swapped,
    "geometry-same-geometry-within": _paired("cka_within", "cka_pixels"),
    "geometry-other-neurons": _paired("together_share", "partner_share"),
    "geometry-neurons-privileged-live": _paired("live_partner", "live_rotated"),
    "geometry-neurons-beyond-pixels": _paired("together_share", "pixels_share"),
}


def vote_predicts(found: xr.Dataset) -> xr.DataArray:
    """Return `push_predicts` of the vote alone.

    Parameters
    ----------
    found : xarray.Dataset
        As `matched_architectures.measured` returns it.
    """
    references = ("zero", "mean")
    rows = [matched_architectures.predicts(found, found["vote"], name) for name in references]
    return xr.concat(rows, xr.Variable("reference", list(references)))


def of_votes(networks: Mapping[str, Population]) -> dict[tuple[str, str], tuple[float, float]]:
    """Return what the push predicts and what the vote alone does, means over networks, by kind and reference."""
    found = {
        name: [
            matched(population, measure).mean("seed")
            for measure in (matched_architectures.push_predicts, vote_predicts)
        ]
        for name, population in networks.items()
    }
    return {
        (name, reference): (float(push.sel(reference=reference)), float(vote.sel(reference=reference)))
        for name, (push, vote) in found.items()
        for reference in ("zero", "mean")
    }


@dataclass(frozen=True, kw_only=True)
class Here:
    """The effect in one kind of networks: its estimate, its 95 % interval, and on which side of the margin that is."""

    effect: float
    interval: tuple[float, float]
    side: Side


@dataclass(frozen=True, kw_only=True)
class Row:
    """A finding: what became of it there, what it is here by kind, and whether it carried over."""

    there: Judged
    here: Mapping[str, Here]
    carried: Carried


def side(interval: tuple[float, float], *, direction: Direction, smallest: float) -> Side:
    """Say whether a whole interval lies where an effect is claimed to lie (holds), or where it is not (fails)."""
    low, high = interval
    if direction == "absent":
        inside, outside = -smallest < low <= high < smallest, high < -smallest or low > smallest
    else:
        above, below = low > smallest, high < smallest
        inside, outside = (above, below) if direction == "greater" else (below, above)
    return "holds" if inside else "fails" if outside else "open"


def carried(there: str, here: Mapping[str, Side]) -> Carried:
    """Say whether a verdict is found again: in the CNN and the transformer, in one of them, or in neither.

    Parameters
    ----------
    there : {"holds", "fails", "mixed"}
        The chapter's verdict; one that was left open cannot carry over.
    here : mapping of str to Side
        By kind.
    """
    if there == "mixed":
        return "open there"
    again = sum(here[kind] == there for kind in (kinds.CNN, kinds.TRANSFORMER))
    return ("no", "partly", "yes")[again]


def _measured(judged: Judged, effects: np.ndarray) -> Here:
    claim = judged.evidence.claim
    found = estimates.estimate(np.asarray(effects), claim.estimand)
    interval = found.interval()
    return Here(
        effect=found.value,
        interval=interval,
        side=side(interval, direction=claim.direction, smallest=claim.smallest),
    )


def rows(networks: Mapping[str, Population]) -> list[Row]:
    """Return every finding of `FINDINGS`, in the order of the chapters.

    Parameters
    ----------
    networks : mapping of str to Population
        By the names of `kinds.KINDS`.
    """
    found = []
    for claim, effects in FINDINGS.items():
        there = claims.judge(claim.partition("-")[0])[claim]
        here = {kind: _measured(there, effects(networks[kind])) for kind in kinds.KINDS}
        verdict = carried(there.verdict, {kind: one.side for kind, one in here.items()})
        found.append(Row(there=there, here=here, carried=verdict))
    return found


def _html(row: Row) -> str:
    claim = row.there.evidence.claim
    cells = {
        "Carried over": badge(_COLORS[row.carried], row.carried),
        "Finding": link(claim.id, claim.says),
        "There": f"{badge(row.there.verdict)} {escape(effect_text(row.there))}",
        **{kind: escape(text_with_interval(one.effect, one.interval, claim.form)) for kind, one in row.here.items()},
    }
    return f"<tr>{''.join(cell(*one) for one in cells.items())}</tr>"


def table(found: list[Row]) -> Html:
    """Show findings with their verdict and effect there, and their effects here."""
    columns = ("Carried over", "Finding", "There", *kinds.KINDS)
    return Html(grid("mi-carried", "Which findings carried over", columns, map(_html, found)))
