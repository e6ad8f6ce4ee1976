"""The book's colors: one place for digits, series, scales and ink, each with a shade for both themes.

A color is used as a CSS variable with the light shade as fallback, ``var(--mi-digit-3, #...)``, in pictures made at
build time and in live charts alike, so that everything follows the theme's switch without a script. `css` writes the
variables' definitions. The digit colors were found by a search that maximizes the smallest OKLab difference over
ordinary vision and simulated protanopia, deuteranopia and tritanopia (Machado, Oliveira and Fernandes, "A
physiologically-based model for simulation of color vision deficiency", 2009), one hue a digit, each at 3:1 or more
against its theme's ground; `DIGITS_AS_TEXT` are the same hues at 4.5:1, for glyphs. Ten are too many to be safe in
every pair: where it matters the digit itself is the mark.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Color:
    """A named color with a shade for each theme.

    Attributes
    ----------
    name : str
        The CSS variable's name without ``--mi-``.
    light, dark : str
        Hexadecimal colors, ``#rrggbb``.
    """

    name: str
    light: str
    dark: str

    @property
    def css(self) -> str:
        """The color as a CSS value that follows the theme."""
        return f"var(--mi-{self.name}, {self.light})"


def _series(prefix: str, light: str, dark: str) -> tuple[Color, ...]:
    pairs = zip(light.split(), dark.split(), strict=True)
    return tuple(Color(f"{prefix}-{index}", *pair) for index, pair in enumerate(pairs))


_AA = 4.5
PAPER = Color("paper", "#ffffff", "#14171c")
INK = Color("ink", "#23272e", "#e6e4df")
MUTED = Color("muted", "#5f6670", "#a3a9b3")
RULE = Color("rule", "#c9ccd1", "#454b55")
GRID = Color("grid", "#eceef0", "#262b33")
FOCUS = Color("focus", "#0b57d0", "#8ab4f8")

DIGITS = _series(
    "digit",
    "#ee4183 #947628 #01a0ad #b942bf #8d4d20 #228c63 #5710b1 #881314 #829b08 #173aee",
    "#fb2783 #e6b840 #4accda #b97fbb #ba6930 #49fcb5 #8d53fd #fa8175 #d5f847 #6b96fd",
)
SERIES = _series(
    "series", "#1f5fa8 #b8500f #2f7d4f #8a4a9e #8a6d00 #b03060", "#7fb2ec #f0a066 #7cc79a #cf9be0 #d8c25a #ee8fac"
)
SEQUENTIAL = _series(
    "seq",
    "#f2f5f8 #dbe6ef #bed5e6 #9bc0da #73a8cc #4c8dba #2f719f #1c5580 #0d3a5c",
    "#1b2129 #1c3042 #1e415c #235577 #2f6b92 #4584ab #659fc2 #8fbdd7 #c3dcea",
)
DIVERGING = _series(
    "div",
    "#8c3b06 #c96d2b #e0995f #f2cfae #f3f3f1 #bcd5e8 #7aaacf #3c7aab #154f7d",
    "#f7b67c #d98845 #a75f27 #653d22 #22262c #23445f #2f6b97 #559bcb #9ccdf0",
)


def luminance(color: str) -> float:
    """Return the relative luminance of ``#rrggbb`` as WCAG 2 defines it, in [0, 1]."""
    channels = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return WCAG 2's contrast ratio of two colors, 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _readable(ground: str) -> str:
    return max("#111417", "#ffffff", key=lambda text: contrast(text, ground))


def _text_on(colors: tuple[Color, ...]) -> tuple[Color, ...]:
    return tuple(Color(f"on-{c.name}", _readable(c.light), _readable(c.dark)) for c in colors)


def _legible(color: str, ground: str) -> str:
    """Return the color mixed with just enough black or white for a contrast of 4.5:1 on the background."""
    ink = 0 if luminance(ground) > 0.5 else 255
    channels = [int(color[start : start + 2], 16) for start in (1, 3, 5)]
    for percent in range(101):
        mixed = "#" + "".join(f"{round(c + (ink - c) * percent / 100):02x}" for c in channels)
        if contrast(mixed, ground) >= _AA:
            return mixed
    raise ValueError(f"no shade of {color} reaches {_AA}:1 on {ground}")


DIGITS_AS_TEXT = tuple(
    Color(f"text-{c.name}", _legible(c.light, PAPER.light), _legible(c.dark, PAPER.dark)) for c in DIGITS
)
ON_SEQUENTIAL = _text_on(SEQUENTIAL)
ON_DIVERGING = _text_on(DIVERGING)
ON_DIGITS = _text_on(DIGITS)
ALL = (
    *(PAPER, INK, MUTED, RULE, GRID, FOCUS),
    *(*DIGITS, *DIGITS_AS_TEXT, *ON_DIGITS, *SERIES, *SEQUENTIAL, *ON_SEQUENTIAL, *DIVERGING, *ON_DIVERGING),
)


def css() -> str:
    """Return the style sheet that defines the variables; print takes the light shades."""
    light = "".join(f"--mi-{color.name}:{color.light};" for color in ALL)
    dark = "".join(f"--mi-{color.name}:{color.dark};" for color in ALL)
    return f":root{{{light}}}\n[data-theme=dark]{{{dark}}}\n@media print{{:root,[data-theme=dark]{{{light}}}}}\n"
