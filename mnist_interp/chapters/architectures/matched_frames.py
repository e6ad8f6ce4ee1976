"""Three kinds of networks beside each other: at every accuracy, at 95 %, and fully trained; frames for the page."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import statsmodels.api as sm
import xarray as xr

from mnist_interp.chapters.architectures import kinds
from mnist_interp.chapters.intervals import with_interval
from mnist_interp.claims import architectures as claimed
from mnist_interp.experiments import (
    interchange,
    linear_probes,
    matched_architectures,
    paired_architectures,
    performance,
    robustness,
)
from mnist_interp.experiments.matched_architectures import Measure
from mnist_interp.runtime import preview
from mnist_interp.training.runs import Population

Networks = Mapping[str, Population]

ACCURACIES = tuple(np.arange(90, 97.5, 0.5).tolist())  # percent
NOW, END = "at 95 %", "fully trained"
WORST, BOTTLENECKS, GINI = "lost by the digit hit hardest", "bottlenecks", "inequality of damage"
DAMAGE: dict[str, Measure] = {
    WORST: matched_architectures.mean_worst,
    BOTTLENECKS: matched_architectures.bottlenecks,
    GINI: matched_architectures.inequality,
}


def _reached(networks: Networks) -> dict[str, list[float]]:
    """Return the accuracies, percent, that all networks of a kind pass; in the preview, which passes none, all."""
    found = {}
    for name, population in networks.items():
        accuracy = matched_architectures.through_training(population)["accuracy"]
        passed = [one for one in ACCURACIES if matched_architectures.reach(accuracy, one / 100).all()]
        found[name] = list(ACCURACIES) if preview.enabled() else passed
    return found


def by_accuracy(networks: Networks) -> pd.DataFrame:
    """Return damage as networks first reach each accuracy, where all of a kind do.

    Returns
    -------
    pandas.DataFrame
        Columns ``network``, ``accuracy`` (percent), ``reference``, ``measure`` (of `DAMAGE`), ``mean`` over networks,
        ``low``, ``high``.
    """
    rows = []
    for name, accuracies in _reached(networks).items():
        found = matched_architectures.through_training(networks[name])
        for measure, function in DAMAGE.items():
            values = function(found)
            for accuracy in accuracies:
                here = matched_architectures.at(values, found["accuracy"], accuracy / 100)
                rows += [
                    (
                        {"network": name, "accuracy": accuracy, "reference": reference, "measure": measure},
                        here.sel(reference=reference).to_numpy(),
                    )
                    for reference in matched_architectures.REFERENCES
                ]
    return with_interval(rows).round({"mean": 4, "low": 4, "high": 4})


def in_the_end(networks: Networks) -> pd.DataFrame:
    """Return what damage costs trained networks, and their accuracy: columns as of `by_accuracy`.

    Parameters
    ----------
    networks : mapping of str to Population
        Kinds that end about equally accurate: what is left between them is not that one was stopped early.

    Returns
    -------
    pandas.DataFrame
        Columns ``network``, ``measure`` (of `DAMAGE`, or ``"test accuracy"``), ``reference`` (empty for accuracy),
        ``mean``, ``low`` and ``high``.
    """
    rows: list[tuple[dict[str, str], np.ndarray]] = []
    for name, population in networks.items():
        found = matched_architectures.in_the_end(population)
        rows.append(({"network": name, "measure": "test accuracy", "reference": ""}, found["accuracy"].to_numpy()))
        rows += [
            (
                {"network": name, "measure": measure, "reference": reference},
                function(found).sel(reference=reference).to_numpy(),
            )
            for measure, function in DAMAGE.items()
            for reference in matched_architectures.REFERENCES
        ]
    return with_interval(rows)


def by_live(networks: Networks) -> pd.DataFrame:
    """Return damage over the perceptron's at 95 %, as it is and as it would be with equally many live units.

    Least squares of the logarithm of `WORST` under the best constant on the kind and on the logarithm of live units,
    over all networks: dead units are no choice of the architecture's, and what fewer carry may weigh more.

    Parameters
    ----------
    networks : mapping of str to Population
        By name, the perceptron first.

    Returns
    -------
    pandas.DataFrame
        Columns ``network``, ``live``, units that are ever active, mean over networks; ``raw``, a ratio of geometric
        means; ``ratio``, ``low``, ``high``, the same at equally many live units with its 95 % interval; ``slope``, the
        exponent of live units.
    """
    names, damage, live = list(networks), [], []
    for population in networks.values():
        lost = matched_architectures.matched(population, matched_architectures.mean_worst).sel(reference="optimal")
        dead = matched_architectures.matched(population, matched_architectures.dead)
        damage.append(np.log(np.maximum(lost.to_numpy(), claimed.LEAST)))
        live.append(kinds.UNITS * (1 - dead.to_numpy()))
    kind = np.repeat(np.eye(len(names)), [len(one) for one in damage], axis=0)
    logarithms = np.log(np.maximum(np.concatenate(live), 1))
    fit = sm.OLS(np.concatenate(damage), np.column_stack([np.ones(len(kind)), kind[:, 1:], logarithms])).fit()
    ratios = np.exp(np.column_stack([fit.params, fit.conf_int()]))
    ratios[0] = 1
    return pd.DataFrame(
        {
            "network": names,
            "live": [one.mean() for one in live],
            "raw": [float(np.exp(one.mean() - damage[0].mean())) for one in damage],
            **dict(zip(("ratio", "low", "high"), ratios[: len(names)].T, strict=True)),
            "slope": fit.params[-1],
        }
    )


def _profile(found: xr.Dataset) -> xr.DataArray:
    """Return what units cost the digit hit hardest, the costliest first, (..., unit)."""
    worst = matched_architectures.worst(found).transpose(..., "unit")
    return worst.copy(data=-np.sort(-worst.to_numpy(), axis=-1)).assign_coords(unit=range(1, worst.sizes["unit"] + 1))


def unit_by_unit(networks: Networks) -> pd.DataFrame:
    """Return what the costliest unit costs the digit it hits hardest, the next unit, and so on: means over networks.

    Returns
    -------
    pandas.DataFrame
        Columns ``network``, ``accuracy`` (percent), ``reference``, ``unit``, from 1, and ``lost``.
    """
    frames = []
    for name, accuracies in _reached(networks).items():
        found = matched_architectures.through_training(networks[name])
        values = _profile(found)
        for accuracy in accuracies:
            lost = matched_architectures.at(values, found["accuracy"], accuracy / 100).mean("seed").rename("lost")
            frame = lost.round(4).to_dataframe().reset_index()[["reference", "unit", "lost"]]
            frames.append(frame.assign(network=name, accuracy=accuracy))
    return pd.concat(frames, ignore_index=True)[["network", "accuracy", "reference", "unit", "lost"]]


def _units(population: Population) -> dict[str, dict[str, np.ndarray]]:
    """Return measures of last units at both moments, one number a network."""
    end = matched_architectures.in_the_end(population)
    measures: dict[str, tuple[Measure, str]] = {
        "AUROC": (matched_architectures.auroc, ""),
        "average precision": (matched_architectures.average_precision, ""),
        "dead units": (matched_architectures.dead, ""),
        **{
            f"{name}, {reference}": (DAMAGE[name], reference)
            for name in (WORST, BOTTLENECKS)
            for reference in matched_architectures.REFERENCES
        },
        f"{GINI}, optimal": (DAMAGE[GINI], "optimal"),
    }
    found: dict[str, dict[str, np.ndarray]] = {NOW: {}, END: {}}
    for name, (measure, reference) in measures.items():
        chosen = {"reference": reference} if reference else {}
        found[NOW][name] = matched_architectures.matched(population, measure).sel(chosen).to_numpy()
        found[END][name] = measure(end).sel(chosen).to_numpy()
    return found


def _others(population: Population, checkpoint: int | list[int]) -> dict[str, np.ndarray]:
    """Return what takes more than the recording: moved digits, pairs of networks, interchange, one number a network."""
    moved = robustness.summary(population, checkpoint, claimed.SHIFTED, claimed.TURNED)
    pairs = paired_architectures.of_pairs(population, checkpoint)
    swapped = interchange.at(population, matched_architectures.last_layer(population[0]), checkpoint)
    return {
        "moved by two pixels": (moved["shift"].sel(pixels=0) - moved["shift"].sel(pixels=2)).to_numpy(),
        "turned by 20 degrees": (moved["turn"].sel(degrees=0) - moved["turn"].sel(degrees=20)).to_numpy(),
        "privilege": (pairs["live_partner"] - pairs["live_rotated"]).to_numpy(),
        "partner": pairs["partner_share"].to_numpy(),
        "another network": pairs["together_share"].to_numpy(),
        "its logits": pairs["logits_share"].to_numpy(),
        "the pixels": pairs["pixels_share"].to_numpy(),
        "CKA within digits": pairs["cka_within"].to_numpy(),
        "CKA with pixels": pairs["cka_pixels"].to_numpy(),
        "best unit": swapped["neuron"].to_numpy(),
        "fitted direction": swapped["direction"].to_numpy(),
    }


def _readers(population: Population) -> dict[str, np.ndarray]:
    """Return a linear readout's accuracy from the first stage, from the next but last, and from the last, at 95 %."""
    found = linear_probes.at(population, matched_architectures.nearest(population))["accuracy"]
    stages = {"first stage": 1, "before the last": -2, "last layer": -1}
    return {f"linear readout, {name}": found.isel(stage=place).to_numpy() for name, place in stages.items()}


def values(population: Population) -> dict[str, dict[str, np.ndarray]]:
    """Return all measures of one kind by moment (`NOW`, `END`): one number a network, or a pair of networks."""
    found = _units(population)
    places = matched_architectures.nearest(population)
    each = {"seed": xr.DataArray(population.seeds, dims="run"), "checkpoint": xr.DataArray(places, dims="run")}
    found[NOW]["test accuracy"] = matched_architectures.through_training(population)["accuracy"].sel(each).to_numpy()
    found[END]["test accuracy"] = performance.accuracy(population)["accuracy"].to_numpy()
    found[NOW] |= _others(population, places) | _readers(population)
    found[END] |= _others(population, -1)
    return found


def compared(networks: Networks) -> pd.DataFrame:
    """Return all measures of all kinds: columns ``network``, ``moment``, ``measure``, ``mean``, ``low``, ``high``."""
    return with_interval(
        ({"network": name, "moment": moment, "measure": measure}, numbers)
        for name, population in networks.items()
        for moment, measures in values(population).items()
        for measure, numbers in measures.items()
    )
