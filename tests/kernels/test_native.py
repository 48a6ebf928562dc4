"""The native kernels against the pure forms, which are tested against formulas, in every way that JAX calls them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lamina.errors import SettingError
from lamina.kernels import convolution, lstm, native, normalization, pooled_convolution, pooling, product, written
from lamina.kernels.patches import conv2d_by_xla

needs_build = pytest.mark.skipif(not native.build(), reason=f"no native kernels: {native.reason()}")
Kernel = Callable[..., Any]

CONVOLUTIONS = [
    # batch, height, width, channels, size, filters, stride, padding
    (3, 7, 9, 1, (3, 3), 5, (1, 1), "same"),
    (2, 9, 11, 3, (5, 5), 6, (2, 2), "same"),
    (1, 13, 7, 16, (3, 3), 33, (2, 2), "valid"),
    (2, 14, 14, 6, (5, 5), 16, (1, 1), "valid"),
    (2, 10, 10, 17, (1, 1), 19, (1, 1), "valid"),
    (2, 8, 8, 16, (1, 1), 32, (2, 2), "valid"),
    (1, 20, 17, 4, (7, 7), 8, (3, 3), "same"),
    (2, 5, 5, 70, (3, 3), 100, (1, 1), "same"),
    (2, 12, 12, 8, (2, 3), 24, (2, 3), "valid"),
    (2, 6, 6, 5, (4, 4), 7, (4, 4), "valid"),
    (2, 11, 6, 5, (2, 2), 7, (3, 3), "valid"),
    (130, 4, 4, 8, (3, 3), 8, (1, 1), "same"),
    (1, 90, 120, 24, (3, 3), 12, (1, 1), "same"),
    (3, 1, 64, 5, (1, 5), 9, (1, 2), "same"),
    (0, 5, 5, 2, (3, 3), 4, (1, 1), "same"),
]


def numbers(*shape: int, seed: int = 0) -> Any:
    """Random ones, float32."""
    return jnp.asarray(np.random.default_rng(seed).normal(size=shape), jnp.float32)


def assert_agrees(kernel: Kernel, pure: Kernel, *arrays: Any, tolerance: float = 2e-5) -> None:
    """Values, gradients, and directional derivatives, as shares of the largest number."""
    towards = numbers(*jax.eval_shape(kernel, *arrays).shape, seed=9)
    moved = tuple(numbers(*array.shape, seed=8) for array in arrays)

    def looked_at(form: Kernel, *arrays: Any) -> Any:
        y, back = jax.vjp(form, *arrays)
        return y, *back(towards), jax.jvp(form, arrays, moved)[1]

    found, expected = (jax.jit(partial(looked_at, form))(*arrays) for form in (kernel, pure))
    for one, other in zip(found, expected, strict=True):
        assert one.shape == other.shape
        if one.size:
            assert np.abs(one - other).max() <= tolerance * (np.abs(other).max() + 1e-9)


@pytest.mark.slow
@needs_build
@pytest.mark.parametrize("case", CONVOLUTIONS, ids=str)
def test_convolution(case: Any) -> None:
    batch, height, width, channels, size, filters, stride, padding = case
    x, weight = numbers(batch, height, width, channels), numbers(*size, channels, filters, seed=1)
    pads = convolution.pads_of(x.shape, weight.shape, stride, padding)
    assert_agrees(
        lambda x, w: convolution.conv2d(x, w, stride, padding),
        lambda x, w: conv2d_by_xla(x, w, stride, pads, (1, 1)),
        x, weight,
    )  # fmt: skip


@pytest.mark.slow
@needs_build
@pytest.mark.parametrize("case", [case for case in CONVOLUTIONS if min(case[1:3]) > 8], ids=str)
def test_convolution_with_bias_relu_and_pooling(case: Any) -> None:
    batch, height, width, channels, size, filters, stride, padding = case
    x, weight, bias = (
        numbers(batch, height, width, channels),
        numbers(*size, channels, filters, seed=1),
        numbers(filters),
    )
    slide = {"stride": stride, "pads": convolution.pads_of(x.shape, weight.shape, stride, padding)}
    assert_agrees(
        lambda x, weight, bias: pooled_convolution.conv2d_bias_relu_pool(x, weight, bias, stride, padding),
        lambda *arrays: pooled_convolution._pure(*arrays, **slide)[0],
        x, weight, bias,
    )  # fmt: skip


@pytest.mark.slow
@needs_build
@pytest.mark.parametrize("shape", [(2, 4, 6, 1), (3, 5, 7, 17), (1, 2, 2, 64), (0, 4, 4, 3)])
def test_pooling(shape: Any) -> None:
    assert_agrees(
        lambda x: pooling.max_pool2d(x, (2, 2), (2, 2)),
        lambda x: pooling._largest_of_windows(x, (2, 2)),
        numbers(*shape),
    )


@pytest.mark.slow
@needs_build
def test_equal_numbers_share_the_gradient_as_in_the_pure_form() -> None:
    x = jnp.asarray(np.random.default_rng(0).integers(0, 2, (4, 6, 6, 5)), jnp.float32)
    assert_agrees(lambda x: pooling.max_pool2d(x, (2, 2), (2, 2)), lambda x: pooling._largest_of_windows(x, (2, 2)), x)


@pytest.mark.slow
@needs_build
@pytest.mark.parametrize("relu", [False, True])
@pytest.mark.parametrize("shape", [(5, 7, 6, 16), (5, 7, 6, 3), (9, 200), (2, 3, 1), (40, 20, 20, 64)])
def test_batch_normalization(shape: Any, relu: bool) -> None:
    x, scale, bias = 2 * numbers(*shape) + 3, 1 + numbers(shape[-1], seed=1) ** 2, numbers(shape[-1], seed=2)
    real = jnp.asarray([1.0] * (shape[0] - 1) + [0.0])
    assert_agrees(
        lambda x, scale, bias: normalization.batch_norm(x, scale, bias, real, 1e-5, relu)[0],
        lambda x, scale, bias: normalization._pure(x, scale, bias, real, epsilon=1e-5, relu=relu)[0],
        x, scale, bias, tolerance=5e-5,
    )  # fmt: skip


@pytest.mark.slow
@needs_build
@pytest.mark.parametrize("relu", [False, True])
def test_batch_normalization_with_something_added(relu: bool) -> None:
    x, added, scale = numbers(5, 7, 6, 16), numbers(5, 7, 6, 16, seed=4), 1 + numbers(16, seed=1) ** 2
    real = jnp.asarray([1.0, 1, 1, 1, 0])
    assert_agrees(
        lambda x, scale, added: normalization.batch_norm(x, scale, scale, real, 1e-5, relu, added)[0],
        lambda x, scale, added: normalization._pure(x, scale, scale, real, added, epsilon=1e-5, relu=relu)[0],
        x, scale, added, tolerance=5e-5,
    )  # fmt: skip


@pytest.mark.slow
@needs_build
def test_statistics_are_those_of_the_real_examples_and_have_derivatives() -> None:
    x, real = numbers(6, 3, 4), jnp.asarray([1.0, 1, 0, 1, 1, 0])
    one, zero = jnp.ones(4), jnp.zeros(4)
    far = 1e4 + x  # the mean is large beside the deviation
    _, mean, variance = normalization.batch_norm(far.at[2].set(jnp.nan), one, zero, real, 1e-5)
    chosen = np.asarray(far, np.float64)[[0, 1, 3, 4]].reshape(-1, 4)
    np.testing.assert_allclose(mean, chosen.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(variance, chosen.var(axis=0), rtol=1e-2)
    given, pure = (
        jax.grad(lambda x, form=form: (form(x)[1] ** 2 + form(x)[2]).sum())(x)
        for form in (
            lambda x: normalization.batch_norm(x, one, zero, real, 1e-5),
            lambda x: normalization._pure(x, one, zero, real, epsilon=1e-5, relu=False),
        )
    )
    np.testing.assert_allclose(given, pure, atol=1e-6)


@pytest.mark.slow
@needs_build
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize(("batch", "steps", "units"), [(3, 5, 4), (7, 9, 24), (70, 3, 17), (2, 1, 128), (0, 4, 3)])
def test_lstm(batch: int, steps: int, units: int, reverse: bool) -> None:
    z, weight = numbers(batch, steps, 4 * units), 0.3 * numbers(units, 4 * units, seed=1)
    real = jnp.asarray(np.random.default_rng(2).random((batch, steps)) < 0.7, jnp.float32)
    assert_agrees(
        lambda z, weight: lstm.lstm_sequence(z, weight, real, reverse),
        lambda z, weight: lstm._pure(z, weight, real, reverse=reverse)[0],
        z, weight,
    )  # fmt: skip


@needs_build
@pytest.mark.parametrize("sizes", [(300, 17, 33), (513, 192, 70), (1, 3, 5), (0, 4, 3), (1030, 14, 128)], ids=str)
def test_product(sizes: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(product, "MANY", 0)
    rows, inputs, units = sizes
    assert_agrees(product.product, jnp.matmul, numbers(rows, inputs), numbers(inputs, units, seed=1))


@pytest.mark.slow
@needs_build
@pytest.mark.parametrize("sizes", [(300, 17, 33), (70, 410, 128), (513, 192, 7)], ids=str)
def test_a_product_with_few_numbers_that_are_not_0(sizes: Any) -> None:
    rows, inputs, units = sizes
    few = np.random.default_rng(2).random((rows, inputs)) < 0.05
    x = jnp.where(few, numbers(rows, inputs), 0)
    assert_agrees(product.product, jnp.matmul, x, numbers(inputs, units, seed=1))


@pytest.mark.slow
@needs_build
def test_a_product_is_the_same_whether_zeros_are_looked_for() -> None:
    weight, dense = numbers(64, 33, seed=1), numbers(128, 64)
    sparse = dense.at[:, 3:].set(0)  # one row of them alone is found in a dense batch as well
    mixed = jnp.concatenate([sparse, dense, dense, dense, dense])
    np.testing.assert_array_equal(product.product(sparse, weight), product.product(mixed, weight)[:128])


@pytest.mark.slow
@needs_build
def test_what_is_written_stays_as_it_is() -> None:
    assert_agrees(lambda x: jnp.sin(written.written(2 * x)), lambda x: jnp.sin(2 * x), numbers(7, 5))
    x = numbers(7, 5)
    assert (jax.jit(written.written)(x) == x).all()
    np.testing.assert_array_equal(x, numbers(7, 5))


def test_a_product_of_any_number_of_axes() -> None:
    x, weight = numbers(6, 50, 7), numbers(7, 9, seed=1)
    assert x.shape[0] * x.shape[1] >= product.MANY
    np.testing.assert_allclose(product.product(x, weight), np.asarray(x) @ np.asarray(weight), rtol=1e-5, atol=1e-5)


@pytest.mark.slow
@needs_build
def test_the_gates_functions_are_exact_over_their_range() -> None:
    z = np.concatenate([np.linspace(-30, 30, 4001), np.geomspace(1e-30, 1, 95)]).astype(np.float32)
    sums = np.stack([np.full_like(z, 50), np.full_like(z, -50), z, np.full_like(z, 50)], axis=1)[:, None]
    h = lstm.lstm_sequence(jnp.asarray(sums), jnp.zeros((1, 4)), jnp.ones((len(z), 1)))
    expected = np.tanh(np.tanh(z.astype(np.float64)))
    np.testing.assert_allclose(np.asarray(h)[:, 0, 0], expected, rtol=4e-7)
    assert np.isnan(lstm.lstm_sequence(jnp.full((1, 1, 4), jnp.nan), jnp.zeros((1, 4)), jnp.ones((1, 1)))).all()


def each_form(x: Any, w: Any) -> list[tuple[Kernel, tuple[Any, ...]]]:
    """Kernels of few numbers, as functions of what has derivatives."""
    real = jnp.ones((2, 3))
    z, u = numbers(2, 3, 8), numbers(2, 8, seed=1)
    return [
        (lambda x, w: convolution.conv2d(x, w, (2, 1), "same"), (x, w)),
        (lambda x, w: pooled_convolution.conv2d_bias_relu_pool(x, w, jnp.ones(4)), (x, w)),
        (lambda x: pooling.max_pool2d(x, (2, 2), (2, 2)), (x,)),
        (lambda x, s: normalization.batch_norm(x, s, s, jnp.ones(2), 1e-3, True)[0], (x, jnp.ones(3))),
        (lambda z, u: lstm.lstm_sequence(z, u, real), (z, u)),
        (lambda x, w: product.product(x, w), (numbers(product.MANY, 3), numbers(3, 2, seed=1))),
        (lambda x: jnp.sin(written.written(jnp.sin(x))), (x,)),
        (lambda x, w: convolution.conv2d(x, w, (1, 2), "same", groups=3), (x, w[:, :, :1, :3])),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("place", range(8))
def test_vmap_and_second_derivatives(place: int) -> None:
    x, w = numbers(2, 5, 6, 3), numbers(3, 2, 3, 4, seed=1)
    kernel, arrays = each_form(x, w)[place]

    def number(*arrays: Any) -> Any:
        return jnp.sum(jnp.sin(kernel(*arrays)))

    many = tuple(jnp.stack([array, 2 * array, -array]) for array in arrays)
    for axes in ([0] + [None] * (len(arrays) - 1), [0] * len(arrays)):
        given = [own if axis == 0 else array for own, array, axis in zip(many, arrays, axes, strict=True)]
        slope = jax.jit(jax.grad(number, argnums=tuple(range(len(arrays)))))
        at_once = jax.jit(jax.vmap(slope, axes))(*given)
        for row in range(3):
            alone = slope(*(own[row] if axis == 0 else own for own, axis in zip(given, axes, strict=True)))
            for one, other in zip(at_once, alone, strict=True):
                np.testing.assert_allclose(one[row], other, rtol=1e-5, atol=1e-5)
    with jax.enable_x64(True):
        exact = tuple(np.asarray(array, np.float64) for array in arrays)
        towards = tuple(np.cos(array) for array in exact)
        slopes = jax.grad(number, argnums=tuple(range(len(exact))))

        def along(*arrays: Any) -> Any:
            return sum(jnp.vdot(slope, one) for slope, one in zip(slopes(*arrays), towards, strict=True))

        backwards = jax.jit(jax.grad(along))(*exact)
        ahead = jax.jit(lambda at, towards: jax.jvp(jax.grad(number), at, towards)[1])
        np.testing.assert_allclose(backwards, ahead(exact, towards), atol=1e-12)
    single = ahead(arrays, tuple(jnp.cos(array) for array in arrays))
    np.testing.assert_allclose(single, backwards, rtol=2e-3, atol=2e-3)


@pytest.mark.parametrize("place", [0, 1, 2, 4])
def test_vmap_over_examples_is_one_call_with_more_of_them(place: int) -> None:
    kernel, arrays = each_form(numbers(2, 5, 6, 3), numbers(3, 2, 3, 4, seed=1))[place]
    many = jnp.stack([arrays[0], -arrays[0]])
    program = str(jax.make_jaxpr(jax.vmap(kernel, [0] + [None] * (len(arrays) - 1)))(many, *arrays[1:]))
    assert program.count("lamina_") == 1
    assert "scan" not in program
    assert "platform_index" not in program


THREADS = """
import os, sys
os.environ["XLA_FLAGS"] = sys.argv[1]
os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[: int(sys.argv[2])]))
import hashlib, numpy, jax, jax.numpy as jnp
from lamina.kernels import convolution, lstm, native, normalization, pooled_convolution, pooling, product
draw = numpy.random.default_rng(0).normal
x, w, s = (jnp.asarray(draw(size=n), jnp.float32) for n in ((33, 12, 12, 16), (3, 3, 16, 24), (24,)))
z, u = (jnp.asarray(draw(size=n), jnp.float32) for n in ((33, 7, 96), (24, 96)))
rows = jnp.asarray(draw(size=(900, 96)), jnp.float32)
def loss(x, w, s, z, u):
    y = normalization.batch_norm(convolution.conv2d(x, w), s, s, jnp.ones(33), 1e-5, True)[0]
    y = jnp.sum(y ** 2) + jnp.sum(pooled_convolution.conv2d_bias_relu_pool(x, w, s) ** 2)
    y = y + jnp.sum(pooling.max_pool2d(x, (2, 2), (2, 2)) ** 2) + jnp.sum(product.product(rows, u.T) ** 2)
    return y + jnp.sum(lstm.lstm_sequence(z, u, jnp.ones((33, 7))) ** 2)
found = jax.jit(jax.grad(loss, argnums=(0, 1, 2, 3, 4)))(x, w, s, z, u)
print(native.build(), hashlib.sha256(b"".join(numpy.asarray(one).tobytes() for one in found)).hexdigest())
"""


@pytest.mark.slow
@needs_build
@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="processes cannot be bound to cores here")
def test_the_number_of_threads_changes_no_bit() -> None:
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("one core alone")
    said = {
        subprocess.run(  # our own words
            [sys.executable, "-c", THREADS, "", cores], capture_output=True, text=True, check=True
        ).stdout
        for cores in ("1", "2")
    }
    assert len(said) == 1


def chosen(name: str) -> Any:
    """What a process with this choice says."""
    words = "from lamina.kernels import native; print(repr(native.build()), native.reason())"
    environment = {**os.environ, native.VARIABLE: name}
    return subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, env=environment)


def test_the_pure_forms_can_be_asked_for() -> None:
    assert chosen("pure").stdout == "'' LAMINA_KERNELS says so\n"


def test_a_build_that_there_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingError, match="LAMINA_KERNELS names a build, avx512, avx2, neon, or pure; got 'sse'"):
        native._choose("sse")
    monkeypatch.setattr(native, "_module", lambda name: None)
    assert (
        native._choose("")[1]
        == "they were not built: install Lamina again where there is a C++ compiler (g++ or clang)"
    )


class Processor:
    """One of another machine."""

    def __init__(self, best: str) -> None:
        self.best = lambda: best


def test_each_processor_gets_a_build_that_it_can_run(monkeypatch: pytest.MonkeyPatch) -> None:
    for best in ("avx512", "avx2", "neon"):
        monkeypatch.setattr(native, "_module", lambda name, best=best: Processor(best))
        assert native._choose("") == (best, "")
    monkeypatch.setattr(native, "_module", lambda name: Processor("avx512"))
    assert native._choose("avx2") == ("avx2", "")
    monkeypatch.setattr(native, "_module", lambda name: Processor("avx2"))
    with pytest.raises(SettingError, match="LAMINA_KERNELS: this processor runs avx2, not avx512"):
        native._choose("avx512")
    monkeypatch.setattr(native, "_module", lambda name: Processor(""))
    assert native._choose("") == ("", "this processor has neither AVX2 nor NEON")
