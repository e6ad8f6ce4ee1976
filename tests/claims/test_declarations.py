"""The second edition as declared: complete, well formed, and saying of each claim of the first what became of it."""

from __future__ import annotations

import tomllib
from importlib import resources

import pytest

from mnist_interp.methods.verdicts import Direction
from tests.claims import made

DECLARED = tomllib.loads(resources.files("mnist_interp.claims").joinpath("edition-2.toml").read_text(encoding="utf-8"))
CLAIMS = {claim["id"]: claim for claim in DECLARED["claims"]}
WITHDRAWN = {claim["id"]: claim for claim in DECLARED["withdrawn"]}
NEEDED = {"id", "statement", "estimand", "measure", "direction", "smallest", "null", "populations", "history"}


def test_ids_are_used_once() -> None:
    assert len(CLAIMS) == len(DECLARED["claims"])
    assert len(WITHDRAWN) == len(DECLARED["withdrawn"])
    assert not CLAIMS.keys() & WITHDRAWN.keys()


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_claim_is_fully_declared(claim: str) -> None:
    said = CLAIMS[claim]
    assert NEEDED <= said.keys() <= NEEDED | {"unit", "images", "replaces", "note"}
    assert said["direction"] in Direction.__args__
    assert said["estimand"] in {"mean", "share", "ratio", "deviation"}
    assert said["history"] in {"kept", "changed", "new"}
    assert said["direction"] != "absent" or said["smallest"] > 0


@pytest.mark.parametrize("claim", made.claims())
def test_each_claim_of_the_first_edition_is_kept_or_withdrawn(claim: str) -> None:
    assert (claim in CLAIMS) != (claim in WITHDRAWN)


@pytest.mark.parametrize("claim", WITHDRAWN)
def test_a_withdrawn_claim_says_why_and_what_stands_instead(claim: str) -> None:
    assert WITHDRAWN[claim]["why"]
    assert CLAIMS.keys() >= set(WITHDRAWN[claim]["instead"])
    assert {one for one, said in CLAIMS.items() if claim in said.get("replaces", [])} <= set(
        WITHDRAWN[claim]["instead"]
    )


@pytest.mark.parametrize("claim", [one for one, said in CLAIMS.items() if said["history"] != "new"])
def test_what_is_kept_keeps_direction_and_smallest_effect(claim: str) -> None:
    first = made.claims()[claim]
    assert (CLAIMS[claim]["direction"], CLAIMS[claim]["smallest"]) == (first.direction, first.smallest)
