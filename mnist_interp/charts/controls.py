"""What a reader can set: scrubbing, choosing, tapping. Each control sets a named variable of its figure's state.

A figure's charts use these names in their expressions (`charts.where`). A name made by `shared` is one for the whole
page: the figures that use it follow each other.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_RESERVED = {
    *("datum", "event", "item", "parent", "width", "height", "padding", "autosize", "background", "cursor"),
    *("true", "false", "null", "undefined", "NaN", "Infinity", "PI", "E", "this", "data", "x", "y", "color"),
}


class Shared(str):
    """A state's name that all figures of a page share."""


def shared(name: str) -> Shared:
    """Make `name` one state for all figures of the page that use it."""
    return Shared(name)


def check_name(name: str) -> str:
    """Return `name` if Vega takes it as a variable, else raise ValueError."""
    if not name.isidentifier() or keyword.iskeyword(name) or name in _RESERVED:
        raise ValueError(
            f"{name!r} cannot name a state: expected letters, digits and underscores, and no word of Vega's own "
            "such as true or datum; for example 'epoch' or 'true_digit'"
        )
    return name


def _check_initial(param: str, initial: Any, values: Sequence[Any], kind: str = "initial value") -> None:
    if initial not in values:
        raise ValueError(f"the {kind} {initial!r} of {param!r} is not among its values {list(values)}")


@dataclass(frozen=True)
class Scrub:
    """A slider over ordered values, such as checkpoints, with play and pause.

    Attributes
    ----------
    param : str
        The state that it sets.
    values : sequence
        The values in order.
    labels : sequence of str, optional
        What to say for each; the values themselves if not given.
    title : str
        The control's name.
    initial : optional
        The value to begin with; the last if not given.
    """

    param: str
    values: Sequence[Any]
    labels: Sequence[str] = ()
    title: str = ""
    initial: Any = None

    def __post_init__(self) -> None:
        check_name(self.param)
        if len(self.values) < 2:
            raise ValueError(f"Scrub({self.param!r}) needs two values or more, given {list(self.values)}")
        if self.labels and len(self.labels) != len(self.values):
            raise ValueError(
                f"Scrub({self.param!r}) has {len(self.values)} values but {len(self.labels)} labels: give one each"
            )
        if self.initial is not None:
            _check_initial(self.param, self.initial, self.values)

    @property
    def state(self) -> dict[str, Any]:
        """The state's initial value."""
        return {self.param: self.values[-1] if self.initial is None else self.initial}


@dataclass(frozen=True)
class Choose:
    """One of several options, as a row of buttons, or a list where they are many.

    Attributes
    ----------
    param : str
        The state that it sets.
    options : mapping of str to value
        What the reader sees, and the value it stands for (None for "all").
    title : str
        The control's name.
    initial : optional
        The value to begin with; the first if not given.
    addresses : mapping of str to value, optional
        What opens the figure at a value when it stands behind the ``#`` of the page's address: ``"neuron=2:14"``.
    """

    param: str
    options: Mapping[str, Any]
    title: str = ""
    initial: Any = field(default=...)
    addresses: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_name(self.param)
        if len(self.options) < 2:
            raise ValueError(f"Choose({self.param!r}) needs two options or more, given {dict(self.options)}")
        if self.initial is not ...:
            _check_initial(self.param, self.initial, list(self.options.values()))
        for value in self.addresses.values():
            _check_initial(self.param, value, list(self.options.values()), "addressed value")

    @property
    def state(self) -> dict[str, Any]:
        """The state's initial value."""
        return {self.param: next(iter(self.options.values())) if self.initial is ... else self.initial}


@dataclass(frozen=True)
class ChooseMany:
    """Any of several options, as chips; the state is the list of chosen values.

    Attributes
    ----------
    param : str
        The state that it sets.
    options : mapping of str to value
        What the reader sees, and the value it stands for. Chips of the digits 0 to 9 carry the digits' colors, so
        they serve as the chart's legend.
    title : str
        The control's name.
    initial : sequence, optional
        The values chosen at first; all if not given.
    """

    param: str
    options: Mapping[str, Any]
    title: str = ""
    initial: Sequence[Any] | None = None

    def __post_init__(self) -> None:
        check_name(self.param)
        if len(self.options) < 2:
            raise ValueError(f"ChooseMany({self.param!r}) needs two options or more, given {dict(self.options)}")
        for value in self.initial or ():
            _check_initial(self.param, value, list(self.options.values()))

    @property
    def state(self) -> dict[str, Any]:
        """The state's initial value."""
        return {self.param: list(self.options.values() if self.initial is None else self.initial)}


@dataclass(frozen=True)
class Tap:
    """Click, touch or Enter on a mark of one panel sets states from its row; once more puts them back.

    Attributes
    ----------
    panel : int
        Which of the figure's panels.
    sets : mapping of str to str
        From the row's field to the state that it sets.
    initial : mapping of str to value
        The states' first values; None ("all") where not given. A state that a control sets needs none.
    """

    panel: int
    sets: Mapping[str, str]
    initial: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.sets:
            raise ValueError("Tap sets nothing: give it a mapping such as {'true': 'true_digit'}")
        for param in self.sets.values():
            check_name(param)
        for param in self.initial:
            if param not in self.sets.values():
                raise ValueError(f"Tap has an initial value for {param!r}, which it does not set")

    @property
    def state(self) -> dict[str, Any]:
        """The states' initial values."""
        return {param: self.initial.get(param) for param in self.sets.values()}


Control = Scrub | Choose | ChooseMany


def named(values: Iterable[Any]) -> dict[str, Any]:
    """Return options that the reader sees by their own names."""
    return {str(value): value for value in values}


def digit_options(*, every: str | None = None) -> dict[str, Any]:
    """Return the ten digits as options of a control, after the option `every` (value None) if one is named."""
    first: dict[str, Any] = {} if every is None else {every: None}
    return first | {str(digit): digit for digit in range(10)}
