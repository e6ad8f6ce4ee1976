"""What is published and cannot be replicated, with the reason; what is no result; and what became of the plans."""

from __future__ import annotations

from typing import NamedTuple

from mnist_interp.data import published

PICTURES, FIVES = "baseline.html#pictures-of-a-layer", "geometry.html#five-of-sixteen"


class LeftOut(NamedTuple):
    """Published, and not replicated: what, why not, and what the book has instead."""

    paths: tuple[str, ...]
    what: str
    why: str
    instead: str
    place: str


EARLIER = "more.neuron_said_to_stand_out_across_classes"
IMPOSSIBLE = (
    LeftOut(
        (f"{EARLIER}.2025-06-25", f"{EARLIER}.2025-06-26", f"{EARLIER}.2025-06-27"),
        "Which neuron stands out, in earlier versions",
        "Those runs had no seed, and another seed numbers its neurons differently.",
        "Which neurons return in other seeds",
        "neurons.html#do-the-roles-return",
    ),
    LeftOut(
        ("more.tsne",),
        "Two t-SNE pictures",
        "The settings are known but not the positions: a picture has no figures to compare.",
        "Maps of our own, with scores",
        PICTURES,
    ),
    LeftOut(
        (
            "more.silhouette_against_size.sizes",
            "more.silhouette_against_size.order_by_hand",
            "more.silhouette_against_size.random_sets_per_size",
            "more.silhouette_against_size.note",
        ),
        "The graph of silhouette against the number of neurons",
        "A picture without numbers, whose random sets have an unknown seed.",
        "The same graph, computed in both of its orders",
        FIVES,
    ),
    LeftOut(
        (),
        "Histograms and means of activations during training",
        "Each is from one random batch, or from a pass during which the weights moved; neither was saved.",
        "Histograms on fixed images, at checkpoints",
        "baseline.html#inside-while-it-learns",
    ),
    LeftOut(
        (),
        "The plate of the read-me on normalization",
        "Pictures of a network whose seed and setup are unknown.",
        "The plate, for two networks with one seed",
        "normalization.html#two-networks-on-one-plate",
    ),
)
NO_RESULTS = (  # settings, sources and notes
    "source",
    "conventions",
    "setup",
    "neuron14_scaling|note",
    "normalization.note",
    "more.source",
    "more.dates",
    "more.readme_mlp.note",
)
PLANS = (  # in their order there: what became of them, and where
    ("Done, with a random mask as its control", "pruning.html#the-notebooks-own-plan"),
    ("Done, with accuracy beside the silhouette", "pruning.html#the-film"),
    ("Asked of neuron 14: a shared stroke is likeliest", "superposition.html#neurons-14-2-and-15"),
    ("Asked of all live neurons", "superposition.html#does-a-neuron-serve-fewer-features-than-a-direction"),
)


def plans() -> list[tuple[str, str, str]]:
    """Return the plans of the second notebook, what became of each, and where."""
    listed = published.figure("more.plans_of_notebook_2")
    return [(said, *became) for said, became in zip(listed, PLANS, strict=True)]
