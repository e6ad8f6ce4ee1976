"""A published figure beside ours, and the rule by which the two count as the same.

Five answers. *The same digits*: ours, rounded as theirs was printed, is theirs. *A few images*: apart by no more than
what the order of additions has been seen to do, where nobody recorded theirs. *Among our seeds*: theirs is from a run
whose seed nobody knows, and lies between the lowest and the highest of ours. *Settings unknown*: both are shown, and
nothing is concluded. *Apart*: none of these.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import numpy as np

from mnist_interp.data import published

Agrees = Literal["digits", "images", "seeds", "unknown", "apart"]
WORDS: dict[Agrees, str] = {
    "digits": "the same digits",
    "images": "a few images apart",
    "seeds": "among our seeds",
    "unknown": "settings unknown",
    "apart": "apart",
}
# Images by which accuracies of one recipe and seed differ between instruction sets and libraries, at most
# (tests/training/test_replication.py); and those of a pass over the training images, whose weights move meanwhile.
IMAGES, IMAGES_OF_A_PASS = 3, 12


class Row(NamedTuple):
    """A published figure beside ours.

    Attributes
    ----------
    paths : tuple of str
        What of the published files it shows, as of `published.figure`.
    what : str
        What was measured.
    place : str
        Where the book speaks of it, ``PAGE.html#SECTION``.
    published, ours, apart : str
        Both values and their difference, as they are to be read.
    agrees : str
        One of `WORDS`.
    """

    paths: tuple[str, ...]
    what: str
    place: str
    published: str
    ours: str
    apart: str
    agrees: Agrees


def signed(value: float, form: str) -> str:
    """Write a difference with its sign; one that rounds to nothing becomes a zero."""
    text = f"{value:+{form}}".replace("-", "−")
    return text if any(digit in "123456789" for digit in text) else "0"


def _plain(value: float, form: str) -> str:
    return f"{value:{form}}".replace("-", "−")


def same_digits(cited: float, ours: float, form: str) -> bool:
    """Whether ours, rounded the way theirs was printed, equals theirs."""
    return f"{ours:{form}}" == f"{cited:{form}}"


def of_a_run(path: str, what: str, place: str, ours: float, *, form: str, most: float = 0.0, unit: float = 0.0) -> Row:
    """Compare a figure of the published run.

    Parameters
    ----------
    path, what, place
        As of `Row`.
    ours : float
        In the units of the published figure.
    form : str
        How it was printed.
    most : float
        By how much the order of additions can set the two apart.
    unit : float
        What one image makes of the figure, where the difference is to be told in images.
    """
    cited = float(published.figure(path))
    same = same_digits(cited, ours, form)
    apart = signed(ours - cited, form)
    if unit and not same:
        count = round(abs(ours - cited) / unit)
        apart += f" ({count} image{'' if count == 1 else 's'})"
    agrees: Agrees = "digits" if same else "images" if abs(ours - cited) <= most * 1.001 else "apart"
    return Row((path,), what, place, _plain(cited, form), _plain(ours, form), "0" if same else apart, agrees)


def of_any_seed(path: str, what: str, place: str, ours: Sequence[float] | np.ndarray, *, form: str) -> Row:
    """Compare a figure from a run of unknown seed with those of our seeds.

    Parameters
    ----------
    path, what, place
        As of `Row`.
    ours : array of shape (n_seeds,)
        In the units of the published figure.
    form : str
        How it was printed.
    """
    cited, own = float(published.figure(path)), np.asarray(ours, float)
    spread = own.std(ddof=1)
    apart = f"{signed((own.mean() - cited) / spread, '.1f')} SD" if spread else signed(own.mean() - cited, form)
    text = f"{own.mean():{form}} ({own.min():{form}} to {own.max():{form}})"
    low, high = (float(f"{end:{form}}") for end in (own.min(), own.max()))
    return Row((path,), what, place, f"{cited:{form}}", text, apart, "seeds" if low <= cited <= high else "apart")


def of_unknown(path: str, what: str, place: str, ours: float, *, form: str) -> Row:
    """Show a figure beside ours where it is not known how theirs was measured."""
    cited = float(published.figure(path))
    return Row((path,), what, place, _plain(cited, form), _plain(ours, form), signed(ours - cited, form), "unknown")


def of_a_list(path: str, what: str, place: str, ours: Iterable[int]) -> Row:
    """Compare a list of neurons, or of counts, in its order."""
    cited, own = [int(one) for one in published.figure(path)], [int(one) for one in ours]
    wrong = sum(one != other for one, other in zip(cited, own, strict=True))
    apart = f"{wrong} of {len(cited)} places" if wrong else "none"
    return Row((path,), what, place, _listed(cited), _listed(own), apart, "apart" if wrong else "digits")


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers))
