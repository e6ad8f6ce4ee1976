"""The table of what tests measured of the built pages, printed at the end: a row for each page.

A measure goes with its test's report, so that it reaches the table from a worker of pytest-xdist too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

_NAME = "measure"
_COLUMNS = ("theme kB", "page kB", "paint", "shift 1280", "shift 390", "axe light", "axe dark")
_ROWS: dict[str, dict[str, str | int]] = {}

Measured = Callable[[str, str, str | int], None]


@pytest.fixture
def measured(record_property: Callable[[str, object], None]) -> Measured:
    """Return what takes a page, a column of the table and a value to print there; numbers of a place are summed."""
    return lambda page, column, value: record_property(_NAME, [page, column, value])


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Take the measures of a test."""
    if report.when != "call":
        return
    for name, value in report.user_properties:
        if name == _NAME:
            page, column, one = value  # type: ignore[misc]
            row = _ROWS.setdefault(page, {})
            row[column] = row.get(column, 0) + one if isinstance(one, int) else one


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the table, where anything was measured."""
    columns = [column for column in _COLUMNS if any(column in row for row in _ROWS.values())]
    if not columns:
        return
    terminalreporter.section("pages, as measured")
    terminalreporter.write_line(f"{'':16}" + "".join(f"{column:>12}" for column in columns))
    for name, row in sorted(_ROWS.items()):
        terminalreporter.write_line(f"{name:16}" + "".join(f"{row.get(column, '-'):>12}" for column in columns))
