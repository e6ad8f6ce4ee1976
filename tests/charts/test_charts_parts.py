"""Payloads, palette, sprite: rounding and names, measured differences, tiles read back."""

from __future__ import annotations

import io
import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_interp.charts import bundle, palette, payload, sprite
from mnist_interp.data import mnist

# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB.
VISION = {
    "ordinary": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
# The least OKLab difference among ten digits, as measured when the palette was chosen; 0.02 is about just noticeable.
LEAST = {
    ("light", "ordinary"): 0.10,
    ("light", "protanopia"): 0.07,
    ("light", "deuteranopia"): 0.07,
    ("light", "tritanopia"): 0.08,
    ("dark", "ordinary"): 0.13,
    ("dark", "protanopia"): 0.09,
    ("dark", "deuteranopia"): 0.08,
    ("dark", "tritanopia"): 0.10,
}
# Ottosson, "A perceptual color space for image processing" (2020): linear RGB to cones, their cube roots to OKLab.
TO_CONES = np.array(
    [
        [0.41222147, 0.53633254, 0.05144599],
        [0.21190350, 0.68069955, 0.10739696],
        [0.08830246, 0.28171884, 0.62997870],
    ]
)
TO_LAB = np.array(
    [
        [0.21045426, 0.79361779, -0.00407205],
        [1.97799850, -2.42859221, 0.45059371],
        [0.02590404, 0.78277177, -0.80867577],
    ]
)


def oklab(color: str, matrix: object) -> np.ndarray:
    srgb = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(matrix) @ linear, 0, 1)
    return TO_LAB @ np.cbrt(TO_CONES @ seen)


@pytest.mark.parametrize(("theme", "vision"), LEAST)
def test_ten_digits_differ_under_each_kind_of_vision(theme: str, vision: str) -> None:
    seen = [oklab(getattr(color, theme), VISION[vision]) for color in palette.DIGITS]
    least = min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(seen, 2))
    assert least >= LEAST[theme, vision]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_contrast_on_the_ground(theme: str) -> None:
    ground = getattr(palette.PAPER, theme)
    for color in [palette.INK, palette.MUTED]:
        assert palette.contrast(getattr(color, theme), ground) >= 4.5
    for color in [*palette.DIGITS, *palette.SERIES, palette.FOCUS]:
        assert palette.contrast(getattr(color, theme), ground) >= 3, color.name
    for color in [*palette.DIGITS_AS_TEXT, *palette.SERIES]:
        assert palette.contrast(getattr(color, theme), ground) >= 4.5, color.name
    for grounds, texts in [(palette.SEQUENTIAL, palette.ON_SEQUENTIAL), (palette.DIVERGING, palette.ON_DIVERGING)]:
        for below, text in zip(grounds, texts, strict=True):
            assert palette.contrast(getattr(text, theme), getattr(below, theme)) >= 4.5, below.name


@pytest.mark.parametrize(("theme", "sign"), [("light", -1), ("dark", 1)])
def test_sequential_steps_leave_the_ground_one_way(theme: str, sign: int) -> None:
    light = [palette.luminance(getattr(color, theme)) * sign for color in palette.SEQUENTIAL]
    assert light == sorted(light)


def test_contrast_is_the_standard_one() -> None:
    assert palette.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert palette.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_every_variable_is_defined_for_both_themes_and_print() -> None:
    css = palette.css()
    for color in palette.ALL:
        assert css.count(f"--mi-{color.name}:") == 3


def test_floats_keep_what_is_visible() -> None:
    values = [0.0, 0.123456789, 0.85]
    assert payload.rounded(values) == [0, 0.1235, 0.85]
    wide = list(np.random.default_rng(0).normal(size=500) * 1000)
    assert np.abs(np.subtract(payload.rounded(wide), wide)).max() <= np.ptp(wide) / 4000
    assert payload.rounded([1e-6, 0.0012345678, 12.0], logarithmic=True) == [1e-06, 0.001235, 12]
    assert payload.rounded([1.0, float("nan")]) == [1, None]
    assert payload.rounded(["a", 3, None]) == ["a", 3, None]


def test_names_follow_content_and_survive_a_script_element() -> None:
    one = payload.from_rows([{"a": 1, "b": "</script>"}, {"a": 2}])
    assert one.columns == {"a": [1, 2], "b": ["</script>", None]}
    assert one.name == payload.from_rows(one.rows).name != payload.from_rows([{"a": 1}]).name
    assert "<" not in one.json
    assert json.loads(one.json) == one.columns
    assert one.csv == "a,b\n1,</script>\n2,\n"


def test_the_sprite_holds_every_test_image_to_16_levels() -> None:
    images = mnist.load("test").images
    png = sprite.sheet(images)
    assert len(png) < 1_100_000
    alpha = np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))[..., 3]
    assert alpha.shape == (2800, 2800)
    for index in [0, 99, 100, 9_999]:
        row, column = divmod(index, 100)
        tile = alpha[row * 28 : row * 28 + 28, column * 28 : column * 28 + 28]
        assert np.abs(tile.astype(int) - images[index]).max() <= 9
    with pytest.raises(ValueError, match="expected uint8"):
        sprite.sheet(images[:2] / 255)


def test_the_bundle_is_the_same_each_time_and_complete(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        bundle.write(folder)
    names = sorted(path.name for path in folders[0].iterdir())
    assert names == sorted({"vega.js", "digits.png", *bundle.STYLES, *bundle.SCRIPTS})
    for name in names:
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes()
