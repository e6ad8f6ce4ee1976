"""Print what the fast ways save, and where a cold build spends its time: ``python -m benchmarks``."""

from __future__ import annotations

import argparse
import json
import platform
from datetime import date
from pathlib import Path

import joblib
import torch

from benchmarks import analysis, book, training
from benchmarks.clock import Comparison
from mnist_interp.commands.rate import processor_rate
from mnist_interp.data import benchmarks

PARTS = ("training", "analysis", "book")


def _keep(machine: str, rounds: int, rows: list[Comparison]) -> None:
    """Write what was measured into the package, for the page of methods."""
    listed = [{"what": row.what, **{key: float(f"{getattr(row, key):.3g}") for key in benchmarks.KEPT}} for row in rows]
    kept = {"date": str(date.today()), "machine": machine, "torch": torch.__version__, "rounds": rounds, "rows": listed}
    text = json.dumps(kept, indent=1, ensure_ascii=False)
    Path(benchmarks.__file__).with_suffix(".json").write_text(text + "\n", encoding="utf-8")


def main() -> None:
    """Measure the parts asked for, all unless told."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(PARTS)}; all unless told")
    parser.add_argument("--rounds", type=int, default=3, help="of which medians are taken (3)")
    parser.add_argument("--whole", action="store_true", help="build the whole book, not its preview")
    parser.add_argument("--keep", action="store_true", help="write ratios into the package, for the page of methods")
    asked = parser.parse_args()
    if unknown := [part for part in asked.parts if part not in PARTS]:
        parser.error(f"unknown part {unknown[0]!r}: expected {', '.join(PARTS)}")
    parts = asked.parts or PARTS
    machine = f"{joblib.cpu_count()} processors of {processor_rate():.0f} GFLOP/s, {platform.machine()}"
    print(f"{date.today()}: {machine}")
    print(f"torch {torch.__version__}; processor seconds on one thread, medians of {asked.rounds}")
    print(f"{'plain / ours':>12} {'plain, s':>10} {'ours, s':>10}")
    found: list[Comparison] = []
    for part in (part for part in (training, analysis) if part.__name__.partition(".")[2] in parts):
        for row in part.rows(asked.rounds):
            print(f"{row.ratio:12.3g} {row.plain:10.3g} {row.ours:10.3g}  {row.what}", flush=True)
            found.append(row)
    if asked.keep:
        _keep(machine, asked.rounds, found)
    if "book" in parts:
        print(f"\na cold build of {'the book' if asked.whole else 'the preview'}, seconds by the clock")
        for phase, seconds in book.phases(whole=asked.whole).items():
            print(f"{seconds:12.0f}  {phase}")


if __name__ == "__main__":
    main()
