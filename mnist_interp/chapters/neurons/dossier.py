"""A neuron's dossier: what is known of each of a network's 48 hidden units, as frames for one figure.

Units 0 to 31 are layer 1's, 32 to 47 layer 2's. Activations of units of very different reach share one axis, so they
are given as shares of a unit's greatest activation on the test images. Costs about 3 s a network.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mnist_interp.data import mnist
from mnist_interp.experiments import recordings, training_dynamics, unit_selectivity
from mnist_interp.methods import activations, attribution, selectivity
from mnist_interp.training.runs import Population, Run

SHOWN = 18
BINS = 10
MAPPED_PER_CLASS = 50


def names() -> dict[str, int]:
    """Return the units by the name a reader knows them by, layer 2 first."""
    return {f"layer 2, neuron {n}": 32 + n for n in range(16)} | {f"layer 1, neuron {n}": n for n in range(32)}


def _reach(values: np.ndarray) -> np.ndarray:
    return np.maximum(values.max(0), 1e-9)


@dataclass(frozen=True)
class Dossier:
    """Frames of one network's hidden units, each with a column ``unit``.

    Attributes
    ----------
    words : pandas.DataFrame
        ``text``: what the unit is, in a few sentences.
    spread : pandas.DataFrame
        ``digit``, ``mean``, ``low``, ``high`` (tenth and ninetieth percentile over test images), as shares of reach.
    counts : pandas.DataFrame
        ``digit``, ``bin``, ``value``: share of the digit's test images in that tenth of the unit's reach.
    votes : pandas.DataFrame
        ``digit``, ``value``: the mean gradient of each logit with respect to the unit, which for layer 2 is its
        readout row.
    history : pandas.DataFrame
        ``checkpoint``, ``digit``, ``value``: class means on test images, over the greatest of them.
    images : pandas.DataFrame
        ``end`` ("most", "least"), ``image``, ``label``, ``predicted``: the test images of greatest and least
        pre-activation.
    maps : numpy.ndarray of shape (48, 28, 28)
        Weights over the pixels; for layer 2 averaged over test images.
    """

    words: pd.DataFrame
    spread: pd.DataFrame
    counts: pd.DataFrame
    votes: pd.DataFrame
    history: pd.DataFrame
    images: pd.DataFrame
    maps: np.ndarray


def _sentence(name: str, word: str, unit: int, found: dict[str, np.ndarray]) -> str:
    """Say what a unit is, from the numbers of `unit_selectivity.summary` for one trained network."""
    active, digit = found["active"][unit], int(found["digit"][unit])
    head = f"**{name[0].upper()}{name[1:]}: {word}.** "
    if word == "dead":
        return head + "It is never above zero on any training image, and has nothing to say."
    scores = selectivity.class_selectivity(found["train_means"])[:, unit]
    second = int(scores.argsort()[-2])
    hits, alarms, wrong = found["rates"][:, unit]
    bar = np.quantile(found["null_index"][:, unit], 0.95)
    lean = f"{scores[second]:.2f}".replace("-", "−")
    return (
        f"{head}Above zero on {active:.1%} of the training images. Its favorite digit is {digit}, with a score of "
        f"{scores[digit]:.2f} (permuted labels: up to {bar:.2f}); next comes {second}, with {lean}. "
        f"AUROC for {digit}: {found['auroc'][digit, unit]:.3f}. At its best threshold it reports {hits:.0%} of the "
        f"{digit}s and {alarms:.0%} of the rest, so that {wrong:.0%} of its reports are wrong."
    )


def _words(found: dict[str, np.ndarray]) -> pd.DataFrame:
    words = selectivity.status(found["train_means"], found["active"])
    return pd.DataFrame(
        [{"unit": unit, "text": _sentence(name, words[unit], unit, found)} for name, unit in names().items()]
    )


def _votes(run: Run, active: np.ndarray) -> np.ndarray:
    readout, second = run.weights["output.weight"][-1], run.weights["linear2.weight"][-1]
    return np.vstack([(readout @ (active[32:, None] * second)).T, readout.T])


def _images(run: Run) -> pd.DataFrame:
    test = mnist.load("test")
    seen = activations.record(run.model(), test.pixels, ["linear1", "linear2", "output"])
    order = np.argsort(np.hstack([seen["linear1"].numpy(), seen["linear2"].numpy()]), axis=0, kind="stable")
    read = seen["output"].argmax(1).numpy()
    rows = [
        pd.DataFrame(
            {"unit": unit, "end": end, "image": chosen, "label": test.labels[chosen], "predicted": read[chosen]}
        )
        for unit in range(48)
        for end, chosen in (("most", order[::-1][:SHOWN, unit]), ("least", order[:SHOWN, unit]))
    ]
    return pd.concat(rows, ignore_index=True)


def _maps(run: Run) -> np.ndarray:
    pixels = mnist.load("test").pixels[mnist.sample("test", MAPPED_PER_CLASS)]
    second = attribution.input_weights(run.model(), pixels, "linear2").mean(0)
    return np.vstack([run.weights["linear1.weight"][-1], second]).reshape(48, 28, 28)


def of(run: Run) -> Dossier:
    """Gather the dossiers of a network's 48 hidden units.

    Parameters
    ----------
    run : Run
        A 784-32-16-10 network.
    """
    population = Population(run.recipe, (run,))
    found = {name: values[0, 1] for name, values in unit_selectivity.summary(population).items()}
    labels = mnist.load("test").labels
    values = recordings.hidden_units(run, "test")
    shares = values / _reach(values)
    groups = [shares[labels == digit] for digit in range(10)]
    statistics = [
        selectivity.class_means(shares, labels),
        *(np.stack([np.quantile(rows, q, axis=0) for rows in groups]) for q in (0.1, 0.9)),
    ]
    spread = unit_selectivity.tidy(statistics[0].T, unit=list(range(48)), digit=list(range(10))).rename(
        columns={"value": "mean"}
    )
    spread["low"], spread["high"] = (part.T.ravel() for part in statistics[1:])
    tenth = np.ceil(shares * BINS).astype(int)
    counts = np.stack([[(tenth[labels == d] == b).mean(0) for b in range(BINS + 1)] for d in range(10)])
    places = training_dynamics.milestones(run)
    means = training_dynamics.summary(population)["class_means"][0, places]
    history = (means / _reach(means.reshape(-1, 48))).transpose(2, 0, 1)
    return Dossier(
        words=_words(found),
        spread=spread,
        counts=unit_selectivity.tidy(
            counts.transpose(2, 0, 1), unit=list(range(48)), digit=list(range(10)), bin=list(range(BINS + 1))
        ),
        votes=unit_selectivity.tidy(_votes(run, (values > 0).mean(0)), unit=list(range(48)), digit=list(range(10))),
        history=unit_selectivity.tidy(history, unit=list(range(48)), checkpoint=places, digit=list(range(10))),
        images=_images(run),
        maps=_maps(run),
    )
