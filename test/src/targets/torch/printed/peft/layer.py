# Built by oftc 0.0.0 from layer.ts: build it again rather than edit it.
"""The layers of hoft, with passes that oftc derived."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from . import oftc_torch
from .config import HoftConfig
from .oftc_torch.tuner import MethodLayer


def _forward_before(x: Tensor, v: Tensor) -> tuple[Tensor, ...]:
    r = v.shape[0]
    row = torch.arange(r, device=x.device)[:, None]
    column = torch.arange(r, device=x.device)
    S = v @ v.t()
    S = torch.where(row < column, S, torch.where(row == column, 0.5 * S, 0.0))
    S2 = oftc_torch.solve(S, v)
    h = x @ S2.to(x.dtype).t()
    z = torch.addmm(x, h, v.to(x.dtype), alpha=-1)
    return z, S, S2, h


def _backward_before(
    needs: Sequence[bool], grad_z: Tensor, x: Tensor, v: Tensor, S: Tensor, S2: Tensor, h: Tensor
) -> tuple[Tensor | None, ...]:
    r = v.shape[0]
    row = torch.arange(r, device=grad_z.device)[:, None]
    column = torch.arange(r, device=grad_z.device)
    grad_x = None
    grad_v = None
    if needs[1]:
        S3 = S.t()
        G = (h.t() @ grad_z).to(v.dtype)
    g = grad_z @ v.to(grad_z.dtype).t()
    if needs[1]:
        G2 = (g.t() @ x).to(v.dtype)  # (A·B)ᵀ = Bᵀ·Aᵀ
        G2 = -G2
        G2 = oftc_torch.solve(S3, G2)
        del S3
        G3 = G2 @ S2.t()
        G3 = -G3
        G3 = torch.where(row < column, G3, torch.where(row == column, 0.5 * G3, 0.0))
        G3 = G3 + G3.t()
        G3 = G3 @ v
        grad_v = G3 - G + G2
        del G, G2, G3
    if needs[0]:
        grad_x = torch.addmm(grad_z, g, S2.to(grad_z.dtype), alpha=-1)
    return grad_x, grad_v


class BeforeFunction(torch.autograd.Function):
    """Returns z, and the tensors that the backward pass reads."""

    @staticmethod
    @oftc_torch.with_signature
    def forward(x: Tensor, v: Tensor) -> tuple[Tensor, ...]:
        dtype = oftc_torch.compute_dtype(x)
        with oftc_torch.without_autocast(x):
            return _forward_before(x.to(dtype), v)

    @staticmethod
    def setup_context(ctx, inputs, output) -> None:
        ctx.save_for_backward(*inputs, *output[1:])
        ctx.mark_non_differentiable(*output[1:])
        ctx.set_materialize_grads(False)

    @staticmethod
    @oftc_torch.first_order
    def backward(ctx, grad_z: Tensor, *_) -> tuple[Tensor | None, ...]:
        if grad_z is None:
            return (None,) * 2
        x, v, *saved = ctx.saved_tensors
        needs = ctx.needs_input_grad
        with oftc_torch.without_autocast(grad_z):
            return _backward_before(needs, grad_z, x.to(grad_z.dtype), v, *saved)


def _forward_after(base: Tensor, u: Tensor) -> tuple[Tensor, ...]:
    r = u.shape[0]
    row = torch.arange(r, device=base.device)[:, None]
    column = torch.arange(r, device=base.device)
    S = u @ u.t()
    S = torch.where(row < column, S, torch.where(row == column, 0.5 * S, 0.0))
    S2 = oftc_torch.solve(S, u)
    h = base @ S2.to(base.dtype).t()
    y = torch.addmm(base, h, u.to(base.dtype), alpha=-1)
    return y, S, S2, h


def _backward_after(
    needs: Sequence[bool], grad_y: Tensor, base: Tensor, u: Tensor, S: Tensor, S2: Tensor, h: Tensor
) -> tuple[Tensor | None, ...]:
    r = u.shape[0]
    row = torch.arange(r, device=grad_y.device)[:, None]
    column = torch.arange(r, device=grad_y.device)
    grad_base = None
    grad_u = None
    if needs[1]:
        S3 = S.t()
        G = (h.t() @ grad_y).to(u.dtype)
    g = grad_y @ u.to(grad_y.dtype).t()
    if needs[1]:
        G2 = (g.t() @ base).to(u.dtype)  # (A·B)ᵀ = Bᵀ·Aᵀ
        G2 = -G2
        G2 = oftc_torch.solve(S3, G2)
        del S3
        G3 = G2 @ S2.t()
        G3 = -G3
        G3 = torch.where(row < column, G3, torch.where(row == column, 0.5 * G3, 0.0))
        G3 = G3 + G3.t()
        G3 = G3 @ u
        grad_u = G3 - G + G2
        del G, G2, G3
    if needs[0]:
        grad_base = torch.addmm(grad_y, g, S2.to(grad_y.dtype), alpha=-1)
    return grad_base, grad_u


class AfterFunction(torch.autograd.Function):
    """Returns y, and the tensors that the backward pass reads."""

    @staticmethod
    @oftc_torch.with_signature
    def forward(base: Tensor, u: Tensor) -> tuple[Tensor, ...]:
        dtype = oftc_torch.compute_dtype(base)
        with oftc_torch.without_autocast(base):
            return _forward_after(base.to(dtype), u)

    @staticmethod
    def setup_context(ctx, inputs, output) -> None:
        ctx.save_for_backward(*inputs, *output[1:])
        ctx.mark_non_differentiable(*output[1:])
        ctx.set_materialize_grads(False)

    @staticmethod
    @oftc_torch.first_order
    def backward(ctx, grad_y: Tensor, *_) -> tuple[Tensor | None, ...]:
        if grad_y is None:
            return (None,) * 2
        base, u, *saved = ctx.saved_tensors
        needs = ctx.needs_input_grad
        with oftc_torch.without_autocast(grad_y):
            return _backward_after(needs, grad_y, base.to(grad_y.dtype), u, *saved)


class HoftLayer(MethodLayer):
    """y = x·((householder(uᵀ)·W)·householder(vᵀ))ᵀ + bias"""

    adapter_layer_names = ("hoft_u", "hoft_v")
    other_param_names = ("sizes",)

    @staticmethod
    def sizes_of(config: HoftConfig, in_features: int, out_features: int) -> dict[str, int]:
        r = config.r
        in_ = in_features
        out = out_features
        return {"r": r, "in": in_, "out": out}

    @staticmethod
    def weight_shape(sizes: Mapping[str, int]) -> tuple[int, int]:
        in_ = sizes["in"]
        out = sizes["out"]
        return (out, in_)

    @staticmethod
    def declared(sizes: Mapping[str, int]) -> dict[str, tuple]:
        r = sizes["r"]
        in_ = sizes["in"]
        out = sizes["out"]
        return {
            "hoft_u": ((r, out), {"pairs": 0, "of": {"normal": 1}}),
            "hoft_v": ((r, in_), {"pairs": 0, "of": {"normal": 1}}),
        }

    def before(self, name: str, x: Tensor) -> Tensor:
        z, *_ = BeforeFunction.apply(x, self.hoft_v[name])
        return z

    def after(self, name: str, base: Tensor | None, x: Tensor, bias: Tensor | None) -> Tensor:
        y, *_ = AfterFunction.apply(base, self.hoft_u[name])
        return y
