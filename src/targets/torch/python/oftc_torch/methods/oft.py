# Printed by oftc (npm run docs): change the layer or the printer rather than this file.
"""y = x·(diag(I + 2Q + 2Q² + 2Q³ + Q⁴)·Wᵀ)

A part before the frozen layer maps x to z, and one after it maps base(z) to y.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

import oftc_torch


def _forward_before(x: Tensor, v_0: Tensor) -> tuple[Tensor, ...]:
    r = v_0.shape[0]
    b = oftc_torch.triangle_side(v_0.shape[1])
    I = torch.eye(b, dtype=v_0.dtype, device=v_0.device).expand((r, b, b))
    Q = oftc_torch.skew(v_0)
    S = Q @ Q
    S2 = I + S
    S = I + 2.0 * Q + S
    del I
    S3 = S2 @ S
    z = oftc_torch.block_matmul(x.unflatten(1, (r, b)), S3.to(x.dtype))
    return z, Q, S2, S, S3


def _backward_before(
    needs: Sequence[bool],
    grad_z: Tensor,
    x: Tensor,
    v_0: Tensor,
    Q: Tensor,
    S2: Tensor,
    S: Tensor,
    S3: Tensor,
) -> tuple[Tensor | None, ...]:
    r = v_0.shape[0]
    b = oftc_torch.triangle_side(v_0.shape[1])
    grad_x = None
    grad_v_0 = None
    if needs[1]:
        G = torch.einsum("mki,mkj->kij", x.unflatten(1, (r, b)), grad_z.unflatten(1, (r, b))).to(
            v_0.dtype
        )
        G2 = S2.transpose(-2, -1) @ G
        G = G @ S.transpose(-2, -1)
        G = G2 + G
        G = -G - G.transpose(-2, -1)
        G = G @ Q
        G = G + 2.0 * G2
        del G2
        # packSkew(A·Q + Q·B) = packSkew((A + Bᵀ)·Q) for Qᵀ = −Q: packSkew(X) = −packSkew(Xᵀ)
        grad_v_0 = oftc_torch.pack_skew(G)
        del G
    if needs[0]:
        grad_x = oftc_torch.block_matmul(
            grad_z.unflatten(1, (r, b)), S3.to(grad_z.dtype).transpose(-2, -1)
        )
    return grad_x, grad_v_0


class BeforeFunction(torch.autograd.Function):
    """Returns z, and the tensors that the backward pass reads."""

    @staticmethod
    @oftc_torch.with_signature
    def forward(x: Tensor, v_0: Tensor) -> tuple[Tensor, ...]:
        dtype = oftc_torch.compute_dtype(x)
        with oftc_torch.without_autocast(x):
            return _forward_before(x.to(dtype), v_0)

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
        x, v_0, *saved = ctx.saved_tensors
        needs = ctx.needs_input_grad
        with oftc_torch.without_autocast(grad_z):
            return _backward_before(needs, grad_z, x.to(grad_z.dtype), v_0, *saved)
