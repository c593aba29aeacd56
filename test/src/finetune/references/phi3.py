"""Phi-3: fused linear layers, windows, and other rotary frequencies for sequences beyond the original context."""

import math

import torch
from decoder import Decoder, run
from torch import Tensor


class Phi3(Decoder):
    def window(self, layer: int) -> int | None:
        return self.config["sliding_window"]

    def frequencies(self, tokens: int, layer: int) -> tuple[Tensor, float]:
        plain, _ = super().frequencies(tokens, layer)
        scaling, original = self.config["rope_scaling"], self.config["original_max_position_embeddings"]
        factors = scaling["long_factor"] if tokens > original else scaling["short_factor"]
        grown = self.config["max_position_embeddings"] / original
        return plain / torch.tensor(factors, dtype=plain.dtype), math.sqrt(1 + math.log(grown) / math.log(original))

    def queries(self, x: Tensor, at: str) -> tuple[Tensor, Tensor, Tensor]:
        q, k, v = (
            self.linear(x, f"{at}.qkv_proj")
            .unflatten(-1, (-1, self.width))
            .split((self.heads, self.key_heads, self.key_heads), dim=1)
        )
        return q, k, v

    def gated(self, x: Tensor, at: str) -> Tensor:
        gate, up = self.linear(x, f"{at}.gate_up_proj").chunk(2, dim=-1)
        return torch.nn.functional.silu(gate) * up


run(Phi3)
