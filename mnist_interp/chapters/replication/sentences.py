"""Every published sentence that can be true or false, with its verdict and where the book judges it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import pandas as pd

from mnist_interp import claims, training
from mnist_interp.chapters import sentences
from mnist_interp.chapters.baseline import published_sentences as of_layers
from mnist_interp.chapters.geometry import named_subsets
from mnist_interp.chapters.geometry.numbers import MUCH
from mnist_interp.chapters.interventions import published_sentences as of_lesions
from mnist_interp.chapters.neurons import published_sentences as of_maps
from mnist_interp.chapters.normalization import published_sentences as of_norms
from mnist_interp.chapters.normalization.numbers import LONG
from mnist_interp.claims import normalization as chapter
from mnist_interp.claims.cards import effect_text
from mnist_interp.data import published
from mnist_interp.experiments import performance, recordings, subset_scores
from mnist_interp.methods import ablation, evaluate
from mnist_interp.training import registry
from mnist_interp.training.runs import Population, Run

ZEROED, SCALED = "interventions.html#checking-the-published-claims", "interventions.html#dose-and-response"
LONG_TRAINED = "normalization.html#what-was-promised"
PLACES = {
    "Digits 3": "baseline.html#pictures-of-a-layer",
    "Digits that": "baseline.html#pictures-of-a-layer",
    "0 and 1": "baseline.html#pictures-of-a-layer",
    "Class means": "baseline.html#pictures-of-a-layer",
    "The single": "neurons.html#what-in-the-picture-does-it-respond-to",
    "that of": "neurons.html#what-in-the-picture-does-it-respond-to",
    "With input": "normalization.html#faster-steadier",
    "Dropout": "normalization.html#faster-steadier",
}
OF_READ_ME = {  # the read-me's claims, by their order there, and those of this book that judge them
    0: ("faster",),
    1: ("losses-steadier", "neurons-steadier"),
    2: ("before-specializes",),
    3: ("subspaces-clearer-than-random",),
}


class Sentence(NamedTuple):
    """A published sentence, or our words for it, with its verdict, what was seen, and where the book judges it."""

    text: str
    verdict: str
    seen: str
    place: str


def _checked(frame: pd.DataFrame) -> Iterable[Sentence]:
    """Take sentences from a table of a chapter, `sentences.table`, without those that are ours."""
    for said, row in frame.iterrows():
        for begins, place in PLACES.items():
            if str(said).startswith(begins):
                here, elsewhere = frame.columns[1:]
                text = str(said).replace("that of", "The single-pixel map of", 1)
                yield Sentence(text, row["verdict"], f"{here}: {row[here]}; {elsewhere}: {row[elsewhere]}", place)


def of_interventions(run: Run) -> list[Sentence]:
    """Judge what is written of six neurons: set to zero, as the notebook did it, and scaled."""
    test = recordings.stage(run, "relu2")
    untouched = evaluate.confusion(test.finish(test.read), test.labels)
    found = []
    for one in of_lesions.ABLATION:
        without = ablation.intervene(test, [one.neuron], ablation.zero(test))
        true, seen = one.check(evaluate.confusion(without, test.labels), untouched)
        found.append(Sentence(f"Neuron {one.neuron} ablated: {one.text}", "true" if true else "false", seen, ZEROED))
    for said, seen in of_lesions.scaling_table(run)["found"].items():
        neuron, _, text = str(said).partition(": ")
        answer, _, what = seen.partition(": ")
        verdict = {"yes": "true", "no": "false"}[answer]
        found.append(Sentence(f"Neuron {neuron} scaled: {text}", verdict, what, SCALED))
    return found


def of_notebooks(run: Run, population: Population) -> list[Sentence]:
    """Judge sentences on layers, maps and subspaces, in the published network and in others."""
    twelve = training.population(*registry.BOOK["twelve of the baseline"])
    return [
        *_checked(of_layers.table(run, population, twelve)),
        *_checked(of_maps.table(run)),
        _compress(run, population),
    ]


def _compress(run: Run, population: Population) -> Sentence:
    native = named_subsets.frame(run)["native"]
    own = native[native.index.str.startswith("selective")] / native[named_subsets.WHOLE]
    measured = subset_scores.measure(population)
    others = measured["selective_silhouette"] / measured["silhouette"]
    enough = int((others >= MUCH).sum())
    return Sentence(
        sentences.text("Five of 16"),
        sentences.verdict(bool((own >= MUCH).mean() >= 0.5), enough / others.size),
        f"they keep {own.min():.0%} to {own.max():.0%} of the silhouette; other seeds: four fifths in {enough} of "
        f"{others.size} cases",
        "geometry.html#five-of-sixteen",
    )


def of_read_me() -> list[Sentence]:
    """Judge what the read-me says of normalized networks, from populations; by the book's claims where it has them."""
    raw, standardized, unmasked, masked, long = (
        training.population(*registry.LADDER[name])
        for name in (chapter.RAW, chapter.STANDARD, chapter.AFTER, chapter.MASKED, LONG)
    )
    judged = claims.judge("normalization")
    said = published.figure("normalization.claims")
    by_claim = [
        Sentence(said[place], one.verdict, f"{one.evidence.claim.says} {effect_text(one)}", _card(slug))
        for place, slugs in OF_READ_ME.items()
        for slug in slugs
        if (one := judged[f"normalization-{slug}"])
    ]
    return [*_long(raw, long), *_checked(of_norms.table(raw, standardized, unmasked, masked)), *by_claim]


def _card(slug: str) -> str:
    return f"normalization.html#normalization-{slug}"


def _long(raw: Population, long: Population) -> list[Sentence]:
    """Judge what is said of LayerNorm behind both ReLUs: trained long, and after nine epochs."""
    found = performance.summary(long)
    test = found["test_accuracy"]
    learned, end = (100 * one.mean().item() for one in (found["train_accuracy"], test.isel(epoch=-1)))
    nine = 100 * test.sel(epoch=min(9, test.sizes["epoch"] - 1)).mean().item()
    baseline = 100 * chapter.settled(raw).mean().item()
    answers = {
        "trained long, it reads 98 to 99% of the training images": (learned >= 97.5, f"{learned:.1f}%"),
        "trained long, it reads about 95% of the test images": (abs(end - 95) <= 0.5, f"{end:.1f}%"),
        "after nine epochs it is better than the baseline": (nine > baseline, f"{nine:.1f}%, against {baseline:.1f}%"),
    }
    return [
        Sentence(f"LayerNorm after both ReLUs: {text}", "true" if true else "false", seen, LONG_TRAINED)
        for text, (true, seen) in answers.items()
    ]
