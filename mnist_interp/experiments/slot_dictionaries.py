"""Dictionaries of layer 2 in networks that read four digits, and whether a latent stands for a single feature.

Sparse autoencoders and a transcoder from layer 1, against simpler dictionaries of the same activations, and against the
same autoencoder on what the network did not learn: itself before training, a Gaussian twin, components of the pixels.
All are fitted on canvases like those of the training, where also each feature's best latent is chosen; scored on the
test canvases, whatever the network was trained on. Six networks with all their dictionaries take 30 s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from scipy.optimize import linear_sum_assignment, minimize
from scipy.special import expit

from mnist_interp.data import canvases
from mnist_interp.experiments import slot_features
from mnist_interp.experiments.slot_features import Canvases
from mnist_interp.methods import activations, dictionaries, gaussian_twins, similarity, superposition
from mnist_interp.methods.dictionaries import Dictionary
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training import runs as training_runs
from mnist_interp.training.canvas_loop import FEATURES, CanvasRecipe
from mnist_interp.training.canvas_networks import SEEDS_PER_GROUP, CanvasPopulation, CanvasRun

AUTOENCODER, TRANSCODER = "sparse autoencoder", "transcoder"
SIMPLER = ("neurons", "PCA", "ICA", "NMF", "k-means", "random directions")
UNTRAINED, TWIN, PIXELS, SHUFFLED = (
    "autoencoder, untrained network",
    "autoencoder, Gaussian twin",
    "autoencoder, pixel components",
    "autoencoder, shuffled units",
)
CONTROLS = (UNTRAINED, TWIN, PIXELS, SHUFFLED)
PIXEL_ICA = "ICA, pixel components"
UNSILENCED = "neurons, none silenced"  # what sparsity costs: all of them at once, as the network reads them
NAMES = (AUTOENCODER, TRANSCODER, *SIMPLER, UNSILENCED, *CONTROLS, PIXEL_ICA)
DRAWS = 3  # autoencoders of each trained network
CHOSEN_ON = 10_000  # digits, on as many canvases, that latents are chosen on
ABLATED_ON = 4_000  # test canvases
STEPS = 200 if preview.enabled() else 1_000
_RIDGE = 1e-6  # of the largest mean square of a latent: what keeps a decoder of silent latents defined


@dataclass(frozen=True)
class Size:
    """How many latents, and how many of them may speak on a canvas."""

    latents: int = 32
    active: int = 8

    @property
    def key(self) -> list[int]:
        """What decides it, as JSON."""
        return [self.latents, self.active]


CHOSEN = Size()  # by pilots (`dictionary_tuning`)
SPARSER = Size(active=4)  # what the same pilots do nearly as well with


@dataclass(frozen=True, eq=False)
class Fitted:
    """A dictionary with the rows it reads, on each of `shown_canvases`."""

    dictionary: Dictionary
    rows: Sequence[np.ndarray]

    def codes(self) -> list[np.ndarray]:
        """Return latents on each, (n, m)."""
        return [self.dictionary.codes(rows) for rows in self.rows]


def _layers(run: CanvasRun, shown: Canvases, checkpoint: int = -1) -> dict[str, np.ndarray]:
    names = ["relu1", "linear2", "relu2"]
    return {name: one.numpy() for name, one in activations.record(run.model(checkpoint), shown.pixels, names).items()}


class Shown(NamedTuple):
    """Canvases of a recipe's networks.

    `fit` are to fit and choose on, `test` those that all are scored on; `own`, test digits on canvases as empty as
    those of the training, are for scores of rebuilt layers.
    """

    fit: Canvases
    test: Canvases
    own: Canvases


def shown_canvases(recipe: CanvasRecipe) -> Shown:
    """Return the canvases of a recipe."""
    own = slot_features.own_canvases(recipe)
    return Shown(slot_features.fit_canvases(recipe), slot_features.test_canvases(), own)


@cache
def _pixel_components(recipe: CanvasRecipe) -> tuple[np.ndarray, ...]:
    """Return as many principal components of the pixels as layer 2 has units, on each of `shown_canvases`."""
    pixels = [shown.pixels.numpy() for shown in shown_canvases(recipe)]
    mean = pixels[0].mean(0)
    axes = np.linalg.eigh(np.cov(pixels[0], rowvar=False))[1][:, ::-1][:, : recipe.width]
    return tuple(((one - mean) @ axes).astype(np.float32) for one in pixels)


def simpler(points: np.ndarray, size: Size, seed: int) -> dict[str, Dictionary]:
    """Fit the dictionaries that need no autoencoder, by name."""
    seeded: dict[str, Any] = {"latents": size.latents, "active": size.active, "seed": seed}
    found = (
        dictionaries.neurons(points, active=size.active),
        dictionaries.principal(points, active=size.active),
        dictionaries.independent(points, active=size.active, seed=seed),
        dictionaries.parts(points, **seeded),
        dictionaries.clusters(points, **seeded),
        dictionaries.random(points, **seeded),
    )
    return dict(zip(SIMPLER, found, strict=True))


def fitted(runs: Sequence[CanvasRun], size: Size = CHOSEN) -> list[dict[str, list[Fitted]]]:
    """Fit all dictionaries of several networks of one recipe.

    Returns
    -------
    list of dict of str to list of Fitted
        One a network: by name of `NAMES`, `DRAWS` of the sparse autoencoder and one of each other.
    """
    recipe = runs[0].recipe
    shown = shown_canvases(recipe)
    trained = [[_layers(run, one) for one in shown] for run in runs]
    layers = [[one["relu2"] for one in each] for each in trained]
    untrained = [[_layers(run, one, 0)["relu2"] for one in shown] for run in runs]
    twins = [
        gaussian_twins.rectified(each[0]["linear2"], seed=run.seed).astype(np.float32)
        for each, run in zip(trained, runs, strict=True)
    ]
    shuffled = [
        np.random.default_rng(run.seed).permuted(each[0], axis=0) for each, run in zip(layers, runs, strict=True)
    ]
    pixels = [_pixel_components(recipe)] * len(runs)
    own = [each[0] for each in layers]
    sources = [own] * DRAWS + [[each[0] for each in untrained], twins, [each[0] for each in pixels], shuffled]
    sized: dict[str, int] = {"latents": size.latents, "active": size.active, "steps": STEPS}
    seeds = [[10 * run.seed + kind for run in runs] for kind in range(len(sources) + 1)]
    learned = dictionaries.autoencoders(np.concatenate(sources), seeds=np.ravel(seeds[:-1]).tolist(), **sized)
    before = np.stack([each[0]["relu1"] for each in trained])
    coded = dictionaries.transcoders(before, np.stack(own), seeds=seeds[-1], **sized)
    found = []
    for place, run in enumerate(runs):
        here = learned[place :: len(runs)]
        reads = untrained[place], layers[place], pixels[place], layers[place]
        read = dict(zip(CONTROLS, reads, strict=True))
        unmixed = dictionaries.independent(pixels[place][0], active=size.active, seed=run.seed)
        plain = simpler(own[place], size, run.seed)
        plain[UNSILENCED] = dictionaries.neurons(own[place], active=recipe.width)
        found.append(
            {
                AUTOENCODER: [Fitted(one, layers[place]) for one in here[:DRAWS]],
                TRANSCODER: [Fitted(coded[place], [one["relu1"] for one in trained[place]])],
                **{name: [Fitted(one, layers[place])] for name, one in plain.items()},
                **{name: [Fitted(one, read[name])] for name, one in zip(CONTROLS, here[DRAWS:], strict=True)},
                PIXEL_ICA: [Fitted(unmixed, pixels[place])],
            }
        )
    return found


def chosen_latents(auroc: np.ndarray) -> np.ndarray:
    """Return for each feature the latent of largest AUROC: (4, 10) from (m, 4, 10)."""
    return auroc.argmax(0)


def matched_latents(auroc: np.ndarray) -> np.ndarray:
    """Give each feature a latent of its own, for the largest sum: (4, 10), -1 for features that go without."""
    table = auroc.reshape(len(auroc), -1)
    latents, features = linear_sum_assignment(-table)
    found = np.full(table.shape[1], -1)
    found[features] = latents
    return found.reshape(auroc.shape[1:])


def aurocs_of(codes: np.ndarray, labels: np.ndarray, latents: np.ndarray) -> np.ndarray:
    """Return the AUROC of one latent for each feature, (4, 10); a half where the latent is -1.

    Parameters
    ----------
    codes : numpy.ndarray of shape (n, m)
        Latents on canvases.
    labels : numpy.ndarray of shape (n, 4)
        As `Canvases.labels`.
    latents : numpy.ndarray of int, shape (4, 10)
        Which latent for each feature.
    """
    found = slot_features.own_aurocs(codes[:, np.maximum(latents, 0).ravel()], labels)
    return np.where(latents < 0, 0.5, found)


class Told(NamedTuple):
    """AUROCs of single latents, (4, 10): `best`, of each feature's best; `paired`, where none serves two features."""

    best: np.ndarray
    paired: np.ndarray


def told(on_fit: np.ndarray, on_test: np.ndarray, fit: Canvases, test: Canvases) -> Told:
    """Choose latents for features on as many canvases as hold 10,000 digits, and score them on others.

    Parameters
    ----------
    on_fit, on_test : numpy.ndarray of shape (n, m)
        Latents on the canvases `fit` and `test`.
    """
    few = int(np.searchsorted((fit.labels < canvases.DIGITS).sum(1).cumsum(), CHOSEN_ON)) + 1
    auroc = slot_features.aurocs(on_fit[:few], fit.labels[:few])
    chosen = chosen_latents(auroc), matched_latents(auroc)
    return Told(*(aurocs_of(on_test, test.labels, latents) for latents in chosen))


def decoder(codes: np.ndarray, layer: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fit by least squares how latents add up to a layer: directions (m, k), and what there is without any, (k,)."""
    center, mean = codes.mean(0), layer.mean(0)
    away = (codes - center).astype(float)
    products = away.T @ away
    ridge = _RIDGE * max(float(np.diagonal(products).max(initial=0)), 1e-12)
    directions = np.linalg.solve(products + ridge * np.eye(len(products)), away.T @ (layer - mean))
    return directions, mean - center @ directions


def cross_entropy(logits: np.ndarray, present: np.ndarray) -> np.ndarray:
    """Return the binary cross-entropy of each feature in nats, averaged over canvases: (40,) from (n, 40)."""
    return (np.logaddexp(0, logits) - present * logits).mean(0)


def best_constant(readout: tuple[np.ndarray, np.ndarray], shares: np.ndarray) -> float:
    """Return the cross-entropy that is left when a whole layer is held at the best constant vector.

    Parameters
    ----------
    readout : (numpy.ndarray, numpy.ndarray) of shapes (40, k) and (40,)
        Weights and biases.
    shares : numpy.ndarray of shape (40,)
        On how many of the scored canvases each feature is: the constant is the best for these, so that no better one
        can flatter what is recovered.

    Returns
    -------
    float
        In nats, mean over features. The loss is convex in the vector.
    """
    weights, biases = readout

    def loss(constant: np.ndarray) -> tuple[float, np.ndarray]:
        logits = weights @ constant + biases
        slope = (expit(logits) - shares) @ weights / len(shares)
        return float((np.logaddexp(0, logits) - shares * logits).mean()), slope

    return float(minimize(loss, np.zeros(weights.shape[1]), jac=True, method="L-BFGS-B").fun)


def silenced(codes: np.ndarray, read: np.ndarray, logits: np.ndarray, present: np.ndarray) -> np.ndarray:
    """Return what each feature loses when a latent is silent, all else as it was.

    Parameters
    ----------
    codes : numpy.ndarray of shape (n, m)
        Latents on canvases.
    read : numpy.ndarray of shape (m, 40)
        What a unit of each adds to the logits.
    logits, present : numpy.ndarray of shape (n, 40)
        What the network says of the canvases, and what is on them.

    Returns
    -------
    numpy.ndarray of shape (m, 40)
        Rise of the mean cross-entropy, in nats.
    """
    found = np.zeros(read.shape)
    for latent, added in enumerate(read):
        rows = np.flatnonzero(codes[:, latent])
        own, less = logits[rows], codes[rows, latent, None] * added
        rise = np.logaddexp(0, own - less) - np.logaddexp(0, own) + present[rows] * less
        found[latent] = rise.sum(0) / len(codes)
    return found


def _mean(values: np.ndarray) -> float:
    """Return the mean of what is a number, not a number if nothing is."""
    return float(values[np.isfinite(values)].mean()) if np.isfinite(values).any() else np.nan


def agreement(first: np.ndarray, second: np.ndarray) -> float:
    """Return how near the nearest direction of one dictionary is to those of another: mean cosine, both ways."""
    if not (len(first) and len(second)):
        return np.nan
    both = dictionaries.largest_cosines(first, second), dictionaries.largest_cosines(second, first)
    return float(np.mean([one.mean() for one in both]))


@dataclass(frozen=True, eq=False)
class _Network:
    """What the scores of all dictionaries of a network need: its readout, and layer 2 on each of `shown_canvases`."""

    shown: Shown
    layers: list[np.ndarray]
    weights: np.ndarray
    biases: np.ndarray

    def logits(self, layer: np.ndarray) -> np.ndarray:
        return layer @ self.weights.T + self.biases

    @cached_property
    def untouched(self) -> np.ndarray:
        """Logits on the test canvases."""
        return self.logits(self.layers[1])

    @cached_property
    def nats(self) -> tuple[float, float]:
        """Mean cross-entropy with the layer held at the best constant, and with the layer as it is."""
        present = self.shown.own.present.numpy()
        constant = best_constant((self.weights, self.biases), present.mean(0))
        return constant, float(cross_entropy(self.logits(self.layers[2]), present).mean())


def _network(run: CanvasRun) -> _Network:
    shown = shown_canvases(run.recipe)
    layers = [_layers(run, one)["relu2"].astype(float) for one in shown]
    return _Network(shown, layers, *(run.weights[f"output.{name}"][-1].astype(float) for name in ("weight", "bias")))


def _scores(one: Fitted, network: _Network) -> dict[str, Any]:
    """Return the scores of one dictionary of one network."""
    shown, (fit, test, own) = network.shown, one.codes()
    best, paired = told(fit, test, shown.fit, shown.test)
    home, _ = told(fit, own, shown.fit, shown.own)
    directions, base = decoder(fit, network.layers[0])
    layer, rebuilt = network.layers[2], own @ directions + base
    left, whole = np.square(layer - rebuilt).sum(), np.square(layer - layer.mean(0)).sum()
    constant, untouched = network.nats
    nats = cross_entropy(network.logits(rebuilt), shown.own.present.numpy()).mean()
    few = slice(ABLATED_ON)
    costs = silenced(test[few], directions @ network.weights.T, network.untouched[few], shown.test.present.numpy()[few])
    return {
        "auroc": best.ravel(),
        "matched": paired.ravel(),
        "home": home.ravel(),
        "unexplained": left / whole if whole else np.nan,
        "recovered": (constant - nats) / (constant - untouched) if constant > untouched else np.nan,
        "moved": _mean(superposition.participation(costs, axis=1)),
        "latents": float(fit.shape[1]),
        "live": float((fit > 0).any(0).mean()),
        "converged": float(one.dictionary.converged),
    }


def _shared(first: np.ndarray, second: np.ndarray) -> float:
    """Match the latents of two networks on half of the test canvases, correlate partners on the other half.

    Of latents that speak on both halves.
    """
    live = [codes[:, (codes[::2] > 0).any(0) & (codes[1::2] > 0).any(0)] for codes in (first, second)]
    if not all(codes.shape[1] for codes in live):
        return np.nan
    halves = [codes[start::2] for start in range(2) for codes in live]
    return float(similarity.partner_correlations(*halves).mean())


def _of_group(runs: Sequence[CanvasRun], size: Size) -> store.Arrays:
    """Return the scores of a group's networks, by network and dictionary."""
    sets = fitted(runs, size)
    rows = []
    for run, named in zip(runs, sets, strict=True):
        network = _network(run)
        each = [[_scores(one, network) for one in named[name]] for name in NAMES]
        row = {key: np.stack([np.mean([one[key] for one in draws], axis=0) for draws in each]) for key in each[0][0]}
        live = [one.dictionary.directions[(one.codes()[0] > 0).any(0)] for one in named[AUTOENCODER]]
        drawn = [
            dictionaries.random(network.layers[0], latents=size.latents, active=size.active, seed=10 * run.seed + draw)
            for draw in range(DRAWS)
        ]
        row |= {
            "by_draw": np.array([one["auroc"].mean() for one in each[0]]),
            "agreement": np.array(np.mean([agreement(*pair) for pair in combinations(live, 2)])),
            "agreement_random": np.array(
                np.mean([agreement(one.directions, other.directions) for one, other in combinations(drawn, 2)])
            ),
            "of_logits": slot_features.own_aurocs(network.untouched, network.shown.test.labels).ravel(),
            "nats": np.array(network.nats),
        }
        rows.append(row)
    responses = [[named[name][0].codes()[1] for name in NAMES] for named in sets]
    for place, row in enumerate(rows):
        after = responses[(place + 1) % len(rows)]
        row["shared"] = np.array([_shared(*pair) for pair in zip(responses[place], after, strict=True)])
    return {key: np.stack([row[key] for row in rows]) for key in rows[0]}


@store.cached
def compared(population: CanvasPopulation, size: Size = CHOSEN) -> xr.Dataset:
    """Fit all dictionaries to layer 2 of each network, and score them.

    Parameters
    ----------
    population : CanvasPopulation
        Networks that read canvases.
    size : Size
        Of the dictionaries; neurons have as many latents as there are units, PCA and ICA twice as many.

    Returns
    -------
    xarray.Dataset
        By ``seed`` and ``dictionary`` (of the sparse autoencoder the mean over three): ``auroc`` (feature), of the
        latent that is best for a feature on training canvases, on the test canvases, within occupied slots;
        ``matched`` (feature), the same where no latent serves two features, a half for features that go without;
        ``home`` (feature), as ``auroc`` on test canvases as empty as those of the training;
        ``unexplained``, share of the layer's variance that a linear decoder of the latents, fitted for each alike,
        leaves; ``recovered``, share of the cross-entropy between the layer held at the best constant and the layer as
        it is that is had when the decoder's output replaces it (both on test digits, on canvases as empty as those of
        the training: half-empty ones are new to most networks); ``moved``, over how many features the cost of a
        silenced latent is spread, mean over latents; ``shared``, correlation of latents with their partners in the
        next network; ``latents``, how many there are; ``live``, the share of them that ever speak; ``converged``.
        By ``seed``: ``agreement``, mean cosine of nearest directions between autoencoders of one network, and
        ``agreement_random`` between random dictionaries; ``of_logits`` (feature), the AUROC of the network's own
        logits; ``nats`` (layer), the two cross-entropies, held and as it is; ``by_draw`` (draw), mean AUROC of each
        autoencoder.
    """
    by_seed = {run.seed: run for run in population}
    groups = [[by_seed[seed] for seed in group] for group in training_runs.groups(population.seeds, SEEDS_PER_GROUP)]
    found = parallel.each(_of_group, [(group, size) for group in groups])
    order = np.argsort(np.argsort(population.seeds))  # groups are in the order of the numbers
    by_feature = ("dictionary", "feature")
    axes: dict[str, tuple[str, ...]] = {"auroc": by_feature, "matched": by_feature, "home": by_feature}
    axes |= {
        "of_logits": ("feature",),
        "by_draw": ("draw",),
        "nats": ("layer",),
        "agreement": (),
        "agreement_random": (),
    }
    variables = {
        name: (("seed", *axes.get(name, ("dictionary",))), np.concatenate([one[name] for one in found])[order])
        for name in found[0]
    }
    return xr.Dataset(variables, {"seed": population.seeds, "dictionary": list(NAMES), "feature": range(FEATURES)})
