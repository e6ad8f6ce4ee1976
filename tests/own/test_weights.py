"""What a file of weights may be, and each refusal by name."""

from __future__ import annotations

import itertools
import json
import pickle
import struct
from collections import OrderedDict
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from mnist_interp.commands import own_bench
from mnist_interp.own import weights


def small(*sizes: int, seed: int = 0) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    state = {}
    for number, (inputs, outputs) in enumerate(itertools.pairwise(sizes), 1):
        state[f"fc{number}.weight"] = torch.randn(outputs, inputs, generator=generator)
        state[f"fc{number}.bias"] = torch.randn(outputs, generator=generator)
    return state


@pytest.mark.parametrize(("activation", "function"), [("relu", torch.relu), ("tanh", torch.tanh), ("gelu", nn.GELU())])
@pytest.mark.parametrize("suffix", ["pt", "safetensors"])
def test_linear_layers_in_order(tmp_path: Path, suffix: str, activation: str, function) -> None:  # type: ignore[no-untyped-def]
    state, path = small(6, 5, 4, 3), tmp_path / f"net.{suffix}"
    (torch.save if suffix == "pt" else save_file)(state, path)
    model, x = weights.read(path, activation=activation), torch.randn(7, 6)
    expected = x
    for number in (1, 2, 3):
        expected = expected @ state[f"fc{number}.weight"].T + state[f"fc{number}.bias"]
        expected = function(expected) if number < 3 else expected
    torch.testing.assert_close(model(x), expected)
    assert not model.training
    assert [name for name, module in model.named_children() if not isinstance(module, nn.Linear)] == ["fc1", "fc2"]


def test_the_order_of_a_safetensors_file_is_that_in_which_its_layers_chain(tmp_path: Path) -> None:
    state = {"input.weight": torch.randn(5, 6), "hidden.weight": torch.randn(4, 5), "head.weight": torch.randn(3, 4)}
    save_file(state, tmp_path / "net.safetensors")
    model, x = weights.read(tmp_path / "net.safetensors"), torch.randn(2, 6)
    hidden = torch.relu(torch.relu(x @ state["input.weight"].T) @ state["hidden.weight"].T)
    torch.testing.assert_close(model(x), hidden @ state["head.weight"].T)


def test_layer_10_comes_after_layer_2(tmp_path: Path) -> None:
    state = {f"layers.{number}.weight": torch.eye(4) * (number + 1) for number in (0, 2, 10)}
    save_file(state, tmp_path / "net.safetensors")
    model = weights.read(tmp_path / "net.safetensors")
    assert [name for name, _ in model.named_children()][::2] == [f"layers_{number}_linear" for number in (0, 2, 10)]


def test_what_a_network_was_wrapped_in_is_taken_off(tmp_path: Path) -> None:
    wrapped = {f"module._orig_mod.{name}": tensor for name, tensor in small(3, 2, 2).items()}
    torch.save({"epoch": 3, "state_dict": wrapped}, tmp_path / "net.pt")
    assert list(weights.state_dict(tmp_path / "net.pt")) == list(small(3, 2, 2))


def refused(state: object, path: Path, **how: str) -> str:
    if path.suffix == ".safetensors":
        save_file(state, path)  # type: ignore[arg-type]
    else:
        torch.save(state, path)
    with pytest.raises(ValueError, match=r"\w") as caught:
        weights.read(path, **how)  # type: ignore[arg-type]
    said = str(caught.value)
    assert "\n" not in said
    return said


def test_a_pickle_of_code_is_not_run(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path.touch, (tmp_path / "ran",))

    assert "not a state dict" in refused(Bomb(), tmp_path / "bomb.pt")
    assert "not a state dict" in refused(nn.Linear(2, 2), tmp_path / "module.pt")
    (tmp_path / "plain.pt").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(ValueError, match=r"plain\.pt is not a state dict"):
        weights.read(tmp_path / "plain.pt")
    assert not (tmp_path / "ran").exists()


def test_other_things_that_are_no_state_dict(tmp_path: Path) -> None:
    assert "not a state dict" in refused([1, 2], tmp_path / "list.pt")
    assert "not a state dict" in refused({}, tmp_path / "empty.pt")
    assert "not a state dict" in refused({"a": 3}, tmp_path / "numbers.pt")
    (tmp_path / "words.pt").write_text("words")
    (tmp_path / "words.safetensors").write_text("words, and more than eight bytes of them")
    for name in ("words.pt", "words.safetensors", "none.pt"):
        with pytest.raises(ValueError, match=name):
            weights.read(tmp_path / name)


@pytest.mark.parametrize("suffix", ["pt", "safetensors"])
def test_a_file_that_is_cut_off_anywhere(tmp_path: Path, suffix: str) -> None:
    state, path = small(6, 5, 3), tmp_path / f"net.{suffix}"
    if suffix == "pt":
        torch.save(state, path)
    else:
        save_file(state, path)
    whole = path.read_bytes()
    for length in (0, 1, 7, 8, 9, 20, *range(100, len(whole), len(whole) // 9)):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match=rf"net\.{suffix}") as caught:
            weights.read(path)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("suffix", ["pt", "safetensors"])
def test_shapes_that_do_not_chain(tmp_path: Path, suffix: str) -> None:
    state = small(6, 5, 4, 3)
    state["fc2.weight"] = torch.zeros(4, 7)
    said = refused(state, tmp_path / f"net.{suffix}")
    assert said == "the shapes do not chain: 'fc1' puts out 5 numbers, and 'fc2' takes 7"


def test_weights_that_are_no_numbers(tmp_path: Path) -> None:
    state = small(6, 5, 3)
    state["fc2.bias"][1] = float("nan")
    assert "'fc2.bias' are not all finite" in refused(state, tmp_path / "net.pt")
    assert "are torch.int64" in refused({"a.weight": torch.ones(2, 2, dtype=torch.int64)}, tmp_path / "net.pt")


def test_what_another_library_says_is_fit_for_a_terminal(tmp_path: Path) -> None:
    header = json.dumps({"a.weight": {"dtype": "\x1b[2J" + 1000 * "x", "shape": [1], "data_offsets": [0, 4]}})
    path = tmp_path / "net.safetensors"
    path.write_bytes(struct.pack("<Q", len(header)) + header.encode() + bytes(4))
    with pytest.raises(ValueError, match="not in the format of its name") as caught:
        weights.read(path)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 300


def test_a_number_in_a_name_may_have_any_length(tmp_path: Path) -> None:
    state = {f"{digits}.weight": torch.eye(2) for digits in ("9" * 5000, "010", "2", "0", "00")}
    save_file(state, tmp_path / "net.safetensors")
    order = [name.partition(".")[0] for name in weights._safetensors(tmp_path / "net.safetensors")]
    assert order[2:] == ["2", "010", "9" * 5000]


def test_unknown_layers_and_activations(tmp_path: Path) -> None:
    path = tmp_path / "net.pt"
    said = refused(small(6, 5, 3) | {"conv.weight": torch.zeros(2, 1, 3, 3)}, path)
    assert "unknown layer: 'conv.weight'" in said
    assert "--model" in said
    assert "'norm.running_mean'" in refused(small(6, 5, 3) | {"norm.running_mean": torch.zeros(5)}, path)
    assert "'norm' has a bias and no weights" in refused({"norm.bias": torch.zeros(5)}, path)
    assert "5 rows of weights and 2 biases" in refused(small(6, 5, 3) | {"fc1.bias": torch.zeros(2)}, path)
    assert "name that no address can hold" in refused({"a,b.weight": torch.zeros(2, 2)}, path)
    assert "'fc1' is the only layer" in refused(small(6, 5), path)
    assert "unknown activation 'swish': expected relu, gelu, tanh" in refused(small(6, 5, 3), path, activation="swish")


def test_the_command_names_the_activations_that_are_known() -> None:
    assert set(own_bench.ACTIVATIONS) == set(weights.ACTIVATIONS)


BUILDS = """
from torch import nn
def build():
    return nn.Sequential(nn.Linear(6, 5), nn.SiLU(), nn.Linear(5, 3))
def nothing():
    return None
"""


def test_a_function_builds_the_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(BUILDS)
    made = nn.Sequential(OrderedDict([("0", nn.Linear(6, 5)), ("1", nn.SiLU()), ("2", nn.Linear(5, 3))]))
    torch.save(made.state_dict(), "net.pt")
    model, x = weights.read(Path("net.pt"), model="mine.py:build"), torch.randn(2, 6)
    torch.testing.assert_close(model(x), made(x))
    for place, said in {
        "mine.py": "expected FILE.py:FUNCTION",
        "yours.py:build": "there is no file yours.py",
        "mine.py:absent": "mine.py has no function absent",
        "mine.py:nothing": "returned NoneType",
    }.items():
        with pytest.raises(ValueError, match=said):
            weights.read(Path("net.pt"), model=place)
    assert "do not fit the network that build builds" in refused(small(6, 5, 3), Path("net.pt"), model="mine.py:build")
