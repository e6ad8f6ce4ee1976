"""The lesion bench of a reader's own network: from a file of weights to one HTML file."""

from __future__ import annotations

import argparse
from pathlib import Path

from mnist_interp.commands.refused import Refused

ACTIVATIONS = ("relu", "gelu", "tanh")  # `own.weights` builds them; told here, as torch takes seconds to import


def arguments(command: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    command.add_argument("weights", type=Path, help="a state dict, .safetensors or .pt")
    command.add_argument(
        "-o", "--output", type=Path, default=Path("bench.html"), help="the page to write (default: bench.html)"
    )
    command.add_argument(
        "--activation", choices=ACTIVATIONS, default="relu", help="between Linear layers (default: relu)"
    )
    command.add_argument("--model", metavar="FILE.py:FUNCTION", help="function that builds any other network")
    command.add_argument("--images", type=Path, help=".npy, floats as the network takes them (MNIST's test set)")
    command.add_argument("--labels", type=Path, help=".npy, the images' classes, from 0 on")


def bench(
    weights: Path, output: Path, activation: str, model: str | None, images: Path | None, labels: Path | None
) -> None:
    """Write the page, and say where it is.

    Raises
    ------
    Refused
        If anything cannot be read, does not fit, or cannot be written.
    """
    from mnist_interp.own import page

    try:
        made = page.write(weights, output, activation=activation, model=model, images=images, labels=labels)
    except (ValueError, OSError) as error:
        raise Refused(str(error)) from error
    some = "" if made.images == made.given else f" (of {made.given:,}: the page says why)"
    print(f"The network gets {made.accuracy:.2%} of {made.images:,} images right{some}. Is that what you expect?")
    print(f"Open {output.resolve()} ({made.size / 1e6:.1f} MB, one file)", flush=True)
