"""The published run's neurons, by how many digits their loss takes something from, and why one answers to 7 and 9."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from mnist_interp.experiments import polysemanticity, two_digit_neurons
from mnist_interp.methods import statistics
from mnist_interp.training.runs import Population, Run

TRACES = {
    "inputs": "come by the same inputs",
    "evidence": "come from the same pixels",
    "favorites": "are moved by the same change of stroke",
    "margin": "are told apart better where the neuron is high",
    "confused": "are confused where the neuron is high",
}
_SPREAD = ("polysemanticity", "percentile", "most", "cost", "paid")
Numbers = dict[str, Any]


def spread(population: Population) -> pd.DataFrame:
    """Return what the loss of each neuron of a population's first network costs, and over how many digits.

    Returns
    -------
    pandas.DataFrame
        One row a live neuron: ``neuron``, ``polysemanticity``, its ``percentile`` among axes of rotations of the layer
        (mid-ranks, 0 to 100), the digit that pays most, ``most``, what that pays, ``cost``, and what all pay together,
        ``paid``: fractions of a digit's images, under the best constant.
    """
    found = polysemanticity.measured(population).isel(seed=0)
    axes = found["of_axes"].to_numpy().ravel()
    axes = np.sort(axes[np.isfinite(axes)])
    rows = []
    for neuron in np.flatnonzero(found["cost"].count("feature")).tolist():
        cost, value = found["cost"][neuron].to_numpy(), float(found["polysemanticity"][neuron])
        below, upto = np.searchsorted(axes, value, "left"), np.searchsorted(axes, value, "right")
        rows.append(
            {
                "neuron": neuron,
                "polysemanticity": value,
                "percentile": 50 * (below + upto) / len(axes) if np.isfinite(value) and len(axes) else np.nan,
                "most": int(cost.argmax()),
                "cost": float(cost.max()),
                "paid": float(cost.clip(0).sum()),
            }
        )
    return pd.DataFrame(rows, columns=["neuron", *_SPREAD])


def costs(population: Population) -> pd.DataFrame:
    """Return what the loss of each live neuron of the first network costs each digit, one row each: for a heat map."""
    found = polysemanticity.measured(population)["cost"].isel(seed=0).to_series().rename("cost").reset_index()
    found = found.rename(columns={"unit": "neuron", "feature": "digit"})
    return found[found["cost"].notna()][["neuron", "digit", "cost"]].reset_index(drop=True)


def _rank(value: float, others: np.ndarray) -> float:
    others = others[np.isfinite(others)]
    if not len(others) or not np.isfinite(value):
        return float("nan")
    return float(100 * ((others < value).mean() + (others == value).mean() / 2))


def traces(run: Run, neuron: int, first: int, second: int) -> pd.DataFrame:
    """Return the traces that a neuron's two digits leave, with both nulls.

    Parameters
    ----------
    run : Run
        One network.
    neuron : int
        A live unit of layer 2.
    first, second : int
        Two digits, the smaller first.

    Returns
    -------
    pandas.DataFrame
        One row a trace of `TRACES`: ``trace``, ``value``; ``other_neurons``, the median of the other live neurons for
        the same two digits, ``among_neurons``, the percentile among them; ``other_pairs`` and ``among_pairs`` alike, of
        the same neuron's other 44 pairs of digits.
    """
    found = two_digit_neurons.measured(run)
    pair = int(np.flatnonzero((found["first"] == first) & (found["second"] == second))[0])
    others = np.flatnonzero(found["live"].to_numpy() & (np.arange(found.sizes["unit"]) != neuron))
    rows = []
    for name in TRACES:
        table = found[name].to_numpy()
        value, neurons, pairs = table[neuron, pair], table[others, pair], np.delete(table[neuron], pair)
        rows.append(
            {
                "trace": name,
                "value": float(value),
                "other_neurons": float(np.nanmedian(neurons)) if np.isfinite(neurons).any() else float("nan"),
                "among_neurons": _rank(value, neurons),
                "other_pairs": float(np.nanmedian(pairs)) if np.isfinite(pairs).any() else float("nan"),
                "among_pairs": _rank(value, pairs),
            }
        )
    return pd.DataFrame(rows)


def maps(run: Run, neuron: int, digits: tuple[int, ...]) -> dict[str, np.ndarray]:
    """Return the pictures behind `traces`, each (n_digits, 28, 28): ``evidence`` and ``favorites``, signed."""
    found = two_digit_neurons.measured(run).sel(unit=neuron, digit=list(digits))
    pictures = {"evidence": found["evidence_map"], "favorites": found["favorite"]}
    return {name: one.to_numpy().reshape(-1, 28, 28) for name, one in pictures.items()}


def numbers(published: Population, neurons: tuple[int, ...] = (14, 2, 15)) -> Numbers:
    """Return what the page says of some neurons of the published run, and of neuron 14 with 7 and 9.

    Of a neuron that is dead, as in a preview, nothing is a number.
    """
    table = spread(published).set_index("neuron")
    found: Numbers = {"cast_median": float(table["polysemanticity"].astype(float).median()), "cast_live": len(table)}
    for neuron, row in table.reindex(neurons).iterrows():
        found |= {f"n{neuron}_{name}": float(value) for name, value in row.items()}
    for row in traces(published[0], 14, 7, 9).itertuples():
        found |= {f"n14_{row.trace}": row.value, f"n14_{row.trace}_neurons": row.other_neurons}
        found |= {f"n14_{row.trace}_pairs": row.other_pairs, f"n14_{row.trace}_among_neurons": row.among_neurons}
        found |= {f"n14_{row.trace}_among_pairs": row.among_pairs}
    return found


def shared(population: Population) -> Numbers:
    """Return whether a neuron's two digits come by the same inputs over many networks, against two nulls.

    Returns
    -------
    dict
        Means over networks of the mean over live neurons: ``shared_own``, ``shared_neurons`` (other neurons, the same
        two digits), ``shared_pairs`` (the same neuron, other pairs); and what the first has over the other two, with
        intervals: ``shared_over_neurons``, ``shared_over_neurons_low``, ``..._high``; ``shared_over_pairs`` alike.
    """
    means = two_digit_neurons.shared_inputs(population).mean("unit")
    found: Numbers = {
        "shared_own": float(means["own"].mean()),
        "shared_neurons": float(means["other_units"].mean()),
        "shared_pairs": float(means["other_pairs"].mean()),
    }
    for key, name in (("neurons", "other_units"), ("pairs", "other_pairs")):
        over = (means["own"] - means[name]).to_numpy()
        low, high = statistics.interval(over)
        found |= {
            f"shared_over_{key}": float(over.mean()),
            f"shared_over_{key}_low": low,
            f"shared_over_{key}_high": high,
        }
    return found
