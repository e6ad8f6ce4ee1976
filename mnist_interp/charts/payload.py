"""A chart's data as the page holds them: columns, rounded to visible precision, named by a digest of their content.

Rows that name their fields again and again weigh several times what columns do, and digits that no pixel shows are
most of a float. A column keeps decimals for at least
4,000 steps over its span, more than a chart has pixels; one drawn on a logarithmic scale four significant
digits. Equal tables get equal names, so figures that share one share its bytes.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

Columns = dict[str, list[Any]]
_STEPS = 4000


def _decimals(values: Sequence[float]) -> int:
    span = max(values) - min(values) or abs(max(values)) or 1.0
    return max(0, math.ceil(math.log10(_STEPS / span)))


def _significant(value: float) -> float:
    return float(f"{value:.3e}")


def _short(value: float) -> float | int:
    return int(value) if value == int(value) else value


def rounded(values: list[Any], *, logarithmic: bool = False) -> list[Any]:
    """Round the floats of a column; other values stay, and so do columns without floats."""
    floats = [v for v in values if isinstance(v, float) and math.isfinite(v)]
    if not floats:
        return values
    places = _decimals(floats)

    def one(value: Any) -> Any:
        if not isinstance(value, float):
            return value
        if not math.isfinite(value):
            return None
        return _short(_significant(value) if logarithmic else round(value, places))

    return [one(value) for value in values]


@dataclass(frozen=True)
class Payload:
    """One table.

    Attributes
    ----------
    columns : dict of str to list
        Columns of equal length, values ready for JSON.
    """

    columns: Columns

    @cached_property
    def json(self) -> str:
        """The columns as compact JSON that is safe inside a script element."""
        return json.dumps(self.columns, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")

    @cached_property
    def name(self) -> str:
        """The content's digest."""
        return f"data-{hashlib.sha256(self.json.encode()).hexdigest()[:12]}"

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The table as rows."""
        return [dict(zip(self.columns, row, strict=True)) for row in zip(*self.columns.values(), strict=True)]

    @property
    def csv(self) -> str:
        """The table as comma-separated values."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows(zip(*self.columns.values(), strict=True))
        return out.getvalue()


def from_rows(
    rows: Sequence[Mapping[str, Any]], *, logarithmic: Collection[str] = (), exact: Collection[str] = ()
) -> Payload:
    """Make a payload from rows.

    Parameters
    ----------
    rows : sequence of mapping
        As Altair writes them; a field that some rows lack is null there.
    logarithmic : collection of str
        Fields drawn on a logarithmic scale.
    exact : collection of str
        Fields that a state is compared with, which are not rounded.
    """
    fields = list(dict.fromkeys(field for row in rows for field in row))
    columns = {field: [row.get(field) for row in rows] for field in fields}
    return Payload(
        {
            field: values if field in exact else rounded(values, logarithmic=field in logarithmic)
            for field, values in columns.items()
        }
    )
