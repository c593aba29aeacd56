"""Attention with a soft cap, piece by piece, against all scores at once and PyTorch's gradients, in float64."""

import unittest
from unittest import mock

import torch

import oftc_torch
from oftc_torch import soft_cap

CAP, SCALE = 1.5, 0.7


def at_once(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
    k, v = (t.repeat_interleave(q.shape[1] // t.shape[1], dim=1) for t in (k, v))
    scores = CAP * torch.tanh(torch.einsum("thd,shd->hts", q, k) * SCALE / CAP)
    # Numbers that are finite keep the gradient of a row finite that sees nothing.
    weights = scores.masked_fill(~seen, -1e9).softmax(-1) * seen
    return torch.einsum("hts,shd->thd", weights, v)


class SoftCap(unittest.TestCase):
    def check(self, start: torch.Tensor, seen: torch.Tensor) -> None:
        rows, keys = seen.shape
        q, k, v = (torch.randn(n, h, 6).double().requires_grad_() for n, h in ((rows, 4), (keys, 2), (keys, 2)))
        want = at_once(q, k, v, seen)
        g = torch.randn_like(want)
        wanted = [want, *torch.autograd.grad(want, (q, k, v), g)]
        for most in (1, 7, 256):
            with mock.patch.object(soft_cap, "_ROWS", most), torch.no_grad():
                options = {"scale": SCALE, "soft_cap": CAP}
                y = oftc_torch.attention(q, k, start, v, **options)
                got = [y, *oftc_torch.attention_gradients(q, k, start, v, g, **options)]
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
