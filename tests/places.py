"""Where things are: the checkout, its book, the built site; and what to do when one is missing."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, NoReturn

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
BOOK = REPOSITORY / "book"
SITES = (REPOSITORY / "_build" / "html", REPOSITORY / "_build" / "preview" / "_build" / "html")
NO_SITE = f"no built site: expected {SITES[0]}/site.json; run `make book` or `make preview`"


def in_ci() -> bool:
    """Say whether everything has to be there (``CI=true``)."""
    return os.environ.get("CI") == "true"


def missing(what: str) -> NoReturn:
    """Skip a test for want of `what`; fail it in CI."""
    if in_ci():
        pytest.fail(f"{what} (CI=true: nothing may be skipped)", pytrace=False)
    pytest.skip(what)


def find_site() -> Path | None:
    """Return the folder of the built site, or None: ``MNIST_INTERP_SITE`` if set, else the book, else the preview.

    A build that failed leaves no site.json, and no site.
    """
    named = os.environ.get("MNIST_INTERP_SITE")
    candidates = (Path(named).resolve(),) if named else SITES
    return next((folder for folder in candidates if (folder / "site.json").is_file()), None)


def facts(site: Path) -> dict[str, Any]:
    """Return what a site says of itself: ``preview``, ``pages``, and the pages ``with_code``."""
    return json.loads((site / "site.json").read_text(encoding="utf-8"))
