"""The numbers that chapter 4's sentences name: each function returns those of one section, by key."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from mnist_interp.chapters import judgments
from mnist_interp.chapters.judgments import Verdicts
from mnist_interp.chapters.normalization import ladder, selective
from mnist_interp.chapters.normalization.designs import Explored
from mnist_interp.chapters.normalization.readme_plate import Plate
from mnist_interp.claims import interventions
from mnist_interp.claims import normalization as chapter
from mnist_interp.claims.baseline import at_landmarks, profile_agreement
from mnist_interp.experiments import (
    ablation_effects,
    factorials,
    performance,
    recordings,
    specialization,
)
from mnist_interp.methods.references import TITLES
from mnist_interp.methods.statistics import interval
from mnist_interp.training import registry
from mnist_interp.training.runs import Population, Run

Numbers = dict[str, Any]
Populations = Mapping[str, Population]
LONG = "the same, trained long"
FAST = "pixels at their best rate"
FEW_STEPS = 64
OF_BOTTLENECKS = ("zero", "mean", "resample")  # references whose bottlenecks sentences name; the figure has all


_effect = partial(judgments.effect, "normalization")
_verdict = partial(judgments.verdict, "normalization")


def _mean(values: xr.DataArray) -> float:
    return values.mean().item()


def promised(rungs: Populations, by_digit: pd.DataFrame, judged: Verdicts) -> Numbers:
    """Return what the rungs of the ladder gain, in points, beside what is published of them."""
    settled = {name: chapter.settled(one) for name, one in rungs.items()}
    last = {name: performance.summary(rungs[name])["test_accuracy"].isel(epoch=-1) for name in rungs}
    cited, long = ladder.published_accuracies(), performance.summary(rungs[LONG])
    long_loss = long["test_loss"]
    moved = (settled[chapter.FINAL] - settled[chapter.MASKED]).to_numpy()
    low, high = interval(moved)
    by_standard = {name: 100 * (one - settled[chapter.STANDARD]) for name, one in settled.items()}
    ninth = min(9, rungs[LONG][0].recipe.epochs)
    return {
        "digits_within": int((by_digit["within"] == "yes").sum()),
        "n_seeds": len(rungs[chapter.RAW]),
        "n_few": len(rungs[LONG]),
        "gain_standard": 100 * _effect(judged, "standardizing-gains"),
        "gain_order": 100 * _effect(judged, "order-is-noise"),
        "order_verdict": _verdict(judged, "order-is-noise"),
        "gain_last": 100 * _mean(last[chapter.STANDARD] - last[chapter.RAW]),
        "published_gain": cited[chapter.STANDARD] - cited[chapter.RAW],
        "gain_after": _mean(by_standard[chapter.AFTER]),
        "gain_before": _mean(by_standard[chapter.BEFORE]),
        "published_lead": cited[chapter.FINAL] - cited[chapter.STANDARD],
        "seed_sd": by_standard[chapter.FINAL].std(ddof=1).item(),
        "last_two": 100 * moved.mean(),
        "last_two_low": 100 * low,
        "last_two_high": 100 * high,
        "long_train": _mean(long["train_accuracy"]),
        "long_test": _mean(last[LONG]),
        "long_nine": _mean(long["test_accuracy"].sel(epoch=ninth)),
        "long_epochs": rungs[LONG][0].recipe.epochs,
        "long_loss_rise": _mean(long_loss.isel(epoch=-1)) / float(long_loss.mean("seed").min()) - 1,
        "raw_end": _mean(settled[chapter.RAW]),
    }


def _first_weights(run: Run, step: int) -> np.ndarray:
    return run.weights["linear1.weight"][run.steps.index(step)]


def _apart(scaled: Population, knobs: Population, step: int) -> float:
    """Return how far first weights lie apart, once those on scaled inputs are scaled too, over the largest one."""
    pairs = [(_first_weights(one, step), _first_weights(other, step)) for one, other in zip(scaled, knobs, strict=True)]
    return max(np.abs(one / registry.PIXEL_STD - other).max() / np.abs(other).max() for one, other in pairs)


def scaling(arms: Populations) -> Numbers:
    """Return by how much scaling stretches inputs, and how far two ways to train that should agree differ."""
    scaled, knobs = arms["scaled inputs"], arms["rate and start of scaled inputs"]
    an_epoch = scaled[0].steps[-1] // scaled[0].recipe.epochs
    return {
        "stretch": 1 / registry.PIXEL_STD,
        "stretch_squared": registry.PIXEL_STD**-2,
        "few_steps": FEW_STEPS,
        "identity_steps": _apart(scaled, knobs, FEW_STEPS),
        "identity_epoch": _apart(scaled, knobs, an_epoch),
        "identity_end": 100 * np.abs(chapter.gain(scaled, knobs)).max(),
    }


def _spread_at_start(population: Population) -> float:
    return at_landmarks(population)["std_overall"].sel(layer="linear1").isel(checkpoint=0).mean().item()


def knobs(raw: Population, standardized: Population, judged: Verdicts) -> Numbers:
    """Return what each change of the training gains alone, and how much wider standardizing makes layer 1."""
    shares = {"rate": "rate-alone", "start": "start-alone", "centering": "centering-alone"}
    gains = {"tuned": "tuned-pixels", "both": "both-tuned"}
    return {
        **{f"{key}_share": _effect(judged, slug) for key, slug in shares.items()},
        **{f"{key}_gain": 100 * _effect(judged, slug) for key, slug in gains.items()},
        **{f"{key}_verdict": _verdict(judged, slug) for key, slug in {**shares, **gains}.items()},
        "wider_start": _spread_at_start(standardized) / _spread_at_start(raw),
        "wider_end": 1 + _effect(judged, "activations-wider"),
        "published_rate": raw[0].recipe.learning_rate,
    }


def explored(inputs: Explored, layers: Explored) -> Numbers:
    """Return the best cells of the two designs, and what much dropout costs, in points."""
    treated = inputs.cells.groupby("pixels")
    winner = factorials.best(layers.cells)
    by_dropout = layers.cells.groupby("dropout")["accuracy"].mean()
    most = factorials.DROPOUTS[-1]
    return {
        "best_plain": factorials.best(treated.get_group("plain"))["rate"],
        "best_standard": factorials.best(treated.get_group("standardized"))["rate"],
        "winner": winner["kind"],
        "winner_dropout": winner["dropout"],
        "winner_rate": winner["rate"],
        "half_costs": 100 * (by_dropout.loc[0] - by_dropout.loc[most]),
        "most_dropout": most,
    }


def faster_and_steadier(rungs: Populations, fast: Population, judged: Verdicts) -> Numbers:
    """Return how fast networks learn, how often their losses rise, how steady neurons are, what a mask hides."""
    raw, standardized, final = (rungs[name] for name in (chapter.RAW, chapter.STANDARD, chapter.FINAL))
    claims = {"faster": "faster", "rises": "losses-steadier", "steadier": "neurons-steadier", "mask": "mask-hides"}
    steady = {"raw": raw, "final": final, "standard": standardized, "fast": fast}
    found = performance.summary(final)
    return {
        "faster": _effect(judged, "faster"),
        "rises": 100 * _effect(judged, "losses-steadier"),
        "steadier": _effect(judged, "neurons-steadier"),
        "mask": 100 * _effect(judged, "mask-hides"),
        **{f"{key}_verdict": _verdict(judged, slug) for key, slug in claims.items()},
        "plain_faster": chapter.epochs_saved(raw, fast).mean(),
        **{f"rises_{key}": chapter.rises(steady[key]).mean() for key in ("raw", "fast", "final")},
        **{f"steady_{key}": profile_agreement(one, 5).mean() for key, one in steady.items()},
        "mask_none": 100 * chapter.mask_hides(rungs[chapter.AFTER]).mean(),
        "train_masked": np.mean([run.accuracy[-1] for run in rungs[chapter.MASKED]]),
        "train_on": np.mean([run.accuracy[-1] for run in final]),
        "train_off": _mean(found["train_accuracy"]),
        "test_final": _mean(found["test_accuracy"].isel(epoch=-1)),
    }


def specialized(scores: pd.DataFrame, rungs: Populations, judged: Verdicts) -> Numbers:
    """Return how selective neurons are with and without LayerNorm, what is the ruler's doing, how many are silent."""
    means = scores.set_index(["score", "state", "rung"])["mean"]
    names = {
        "fast": selective.FAST,
        "none": ladder.name(chapter.STANDARD),
        "before": ladder.name(chapter.BEFORE),
        "after": ladder.name(chapter.AFTER),
        "imposed": selective.IMPOSED,
    }
    found: Numbers = {}
    for score in selective.SCORES:
        trained = {key: means[score, "trained", rung] for key, rung in names.items()}
        found |= {f"{score}_{key}": value for key, value in trained.items()}
        whole = trained["before"] - trained["none"]
        found[f"{score}_ruler"] = (trained["imposed"] - trained["none"]) / whole
        found[f"{score}_gain_after"] = trained["after"] - trained["none"]
    for key in ("none", "before"):
        found[f"index_{key}_untrained"] = means["index", "untrained", names[key]]
    slugs = {
        "trained_into": "before-specializes",
        "tells": "before-tells",
        "blur": "dropout-blurs",
        "behind_index": "imposed-behind-index",
        "behind_auroc": "imposed-behind-auroc",
        "every_ruler": "before-beats-every-ruler",
    }
    for key, slug in slugs.items():
        found |= {key: _effect(judged, slug), f"{key}_verdict": _verdict(judged, slug)}

    def active(rung: str) -> xr.DataArray:
        return specialization.summary(rungs[rung])["active"].sel(state="trained")

    for key, rung in {"none": chapter.STANDARD, "before": chapter.BEFORE}.items():
        found[f"silent_{key}"] = 1 - _mean(active(rung).sel(layer="relu2"))
    for key, rung in {"raw": chapter.RAW, "final": chapter.FINAL}.items():
        found[f"dead_{key}"] = _mean((active(rung) == 0).sum("neuron"))
    return found


def _off_zero(run: Run) -> float:
    """Return how far a unit's mean behind layer 1's norm lies from zero, in its standard deviations, over units."""
    behind = recordings.stage(run, "norm1", "train").levels
    return float((np.abs(behind.mean(0, dtype=float)) / behind.std(0, ddof=1, dtype=float)).mean())


def where_to_cut(costs: pd.DataFrame, normalized: Run, unmasked: Population, judged: Verdicts) -> Numbers:
    """Return what a neuron of layer 1 costs by where it is cut, and how far from zero its mean lies behind the norm."""
    lost = costs.set_index(["way", "reference"])["mean"]
    ways = {"baseline": "baseline", "unmasked": "after, no dropout", "behind": "after the norm"}
    return {
        "coupled": 100 * _effect(judged, "coupling-harmless"),
        "coupled_verdict": _verdict(judged, "coupling-harmless"),
        "zero_mean": 100 * _effect(judged, "zero-is-mean"),
        "zero_mean_verdict": _verdict(judged, "zero-is-mean"),
        **{f"{key}_zero": lost[way, "zero"] for key, way in ways.items()},
        **{f"{key}_mean": lost[way, "mean"] for key, way in ways.items()},
        "off_zero": _off_zero(normalized),
        "off_zero_unmasked": np.mean([_off_zero(run) for run in unmasked[:3]]),
    }


def _ratio(pairs: np.ndarray) -> float:
    over, under = pairs.mean(0)
    return float(over / under)


def bottlenecks(
    necks: pd.DataFrame, raw: Population, standardized: Population, final: Population, judged: Verdicts
) -> Numbers:
    """Return how many bottlenecks networks have, how many are offsets, and in how many the 1s need one neuron."""
    means = necks.set_index(["panel", "network", "reference"])["mean"]
    networks = {
        "baseline": "baseline",
        "normalized": "published order",
        "behind": "norm after the ReLU",
        "fast": "plain, best rate",
    }
    found: Numbers = {}
    for key, slug in {
        "fewer": "bottlenecks-fewer",
        "one_zero": "share-with-a-one-under-zero",
        "one_mean": "share-with-a-one-under-mean",
        "by_speed": "fewer-is-faster",
        "none_behind": "behind-no-bottleneck",
        "more_resampled": "resampled-breaks-more",
    }.items():
        found |= {key: _effect(judged, slug), f"{key}_verdict": _verdict(judged, slug)}
    for key, name in networks.items():
        for reference in OF_BOTTLENECKS:
            found[f"necks_{key}_{reference}"] = means["bottlenecks", name, TITLES[reference]]

    return {
        **found,
        "n_behind_without": int((judged["normalization-behind-no-bottleneck"].evidence.effects == 0).sum()),
        "necks_standard_zero": chapter.bottlenecks(standardized, "zero").mean(),
        "ones_behind": means["ones", "norm after the ReLU", "zero"],
        "ones_count": int(interventions.a_one(final, "zero").sum()),
        "ones_mean_count": int(interventions.a_one(final, "mean").sum()),
        "ones_baseline": int(interventions.a_one(raw, "zero").sum()),
        "offset_normalized": _ratio(interventions.offset_share(final)),
        "offset_baseline": _ratio(interventions.offset_share(raw)),
    }


def same_neurons(raw: Population, final: Population) -> Numbers:
    """Return how often a digit's most selective neuron has the same number in both, of one seed and of different."""
    first, second = (
        ablation_effects.costs(one)["selectivity"].argmax("unit").transpose("seed", "digit") for one in (raw, final)
    )
    others = [first.to_numpy() == np.roll(second.to_numpy(), turn, axis=0) for turn in range(1, len(raw))]
    return {
        "same_neuron": int((first == second).sel(digit=1).sum()),
        "same_any": _mean(first == second),
        "same_chance": np.mean([same.mean() for same in others]),
    }


def twin(measured: xr.Dataset, plate: Plate) -> Numbers:
    """Return what the normalized twin's neuron most selective for 1s costs them, and its bottlenecks at the mean.

    Parameters
    ----------
    measured : xarray.Dataset
        Its `ablation_effects.costs`, without an axis of seeds.
    plate : Plate
        Its plate.
    """
    unit = int(plate.favorites[1])
    ones = measured["accuracy"].sel(unit=unit, digit=1)
    lost = ablation_effects.lost(measured).sel(reference="mean").transpose("unit", "digit")
    hard = np.argwhere((lost >= ablation_effects.HALF).to_numpy())
    return {
        "twin": unit,
        "twin_necks": ", ".join(f"neuron {n} for digit {digit}" for n, digit in hard) or "none",
        "twin_zero": ones.sel(reference="zero").item(),
        "twin_mean": ones.sel(reference="mean").item(),
        "twin_untouched": measured["untouched"].sel(digit=1).item(),
    }


def clearer(raw: Population, final: Population, judged: Verdicts) -> Numbers:
    """Return how clearly five neurons hold the digits apart in baselines and in normalized networks."""
    return {
        "clearer": _effect(judged, "subspaces-clearer-than-random"),
        "clearer_verdict": _verdict(judged, "subspaces-clearer-than-random"),
        "fives_raw": _mean(chapter.subspaces(raw)["selective"]),
        "fives_final": _mean(chapter.subspaces(final)["selective"]),
        "random_raw": _mean(chapter.subspaces(raw)["random"]),
        "random_final": _mean(chapter.subspaces(final)["random"]),
    }
