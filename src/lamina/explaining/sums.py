"""Sums that a person can do again: products, a bias, the total, and what a function makes of it."""

from __future__ import annotations

from dataclasses import dataclass

from lamina.errors import ExplanationError

ROUNDING = 2e-4
"""How far a sum of float32 products may be from the program's, as a share of the sum of their sizes."""
SMALLEST = 1e-5


@dataclass(frozen=True)
class Term:
    """One number times another.

    Args:
        name: where the first one stands, such as "petal width" or "neuron 5".
        value: the first one.
        factor: what it is multiplied by.
        weight: where the factor stands in the layer's params, as (array, index); None where it is not learnt.
    """

    name: str
    value: float
    factor: float
    weight: tuple[str, tuple[int, ...]] | None = None

    @property
    def product(self) -> float:
        """value x factor."""
        return self.value * self.factor


@dataclass(frozen=True)
class Sum:
    """Products that are added up, the total that the program has, and what a function makes of it.

    Args:
        name: of the total, such as "z".
        terms: the products.
        total: as the program computed it.
        bias: what is added to the products; None where there is nothing.
        function: what is done to the total, by name; "" where nothing is.
        output: what comes of it.
    """

    name: str
    terms: tuple[Term, ...]
    total: float
    bias: float | None = None
    function: str = ""
    output: float | None = None

    def largest(self, count: int) -> tuple[list[Term], int, float]:
        """The terms that add most, and of the others how many there are and what they add up to.

        Terms of 0 add nothing and come last.

        Example:
            >>> one = Sum("z", (Term("a", 1.0, 2.0), Term("b", 3.0, -4.0), Term("c", 0.5, 1.0)), -9.5)
            >>> [term.name for term in one.largest(1)[0]], one.largest(1)[1:]
            (['b'], (2, 2.5))
        """
        ordered = sorted(self.terms, key=lambda term: -abs(term.product))
        return ordered[:count], len(ordered[count:]), sum(term.product for term in ordered[count:])

    def check(self) -> Sum:
        """Itself, after everything was added up again in float64.

        Raises:
            ExplanationError: the total is another.
        """
        again = sum(term.product for term in self.terms) + (self.bias or 0.0)
        size = sum(abs(term.product) for term in self.terms) + abs(self.bias or 0.0)
        if not abs(again - self.total) <= ROUNDING * size + SMALLEST:
            raise ExplanationError(f"{self.name} adds up to {again:.7g}, but the program has {self.total:.7g}")
        return self
