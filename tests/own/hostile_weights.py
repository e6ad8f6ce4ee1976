"""Hostile files of weights: real ones damaged, pickles of code, and state dicts of odd names, shapes and numbers.

Each seed gives the same. What a file tries to run leaves a trace in `RAN`; markup bears the name of `MARK`.
"""

from __future__ import annotations

import io
import itertools
import json
import os
import pickle
import random
import struct
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save

MARK = "xhostile"
RAN: list[str] = []
SIZES = (6, 5, 4, 3)
_NAMES = (
    *(
        "</script><script>xhostile()</script>",
        "<img src=x onerror=xhostile()>",
        '"><xhostile>',
        "a'b",
        "a b",
        "a,b",
        "a:b",
    ),
    *(
        "",
        ".",
        "..",
        "a..b",
        "\n",
        "a\nb",
        "\u2028",
        "\ud800",
        "\x00",
        "٣",
        "é",
        "a" * 100_000,
        "../../x",
        "${xhostile}",
    ),
    *(
        "forward",
        "training",
        "children",
        "_parameters",
        "__class__",
        "__dict__",
        "add_module",
        "eval",
        "register_buffer",
    ),
    *(
        "__proto__",
        "constructor",
        "toString",
        "hasOwnProperty",
        "prototype",
        "length",
        "module",
        "_orig_mod",
        "0",
        "-1",
    ),
    *("fc2", "fc1_linear", "fc2_linear", "fc1.", ".fc1", "fc1_linear_linear", "xhostile"),
)
_NUMBERS = (1e300, float("nan"), float("inf"), -float("inf"), 3e38, 1e-45)  # the first needs 64 bits
_TYPES = (
    *(torch.int64, torch.bool, torch.uint8, torch.complex64, torch.float64, torch.float16, torch.bfloat16),
    *(torch.float8_e4m3fn, torch.float8_e5m2),
)
_SHAPES = ((0,), (0, 0), (5, 0), (0, 6), (), (1,), (5,), (6, 5), (5, 6, 1), (4, 7), (1, 1), (2, 1, 3, 3))


def plain() -> dict[str, torch.Tensor]:
    """Return a network that can be read."""
    generator, state = torch.Generator().manual_seed(0), {}
    for number, (inputs, outputs) in enumerate(itertools.pairwise(SIZES), 1):
        state[f"fc{number}.weight"] = torch.randn(outputs, inputs, generator=generator)
        state[f"fc{number}.bias"] = torch.randn(outputs, generator=generator)
    return state


def saved(found: object, **how: Any) -> bytes:
    """Return what `torch.save` writes."""
    content = io.BytesIO()
    torch.save(found, content, **how)
    return content.getvalue()


def ran(how: str) -> None:
    """Note that a file ran something."""
    RAN.append(how)


class Code:
    """What a pickle runs when it is read."""

    def __init__(self, what: Any, *values: Any) -> None:
        self.made = what, values

    def __reduce__(self) -> Any:
        return self.made


def _damaged(content: bytes, random_: random.Random) -> bytes:
    data = bytearray(content)
    kind = random_.randrange(6)
    if kind == 0:
        return content[: random_.randrange(len(content))]
    if kind == 1:
        at, to = sorted(random_.randrange(len(content)) for _ in range(2))
        return content[:at] + content[to:]
    early = random_.choice([60, 400, len(data)])  # where headers are, and everywhere
    for _ in range(random_.choice([1, 1, 4, 30])):
        at = random_.randrange(min(early, len(data)))
        data[at] = random_.choice([data[at] ^ 1 << random_.randrange(8), random_.randrange(256), 0, 255])
    return bytes(data)


def _code(random_: random.Random, trace: Path) -> bytes:
    bomb: Any = random_.choice(
        [
            Code(ran, "function"),
            Code(Path.touch, trace),
            Code(os.system, f"touch {trace}"),
            Code(eval, f"open({str(trace)!r}, 'w')"),
            Code(exec, f"open({str(trace)!r}, 'w')"),
            Code(getattr, Path(trace), "touch"),
        ]
    )
    key = random_.choice(["fc1.weight", "state_dict", "more"])
    found = random_.choice(
        [bomb, plain() | {key: bomb}, {"state_dict": bomb}, [bomb], {"epoch": bomb, "model": plain()}]
    )
    if random_.random() < 0.4 and found is bomb:
        return pickle.dumps(found, protocol=random_.randrange(6))
    return saved(found, _use_new_zipfile_serialization=random_.random() < 0.6)


def _header(random_: random.Random) -> bytes:
    """Return a safetensors file whose header says what is not so."""
    entry = {
        "dtype": random_.choice(["F32", "F32", "F64", "F16", "I64", "BOOL", "F8_E4M3", "X9", 3, None]),
        "shape": random_.choice([[5, 6], [2**40, 2**40], [-1], [2**63], [0], "5", [5.5], [10**30], [[5]]]),
        "data_offsets": random_.choice([[0, 120], [0, 2**63], [120, 0], [-1, 3], [0], None, [0, 10**30], [60, 180]]),
    }
    name = random_.choice(["fc1.weight", MARK, f"</script><{MARK}>", "__metadata__", ""])
    content = json.dumps({name: entry, **({"b": entry} if random_.random() < 0.3 else {})}).encode()
    if random_.random() < 0.2:
        content = b"[" * random_.choice([10, 100_000])
    size = random_.choice([len(content), len(content), len(content), 2**63, 2**64 - 1, 10**9, 0, 1])
    return struct.pack("<Q", size) + content + bytes(random_.choice([0, 60, 120, 240]))


def _renamed(state: dict[Any, Any], random_: random.Random) -> dict[Any, Any]:
    old, new = f"fc{random_.randint(1, 3)}", random_.choice(_NAMES)
    return {name.replace(old, new) if random_.random() < 0.95 else name: one for name, one in state.items()}


def _odd(random_: random.Random) -> dict[Any, Any]:
    """Return a state dict with one thing about it that is odd."""
    state: dict[Any, Any] = OrderedDict(plain())
    name = random_.choice(list(state))
    kind = random_.randrange(9)
    if kind <= 2:
        return _renamed(state, random_)
    if kind == 3:
        state[name] = state[name].to(random_.choice(_TYPES))
    elif kind == 4:
        state[name] = state[name].double() if random_.random() < 0.5 else state[name]
        state[name].view(-1)[random_.randrange(state[name].numel())] = random_.choice(
            _NUMBERS[state[name].dtype == torch.float32 :]
        )
    elif kind == 5:
        state[name] = torch.zeros(random_.choice(_SHAPES))
    elif kind == 6:
        state[name] = random_.choice(
            [
                torch.zeros(1).expand(10**6, 10**6),
                torch.zeros(1).expand(5, 10**10),
                torch.zeros(5, 6).to_sparse(),
                torch.zeros(5, 6, device="meta"),
                *(None, 3, "words", {}, [], torch.float32, torch.Size([3])),
            ]
        )
    elif kind == 7:
        state[random_.choice([0, None, (1, 2), 1.5, b"fc1.weight", True])] = state[name]
    else:
        state = {f"{random_.choice(['', 'module.', '_orig_mod.'])}{one}": value for one, value in state.items()}
        state[f"module.{name}"] = torch.zeros_like(plain()[name])
    return state


def files(count: int, trace: Path, *, seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield file names and contents: half are damaged files, the rest code, false headers, and odd state dicts."""
    random_ = random.Random(seed)
    whole = {"net.safetensors": save(plain()), "net.pt": saved(plain())}
    for number in range(count):
        part = number % 8
        if part < 4:
            name = ("net.safetensors", "net.pt")[part % 2]
            yield name, _damaged(whole[name], random_)
        elif part == 4:
            yield "net.pt", _code(random_, trace)
        elif part == 5:
            yield "net.safetensors", _header(random_)
        else:
            yield _kept(_odd(random_), random_)


def _kept(state: dict[Any, Any], random_: random.Random) -> tuple[str, bytes]:
    """Save a state dict in the format that is drawn, or in the one that can hold it."""
    if random_.random() < 0.4:
        try:
            return "net.safetensors", save(state)
        except Exception:  # of what this format cannot hold, such as names that are no text
            pass
    return "net.pt", saved(state)
