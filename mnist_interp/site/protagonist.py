"""The network that the book speaks of, to take away: weights as safetensors, and a card that describes them.

torch is imported only when there is something to write, as a build after an edited sentence should not wait for it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mnist_interp.runtime import code_digest, preview
from mnist_interp.site import stamps
from mnist_interp.training import registry

if TYPE_CHECKING:
    import torch
    from sphinx.application import Sphinx

WEIGHTS = "baseline-seed31416.safetensors"
CARD = "baseline-seed31416.md"
_CARD = """\
# Baseline, seed {seed}

A fully connected network that classifies handwritten digits: the one whose neurons "Interpreting MNIST" describes.
It repeats the run published in Erik T. Holmes' notebooks (interpreting_mnist).

| | |
| --- | --- |
| architecture | {sizes}, ReLU after each hidden layer |
| parameters | {parameters:,} |
| input | {inputs} pixels in [0, 1], row by row |
| training | {optimizer}, learning rate {rate}, batches of {batch}, {epochs} epoch{plural}, {images:,} images |
| seed | {seed} |
| accuracy | {accuracy:.2%} on the {tests:,} test images |
| weakest digit | {weakest}, {weakest_accuracy:.2%} |

The file holds {tensors}, each `weight` of shape (outputs, inputs), in float32. To load it:

```python
from safetensors.torch import load_file
weights = load_file("{file}")
```

Made to be studied, not to read anyone's mail. Trained on MNIST (Yann LeCun, Corinna Cortes and
Christopher J. C. Burges; CC BY-SA 3.0).{preview}
"""


def card(model: torch.nn.Module) -> str:
    """Describe the network in markdown, its figures computed.

    Parameters
    ----------
    model : torch.nn.Module
        The trained network, from 784 pixels to 10 logits.
    """
    import torch

    from mnist_interp.data import mnist

    recipe, test = registry.PUBLISHED, mnist.load("test")
    weights = model.state_dict()
    matrices = [tensor for tensor in weights.values() if tensor.ndim == 2]
    with torch.no_grad():
        right = model(test.pixels).argmax(1).numpy() == test.labels
    by_digit = [right[test.labels == digit].mean() for digit in range(10)]
    weakest = min(range(10), key=lambda digit: by_digit[digit])
    return _CARD.format(
        seed=registry.PROTAGONIST,
        sizes="-".join(str(size) for size in (matrices[0].shape[1], *(matrix.shape[0] for matrix in matrices))),
        parameters=sum(tensor.numel() for tensor in weights.values()),
        inputs=matrices[0].shape[1],
        optimizer=recipe.optimizer.upper(),
        rate=recipe.learning_rate,
        batch=recipe.batch_size,
        epochs=recipe.epochs,
        plural="" if recipe.epochs == 1 else "s",
        images=len(mnist.load("train").labels),
        accuracy=right.mean(),
        tests=len(test.labels),
        weakest=weakest,
        weakest_accuracy=by_digit[weakest],
        tensors=", ".join(f"`{name}`" for name in weights),
        file=WEIGHTS,
        preview="\n\n**Preview**: trained for one epoch only." if preview.enabled() else "",
    )


def _write(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None:
        return
    folder = Path(app.outdir, "downloads")
    key = f"{code_digest.of_modules(['mnist_interp.training.runs', __name__])} {registry.PUBLISHED}"
    if stamps.stands(app, "protagonist", key, [folder / WEIGHTS, folder / CARD]):
        return
    from safetensors.torch import save

    from mnist_interp import training

    folder.mkdir(parents=True, exist_ok=True)
    model = training.run(registry.PUBLISHED).model()
    tensors = {name: tensor.detach().contiguous() for name, tensor in model.state_dict().items()}
    (folder / WEIGHTS).write_bytes(save(tensors))
    (folder / CARD).write_text(card(model), encoding="utf-8")
    stamps.written(app, "protagonist", key)


def setup(app: Sphinx) -> None:
    """Write both files when all pages are written, unless those there are of the same run."""
    app.connect("build-finished", _write)
