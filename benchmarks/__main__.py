"""Print what the fast ways save, and where a cold build spends its time: ``python -m benchmarks``."""

from __future__ import annotations

import argparse
import platform
from datetime import date

import joblib
import torch

from benchmarks import analysis, book, training
from mnist_interp.commands.rate import processor_rate

PARTS = ("training", "analysis", "book")


def main() -> None:
    """Measure the parts asked for, all unless told."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(PARTS)}; all unless told")
    parser.add_argument("--rounds", type=int, default=3, help="of which medians are taken (3)")
    parser.add_argument("--whole", action="store_true", help="build the whole book, not its preview")
    asked = parser.parse_args()
    if unknown := [part for part in asked.parts if part not in PARTS]:
        parser.error(f"unknown part {unknown[0]!r}: expected {', '.join(PARTS)}")
    parts = asked.parts or PARTS
    print(f"{date.today()}: {joblib.cpu_count()} processors of {processor_rate():.0f} GFLOP/s, {platform.machine()}")
    print(f"torch {torch.__version__}; processor seconds on one thread, medians of {asked.rounds}")
    print(f"{'plain / ours':>12} {'plain, s':>10} {'ours, s':>10}")
    for part in (part for part in (training, analysis) if part.__name__.partition(".")[2] in parts):
        for row in part.rows(asked.rounds):
            print(f"{row.ratio:12.3g} {row.plain:10.3g} {row.ours:10.3g}  {row.what}", flush=True)
    if "book" in parts:
        print(f"\na cold build of {'the book' if asked.whole else 'the preview'}, seconds by the clock")
        for phase, seconds in book.phases(whole=asked.whole).items():
            print(f"{seconds:12.0f}  {phase}")


if __name__ == "__main__":
    main()
