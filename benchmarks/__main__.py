"""Print what the fast ways save, how cost grows, and where a cold build spends its time: ``python -m benchmarks``."""

from __future__ import annotations

import argparse
import json
import platform
from datetime import date
from pathlib import Path

import joblib
import torch

from benchmarks import analysis, book, clock, growth, training
from benchmarks.clock import Comparison
from mnist_interp.data import benchmarks

PARTS = ("training", "analysis", "growth", "book")


def _rounded(row: Comparison | growth.Growth, keys: tuple[str, ...]) -> dict[str, float]:
    return {key: float(f"{getattr(row, key):.3g}") for key in keys}


def _keep(name: str, **found: object) -> None:
    """Write what was measured into the package, for the page of methods."""
    kept = {"date": str(date.today()), **found}
    text = json.dumps(kept, indent=1, ensure_ascii=False)
    Path(benchmarks.__file__).with_name(f"{name}.json").write_text(text + "\n", encoding="utf-8")


def _grown(rounds: int) -> dict[str, object]:
    """Measure how cost grows, and print it."""
    print(f"\n{'size':>12} {'times':>10} {'s':>10}")
    workers, start = growth.at_once(rounds)
    rows = []
    for row in (*workers, *growth.rows(rounds)):
        print(f"{row.size:12,} {row.cost:10.3g} {row.seconds:10.3g}  {row.what}", flush=True)
        rows.append({"what": row.what, "size": row.size, **_rounded(row, benchmarks.GROWTH)})
    print(f"{start:23.3g} s until a worker has begun")
    return {"start": float(f"{start:.3g}"), "rows": rows}


def main() -> None:
    """Measure the parts asked for, all unless told."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(PARTS)}; all unless told")
    parser.add_argument("--rounds", type=int, default=3, help="of which medians are taken (3)")
    parser.add_argument("--whole", action="store_true", help="build the whole book, not its preview")
    parser.add_argument(
        "--keep", action="store_true", help="write what was found into the package, for the page of methods"
    )
    asked = parser.parse_args()
    if unknown := [part for part in asked.parts if part not in PARTS]:
        parser.error(f"unknown part {unknown[0]!r}: expected {', '.join(PARTS)}")
    parts = asked.parts or PARTS
    machine = f"{joblib.cpu_count()} processors of {clock.rate():.0f} GFLOP/s, {platform.machine()}"
    print(f"{date.today()}: {machine}")
    print(f"torch {torch.__version__}; processor seconds on one thread, medians of {asked.rounds}")
    print(f"{'plain / ours':>12} {'plain, s':>10} {'ours, s':>10}")
    found: list[Comparison] = []
    for part in (part for part in (training, analysis) if part.__name__.partition(".")[2] in parts):
        for row in part.rows(asked.rounds):
            print(f"{row.ratio:12.3g} {row.plain:10.3g} {row.ours:10.3g}  {row.what}", flush=True)
            found.append(row)
    facts = {"machine": machine, "torch": torch.__version__, "rounds": asked.rounds}
    if asked.keep and found:
        rows = [{"what": row.what, **_rounded(row, benchmarks.KEPT)} for row in found]
        _keep("benchmarks", **facts, rows=rows)
    if "growth" in parts:
        grown = _grown(asked.rounds)
        if asked.keep:
            _keep("growth", **facts, **grown)
    if "book" in parts:
        print(f"\na cold build of {'the book' if asked.whole else 'the preview'}, seconds by the clock")
        for phase, seconds in book.phases(whole=asked.whole).items():
            print(f"{seconds:12.0f}  {phase}")


if __name__ == "__main__":
    main()
