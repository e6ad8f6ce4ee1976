"""Hostile addresses: valid ones mutated, and markup, scripts and odd numbers in their place; each seed gives the same.

Whatever an address tries to put into a page bears the name of `MARK`, so that a trace of it is found wherever it is.
"""

from __future__ import annotations

import base64
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote

MARK = "xhostile"
COUNT = 1000
_MARKUP = (
    f"<{MARK}>",
    f"<img src={MARK} onerror={MARK}()>",
    f"<script>{MARK}()</script>",
    f"<svg/onload={MARK}()>",
    f'"><iframe srcdoc="<script>parent.{MARK}()</script>">',
    f"'><a href=javascript:{MARK}()>x</a>",
    f"javascript:{MARK}()",
    f"</script></style></textarea><{MARK}>",
    f"<link rel=stylesheet href=//{MARK}.invalid/x.css>",
    f"<meta http-equiv=refresh content=0;url=//{MARK}.invalid>",
    f"${{{MARK}()}}",
    f"{{{{{MARK}()}}}}",
)
_ODD = (
    *("__proto__", "constructor", "toString", "hasOwnProperty", "prototype", "null", "undefined", "NaN", "Infinity"),
    *("-1", "-0", "1e309", "0x10", "1_0", "３", "٣", "99999999999999999999", "00", "1.", ".5", "2.99999999999999999"),
    *("%", "%2", "%zz", "%00", "%C0%AF", "%ED%A0%80", "%F4%90%80%80", "%FF", "\u202e", "\u2028", "𝟙", "é", "\x01"),
    *(
        "../../../etc/passwd",
        "..%2f..%2f",
        "//elsewhere.invalid/",
        "file:///",
        "\\\\",
        "?figure",
        "#",
        "&epoch=1",
        "#bench=",
    ),
)
_LETTERS = "0123456789abcxyzABCXYZ:=,.;&#/?%+-_ <>\"'`(){}[]\\|~$"


def _edited(text: str, random_: random.Random) -> str:
    for _ in range(random_.randint(1, 4)):
        at, to = sorted(random_.randint(0, len(text)) for _ in range(2))
        letter = random_.choice(_LETTERS)
        text = random_.choice(
            [
                text[:at] + letter + text[at:],
                text[:at] + letter + text[at + 1 :],
                text[:at] + text[at + 1 :],
                text[:at] + text[to:],
                text[:to] + text[at:],
                text[to:] + text[at:to] + text[:at],
                text[:at] + random_.choice(_ODD) + text[to:],
                text[:at] + str(random_.randint(0, 40)) + text[at + 1 :],
            ]
        )
    return text


def _planted(text: str, random_: random.Random) -> str:
    at, to = sorted(random_.randint(0, len(text)) for _ in range(2))
    markup = random_.choice(_MARKUP)
    return text[:at] + random_.choice([markup, quote(markup), quote(markup, safe="")]) + text[to:]


def links(valid: Sequence[str], *, seed: int, count: int = COUNT) -> list[str]:
    """Return addresses, without their ``#``: each a valid one that was edited, or that has markup in it, or too much.

    Parameters
    ----------
    valid : sequence of str
        What is edited; a tenth is given as it is.
    """
    random_ = random.Random(seed)
    kinds: list[Callable[[str], str]] = [
        *4 * [lambda text: _edited(text, random_)],
        *3 * [lambda text: _planted(text, random_)],
        lambda text: _planted(_edited(text, random_), random_),
        lambda text: text,
        lambda text: text + random_.choice([*_ODD, *_MARKUP]) * random_.choice([1, 2, 300]),
    ]
    return [random_.choice(kinds)(random_.choice(valid)) for _ in range(count)]


@dataclass(frozen=True)
class Lesions:
    """Which addresses describe a lesion, told without the bench: the layers with their sizes, the last epoch."""

    sizes: dict[str, int]
    last: int

    def valid(self, mark: str) -> bool:
        if len(mark) > 1500 or re.search("%(?![0-9a-fA-F]{2})", mark):
            return False
        try:
            text = unquote(mark.removeprefix("#bench="), errors="strict")
        except UnicodeDecodeError:
            return False
        named, *options = text.split("&")
        return (
            self._doses(named)
            and len(options) < 2
            and all(re.fullmatch("epoch=[0-9]{1,3}", one) and int(one[6:]) <= self.last for one in options)
        )

    def _doses(self, named: str) -> bool:
        layer, seen = "", set()
        for part in named.split(",") if named else ():
            unit, equals, dose = part.partition("=")
            before, colon, after = unit.partition(":")
            layer, unit = (before, after) if colon else (layer, before)
            if not equals or layer not in self.sizes or not re.fullmatch("[0-9]{1,2}", unit):
                return False
            if int(unit) >= self.sizes[layer] or (layer, int(unit)) in seen:
                return False
            seen.add((layer, int(unit)))
            if dose not in ("mean", "optimal") and not re.fullmatch(r"[0-2](\.[0-9]{1,4})?|3(\.0{1,4})?", dose):
                return False
        return True


def subset(mark: str, n_units: int) -> tuple[str, list[str]] | None:
    """Return what subset an address names, and how the rest is held; None where it names none."""
    held, colon, listed = mark.removeprefix("#subset=").partition(":")
    numbers = listed.split(",") if listed else []
    if held not in ("mean", "zero") or not colon or not all(re.fullmatch("[0-9]+", one) for one in numbers):
        return None
    units = sorted({int(one) for one in numbers})
    return None if units and units[-1] >= n_units else (held, [str(unit) for unit in units])


def is_drawing(mark: str, *, most: int, width: int) -> bool:
    """Say whether an address holds a drawing, told without the pad."""
    text = mark.removeprefix("#digit=")
    if not re.fullmatch("[A-Za-z0-9_-]{2,16000}", text) or len(text) % 4 == 1:
        return False
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if len(data) < 2 or data[0] != 1 or data[1] > 100:
        return False
    rest, total = data[2:], 0
    while rest:
        count = int.from_bytes(rest[1:3], "big")
        points, total = rest[3 : 3 + 2 * count], total + count
        if len(rest) < 3 or not 0 < count <= most - total + count or len(points) < 2 * count:
            return False
        if not 0 < rest[0] % 128 <= 60 or max(points) > width:
            return False
        rest = rest[3 + 2 * count :]
    return True
