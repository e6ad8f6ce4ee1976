"""A thousand hostile files of weights: each is refused in a sentence, or gives the network that its bytes say.

What they say is read here by hand: safetensors by its header, and of a pickle what was saved before it was damaged.
"""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch

from mnist_interp.own import page, weights
from tests.own import hostile_weights as hostile
from tests.own.given import given

COUNT = 1000
DTYPES = {"F32": "<f4", "F64": "<f8", "F16": "<f2"}


def by_hand(content: bytes) -> dict[str, np.ndarray]:
    """Read a safetensors file."""
    size = int.from_bytes(content[:8], "little")
    header, data = json.loads(content[8 : 8 + size]), content[8 + size :]
    found = {}
    for name, entry in header.items():
        if name != "__metadata__":
            start, stop = entry["data_offsets"]
            if entry["dtype"] == "BF16":
                wide = np.frombuffer(data[start:stop], "<u2").astype("<u4") << 16
                found[name] = wide.view("<f4").reshape(entry["shape"])
            else:
                found[name] = np.frombuffer(data[start:stop], DTYPES[entry["dtype"]]).reshape(entry["shape"])
    return found


def logits(state: dict[str, np.ndarray], layers: list[str], images: np.ndarray) -> np.ndarray:
    now = images
    for layer in layers:
        now = now @ state[f"{layer}.weight"].astype(float).T + state.get(f"{layer}.bias", np.zeros(1)).astype(float)
        now = now if layer == layers[-1] else np.maximum(now, 0)
    return now


def chained(state: dict[str, np.ndarray]) -> list[str]:
    """Order layers by their widths, which differ."""
    reads = {name[: -len(".weight")]: one.shape[1] for name, one in state.items() if name.endswith(".weight")}
    return sorted(reads, key=lambda layer: -reads[layer])


def test_each_is_refused_or_right_and_none_is_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trace, images = tmp_path / "ran", given(hostile.SIZES[0], classes=hostile.SIZES[-1])
    batch = torch.from_numpy(images.images)
    read, refused = 0, list[ValueError]()
    for name, content in hostile.files(COUNT, trace, seed=1):
        path = tmp_path / name
        path.write_bytes(content)
        try:
            model = weights.read(path)
            made = page.bench(model, images, name=f"<{hostile.MARK}>.pt")
        except ValueError as error:
            refused.append(error)
            continue
        read += 1
        state = by_hand(content) if path.suffix == ".safetensors" else weights_of(path)
        state = {one.removeprefix("module.").removeprefix("_orig_mod."): value for one, value in state.items()}
        np.testing.assert_allclose(
            model(batch).detach().numpy(), logits(state, chained(state), images.images), rtol=1e-3, atol=1e-3
        )
        assert f"<{hostile.MARK}" not in made
        assert "onerror=xhostile" not in made
    for error in refused:
        assert type(error) is ValueError, "not one of those that are derived from it, such as of Unicode"
        assert str(error).isprintable()
        assert len(str(error)) < 400, str(error)[:400]
    ways = {str(error).partition("'")[0] for error in refused}
    with capsys.disabled():
        print(f"\n{COUNT} files: {read} benches written; refused in {len(ways)} ways")
    assert not trace.exists()
    assert hostile.RAN == []
    assert COUNT // 10 < read < COUNT // 2, "a generator of only good or only bad files would test nothing"
    assert len(ways) > 15


def weights_of(path: Path) -> dict[str, np.ndarray]:
    """Read a pickle of tensors."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = torch.load(path, weights_only=True)
    return {name: one.detach().float().numpy() for name, one in found.items()}


@pytest.mark.parametrize("layer", ["forward", "training", "fc1_linear", "_parameters"])
def test_a_layer_s_name_takes_the_place_of_nothing(layer: str) -> None:
    renamed = {name.replace("fc2", layer): one for name, one in hostile.plain().items()}
    with pytest.raises(ValueError, match="has the name of another, or of what all networks have"):
        weights.sequence(renamed, activation="relu")


def test_weights_whose_logits_are_too_large_for_32_bits() -> None:
    state = {name: one * 1e25 for name, one in hostile.plain().items()}
    model = weights.sequence(state, activation="relu")
    with pytest.raises(ValueError, match="the logits are not all finite"):
        page.bench(model, given(hostile.SIZES[0], classes=hostile.SIZES[-1]), name="mine.pt")
