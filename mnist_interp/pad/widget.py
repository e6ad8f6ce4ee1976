"""The pad's three parts and a small pad, each as the last expression of a cell; ``static`` brings them to life."""

from __future__ import annotations

from collections.abc import Mapping

from mnist_interp.claims.cards import Html
from mnist_interp.pad import example, markup, networks
from mnist_interp.training.runs import Run


def draw(runs: Mapping[str, Run]) -> Html:
    """Return the pad, what the networks see of a drawing, and what they say. One a page.

    Parameters
    ----------
    runs : mapping of str to Run
        One for each of `networks.TITLES`, in order; the first a 784-32-16-10 network of plain ReLUs.
    """
    said = example.probabilities(networks.checked(runs), example.pixels())
    return Html(markup.draw(networks.decides(runs), said, markup.picture()))


def small(address: str) -> Html:
    """Return a small pad that sends on to the page at `address` with the whole one, whose networks it asks."""
    return Html(markup.small(address))


def neurons(run: Run) -> Html:
    """Return the activations of the network that comes first, and what each neuron's lesion does to the reading."""
    shares = example.probabilities({networks.FIRST: run}, example.pixels())[networks.FIRST]
    reading = int(shares.argmax())
    return Html(markup.neurons(example.lesions(run, example.pixels()), reading, float(shares[reading])))


def around() -> Html:
    """Return which pixels speak for the reading, the nearest training images, and the plane of layer 2."""
    return Html(markup.around())
