"""Interpreting MNIST: the package behind the book, and its instruments for any network.

    import mnist_interp as mi

    mi.record(model, images, ["fc1"])                              # what layers put out
    mi.class_means(values, labels), mi.class_selectivity(means)    # what units respond to
    mi.auroc(values, labels)
    mi.ablate(model, images, labels, layer="fc1")                  # what is lost without each unit
    mi.dose_response(model, images, labels, layer="fc1", doses=[0, 0.5, 1, 3])
    mi.attribute(model, images, layer="fc1", unit=3)               # what in an image does it
    mi.project(values, method="umap"), mi.trust(values, projected)  # maps, and how far to believe them
    mi.similarity(one, other)                                      # how alike two layers are
    mi.judge(effects, direction="greater", smallest=0.1)           # a claim over networks, and its verdict
    mi.lesion_bench(model, images, labels)                         # in a notebook: take units out by hand

Importing it takes no time and changes no setting of any library: names are looked up at first use.
"""

# A Python that is too old reads this file before it can be told so: nothing newer stands here.
import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mnist_interp.methods.activations import record
    from mnist_interp.methods.attribution import attribute
    from mnist_interp.methods.interventions import ablate, dose_response
    from mnist_interp.methods.projection_quality import trust
    from mnist_interp.methods.projections import project
    from mnist_interp.methods.selectivity import auroc, class_means, class_selectivity
    from mnist_interp.methods.similarity import similarity
    from mnist_interp.methods.verdicts import judge
    from mnist_interp.own.notebook import lesion_bench

__all__ = [
    "ablate",
    "attribute",
    "auroc",
    "class_means",
    "class_selectivity",
    "dose_response",
    "judge",
    "lesion_bench",
    "project",
    "record",
    "similarity",
    "trust",
]

_HOMES = {
    "methods.activations": ["record"],
    "methods.attribution": ["attribute"],
    "methods.interventions": ["ablate", "dose_response"],
    "methods.projection_quality": ["trust"],
    "methods.projections": ["project"],
    "methods.selectivity": ["auroc", "class_means", "class_selectivity"],
    "methods.similarity": ["similarity"],
    "methods.verdicts": ["judge"],
    "own.notebook": ["lesion_bench"],
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import a name of `__all__` from where it lives."""
    if name not in _HOME:
        raise AttributeError("module %r has no attribute %r" % (__name__, name))  # noqa: UP031
    return getattr(importlib.import_module(__name__ + "." + _HOME[name]), name)


def __dir__() -> "list[str]":
    """List the public names."""
    return __all__
