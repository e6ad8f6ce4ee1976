"""Every population that a claim or a page names, whether it reads digits or canvases of four."""

from __future__ import annotations

from typing import Any

from mnist_interp.training import canvas_networks, registry, runs


def named(name: str) -> Any:
    """Return the population of a name in `registry.BOOK` or `canvas_networks.NETWORKS`.

    Returns
    -------
    Population or CanvasPopulation
        Its runs are read, or trained, when the first of them is asked for.

    Raises
    ------
    ValueError
        If there is no such name.
    """
    if name in registry.BOOK:
        return runs.population(*registry.BOOK[name])
    if name in canvas_networks.NETWORKS:
        return canvas_networks.population(name)
    raise ValueError(
        f"no networks are named {name!r}: expected one of {', '.join([*registry.BOOK, *canvas_networks.NETWORKS])}"
    )
