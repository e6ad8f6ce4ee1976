"""Instruments of the book that are more than a chart, as the last expression of a cell.

What a cell shows is whole without JavaScript: the network untouched, and what each neuron's lesion alone does. The
scripts in ``book/widgets`` bring it to life.
"""

from __future__ import annotations

from mnist_interp import recipes, training
from mnist_interp.site import bench_markup
from mnist_interp.site import bench_reference as reference


class Bench:
    """The lesion bench as it is before its scripts wake it."""

    def __init__(self, html: str) -> None:
        self.html = html

    def _repr_html_(self) -> str:
        return self.html


def lesion_bench() -> Bench:
    """Return the lesion bench of the protagonist: any neurons, any doses, all 10,000 test images."""
    run = training.run(recipes.PUBLISHED)
    singles = [
        {layer: {str(unit): dose}}
        for layer, units in reference.UNITS.items()
        for unit in range(units)
        for dose in (0, "mean")
    ]
    counts = reference.tallies(run, [{}, *singles])["counts"]
    return Bench(bench_markup.bench(counts[0], list(zip(singles, counts[1:], strict=True)), epochs=run.recipe.epochs))
