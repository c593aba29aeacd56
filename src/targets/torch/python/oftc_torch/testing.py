"""Compares a printed layer with the layer as it is written, in float64."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

#: The largest difference that float64 leaves between two orders of the same sums, relative to the largest element.
LIMIT = 2e-7
#: The roles of tensors that have a gradient. Others are "frozen", or "given" if they come with each call.
DIFFERENTIABLE = ("input", "trainable")

#: The compiler of `test_full_graph`: the one that needs no compiler of C++.
BACKEND = "aot_eager"


#: A number below which integers lie, or the size (rows, columns) of the matrix whose positions they are.
Below = int | tuple[int, int]


def draw(shape: Sequence[int], below: Below | None, generator: torch.Generator) -> torch.Tensor:
    """
    Small normal numbers; or, where `below` is given, positions of a matrix of that size, permutations if they fit,
    else integers below it.
    """
    if below is None:
        return torch.randn(tuple(shape), generator=generator, dtype=torch.float64) * 0.3
    if isinstance(below, tuple):
        return positions(shape, below, generator)
    if shape and shape[-1] == below:
        return torch.rand(tuple(shape), generator=generator).argsort(-1).int()
    return torch.randint(below, tuple(shape), generator=generator).int()


def positions(shape: Sequence[int], size: tuple[int, int], generator: torch.Generator) -> torch.Tensor:
    """Rows and columns of distinct positions: in order, or (3, k) with the order that sorts them as the third row."""
    (rows, columns), (parts, count) = size, shape
    drawn = torch.randperm(rows * columns, generator=generator)[:count]
    places = drawn if parts == 3 else drawn.sort().values
    order = [places.argsort()] if parts == 3 else []
    return torch.stack([places // columns, places % columns, *order]).int()


def _backward(pair: tuple[Callable, Callable], needs, cotangents, inputs, saved):
    """Runs the backward pass of a variant, which takes those of the inputs that it reads."""
    forward, backward = pair
    by_name = dict(zip(inspect.signature(forward).parameters, inputs))
    names = list(inspect.signature(backward).parameters)[1 + len(cotangents) :]
    taken = [by_name[name] for name in names if name in by_name]
    return backward(needs, *cotangents, *taken, *saved)


class LayerCase:
    """The tests of a layer. A subclass, which is a unittest.TestCase too, states the layer."""

    #: The autograd function, the two passes of each of its variants, and the layer as written.
    function: type[torch.autograd.Function]
    variants: Sequence[tuple[Callable, Callable]]
    written: Callable
    #: The merged weight, if the layer claims one: y = x @ weight.T + bias.
    weight: Callable | None = None
    #: The matrices that the layer claims to be orthogonal.
    orthogonal: Callable | None = None
    #: The result whose cotangent has the dtype of activations; None if no result has a row for each token.
    wide: int | None = 0
    #: The numbers of tokens that tests draw instead of those that the layer refuses.
    counts: Mapping[int, int] = {}
    #: Whether the layer keeps a value out of its gradient, which is then no derivative.
    detaches = False

    @staticmethod
    def shapes(tokens: int) -> dict[str, tuple[Sequence[int], Below | None, str]]:
        """The shape of each input, what its integers are, and its role."""
        raise NotImplementedError

    def _inputs(self, tokens: int) -> list[torch.Tensor]:
        generator = torch.Generator().manual_seed(tokens)
        drawn = []
        for shape, below, role in self.shapes(self.counts.get(tokens, tokens)).values():
            tensor = draw(shape, below, generator)
            drawn.append(tensor.requires_grad_(below is None and role in DIFFERENTIABLE))
        return drawn

    def _passed(self, inputs: Sequence[torch.Tensor], tokens: int) -> list[Any]:
        """The arguments of the passes, given those of the layer as written, which were drawn for `tokens`."""
        return list(inputs)

    def _applied(self, inputs: Sequence[torch.Tensor], tokens: int) -> list[torch.Tensor]:
        """The arguments of the function, given those of the layer as written."""
        return list(inputs)

    def _close(self, actual: torch.Tensor, expected: torch.Tensor, what: str) -> None:
        self.assertEqual(actual.shape, expected.shape, what)
        if expected.numel() == 0:
            return
        scale = max(float(expected.abs().max()), 1e-3)
        self.assertLessEqual(float((actual - expected).abs().max()) / scale, LIMIT, what)

    def _close_without_tokens(self, actual: torch.Tensor, expected: torch.Tensor, what: str) -> None:
        """As _close, where the mean or the maximum of no tokens is NaN or infinite in both."""
        self.assertTrue(torch.equal(actual.isfinite(), expected.isfinite()), what)
        torch.testing.assert_close(actual[~actual.isfinite()], expected[~expected.isfinite()], equal_nan=True, msg=what)
        self._close(actual[actual.isfinite()], expected[expected.isfinite()], what)

    def test_every_variant_is_the_layer_as_written(self) -> None:
        for tokens in (0, 1, 5):
            inputs = self._inputs(tokens)
            expected = self.written(*inputs)
            cotangents = [torch.randn_like(y) for y in expected]
            differentiated = [i for i in inputs if i.requires_grad]
            gradients = torch.autograd.grad(expected, differentiated, cotangents, allow_unused=True)
            wanted = iter(gradients)
            by_input = [next(wanted) if i.requires_grad else None for i in inputs]
            needs = [i.requires_grad for i in inputs]
            close = self._close if tokens > 0 else self._close_without_tokens
            for forward, backward in self.variants:
                detached = self._passed([i.detach() for i in inputs], tokens)
                result = forward(*detached)
                actual, saved = result[: len(expected)], result[len(expected) :]
                for n, (a, e) in enumerate(zip(actual, expected)):
                    self.assertEqual(a.shape, e.shape, forward.__name__)
                    close(a, e.detach(), f"{forward.__name__}, output {n}, {tokens} tokens")
                given = _backward((forward, backward), needs, cotangents, detached, saved)
                for name, gradient, want, tensor in zip(self.shapes(tokens), given, by_input, inputs):
                    if tensor.requires_grad:
                        want = torch.zeros_like(tensor) if want is None else want
                        self.assertEqual(gradient.shape, want.shape, backward.__name__)
                        close(gradient, want, f"{backward.__name__}, {name}, {tokens} tokens")

    def test_only_the_gradients_that_are_asked_for_are_computed(self) -> None:
        inputs = self._inputs(3)
        for asked, tensor in enumerate(inputs):
            if not tensor.requires_grad:
                continue
            for forward, backward in self.variants:
                plain = [i.detach() for i in inputs]
                detached, count = self._passed(plain, 3), len(self.written(*plain))
                result = forward(*detached)
                cotangents = [torch.ones_like(y) for y in result[:count]]
                all_needs = [i.requires_grad for i in inputs]
                whole = _backward((forward, backward), all_needs, cotangents, detached, result[count:])
                needs = [n == asked for n in range(len(inputs))]
                alone = _backward((forward, backward), needs, cotangents, detached, result[count:])
                self._close(alone[asked], whole[asked], "one gradient alone")

    def test_half_precision(self) -> None:
        """Activations and frozen tensors in bfloat16, parameters in float32; then all in bfloat16."""
        roles = [role for _, _, role in self.shapes(3).values()]
        count = len(self.written(*(i.detach() for i in self._inputs(3))))
        for parameters in (torch.float32, torch.bfloat16):
            inputs = [
                i.detach().to(parameters if role == "trainable" else torch.bfloat16) if i.is_floating_point() else i
                for i, role in zip(self._inputs(3), roles)
            ]
            for pair in self.variants:
                result = pair[0](*self._passed(inputs, 3))
                cotangents = [torch.ones_like(y) for y in result[:count]]
                needs = [i.is_floating_point() and role in DIFFERENTIABLE for i, role in zip(inputs, roles)]
                # As the function does: what comes with each call gets the dtype of activations.
                dtype = torch.bfloat16 if self.wide is None else cotangents[self.wide].dtype
                taken = [
                    i.to(dtype) if i.is_floating_point() and role in ("input", "given") else i
                    for i, role in zip(inputs, roles)
                ]
                arguments = self._passed(taken, 3)
                gradients = _backward(pair, needs, cotangents, arguments, result[count:])
                for gradient, i, needed in zip(gradients, taken, needs):
                    if needed:
                        self.assertEqual((gradient.dtype, gradient.shape), (i.dtype, i.shape), pair[1].__name__)

    def test_gradcheck(self) -> None:
        if self.detaches:
            self.skipTest("the layer detaches a value from its gradient, so that no difference quotient equals it")
        inputs = self._inputs(3)
        count = len(self.written(*(i.detach() for i in inputs)))
        self.assertTrue(
            torch.autograd.gradcheck(
                lambda *all: self.function.apply(*self._applied(all, 3))[:count], inputs, fast_mode=True
            )
        )

    def test_full_graph(self) -> None:
        """torch.compile takes the function whole, without a break."""
        inputs = [i.detach().float() if i.is_floating_point() else i for i in self._inputs(3)]
        for i, expected in zip(inputs, self._inputs(3)):
            i.requires_grad_(expected.requires_grad)
        count = len(self.written(*(i.detach() for i in inputs)))

        def run(*all):
            results = self.function.apply(*self._applied(all, 3))[:count]
            return torch.autograd.grad(sum(y.sum() for y in results), differentiated, allow_unused=True)

        differentiated = [i for i in inputs if i.requires_grad]
        torch._dynamo.reset()
        compiled = torch.compile(lambda *all: self.function.apply(*all)[:count], fullgraph=True, backend=BACKEND)
        results = compiled(*self._applied(inputs, 3))
        gradients = torch.autograd.grad(sum(y.sum() for y in results), differentiated, allow_unused=True)
        for actual, expected in zip(gradients, run(*inputs), strict=True):
            if expected is not None:
                torch.testing.assert_close(actual, expected)

    def test_a_second_derivative_is_refused(self) -> None:
        inputs = self._inputs(2)
        y = self.function.apply(*self._applied(inputs, 2))[0]
        differentiated = [i for i in inputs if i.requires_grad]
        # The gradient that comes in depends on the layer, and then on nothing.
        for objective in (y.square().sum(), y.sum()):
            first = torch.autograd.grad(objective, differentiated, create_graph=True, allow_unused=True)
            total = y.mean() + sum(g.square().sum() for g in first if g is not None)
            for again in (
                lambda: total.backward(retain_graph=True),
                lambda: torch.autograd.grad(total, differentiated, retain_graph=True, allow_unused=True),
            ):
                with self.assertRaisesRegex(RuntimeError, "oftc derives no second ones"):
                    again()

    def test_the_merged_weight(self) -> None:
        if self.weight is None:
            self.skipTest("the layer claims no merged weight")
        inputs = [i.detach() for i in self._inputs(4)]
        weight, *bias = self.weight(*inputs)
        y = inputs[0] @ weight.T
        self._close(y + bias[0] if bias else y, self.written(*inputs)[0], "x @ weight.T")

    def test_orthogonal_factors(self) -> None:
        if self.orthogonal is None:
            self.skipTest("the layer claims no orthogonal factor")
        for factor in self.orthogonal(*(i.detach() for i in self._inputs(1))):
            eye = torch.eye(factor.shape[-1], dtype=factor.dtype).expand(factor.mT.shape[:-1] + factor.shape[-1:])
            self._close(factor.mT @ factor, eye, "factor.T @ factor")


class QuantizedCase(LayerCase):
    """The tests of a layer with quantised tensors, against the layer as written with the values that they stand for."""

    #: The formats of quantised tensors, by name.
    quantized: Mapping[str, Any]

    def _parts(self, tokens: int) -> dict[str, list[torch.Tensor]]:
        """The parts of each quantised tensor that decoding takes."""
        drawn = dict(zip(self.shapes(tokens), super()._inputs(tokens)))
        found = {}
        for name, form in self.quantized.items():
            parts = form.encode(drawn[name].float(), torch.float32)
            parts |= form.derive(parts)
            found[name] = [parts[part] for part in form.inputs()]
        return found

    def _inputs(self, tokens: int) -> list[torch.Tensor]:
        parts = self._parts(tokens)
        return [
            self.quantized[name].decode(torch.float64, *parts[name]) if name in parts else tensor
            for name, tensor in zip(self.shapes(tokens), super()._inputs(tokens))
        ]

    def _passed(self, inputs: Sequence[torch.Tensor], tokens: int) -> list[Any]:
        parts = self._parts(tokens)
        return [parts.get(name, tensor) for name, tensor in zip(self.shapes(tokens), inputs)]

    def _applied(self, inputs: Sequence[torch.Tensor], tokens: int) -> list[torch.Tensor]:
        parts = self._parts(tokens)
        first = [parts[name][0] if name in parts else tensor for name, tensor in zip(self.shapes(tokens), inputs)]
        return first + [tensor for all in parts.values() for tensor in all[1:]]

    def test_quantised_tensors_are_near_what_they_were_made_from(self) -> None:
        drawn = dict(zip(self.shapes(3), super()._inputs(3)))
        for name, decoded in zip(self.shapes(3), self._inputs(3)):
            if name in self.quantized:
                error = float((decoded - drawn[name]).norm() / drawn[name].norm())
                self.assertLess(error, 0.2, name)
                self.assertGreater(error, 0, name)
