"""What the lesion bench can hold a unit at, one entry a constant: pages, payloads and scripts all read this list.

To add one, write its entry, and name in `oracle` what measures it.
"""

from __future__ import annotations

from dataclasses import dataclass

from mnist_interp.methods.references import TITLES


@dataclass(frozen=True)
class Constant:
    """A constant that a unit can be held at.

    Attributes
    ----------
    name : str
        One of `references.REFERENCES`; the dose of this name stands in addresses.
    key : str
        Of the keyboard.
    label : str
        What a unit that is held at it shows.
    hatch : str
        Angle of the lines on such a unit, in CSS.
    by_position : bool
        Whether a channel has one number for each position of its map, or one for all.
    remark : str
        What a reader may need to know of it.
    """

    name: str
    key: str
    label: str
    hatch: str
    by_position: bool = False
    remark: str = ""

    def __post_init__(self) -> None:
        if self.name not in TITLES:
            raise ValueError(f"unknown constant {self.name!r}: expected a reference, one of {', '.join(TITLES)}")

    @property
    def title(self) -> str:
        """What readers call it."""
        return TITLES[self.name]

    def of_unit(self, *, channel: bool) -> str:
        """Say what a neuron, or a channel, is held at."""
        return f"{self.title} map" if channel and self.by_position else self.title

    @property
    def facts(self) -> dict[str, str]:
        """What the page tells its scripts, as JSON."""
        return {"name": self.name, "key": self.key, "label": self.label, "hatch": self.hatch}


CONSTANTS = (
    Constant("mean", key="m", label="x̄", hatch="135deg", by_position=True),
    Constant("optimal", key="b", label="x*", hatch="45deg", remark="where the training loss is least"),
)
NAMES = tuple(constant.name for constant in CONSTANTS)
