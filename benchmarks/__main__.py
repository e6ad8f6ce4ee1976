"""Print what the fast ways save: ``python -m benchmarks [training] [analysis] [--rounds N]``."""

from __future__ import annotations

import argparse
import importlib
import platform
from datetime import date

import torch

PARTS = ("training", "analysis", "book")


def main() -> None:
    """Measure the parts asked for, all unless told, and print a row for each comparison."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(PARTS)}; all unless told")
    parser.add_argument("--rounds", type=int, default=3, help="of which the median is taken (3)")
    asked = parser.parse_args()
    unknown = [part for part in asked.parts if part not in PARTS]
    if unknown:
        parser.error(f"unknown part {unknown[0]!r}: expected {', '.join(PARTS)}")
    print(f"{date.today()}, {platform.machine()}, torch {torch.__version__}; processor seconds, medians of {asked.rounds}")
    print(f"{'plain / ours':>12} {'plain':>10} {'ours':>10}")
    for part in asked.parts or PARTS:
        for row in importlib.import_module(f"benchmarks.{part}").rows(asked.rounds):
            print(f"{row.ratio:12.3g} {row.plain:10.3g} {row.ours:10.3g}  {row.what}", flush=True)


if __name__ == "__main__":
    main()
