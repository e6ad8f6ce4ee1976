"""What the page of replications says in numbers, and its groups of figures and sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mnist_interp.chapters.replication import (
    first_notebook,
    lesions_and_subspaces,
    second_notebook,
    sentences,
    third_notebook,
)
from mnist_interp.chapters.replication.first_notebook import accuracies
from mnist_interp.chapters.replication.rows import WORDS, Row
from mnist_interp.chapters.replication.sentences import Sentence
from mnist_interp.data import published
from mnist_interp.experiments import performance
from mnist_interp.training.runs import Population, Run

Numbers = dict[str, Any]


def groups(run: Run, population: Population) -> dict[str, list[Row]]:
    """Return every published figure beside ours, by the notebook and the section of this page.

    Parameters
    ----------
    run : Run
        The published run, trained here.
    population : Population
        The baseline's seeds.
    """
    return {
        "pixels": first_notebook.pixels(),
        "runs of unknown seed": first_notebook.unseeded(population) + first_notebook.by_digit(population),
        "the run with a seed": second_notebook.training(run) + second_notebook.accuracies(run),
        "tables of neurons": second_notebook.neurons(run),
        "neuron 14": lesions_and_subspaces.neuron14(run),
        "silhouettes": lesions_and_subspaces.silhouettes(run),
        "normalization": third_notebook.normalized(),
    }


def judged(run: Run, population: Population) -> dict[str, list[Sentence]]:
    """Return every published sentence with its verdict, by where it is from."""
    return {
        "interventions": sentences.of_interventions(run),
        "layers, maps, subspaces": sentences.of_notebooks(run, population),
        "normalization": sentences.of_read_me(),
    }


def counted(figures: Mapping[str, Sequence[Row]], found: Mapping[str, Sequence[Sentence]]) -> Numbers:
    """Return how many figures agree by what right, and how many sentences are true."""
    rows = [one for group in figures.values() for one in group]
    said = [one.verdict for group in found.values() for one in group]
    agrees = {f"n_{key}": sum(row.agrees == key for row in rows) for key in WORDS}
    n_true, n_false = (sum(one in words for one in said) for words in ({"true", "holds"}, {"false", "fails"}))
    seeded = [
        row for name in ("pixels", "the run with a seed", "tables of neurons", "neuron 14") for row in figures[name]
    ]
    return {
        "n_figures": len(rows),
        **agrees,
        "n_seeded": len(seeded),
        "n_seeded_digits": sum(row.agrees == "digits" for row in seeded),
        "n_third_apart": sum(row.agrees == "apart" for row in figures["normalization"]),
        "n_sentences": len(said),
        "n_true": n_true,
        "n_false": n_false,
    }


def unseeded(population: Population, rows: Sequence[Row]) -> Numbers:
    """Return how the author's accuracies of unknown seeds lie among ours."""
    cited, own = published.figure(first_notebook.HISTORY), accuracies(population)
    return {
        "own_mean": own.mean(),
        "own_spread": own.std(ddof=1),
        "cited_mean": sum(cited) / len(cited),
        "lowest_loss": _losses(population).min(),
        "cited_loss": published.figure(f"{first_notebook.QUOTED}.notebook_1_section_3_loss"),
        "n_unseeded": len(rows),
        "n_among": sum(row.agrees == "seeds" for row in rows),
    }


def _losses(population: Population) -> np.ndarray:
    """Return all that could be called the loss at the end: on training images, on test images, and of the last pass."""
    found = performance.summary(population)
    at_the_end = [found["train_loss"].to_numpy(), found["test_loss"].isel(epoch=-1).to_numpy()]
    return np.concatenate([*at_the_end, first_notebook.running(population, "loss")])
