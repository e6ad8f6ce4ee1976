"""What the published notebooks say that happens to six neurons of layer 2, sentence by sentence, and whether it does.

Each sentence is made checkable: "falls to 0" is below half a percent, "about" is within two points, "no effect" is
less than half a point for every digit, "most digits become 6" is 6 as the most common mistake for most of the others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mnist_interp.chapters.interventions.doses import FACTORS
from mnist_interp.data import mnist
from mnist_interp.experiments import ablation_effects, recordings
from mnist_interp.methods import ablation, evaluate
from mnist_interp.methods.references import TITLES
from mnist_interp.training.runs import Run

NOTHING, ABOUT = 0.005, 0.02
Check = Callable[[np.ndarray, np.ndarray], tuple[bool, str]]


@dataclass(frozen=True)
class Statement:
    """A published sentence; `check` takes confusion counts changed and untouched, (10, 10), or by dose."""

    neuron: int
    text: str
    check: Check


def _share(counts: np.ndarray, true: int, read: int) -> float:
    return float(counts[true, read] / counts[true].sum())


def _below(digit: int, bound: float) -> Check:
    def check(counts: np.ndarray, untouched: np.ndarray) -> tuple[bool, str]:
        found = _share(counts, digit, digit)
        return found < bound, f"{found:.1%}"

    return check


def _about(true: int, read: int, value: float) -> Check:
    def check(counts: np.ndarray, untouched: np.ndarray) -> tuple[bool, str]:
        found = _share(counts, true, read)
        return abs(found - value) <= ABOUT, f"{found:.1%}"

    return check


def _mistakes(counts: np.ndarray) -> np.ndarray:
    return counts - np.diag(np.diagonal(counts))


def _commonest(true: int, read: int) -> Check:
    def check(counts: np.ndarray, untouched: np.ndarray) -> tuple[bool, str]:
        found = int(_mistakes(counts)[true].argmax())
        return found == read, f"mostly as {found}"

    return check


def _no_effect(counts: np.ndarray, untouched: np.ndarray) -> tuple[bool, str]:
    change = evaluate.accuracies(counts) - evaluate.accuracies(untouched)
    return bool(np.abs(change).max() < NOTHING), f"at most {np.abs(change).max():.1%}"


def _rise(*digits: int) -> Check:
    def check(counts: np.ndarray, untouched: np.ndarray) -> tuple[bool, str]:
        steps = np.diff(evaluate.accuracies(counts)[:, 1:][:, digits], axis=0)
        falls = int((steps < 0).sum())
        return falls == 0, "never falls" if falls == 0 else f"falls at {falls} of {steps.size} steps"

    return check


def _others_fall(*digits: int) -> Check:
    def check(counts: np.ndarray, untouched: np.ndarray) -> tuple[bool, str]:
        change = (evaluate.accuracies(counts[-1]) - evaluate.accuracies(untouched))[1:]
        fell = np.delete(change, digits) < 0
        return bool(fell.all()), f"{int(fell.sum())} of {len(fell)} fall"

    return check


def _become(read: int) -> Check:
    def check(counts: np.ndarray, untouched: np.ndarray) -> tuple[bool, str]:
        commonest = np.delete(_mistakes(counts[-1]).argmax(1), read) == read
        return bool(commonest.sum() > 4), f"most common mistake for {int(commonest.sum())} of 9 digits"

    return check


def _source(read: int, true: int) -> Check:
    def check(counts: np.ndarray, untouched: np.ndarray) -> tuple[bool, str]:
        found = int(_mistakes(counts[-1] - untouched)[:, read].argmax())
        return found == true, f"most from {found}"

    return check


ABLATION = (
    Statement(0, "class 1 falls to 0", _below(1, NOTHING)),
    Statement(0, "most 1s become 3", _commonest(1, 3)),
    Statement(6, "class 0 falls below 20", _below(0, 0.20)),
    Statement(7, "class 9 falls below 25", _below(9, 0.25)),
    Statement(7, "class 8 falls to about 55", _about(8, 8, 0.55)),
    Statement(7, "9 as 7: 66.90", _about(9, 7, 0.669)),
    Statement(7, "8 as 2: 25.05", _about(8, 2, 0.2505)),
    Statement(8, "class 6 falls to 0", _below(6, NOTHING)),
    Statement(14, "class 9 falls below 50", _below(9, 0.50)),
    Statement(14, "class 7 falls to about 85", _about(7, 7, 0.85)),
    Statement(14, "most 9s become 4", _commonest(9, 4)),
    Statement(15, "no effect", _no_effect),
)
SCALING = (
    Statement(0, "class 1 rises monotonically", _rise(1)),
    Statement(6, "class 0 rises monotonically", _rise(0)),
    Statement(6, "most digits become 0", _become(0)),
    Statement(7, "classes 8 and 9 rise monotonically", _rise(8, 9)),
    Statement(7, "most digits become 8", _become(8)),
    Statement(8, "a wide range of digits becomes 6", _become(6)),
    Statement(8, "of these most are 4", _source(6, 4)),
    Statement(14, "classes 7 and 9 rise monotonically", _rise(7, 9)),
    Statement(14, "the others fall", _others_fall(7, 9)),
    Statement(14, "4 becomes 9", _source(9, 4)),
    Statement(15, "no effect", lambda counts, untouched: _no_effect(counts[-1], untouched)),
)
LOGITS_OF_14 = "14: logits of 2, 5, 7, 9 rise, that of 3 stays, the others fall"


def _mark(holds: bool, seen: str) -> str:
    return f"{'yes' if holds else 'no'}: {seen}"


def ablation_table(run: Run) -> pd.DataFrame:
    """Check the sentences on ablation under each of `references.TITLES`: rows are sentences, columns references."""
    training, test = (recordings.stage(run, "relu2", split) for split in ("train", "test"))
    few = training.some(mnist.sample("train", ablation_effects.REFITTED_ON))
    counts = ablation_effects.under_each(ablation.mean(training), few, test)
    untouched = evaluate.confusion(test.finish(test.read), test.labels)
    rows = [[_mark(*one.check(under[one.neuron], untouched)) for under in counts] for one in ABLATION]
    index = pd.Index(
        [f"{one.neuron}: {one.text}" for one in ABLATION], name="neuron, and what the notebooks say of its ablation"
    )
    return pd.DataFrame(rows, index=index, columns=[f"under {title}" for title in TITLES.values()])


def scaling_table(run: Run) -> pd.DataFrame:
    """Check the sentences on scaling, on all doses from 0 to 3: one row per sentence."""
    stage = recordings.stage(run, "relu2")
    counts, logits = ablation.sweep(stage, FACTORS)
    untouched = evaluate.confusion(stage.finish(stage.read), stage.labels)
    rows = {f"{one.neuron}: {one.text}": _mark(*one.check(counts[one.neuron], untouched)) for one in SCALING}
    pushed = logits[14, -1] - logits[14, FACTORS.index(1.0)]
    rising, least = np.flatnonzero(pushed > 0).tolist(), int(np.abs(pushed).argmin())
    seen = f"{', '.join(map(str, rising))} rise, {least} changes least"
    rows[LOGITS_OF_14] = _mark(rising == [2, 5, 7, 9] and least == 3, seen)
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=["found"])
    frame.index.name = "neuron, and what the notebooks say of its scaling"
    return frame
