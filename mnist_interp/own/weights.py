"""A reader's network from its file: a state dict of Linear layers in order, or any that a function of theirs builds.

What cannot be read is refused in one sentence, a `ValueError` that names what is wrong. No pickle is run: a ``.pt`` is
read by torch with ``weights_only``.
"""

from __future__ import annotations

import importlib.util
import itertools
import pickle
import re
import warnings
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn

ACTIVATIONS: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "gelu": nn.GELU, "tanh": nn.Tanh}
State = Mapping[str, torch.Tensor]
_INSIDE = ("state_dict", "model_state_dict", "model")  # where a checkpoint keeps what is asked for
_WRAPPED = re.compile(r"^(?:module\.|_orig_mod\.)+")
_MOST_REORDERED = 8  # layers: beyond, all their orders are too many
_LINEAR = 2  # dimensions of its weights
_FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
_LONGEST = 100  # characters of a name


def state_dict(path: Path) -> dict[str, torch.Tensor]:
    """Read the tensors of a ``.safetensors`` or ``.pt`` file by name, without what the network was wrapped in.

    Raises
    ------
    ValueError
        If there is no such file, it is no state dict, or a number in it is not finite.
    """
    if not path.is_file():
        raise ValueError(f"there is no file {path}")
    found = _safetensors(path) if path.suffix == ".safetensors" else _pickled(path)
    if not isinstance(found, Mapping) or not found or not all(isinstance(one, torch.Tensor) for one in found.values()):
        raise ValueError(f"{path.name} is not a state dict: expected tensors by name, as model.state_dict() gives them")
    for name, tensor in found.items():
        if not isinstance(name, str) or len(name) > _LONGEST:
            raise ValueError(f"a tensor has a name that is no text of at most {_LONGEST} characters")
        _check(name, tensor, path.stat().st_size)
    unwrapped = {_WRAPPED.sub("", name): tensor for name, tensor in found.items()}
    if len(unwrapped) < len(found):
        raise ValueError(
            "two tensors have the same name without what the network was wrapped in, module. or _orig_mod."
        )
    return unwrapped


def _check(name: str, tensor: torch.Tensor, size: int) -> None:
    """Refuse what is no array of numbers that the file, of so many bytes, holds."""
    if tensor.layout != torch.strided or tensor.device.type != "cpu" or tensor.is_quantized:
        raise ValueError(f"the weights {name!r} are sparse, quantized or absent: expected a dense tensor")
    if tensor.nbytes > size:
        raise ValueError(
            f"the weights {name!r} have the shape {tuple(tensor.shape)}, which is more than the file holds"
        )
    if not tensor.is_floating_point():
        return
    if tensor.dtype not in _FLOATS:
        raise ValueError(f"the weights {name!r} are {tensor.dtype}: expected floating-point numbers of 16 bits or more")
    if not tensor.float().isfinite().all():
        raise ValueError(f"the weights {name!r} are not all finite in 32 bits: what such a network says means nothing")


def _first(error: Exception) -> str:
    """Return the beginning of what an error says, as a terminal can show it, or its name."""
    said = next(iter(str(error).splitlines()), type(error).__name__)[:200]
    return "".join(letter if letter.isprintable() else "?" for letter in said)


def _safetensors(path: Path) -> dict[str, torch.Tensor]:
    try:
        found = load_file(path)
    except Exception as error:  # `SafetensorError`, or what torch makes of shapes and types in a damaged file
        raise ValueError(f"{path.name} is not in the format of its name, safetensors: {_first(error)}") from None
    return {name: found[name] for name in sorted(found, key=_natural)}  # such a file keeps no order


def _natural(name: str) -> list[tuple[int, str]]:
    """Return what sorts layer 2 before layer 10."""
    parts = ((part, part.lstrip("0")) for part in re.split(r"(\d+)", name))
    return [(len(number), number) if part.isdecimal() else (0, part) for part, number in parts]


def _pickled(path: Path) -> object:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of pickles by others than torch, which are refused anyway
            found = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise ValueError(
            f"{path.name} is not a state dict: it is not a pickle, or it holds more than tensors, which is not run; "
            "save model.state_dict() by torch.save"
        ) from None
    except Exception as error:  # a damaged file makes torch raise anything, such as an IndexError
        raise ValueError(f"torch cannot read {path.name}: it is damaged, or torch.save did not write it") from error
    if isinstance(found, Mapping):
        found = next((found[name] for name in _INSIDE if isinstance(found.get(name), Mapping)), found)
    return found


def _layers(state: State) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """Return weights and biases of each Linear layer, in the order of the state dict."""
    for name, tensor in state.items():
        layer, _, kind = name.rpartition(".")
        if not layer or kind not in ("weight", "bias") or tensor.dim() != (_LINEAR if kind == "weight" else 1):
            raise ValueError(
                f"unknown layer: {name!r}, {tuple(tensor.shape)}, is not a weight or bias of a Linear layer, and no "
                "more can be told from weights alone; name a function that builds the network: --model FILE.py:FUNCTION"
            )
        if not tensor.is_floating_point():
            raise ValueError(f"the weights {name!r} are {tensor.dtype}: expected floating-point numbers")
    names = dict.fromkeys(name.rpartition(".")[0] for name in state)
    found = {}
    for layer in names:
        if not re.fullmatch(r"[\w.-]+", layer):
            raise ValueError(
                f"the layer {layer!r} has a name that no address can hold: expected letters, digits, _, - and ."
            )
        if f"{layer}.weight" not in state:
            raise ValueError(f"unknown layer: {layer!r} has a bias and no weights")
        weight = state[f"{layer}.weight"].float()
        bias = state.get(f"{layer}.bias", torch.zeros(len(weight))).float()
        if not weight.numel():
            raise ValueError(f"the layer {layer!r} has no unit, or reads nothing: {tuple(weight.shape)}")
        if len(bias) != len(weight):
            raise ValueError(f"the layer {layer!r} has {len(weight)} rows of weights and {len(bias)} biases")
        found[layer] = weight, bias
    return found


def _gap(weights: Sequence[torch.Tensor]) -> int | None:
    """Return the place of the first layer that the next one does not fit, if there is one."""
    fits = (len(one) == after.shape[1] for one, after in itertools.pairwise(weights))
    return next((place for place, fit in enumerate(fits) if not fit), None)


def _ordered(layers: Mapping[str, tuple[torch.Tensor, torch.Tensor]], *, reorder: bool) -> list[str]:
    """Return names in the order in which the layers chain: theirs, or, where the file has none, the only one."""
    names = list(layers)
    gap = _gap([layers[name][0] for name in names])
    if gap is None:
        return names
    if reorder and len(names) <= _MOST_REORDERED:
        orders = [order for order in itertools.permutations(names) if _gap([layers[name][0] for name in order]) is None]
        if len(orders) == 1:
            return list(orders[0])
    one, after = names[gap], names[gap + 1]
    raise ValueError(
        f"the shapes do not chain: {one!r} puts out {len(layers[one][0])} numbers, and {after!r} takes "
        f"{layers[after][0].shape[1]}"
    )


def sequence(state: State, *, activation: str, reorder: bool = False) -> nn.Sequential:
    """Build Linear layers in order, with an activation between them.

    Parameters
    ----------
    state : mapping of str to torch.Tensor
        Weights (n_out, n_in) and biases (n_out,), by layer; one without biases has none.
    activation : str
        One of `ACTIVATIONS`.
    reorder : bool
        Whether the order of the mapping says nothing, as that of a safetensors file.

    Returns
    -------
    torch.nn.Sequential
        In evaluation mode; an activation is called by its layer, such as ``"fc1"``, and the layer ``"fc1_linear"``.

    Raises
    ------
    ValueError
        If the activation is unknown, a tensor is of no Linear layer, shapes do not chain, or no layer is hidden.
    """
    if activation not in ACTIVATIONS:
        raise ValueError(f"unknown activation {activation!r}: expected {', '.join(ACTIVATIONS)}")
    layers = _layers(state)
    names = _ordered(layers, reorder=reorder)
    if len(names) == 1:
        raise ValueError(f"{names[0]!r} is the only layer: a lesion needs hidden units, in two layers or more")
    modules: OrderedDict[str, nn.Module] = OrderedDict()
    for name in names:
        weight, bias = layers[name]
        linear = nn.utils.skip_init(nn.Linear, weight.shape[1], weight.shape[0])
        linear.load_state_dict({"weight": weight, "bias": bias})
        safe = name.replace(".", "_")
        made = {f"{safe}_linear": linear} | ({safe: ACTIVATIONS[activation]()} if name != names[-1] else {})
        if any(one in modules or hasattr(nn.Sequential(), one) for one in made):
            raise ValueError(f"the layer {name!r} has the name of another, or of what all networks have: rename it")
        modules |= made
    return nn.Sequential(modules).eval()


def built(place: str, state: State) -> nn.Module:
    """Call a function of a reader's file, which builds the network, and give it the weights.

    Parameters
    ----------
    place : str
        ``FILE.py:FUNCTION``; it takes nothing and returns a module.
    state : mapping of str to torch.Tensor
        Of that module.

    Raises
    ------
    ValueError
        If there is no such function, it returns no module, or the weights are of another one.
    """
    file, _, function = place.rpartition(":")
    if not file.endswith(".py") or not function.isidentifier():
        raise ValueError(f"--model is {place!r}: expected FILE.py:FUNCTION")
    if not Path(file).is_file():
        raise ValueError(f"there is no file {file}")
    spec = importlib.util.spec_from_file_location(Path(file).stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not callable(getattr(module, function, None)):
        raise ValueError(f"{file} has no function {function}")
    model = getattr(module, function)()
    if not isinstance(model, nn.Module):
        raise ValueError(f"{function} returned {type(model).__name__}: expected a torch.nn.Module")
    try:
        model.load_state_dict(state)
    except RuntimeError as error:
        said = "; ".join(line.strip() for line in str(error).splitlines()[1:])
        raise ValueError(f"the weights do not fit the network that {function} builds: {said}") from None
    return model.eval()


def read(path: Path, *, activation: str = "relu", model: str | None = None) -> nn.Module:
    """Read a network: of Linear layers in order, unless a function builds it.

    Raises
    ------
    ValueError
        As `state_dict`, `sequence` and `built` do.
    """
    state = state_dict(path)
    if model is not None:
        return built(model, state)
    return sequence(state, activation=activation, reorder=path.suffix == ".safetensors")
