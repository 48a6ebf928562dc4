"""Array primitives in two forms: a native one for float32 on CPUs, and one in pure JAX that is right everywhere.

Which form runs is settled when a program is compiled for its device. Derivatives of every order, forwards and
backwards, and `vmap` are rules between primitives, so that none of them depends on the form.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from lamina.arrays import Array, jax, jnp
from lamina.kernels import native

Function = Callable[..., Any]


def primitive(
    name: str, pure: Function, compiled: Function, shapes: Function, *, several: bool = False,
    elsewhere: Function | None = None, batched: Function | None = None,
) -> Any:  # fmt: skip
    """A primitive of JAX with two forms; it has no derivative yet.

    Args:
        name: in programs that are printed.
        pure: in JAX; takes arrays, and settings by name.
        compiled: the call of a native kernel; takes and gives the same, in float32.
        shapes: from the arguments, which have a shape and a dtype, and settings: the result's shape; of several results
            a list of (shape, dtype).
        several: whether it gives a list of results.
        elsewhere: the pure form on other devices than CPUs, where that is another one.
        batched: `vmap` of it, where there is a better way than `in_turn`; takes the same.
    """
    from jax.extend.core import Primitive
    from jax.interpreters import batching, mlir

    made = Primitive(f"lamina_{name}")
    made.multiple_results = several

    def on_cpu(*arrays: Array, **settings: Any) -> Any:
        fits = all(array.dtype in (np.float32, np.uint8) for array in arrays)
        return (compiled if fits and native.build() else pure)(*arrays, **settings)

    def lowered_on_cpu(context: Any, *arrays: Any, **settings: Any) -> Any:
        # For several devices XLA shares out what it knows; a kernel of ours would compute the whole batch on each.
        alone = getattr(context.module_context.axis_context, "num_devices", 1) == 1
        return mlir.lower_fun(on_cpu if alone else pure, several)(context, *arrays, **settings)

    def abstract(*arrays: Any, **settings: Any) -> Any:
        found = shapes(*arrays, **settings)
        if not several:
            return arrays[0].update(shape=found, weak_type=False)
        return [arrays[0].update(shape=shape, dtype=np.dtype(dtype), weak_type=False) for shape, dtype in found]

    made.def_impl(lambda *arrays, **settings: _eager(made, tuple(sorted(settings.items())))(*arrays))
    made.def_abstract_eval(abstract)
    mlir.register_lowering(made, mlir.lower_fun(elsewhere or pure, several))
    mlir.register_lowering(made, lowered_on_cpu, platform="cpu")
    batching.primitive_batchers[made] = functools.partial(batched or in_turn, made, elsewhere or pure)
    return made


@functools.lru_cache(maxsize=1024)
def _eager(made: Any, settings: tuple[tuple[str, Any], ...]) -> Function:
    """A primitive with its settings as a program of its own."""
    return jax.jit(functools.partial(made.bind, **dict(settings)))


def native_call(
    kernel: str, results: Any, *arrays: Array, reused: Mapping[int, int] | None = None, **settings: Any
) -> Any:
    """A native kernel as a part of a program.

    Args:
        kernel: its name.
        results: as `shapes` of a primitive gives them.
        arrays, settings: what it takes.
        reused: number of an array -> number of the result that takes its memory, where nothing else needs it.
    """
    like = [jax.ShapeDtypeStruct(*one) for one in results] if isinstance(results, list) else None
    given = like or jax.ShapeDtypeStruct(results, np.float32)
    call: Any = jax.ffi.ffi_call(native.name_of(kernel), given, input_output_aliases=dict(reused or {}))
    return call(*arrays, **settings)


def in_turn(made: Any, pure: Function, arrays: Sequence[Array], axes: Sequence[int | None], **settings: Any) -> Any:
    """`vmap` of a primitive: one after the other on CPUs, whose cores one call keeps busy; at once elsewhere."""
    batched = [axis is not None for axis in axes]
    moved = [array if axis is None else jnp.moveaxis(array, axis, 0) for array, axis in zip(arrays, axes, strict=True)]

    def one_after_the_other(*arrays: Array) -> Any:
        def one(own: Sequence[Array]) -> Any:
            mine = iter(own)
            every = [next(mine) if mapped else array for array, mapped in zip(arrays, batched, strict=True)]
            return made.bind(*every, **settings)

        return jax.lax.map(one, [array for array, mapped in zip(arrays, batched, strict=True) if mapped])

    at_once = jax.vmap(functools.partial(pure, **settings), [0 if mapped else None for mapped in batched])
    found = jax.lax.platform_dependent(*moved, cpu=one_after_the_other, default=at_once)
    return found, ([0] * len(found) if made.multiple_results else 0)


def as_larger_batch(*shared: int) -> Function:
    """`vmap` of a primitive as one call with more examples, where the arrays of the numbers `shared` are not mapped.

    All other arrays, and all results, have their examples in front. Where a shared array is mapped: `in_turn`.
    """

    def batched(made: Any, pure: Function, arrays: Sequence[Array], axes: Sequence[int | None], **settings: Any) -> Any:
        if any(axes[number] is not None for number in shared):
            return in_turn(made, pure, arrays, axes, **settings)
        count = next(array.shape[axis] for array, axis in zip(arrays, axes, strict=True) if axis is not None)
        merged = [
            array if number in shared else _merged(array, axis, count)
            for number, (array, axis) in enumerate(zip(arrays, axes, strict=True))
        ]
        found = made.bind(*merged, **settings)
        if not made.multiple_results:
            return _parted(found, count), 0
        return [_parted(one, count) for one in found], [0] * len(found)

    return batched


def _merged(array: Array, axis: int | None, count: int) -> Array:
    """`count` times the examples, one after the other."""
    every = jnp.broadcast_to(array, (count, *array.shape)) if axis is None else jnp.moveaxis(array, axis, 0)
    return every.reshape(count * every.shape[1], *every.shape[2:])


def _parted(array: Array, count: int) -> Array:
    return array.reshape(count, array.shape[0] // count, *array.shape[1:])


def at_once(made: Any, pure: Function, arrays: Sequence[Array], axes: Sequence[int | None], **settings: Any) -> Any:
    """`vmap` of a primitive by that of its pure form, where XLA does well what is many times small."""
    found = jax.vmap(functools.partial(pure, **settings), list(axes))(*arrays)
    return found, ([0] * len(found) if made.multiple_results else 0)


def derive_from(made: Any, pure: Function) -> None:
    """Give a primitive the derivative of its pure form: for primitives that are gradients themselves."""
    from jax.interpreters import ad

    def rule(primals: Sequence[Array], tangents: Sequence[Any], **settings: Any) -> Any:
        moved = tuple(ad.instantiate_zeros(tangent) for tangent in tangents)
        after: Any = jax.jvp(functools.partial(pure, **settings), tuple(primals), moved)[1]
        return made.bind(*primals, **settings), after

    ad.primitive_jvps[made] = rule


def derive_by(made: Any, pure: Function, backward: Function, arguments: int) -> None:
    """Give a primitive of several results a derivative whose way back is a function of its own.

    Args:
        made: the primitive. Its first result is what its users take; the others are kept for the way back.
        pure: its pure form, whose derivative is taken forwards, and where gradients of other results are asked for.
        backward: (arguments, results, gradient of the first result, which gradients are wanted, settings) -> a gradient
            for each argument; None where it is not wanted.
        arguments: how many it takes.
    """
    from jax.extend.core import Primitive
    from jax.interpreters import ad, batching, mlir

    tangent = Primitive(f"{made.name}_tangent")
    tangent.multiple_results = True

    def parts(arrays: Sequence[Any]) -> tuple[Sequence[Any], Sequence[Any], Sequence[Any]]:
        return arrays[:arguments], arrays[arguments:-arguments], arrays[-arguments:]

    def pure_tangent(*arrays: Array, **settings: Any) -> list[Array]:
        primals, results, moved = parts(arrays)
        found: Any = jax.jvp(functools.partial(pure, **settings), tuple(primals), tuple(moved))[1]
        return [after for after, result in zip(found, results, strict=True) if is_real(result)]

    def rule(primals: Sequence[Array], tangents: Sequence[Any], **settings: Any) -> Any:
        results = made.bind(*primals, **settings)
        moved = [ad.instantiate_zeros(one) for one in tangents]
        found = iter(tangent.bind(*primals, *results, *moved, **settings))
        zeros = [ad.Zero(jax.typeof(result).to_tangent_aval()) for result in results]
        return results, [next(found) if is_real(r) else zero for r, zero in zip(results, zeros, strict=True)]

    def back(gradients: Sequence[Any], *arrays: Any, **settings: Any) -> list[Any]:
        primals, results, moved = parts(arrays)
        wanted = [ad.is_undefined_primal(one) for one in moved]
        first, *others = gradients
        if all(type(other) is ad.Zero for other in others):
            found = backward(primals, results, ad.instantiate_zeros(first), wanted, **settings)
        else:
            given = iter(gradients)
            every = [ad.instantiate_zeros(next(given)) if is_real(r) else _no_gradient(r) for r in results]
            found = jax.vjp(functools.partial(pure, **settings), *primals)[1](every)
        own = [one if want else None for one, want in zip(found, wanted, strict=True)]
        return [None] * (len(arrays) - arguments) + own

    tangent.def_impl(pure_tangent)
    tangent.def_abstract_eval(lambda *arrays, **settings: [one for one in parts(arrays)[1] if is_real(one)])
    mlir.register_lowering(tangent, mlir.lower_fun(pure_tangent, True))
    batching.primitive_batchers[tangent] = functools.partial(in_turn, tangent, pure_tangent)
    ad.primitive_jvps[made], ad.primitive_transposes[tangent] = rule, back
    derive_from(tangent, pure_tangent)


def is_real(array: Any) -> bool:
    """Whether an array holds numbers that have derivatives."""
    return np.dtype(array.dtype).kind == "f" or str(array.dtype) == "bfloat16"


def _no_gradient(array: Any) -> Any:
    """What stands for the gradient of whole numbers."""
    return np.zeros(array.shape, jax.dtypes.float0)


def linear(made: Any) -> None:
    """Give a primitive that changes nothing its derivative: itself, forwards and backwards."""
    from jax.interpreters import ad

    ad.deflinear2(made, lambda gradient, _: [made.bind(gradient)])
