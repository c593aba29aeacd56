# Built by oftc 0.0.0 from layer.ts: build it again rather than edit it.
"""PEFT's HRA with a derived forward and backward pass: call use(model) after get_peft_model.

y = x·(W·householder(u))ᵀ

Parameters, their names in checkpoints, merging, saving and loading stay those of PEFT.
"""

import functools
import inspect
import types
import warnings
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from types import SimpleNamespace

import torch
from peft.tuners.hra.layer import HRALinear
from torch import Tensor, nn


def _first_order(backward):
    """
    The backward pass of an autograd function, whose results raise RuntimeError where they are differentiated.
    PyTorch's `once_differentiable` returns constants where the incoming gradient asks for no gradient.
    """

    class Refused(torch.autograd.Function):
        """The first `count` tensors, as functions of all."""

        @staticmethod
        def forward(count, *tensors):
            return tuple(t.view_as(t) for t in tensors[:count])

        @staticmethod
        def setup_context(ctx, inputs, output):
            pass

        @staticmethod
        def backward(ctx, *_):
            raise RuntimeError(
                "a first derivative of a derived layer is differentiated, and oftc derives no second ones: leave out "
                "create_graph=True, or take the layer as written, which is PEFT's own pass after restore(model)"
            )

    @functools.wraps(backward)
    def once(ctx, *gradients):
        # Gradients are enabled here under create_graph=True. Compiled graphs refuse second derivatives themselves.
        if torch.compiler.is_compiling() or not torch.is_grad_enabled():
            with torch.no_grad():
                return backward(ctx, *gradients)
        # Checkpointed tensors can be unpacked once.
        read = types.SimpleNamespace(
            saved_tensors=ctx.saved_tensors, needs_input_grad=ctx.needs_input_grad, sizes=getattr(ctx, "sizes", ())
        )
        with torch.no_grad():
            results = backward(read, *gradients)
        sources = [t for t in (*gradients, *read.saved_tensors) if t is not None and t.requires_grad]
        if torch._C._functorch.maybe_current_level() is None:
            # A tensor that the pass does not read may still have made one that it does.
            sources += [node.variable for node, _ in ctx.next_functions if hasattr(node, "variable")]
            sources.append(torch.zeros((), requires_grad=True))
        given = [r for r in results if r is not None]
        refused = iter(Refused.apply(len(given), *given, *sources))
        return tuple(None if r is None else next(refused) for r in results)

    return once


def _solve(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """X with a·X = b. Half-precision matrices are solved in float32, since LAPACK has no other routine."""
    if a.dtype in (torch.float16, torch.bfloat16):
        return torch.linalg.solve(a.float(), b.float()).to(a.dtype)
    return torch.linalg.solve(a, b)


def _compute_dtype(x: torch.Tensor) -> torch.dtype:
    """
    The dtype of the products with x: that of autocast where it is on, else that of x. Raises TypeError for an x of
    integers, in which a rotation would be rounded to zeros.
    """
    if not x.is_floating_point():
        raise TypeError(f"the layer multiplies floats, and x has {x.dtype}: give x.float()")
    is_half = _is_autocast(x) and x.dtype == torch.float32
    return torch.get_autocast_dtype(x.device.type) if is_half else x.dtype


def _without_autocast(x: torch.Tensor) -> AbstractContextManager:
    """A context in which tensors keep their dtypes. Printed layers convert them where they say so."""
    return torch.autocast(x.device.type, enabled=False) if _is_autocast(x) else nullcontext()


def _is_autocast(x: torch.Tensor) -> bool:
    """Whether autocast is on where x is. PyTorch raises for tensors without memory, for which it has none."""
    return x.device.type != "meta" and torch.is_autocast_enabled(x.device.type)


class _PositionalSignature(inspect.Signature):
    """A signature that binds arguments by their positions. The call itself refuses a wrong number of them."""

    def bind(self, *args) -> SimpleNamespace:
        return SimpleNamespace(args=args, apply_defaults=lambda: None)


def _with_signature(function: Callable) -> Callable:
    """
    The function, with its signature as an attribute that `inspect.signature` returns. PyTorch's `Function.apply` asks
    for the signature of `forward` and binds the arguments to it at each call. Otherwise Python would derive the
    signature from the code each time (40 µs), and bind arguments one by one (15 µs).
    """
    own = inspect.signature(function)
    function.__signature__ = _PositionalSignature(
        list(own.parameters.values()), return_annotation=own.return_annotation
    )
    return function


def _forward_before(x: Tensor, u: Tensor) -> tuple[Tensor, ...]:
    r = u.shape[1]
    row = torch.arange(r, device=x.device)[:, None]
    column = torch.arange(r, device=x.device)
    S = u.t() @ u
    S = torch.where(row < column, S, torch.where(row == column, 0.5 * S, 0.0))
    S2 = u.t()
    S2 = _solve(S, S2)
    h = x @ S2.to(x.dtype).t()
    z = torch.addmm(x, h, u.to(x.dtype).t(), alpha=-1)
    return z, S, S2, h


def _backward_before(
    needs: Sequence[bool], grad_z: Tensor, x: Tensor, u: Tensor, S: Tensor, S2: Tensor, h: Tensor
) -> tuple[Tensor | None, ...]:
    r = u.shape[1]
    row = torch.arange(r, device=grad_z.device)[:, None]
    column = torch.arange(r, device=grad_z.device)
    grad_x = None
    grad_u = None
    if needs[1]:
        S3 = S.t()
        G = (h.t() @ grad_z).to(u.dtype)
    g = grad_z @ u.to(grad_z.dtype)
    if needs[1]:
        G2 = (g.t() @ x).to(u.dtype)  # (A·B)ᵀ = Bᵀ·Aᵀ
        G2 = -G2
        G2 = _solve(S3, G2)
        del S3
        G3 = G2 @ S2.t()
        G3 = -G3
        G3 = torch.where(row < column, G3, torch.where(row == column, 0.5 * G3, 0.0))
        G4 = u @ G3
        G3 = G3 @ u.t()
        G = -G + G2 + G3
        del G2, G3
        grad_u = G4 + G.t()
        del G4, G
    if needs[0]:
        grad_x = torch.addmm(grad_z, g, S2.to(grad_z.dtype), alpha=-1)
    return grad_x, grad_u


class BeforeFunction(torch.autograd.Function):
    """Returns z, and the tensors that the backward pass reads."""

    @staticmethod
    @_with_signature
    def forward(x: Tensor, u: Tensor) -> tuple[Tensor, ...]:
        dtype = _compute_dtype(x)
        with _without_autocast(x):
            return _forward_before(x.to(dtype), u)

    @staticmethod
    def setup_context(ctx, inputs, output) -> None:
        ctx.save_for_backward(*inputs, *output[1:])
        ctx.mark_non_differentiable(*output[1:])
        ctx.set_materialize_grads(False)

    @staticmethod
    @_first_order
    def backward(ctx, grad_z: Tensor, *_) -> tuple[Tensor | None, ...]:
        if grad_z is None:
            return (None,) * 2
        x, u, *saved = ctx.saved_tensors
        needs = ctx.needs_input_grad
        with _without_autocast(grad_z):
            return _backward_before(needs, grad_z, x.to(grad_z.dtype), u, *saved)


_said: set[str] = set()


class Derived:
    """
    The forward pass of a layer of PEFT's. PEFT's class comes after it, and keeps all but the forward pass. A method
    states the rest.
    """

    def derived_adapters(self):
        """The container of the adapters that the layer has."""
        raise NotImplementedError

    def derived_refusal(self, active: Sequence[str]) -> str | None:
        """The setting of these adapters that the derived pass does not take; None where it takes all."""
        return None

    def derived_reason(self, active: Sequence[str]) -> str | None:
        """The reason why PEFT's own pass runs with these adapters; None where the derived one does."""
        for name, adapters in self.named_children():
            parts = () if name == "base_layer" else adapters.modules()
            if any(part._forward_hooks or part._forward_pre_hooks for part in parts):
                return f"{name} has forward hooks, which a derived pass does not call"
        return self.derived_refusal(active)

    def derived_forward(self, x: torch.Tensor, active: Sequence[str], *args, **kwargs) -> torch.Tensor:
        """The result with these adapters, in their order."""
        raise NotImplementedError

    def derived_active(self) -> list[str]:
        """The adapters that are to be applied; none where they are merged or disabled."""
        if self.disable_adapters or self.merged:
            return []
        return [name for name in self.active_adapters if name in self.derived_adapters()]

    def forward(self, x: torch.Tensor, *args, **kwargs) -> torch.Tensor:
        active = self.derived_active()
        if not active or kwargs.get("adapter_names") is not None:
            return super().forward(x, *args, **kwargs)
        kwargs.pop("adapter_names", None)
        reason = self.derived_reason(active)
        if reason is not None:
            method = next(cls.__name__ for cls in type(self).__mro__ if Derived in cls.__bases__)
            say_once(f"{method}: {reason}, so that PEFT's own forward pass runs")
            return super().forward(x, *args, **kwargs)
        return self.derived_forward(x, active, *args, **kwargs)


def exchange(model: nn.Module, own: type, derived: type) -> list[str]:
    """
    Gives every layer of the class `own` in a model the class `derived` over it, and returns the names of those that
    have it. Raises ValueError where there is none.
    """
    for layer in model.modules():
        if type(layer) is own:
            layer.__class__ = derived
    taken = [name for name, layer in model.named_modules() if type(layer) is derived]
    if not taken:
        raise ValueError(f"the model has no {own.__module__}.{own.__name__}: call use() on what get_peft_model returns")
    return taken


def say_once(text: str) -> None:
    # A compiled graph cannot warn.
    if text not in _said and not torch.compiler.is_compiling():
        _said.add(text)
        warnings.warn(text, stacklevel=4)


def as_rows(x: torch.Tensor) -> torch.Tensor:
    """The tensor as a matrix with a row for each token."""
    # Autograd adds to the gradient of a view in a new tensor, and in place to that of a matrix.
    return x if x.dim() == 2 else x.reshape(-1, x.shape[-1])


def on_rows(function, x: torch.Tensor, *others) -> torch.Tensor:
    """The first result of a function of rows, on a tensor with any number of dimensions before the last."""
    y = function.apply(as_rows(x), *others)[0]
    return y if x.dim() == 2 else y.reshape(*x.shape[:-1], y.shape[-1])


class HRA(Derived):
    def derived_adapters(self):
        return self.hra_u

    def derived_refusal(self, active):
        # The derived pass solves with their Gram matrix, which is singular.
        return "apply_GS starts from equal vectors" if any(self.hra_apply_GS[name] for name in active) else None

    def derived_forward(self, x, active, *args, **kwargs):
        dtype = x.dtype
        # The weight is W·H1·H2·…, so that x meets the last adapter first.
        for name in reversed(active):
            x = on_rows(BeforeFunction, x, self.hra_u[name])
        return self.base_layer(x.to(dtype), *args, **kwargs).to(dtype)


class DerivedHRALinear(HRA, HRALinear):
    """A layer of PEFT's with the derived passes of HRA."""


def use(model: nn.Module) -> list[str]:
    """Gives every HRALinear of PEFT's HRA in the model the derived passes. Returns their names."""
    return exchange(model, HRALinear, DerivedHRALinear)
