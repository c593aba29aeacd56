# Built by oftc 0.0.0 from oft.ts: build it again rather than edit it.
"""The layer oft, derived by oftc for b = 4, in = 16, out = 12, r = 4.

As written:
    y = x·(diag(I + 2Q + 2Q² + 2Q³ + Q⁴)·Wᵀ)

By these laws:
    A·(B·C) = A·B·C = (A·B)·C
    p(Q) = a(Q)·b(Q), each by Horner’s scheme over shared powers: I+2Q+2Q²+2Q³+Q⁴ = (I+Q)²·(I+Q²)
    diag(T)ᵀ = diag(Tᵀ)
    Qᵀ = −Q
    (c·A)·B = c·(A·B) = A·(c·B)
    packSkew(A·Q + Q·B) = packSkew((A + Bᵀ)·Q) for Qᵀ = −Q: packSkew(X) = −packSkew(Xᵀ)
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from . import oftc_torch


def _forward_to_29504(x: Tensor, W: Tensor, v_0: Tensor) -> tuple[Tensor, ...]:
    I = torch.eye(4, dtype=v_0.dtype, device=v_0.device).expand((4, 4, 4))
    Q = oftc_torch.skew(v_0)
    S = Q @ Q
    S2 = I + S
    S = I + 2.0 * Q + S
    del I
    # p(Q) = a(Q)·b(Q), each by Horner’s scheme over shared powers: I+2Q+2Q²+2Q³+Q⁴ = (I+Q)²·(I+Q²)
    S3 = S2 @ S
    h = oftc_torch.block_matmul(x.unflatten(1, (4, 4)), S3.to(x.dtype))
    y = h @ W.to(x.dtype).t()
    return y, Q, S2, S, S3


def _backward_to_29504(
    needs: Sequence[bool],
    grad_y: Tensor,
    x: Tensor,
    W: Tensor,
    v_0: Tensor,
    Q: Tensor,
    S2: Tensor,
    S: Tensor,
    S3: Tensor,
) -> tuple[Tensor | None, ...]:
    grad_x = None
    grad_v_0 = None
    g = grad_y @ W.to(grad_y.dtype)
    if needs[2]:
        G = torch.einsum("mki,mkj->kij", x.unflatten(1, (4, 4)), g.unflatten(1, (4, 4))).to(
            v_0.dtype
        )
        G2 = S2.transpose(-2, -1) @ G
        G = G @ S.transpose(-2, -1)
        G = G2 + G
        G = -G - G.transpose(-2, -1)
        G = G @ Q
        G = G + 2.0 * G2
        del G2
        grad_v_0 = oftc_torch.pack_skew(G)
        del G
    if needs[0]:
        grad_x = oftc_torch.block_matmul(
            g.unflatten(1, (4, 4)), S3.to(grad_y.dtype).transpose(-2, -1)
        )
    return grad_x, None, grad_v_0


def _forward_to_66829(x: Tensor, W: Tensor, v_0: Tensor) -> tuple[Tensor, ...]:
    I = torch.eye(4, dtype=v_0.dtype, device=v_0.device).expand((4, 4, 4))
    Q = oftc_torch.skew(v_0)
    S = Q @ Q
    S2 = I + S
    S = I + 2.0 * Q + S
    del I
    # p(Q) = a(Q)·b(Q), each by Horner’s scheme over shared powers: I+2Q+2Q²+2Q³+Q⁴ = (I+Q)²·(I+Q²)
    S3 = S2 @ S
    S4 = oftc_torch.block_matmul(W.to(v_0.dtype).unflatten(1, (4, 4)), S3.transpose(-2, -1))
    y = x @ S4.to(x.dtype).t()
    return y, Q, S2, S, S3


def _backward_to_66829(
    needs: Sequence[bool],
    grad_y: Tensor,
    x: Tensor,
    W: Tensor,
    v_0: Tensor,
    Q: Tensor,
    S2: Tensor,
    S: Tensor,
    S3: Tensor,
) -> tuple[Tensor | None, ...]:
    grad_x = None
    grad_v_0 = None
    if needs[2]:
        g = grad_y @ W.to(grad_y.dtype)
        G = torch.einsum("mki,mkj->kij", x.unflatten(1, (4, 4)), g.unflatten(1, (4, 4))).to(
            v_0.dtype
        )
        del g
        G2 = S2.transpose(-2, -1) @ G
        G = G @ S.transpose(-2, -1)
        G = G2 + G
        G = -G - G.transpose(-2, -1)
        G = G @ Q
        G = G + 2.0 * G2
        del G2
        grad_v_0 = oftc_torch.pack_skew(G)
        del G
    if needs[0]:
        S4 = oftc_torch.block_matmul(W.to(v_0.dtype).unflatten(1, (4, 4)), S3.transpose(-2, -1))
        grad_x = grad_y @ S4.to(grad_y.dtype)
    return grad_x, None, grad_v_0


def _forward_from_66830(x: Tensor, W: Tensor, v_0: Tensor) -> tuple[Tensor, ...]:
    I = torch.eye(4, dtype=v_0.dtype, device=v_0.device).expand((4, 4, 4))
    Q = oftc_torch.skew(v_0)
    S = Q @ Q
    S2 = I + S
    S = I + 2.0 * Q + S
    del I
    # p(Q) = a(Q)·b(Q), each by Horner’s scheme over shared powers: I+2Q+2Q²+2Q³+Q⁴ = (I+Q)²·(I+Q²)
    S3 = S2 @ S
    S4 = oftc_torch.block_matmul(W.to(v_0.dtype).unflatten(1, (4, 4)), S3.transpose(-2, -1))
    y = x @ S4.to(x.dtype).t()
    return y, Q, S2, S, S3


def _backward_from_66830(
    needs: Sequence[bool],
    grad_y: Tensor,
    x: Tensor,
    W: Tensor,
    v_0: Tensor,
    Q: Tensor,
    S2: Tensor,
    S: Tensor,
    S3: Tensor,
) -> tuple[Tensor | None, ...]:
    grad_x = None
    grad_v_0 = None
    if needs[2]:
        G = (x.t() @ grad_y).to(v_0.dtype)
        G = torch.einsum(
            "kim,mkj->kij", G.unflatten(0, (4, 4)), W.to(v_0.dtype).unflatten(1, (4, 4))
        )
        G2 = S2.transpose(-2, -1) @ G
        G = G @ S.transpose(-2, -1)
        G = G2 + G  # (c·A)·B = c·(A·B) = A·(c·B)
        G = -G - G.transpose(-2, -1)
        G = G @ Q
        G = G + 2.0 * G2
        del G2
        # packSkew(A·Q + Q·B) = packSkew((A + Bᵀ)·Q) for Qᵀ = −Q: packSkew(X) = −packSkew(Xᵀ)
        grad_v_0 = oftc_torch.pack_skew(G)
        del G
    if needs[0]:
        S4 = oftc_torch.block_matmul(W.to(v_0.dtype).unflatten(1, (4, 4)), S3.transpose(-2, -1))
        grad_x = grad_y @ S4.to(grad_y.dtype)
    return grad_x, None, grad_v_0


class OftFunction(torch.autograd.Function):
    """Returns y, and the tensors that the backward pass reads."""

    @staticmethod
    @oftc_torch.with_signature
    def forward(x: Tensor, W: Tensor, v_0: Tensor) -> tuple[Tensor, ...]:
        dtype = oftc_torch.compute_dtype(x)
        with oftc_torch.without_autocast(x):
            if x.shape[0] <= 29504:
                return _forward_to_29504(x.to(dtype), W, v_0)
            if x.shape[0] <= 66829:
                return _forward_to_66829(x.to(dtype), W, v_0)
            return _forward_from_66830(x.to(dtype), W, v_0)

    @staticmethod
    def setup_context(ctx, inputs, output) -> None:
        ctx.save_for_backward(*inputs, *output[1:])
        ctx.mark_non_differentiable(*output[1:])
        ctx.set_materialize_grads(False)

    @staticmethod
    @oftc_torch.first_order
    def backward(ctx, grad_y: Tensor, *_) -> tuple[Tensor | None, ...]:
        if grad_y is None:
            return (None,) * 3
        x, W, v_0, *saved = ctx.saved_tensors
        needs = ctx.needs_input_grad
        with oftc_torch.without_autocast(grad_y):
            if x.shape[0] <= 29504:
                return _backward_to_29504(needs, grad_y, x.to(grad_y.dtype), W, v_0, *saved)
            if x.shape[0] <= 66829:
                return _backward_to_66829(needs, grad_y, x.to(grad_y.dtype), W, v_0, *saved)
            return _backward_from_66830(needs, grad_y, x.to(grad_y.dtype), W, v_0, *saved)


class Oft(nn.Module):
    """The layer oft; tokens are all dimensions of its input but the last."""

    def __init__(
        self, W: Tensor, device: torch.device | None = None, dtype: torch.dtype | None = None
    ) -> None:
        super().__init__()
        oftc_torch.hold(
            self, "weight", oftc_torch.given("weight", W, (12, 16), device, dtype), trainable=False
        )
        oftc_torch.hold(
            self, "oft_R.weight", torch.zeros((4, 6), device=device, dtype=dtype), trainable=True
        )
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Gives every parameter the start that the layer declares."""
        known = {"W": self.weight, "v.0": self.oft_R.weight}
        oftc_torch.start(self.oft_R.weight, "zeros", known)

    def forward(self, x: Tensor) -> Tensor:
        oftc_torch.refuse_gradients("oft", W=self.weight)
        oftc_torch.check_features("oft", x, 16)
        results = OftFunction.apply(x.reshape(-1, 16), self.weight, self.oft_R.weight)
        return results[0].reshape(*x.shape[:-1], 12)

    def extra_repr(self) -> str:
        return "in_features=16, out_features=12, b=4, r=4"
