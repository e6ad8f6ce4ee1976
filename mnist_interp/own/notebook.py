"""The lesion bench of a reader's network in a notebook: its page in a frame, and the lesion in hand as Python values.

In Jupyter, VS Code and Colab it is a widget, made with anywidget (``pip install "mnist-interp[notebook]"``). Without
anywidget, and on pages that no kernel stands behind, the same frame is plain HTML.
"""

from __future__ import annotations

import html
import importlib.util
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from mnist_interp.own import examples, page

_STATIC = Path(__file__).parent / "static"


def _source(name: str) -> str:
    return (_STATIC / name).read_text(encoding="utf-8")


class Frame:
    """A page in a frame that may run scripts and reach nothing else, as HTML."""

    def __init__(self, content: str) -> None:
        self.content = content

    def _repr_html_(self) -> str:
        style = "display:block;width:100%;height:900px;border:0"
        return (
            f'<div class="own-bench"><iframe sandbox="allow-scripts" title="The lesion bench" style="{style}" '
            f'srcdoc="{html.escape(self.content)}"></iframe><script>(function () {{{_source("frame.js")}'
            "hold(document.currentScript.previousElementSibling); })();</script></div>"
        )

    def __repr__(self) -> str:
        return "<Frame>"  # an address in memory would be another in each build's notebooks


class LesionBench:
    """The bench, to be a cell's last expression.

    Attributes
    ----------
    page : str
        Its HTML.
    """

    def __init__(self, content: str) -> None:
        self.page = content

    @property
    def frame(self) -> Frame:
        """The bench as HTML alone, which needs no kernel."""
        return Frame(self.page)

    @cached_property
    def widget(self) -> Any:
        """The bench as a widget (`anywidget`): `lesion` is that in hand, and can be set, `accuracy` what it gives.

        Raises
        ------
        ModuleNotFoundError
            If anywidget is not installed.
        """
        import anywidget
        import traitlets

        class Widget(anywidget.AnyWidget):
            _esm = _source("frame.js") + _source("widget.js")
            page = traitlets.Unicode().tag(sync=True)
            lesion = traitlets.Dict().tag(sync=True)
            accuracy = traitlets.Float(allow_none=True, default_value=None).tag(sync=True)

        return Widget(page=self.page)

    def save(self, path: str | Path) -> None:
        """Write the bench as one HTML file."""
        Path(path).write_text(self.page, encoding="utf-8")

    def _repr_mimebundle_(self, **more: Any) -> Any:
        if importlib.util.find_spec("anywidget"):
            return self.widget._repr_mimebundle_(**more)
        return {"text/html": self.frame._repr_html_(), "text/plain": "<LesionBench>"}


def _array(values: Any) -> np.ndarray:
    return values.detach().cpu().numpy() if isinstance(values, torch.Tensor) else np.asarray(values)


def lesion_bench(model: nn.Module, images: Any, labels: Any, *, name: str | None = None) -> LesionBench:
    """Put a network on the lesion bench, in a notebook: any units, any doses, on images of your own.

    The same as ``python -m mnist_interp bench`` writes: what lesions do is computed in the browser where its scripts
    know the network's layers, and was checked against PyTorch on these images; else by PyTorch now, one unit at a time.

    Parameters
    ----------
    model : torch.nn.Module
        From images to logits; it runs in evaluation mode and is left as it is.
    images : array or tensor of shape (n_images, ...)
        As the model takes them, at most 65,535.
    labels : array or tensor of shape (n_images,)
        True classes, from 0 on.
    name : str, optional
        What the title calls the network; its class unless told.

    Returns
    -------
    LesionBench
        ``save(path)`` writes it as one HTML file; ``widget.lesion`` is the lesion in hand.

    Raises
    ------
    ValueError
        If the network is none, if images or labels are not what is expected or don't fit it, or a weight is not finite.
    """
    if not isinstance(model, nn.Module):
        raise ValueError(f"{model!r} is not a network: expected a torch.nn.Module, an instance and not the class")
    given = examples.checked(_array(images), _array(labels))
    return LesionBench(page.bench(model, given, name=name or type(model).__name__))
