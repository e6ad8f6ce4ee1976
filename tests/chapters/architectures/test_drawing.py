"""The drawing of the three networks: its counts against the networks', its colors against the palette's."""

from __future__ import annotations

import re

import pytest
from lxml import etree

from mnist_interp import training
from mnist_interp.chapters.architectures import drawing, kinds
from mnist_interp.training import models


@pytest.fixture(name="svg", scope="module")
def _svg() -> etree._Element:
    return etree.fromstring(drawing.three(0, description="Three & rows.").text)


def _said(row: etree._Element) -> list[str]:
    return ["".join(text.itertext()) for text in row.iter("text")]


def test_each_row_counts_what_its_network_has(svg: etree._Element) -> None:
    rows = dict(zip(kinds.KINDS, svg.findall("g"), strict=True))
    for name, row in rows.items():
        color = kinds.COLORS[name].css
        dots = [(dot.get("cx"), dot.get("fill")) for dot in row.iter("circle")]
        last = [x for x, fill in dots if fill == color and x == f"{drawing._UNITS}"]
        assert len(last) == kinds.UNITS
        assert len([x for x, _ in dots if x == f"{drawing._LOGITS}"]) == 10
    cnn, vit = (
        models.build(training.named(kinds.KINDS[name].population).recipe) for name in (kinds.CNN, kinds.TRANSFORMER)
    )
    assert f"{cnn.conv1.out_channels} maps" in _said(rows[kinds.CNN])
    assert f"of {(cnn.linear3.in_features // cnn.conv2.out_channels) ** 0.5:g} × 7" in _said(rows[kinds.CNN])
    assert str(vit.tokens.positions.shape[1]) in _said(rows[kinds.TRANSFORMER])
    assert _said(rows[kinds.TRANSFORMER]).count("4 heads") == sum(name.startswith("block") for name in vit._modules)


def test_it_follows_the_theme_and_is_told_to_those_who_cannot_see_it(svg: etree._Element) -> None:
    assert svg.get("aria-label") == "Three & rows."
    colors = [value for part in svg.iter() for key, value in part.attrib.items() if key in ("fill", "stroke")]
    assert all(color == "none" or re.match(r"var\(--mi-", color) for color in colors)


def test_nothing_leaves_the_drawing(svg: etree._Element) -> None:
    _, _, width, height = map(float, svg.get("viewBox").split())
    for number, row in enumerate(svg.findall("g")):
        assert all(0 <= float(dot.get("cx")) <= width for dot in row.iter("circle"))
        assert all(float(text.get("y")) + drawing._ROW * number <= height for text in row.iter("text"))
