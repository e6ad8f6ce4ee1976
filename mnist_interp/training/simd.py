"""Sixteen float32 numbers at a time, for numba: what its loops over short rows leave unused of a processor.

numba checks before every loop whether its arrays overlap, which for rows of 32 numbers costs as much as the sum itself.
These two functions write vector instructions of LLVM in its place. Products and sums are rounded one by one, in the
order of the arguments, so every processor gives the same bits, whether its vectors hold four numbers or sixteen.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

LANES = 16
_VECTOR = ir.VectorType(ir.FloatType(), LANES)
_INDICES = ir.VectorType(ir.IntType(32), LANES)


def _spread(builder: Any, number: Any) -> Any:
    """Fill a vector with one number."""
    undefined = ir.Constant(_VECTOR, ir.Undefined)
    first = builder.insert_element(undefined, number, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(first, undefined, ir.Constant(_INDICES, [0] * LANES))


@intrinsic
def add_rows(typing: Any, target: Any, row: Any, source: Any, rows: Any, factors: Any, column: Any) -> Any:
    """Add to ``target[row, column:column + 16]`` the same columns of some rows of `source`, each times a factor.

    Both arrays are float32 in C order; `rows` and `factors` are tuples.
    """
    places, numbers = (types.UniTuple(kind, len(rows)) for kind in (types.intp, types.float32))
    signature = types.void(target, types.intp, source, places, numbers, types.intp)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        target_type, _, source_type = signature.args[:3]
        target, row, source, rows, factors, column = arguments

        def place(kind: Any, value: Any, row: Any) -> Any:
            array = context.make_array(kind)(context, builder, value)
            width = cgutils.unpack_tuple(builder, array.shape, 2)[1]
            start = builder.gep(array.data, [builder.add(builder.mul(row, width), column)])
            return builder.bitcast(start, _VECTOR.as_pointer())

        goal = place(target_type, target, row)
        total = builder.load(goal, align=4)
        for one, factor in zip(*(cgutils.unpack_tuple(builder, both) for both in (rows, factors)), strict=True):
            term = builder.fmul(_spread(builder, factor), builder.load(place(source_type, source, one), align=4))
            total = builder.fadd(total, term)
        builder.store(total, goal, align=4)
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def prefetch(typing: Any, array: Any, place: Any) -> Any:
    """Ask for the cache line of an array's element, (n,), to be on its way when it is read."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        values = context.make_array(signature.args[0])(context, builder, arguments[0])
        byte, flag = ir.IntType(8).as_pointer(), ir.IntType(32)
        call = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(ir.VoidType(), [byte, flag, flag, flag]), "llvm.prefetch.p0i8"
        )
        line = builder.bitcast(builder.gep(values.data, [arguments[1]]), byte)
        builder.call(call, [line, *(ir.Constant(flag, value) for value in (0, 3, 1))])  # read, keep, data
        return context.get_dummy_value()

    return types.void(array, types.intp), generate
