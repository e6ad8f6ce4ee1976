"""The committed verdicts are those of the whole book, where one is built and the claim is no close call."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mnist_interp.methods.verdicts import ALPHA
from tests.claims import keep_verdicts, made
from tests.places import facts

KEPT = keep_verdicts.kept()
CLOSE = 3.0  # a p within this factor of the level may fall on its other side on another kind of processor


@pytest.fixture(scope="module")
def built(built_site: Path) -> dict[str, dict[str, Any]]:
    """Return what the built book says."""
    if facts(built_site)["preview"]:
        pytest.skip("the built site is a preview, whose networks prove nothing")
    claims = json.loads((built_site / "downloads" / "claims.json").read_text(encoding="utf-8"))
    return keep_verdicts.of_claims(claims)


def test_every_measured_claim_is_kept() -> None:
    waiting = {claim.id for chapter in made.WITHOUT_A_PAGE for claim in chapter.CLAIMS}
    assert KEPT.keys() == made.claims().keys() - waiting


@pytest.mark.parametrize("claim", KEPT)
def test_a_verdict_is_the_one_that_is_kept(claim: str, built: dict[str, dict[str, Any]]) -> None:
    was, found = KEPT[claim], built[claim]
    low, high = was["interval"]
    assert abs(found["effect"] - was["effect"]) <= max(high - low, 1e-9 * abs(was["effect"]))
    if not ALPHA / CLOSE < was["p_book"] < ALPHA * CLOSE:
        assert found["verdict"] == was["verdict"], "explain the change in the commit; see keep_verdicts.py"
