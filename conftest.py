"""Makes pages tests: `pytest book/baseline.md` runs the page's cells and compares what they print (tests/pages)."""

from tests.pages.collect import pytest_collect_file

__all__ = ["pytest_collect_file"]
