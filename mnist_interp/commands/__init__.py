"""What ``python -m mnist_interp`` does: the book built, tested and served, from any folder's checkout, by any system.

The Makefile sets up an environment and calls these; in an environment of one's own they need neither make nor a shell.
`steps` runs one program after the other, `verify` two builds and compares them, `compute` trains, `forecast` says how
long it will take, `rate` how fast a processor is. `own_bench` needs no checkout.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from mnist_interp.commands import compute, own_bench, steps
from mnist_interp.commands import verify as verifying
from mnist_interp.commands.refused import Refused
from mnist_interp.runtime import parallel

PROGRAM = "python -m mnist_interp"
COMMANDS: dict[str, tuple[Callable[..., None], str]] = {
    "book": (steps.book, "train what is missing, build the site in _build/html"),
    "preview": (steps.preview, "build the whole book on 3 seeds and 1 epoch, in _build/preview"),
    "serve": (steps.serve, "rebuild and reload the browser on each saved edit"),
    "test": (steps.test, "test the package and the built site (or a preview if there is none)"),
    "verify": (verifying.verify, "build twice from clean clones and compare every byte"),
    "train": (compute.train, "train the book's missing networks"),
    "bench": (own_bench.bench, "put your own network's weights on the lesion bench, in one HTML file"),
    "rate": (compute.rate, "measure how fast a processor of this machine is"),
}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Refuse the words given in one line, without the usage before it."""
        self.exit(2, f"{PROGRAM}: {message}; see --help\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog=PROGRAM, description="Interpreting MNIST: an executable book.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, (function, does) in COMMANDS.items():
        command = commands.add_parser(name, help=does, description=f"{name}: {does}.")
        command.set_defaults(function=function)
        if function is compute.train:
            command.add_argument("--pages", action="store_true", help="include the pages in the time forecast")
            scheduler = os.environ.get("MNIST_INTERP_SCHEDULER", "")
            command.add_argument(
                "--scheduler", default=scheduler, metavar="ADDRESS", help="train on a Dask cluster's workers"
            )
        if function is own_bench.bench:
            own_bench.arguments(command)
        if function is verifying.verify:
            command.add_argument("--whole", action="store_true", help="the whole book instead of the preview")
            command.add_argument("--kills", type=int, default=0, metavar="N", help="kill a third build N times")
            command.add_argument(
                "--seed", type=int, default=0, metavar="N", help="seed of the moments at which it is killed"
            )
    return parser


def main(words: Sequence[str] | None = None) -> int:
    """Do what the words of the command line ask for, and return the exit status.

    Parameters
    ----------
    words : sequence of str, optional
        In place of the process's own.

    Returns
    -------
    int
        0, or 1 for what failed and said why, 2 for what could not begin, 130 for what was interrupted.
    """
    parallel.prepare()
    given = vars(_parser().parse_args(words))
    del given["command"]
    try:
        given.pop("function")(**given)
    except Refused as refusal:
        print(f"{PROGRAM}: {refusal}", file=sys.stderr)
        return 2
    except subprocess.CalledProcessError:  # the program said why
        return 1
    except KeyboardInterrupt:
        return 130
    return 0
