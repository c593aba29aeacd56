# Printed by oftc (npm run docs): change the layer or the printer rather than this file.
"""y = (x·(diag(cayley(1/2·(R[0] − R[0]ᵀ)))ᵀ·Wᵀ)) ⊙ (s as (out))

A part before the frozen layer maps x to z, and one after it maps base(z) to y.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

import oftc_torch


def _forward_before(x: Tensor, R: Tensor) -> tuple[Tensor, ...]:
    r = R.shape[1]
    b = R.shape[2]
    I = torch.eye(b, dtype=R.dtype, device=R.device).expand((r, b, b))
    S = R[0] - R[0].transpose(-2, -1)
    S2 = I + -0.5 * S
    S = I + 0.5 * S
    del I
    R2 = oftc_torch.solve(S2, S)
    del S2, S
    z = oftc_torch.block_matmul(x.unflatten(1, (r, b)), R2.to(x.dtype).transpose(-2, -1))
    return z, R2


def _backward_before(
    needs: Sequence[bool], grad_z: Tensor, x: Tensor, R: Tensor, R2: Tensor
) -> tuple[Tensor | None, ...]:
    r = R.shape[1]
    b = R.shape[2]
    grad_x = None
    grad_R = None
    if needs[1]:
        I = torch.eye(b, dtype=R.dtype, device=R.device).expand((r, b, b))
        G = torch.einsum("mki,mkj->kij", x.unflatten(1, (r, b)), grad_z.unflatten(1, (r, b))).to(
            R.dtype
        )
        S = I + R2
        del I
        G = G.transpose(-2, -1) @ S.transpose(-2, -1)
        G = S.transpose(-2, -1) @ G
        del S
        G = 0.25 * G + -0.25 * G.transpose(-2, -1)
        G = G[None]
        grad_R = oftc_torch.pad(G, 0, 0, 1)
        del G
    if needs[0]:
        grad_x = oftc_torch.block_matmul(grad_z.unflatten(1, (r, b)), R2.to(grad_z.dtype))
    return grad_x, grad_R


class BeforeFunction(torch.autograd.Function):
    """Returns z, and the tensors that the backward pass reads."""

    @staticmethod
    @oftc_torch.with_signature
    def forward(x: Tensor, R: Tensor) -> tuple[Tensor, ...]:
        dtype = oftc_torch.compute_dtype(x)
        with oftc_torch.without_autocast(x):
            return _forward_before(x.to(dtype), R)

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
        x, R, *saved = ctx.saved_tensors
        needs = ctx.needs_input_grad
        with oftc_torch.without_autocast(grad_z):
            return _backward_before(needs, grad_z, x.to(grad_z.dtype), R, *saved)


def _forward_after(base: Tensor, s: Tensor) -> tuple[Tensor, ...]:
    y = base * s.to(base.dtype)[:, 0]
    return (y,)


def _backward_after(
    needs: Sequence[bool], grad_y: Tensor, base: Tensor, s: Tensor
) -> tuple[Tensor | None, ...]:
    grad_base = None
    grad_s = None
    if needs[1]:
        G = (grad_y * base).sum(0).to(s.dtype)
        grad_s = G[..., None]
    if needs[0]:
        grad_base = grad_y * s.to(grad_y.dtype)[:, 0]
    return grad_base, grad_s


class AfterFunction(torch.autograd.Function):
    """Returns y."""

    @staticmethod
    @oftc_torch.with_signature
    def forward(base: Tensor, s: Tensor) -> tuple[Tensor, ...]:
        dtype = oftc_torch.compute_dtype(base)
        with oftc_torch.without_autocast(base):
            return _forward_after(base.to(dtype), s)

    @staticmethod
    def setup_context(ctx, inputs, output) -> None:
        ctx.save_for_backward(*inputs)

    @staticmethod
    @oftc_torch.first_order
    def backward(ctx, grad_y: Tensor) -> tuple[Tensor | None, ...]:
        base, s, *saved = ctx.saved_tensors
        needs = ctx.needs_input_grad
        with oftc_torch.without_autocast(grad_y):
            return _backward_after(needs, grad_y, base.to(grad_y.dtype), s, *saved)
