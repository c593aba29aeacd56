"""Attention piece by piece, and as torch.compile takes it, against all scores at once and PyTorch's gradients, in float64."""

import unittest
from unittest import mock

import torch

import oftc_torch
from oftc_torch import attention_pieces

SCALE = 0.7


def at_once(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, seen: torch.Tensor, cap: float | None) -> torch.Tensor:
    k, v = (t.repeat_interleave(q.shape[1] // t.shape[1], dim=1) for t in (k, v))
    scores = torch.einsum("thd,shd->hts", q, k) * SCALE
    scores = scores if cap is None else cap * torch.tanh(scores / cap)
    # Numbers that are finite keep the gradient of a row finite that sees nothing.
    weights = scores.masked_fill(~seen, -1e9).softmax(-1) * seen
    return torch.einsum("hts,shd->thd", weights, v)


def result_and_gradients(q, k, start, v, g, options) -> list[torch.Tensor]:
    y = oftc_torch.attention(q, k, start, v, **options)
    return [y, *oftc_torch.attention_gradients(q, k, start, v, g, **options)]


def by_pieces(q, k, start, v, g, options) -> list[torch.Tensor]:
    y = attention_pieces.attention_by_pieces(q, k, start, v, **options)
    return [y, *attention_pieces.gradients_by_pieces(q, k, start, v, g, **options)]


class Attention(unittest.TestCase):
    def check(self, start: torch.Tensor, seen: torch.Tensor) -> None:
        rows, keys = seen.shape
        q, k, v = (torch.randn(n, h, 6).double().requires_grad_() for n, h in ((rows, 4), (keys, 2), (keys, 2)))
        for cap in (None, 1.5):
            want = at_once(q, k, v, seen, cap)
            g = torch.randn_like(want)
            wanted = [want, *torch.autograd.grad(want, (q, k, v), g)]
            torch._dynamo.reset()
            compiled = torch.compile(result_and_gradients, fullgraph=True, backend="aot_eager")
            options = {"scale": SCALE, "soft_cap": cap}
            for compute in (result_and_gradients, by_pieces, compiled):
                for most in (1, 7, 256):
                    with mock.patch.object(attention_pieces, "_ROWS", most), torch.no_grad():
                        got = compute(q, k, start, v, g, options)
                    torch.testing.assert_close(got, wanted, rtol=1e-12, atol=1e-12)

    def test_packed_sequences(self) -> None:
        start = torch.tensor([0] * 7 + [7] * 5 + [12] * 4 + [17] + [12] * 3)
        i = torch.arange(20)
        self.check(start.int(), (start[:, None] <= i) & (i <= i[:, None]))

    def test_ranges_of_keys(self) -> None:
        ends = torch.randint(-3, 36, (20, 2))
        ends[5] = torch.tensor([4, 2])
        j = torch.arange(33)
        self.check(ends.int(), (ends[:, :1] <= j) & (j <= ends[:, 1:]))

    def test_no_rows(self) -> None:
        self.check(torch.zeros(0, dtype=torch.int32), torch.zeros(0, 0, dtype=torch.bool))
