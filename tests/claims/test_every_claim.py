"""Every claim's function is called on made-up evidence: what a claim names is read beside what the tests here call."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.claims import made

SHOWN_BY = {made.shows.__name__, made.shows_deviation.__name__}
MODULES = sorted(Path(__file__).parent.glob("test_*.py"))


def shown(source: str) -> set[str]:
    """Return the claims that a module's tests show: named in the call of `shows`, or among its test's parameters."""
    found: set[str] = set()
    for test in ast.parse(source).body:
        if not isinstance(test, ast.FunctionDef) or not test.name.startswith("test_"):
            continue
        for call in ast.walk(test):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in SHOWN_BY:
                found |= _named(call.args[0], test)
    return found


def _named(claim: ast.expr, test: ast.FunctionDef) -> set[str]:
    if isinstance(claim, ast.Constant):
        return {claim.value}
    assert isinstance(claim, ast.Name), f"{test.name}: a claim is named in the call, or by a parameter"
    rows = [values for names, values in map(_parameters, test.decorator_list) if names[:1] == [claim.id]]
    return {row.elts[0].value for row in rows[0].elts}


def _parameters(decorator: ast.expr) -> tuple[list[str], ast.List | None]:
    """Return the names and the rows of a `pytest.mark.parametrize`."""
    if not isinstance(decorator, ast.Call) or not ast.unparse(decorator.func).endswith("parametrize"):
        return [], None
    names, rows = decorator.args
    return [one.value for one in names.elts], rows


CLAIMS_SHOWN = set().union(*(shown(module.read_text(encoding="utf-8")) for module in MODULES))


@pytest.mark.parametrize("claim", made.claims())
def test_a_claim_is_shown_where_it_is_true_and_where_it_is_false(claim: str) -> None:
    assert claim in CLAIMS_SHOWN, f"no test in tests/claims calls shows({claim!r}, ...): see made.py"


def test_tests_show_no_claim_that_is_gone() -> None:
    assert set(made.claims()) >= CLAIMS_SHOWN


def test_claims_are_read_from_calls_and_from_parameters_alone() -> None:
    called = "def test_one():\n    with it:\n        shows('a-b', X, effects=[1, 2])\n"
    given = (
        "@pytest.mark.parametrize(('claim', 'effects'), [('c-d', 1), ('e-f', 2)])\n"
        "def test_two(claim, effects):\n    shows(claim, X, effects=effects)\n"
    )
    not_called = (
        "@pytest.mark.parametrize(('claim', 'effects'), [('g-h', 1)])\n"
        "def test_three(claim, effects):\n    'i-j'\n\n"
        "def helper():\n    shows('k-l', X, effects=[1, 2])\n"
    )
    assert shown(called + given + not_called) == {"a-b", "c-d", "e-f"}


@pytest.mark.parametrize(
    ("effects", "true", "populations"),
    [
        ([4.0, 2.0], [True, True], 1),
        ([4.0, 4.0], [True, True], 1),
        ([2.0, 4.0], [True, False], 1),
        ([4.5, 2.0], [True, False], 1),
        ([4.0], [True], 1),
        ([4.0, 2.0], [True, False], 2),
    ],
)
def test_what_is_shown_is_checked(
    monkeypatch: pytest.MonkeyPatch, effects: list[float], true: list[bool], populations: int
) -> None:
    networks = made.population()
    zero = made.by_digit(4, *[(0, unit, 1, 0.75) for unit in range(4)], *[(1, unit, 1, 0.75) for unit in range(2)])
    monkeypatch.setattr(
        "mnist_interp.experiments.ablation_effects.costs",
        made.ablated({(networks, "relu2"): made.costs({"zero": zero})}),
    )
    made.shows("interventions-bottlenecks", networks, effects=[4, 2])
    with pytest.raises(AssertionError):
        made.shows("interventions-bottlenecks", *[networks] * populations, effects=effects, true=true)
