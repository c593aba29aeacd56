"""Llama 3: long waves of the rotary embedding are stretched, short ones stay, and those between are mixed."""

import math

import torch
from decoder import Decoder, run
from torch import Tensor


class Llama(Decoder):
    def frequencies(self, tokens: int, layer: int) -> tuple[Tensor, float]:
        plain, one = super().frequencies(tokens, layer)
        scaling = self.config["rope_scaling"]
        low, high = scaling["low_freq_factor"], scaling["high_freq_factor"]
        turns = scaling["original_max_position_embeddings"] * plain / (2 * math.pi)
        kept = ((turns - low) / (high - low)).clamp(0, 1)
        return torch.lerp(plain / scaling["factor"], plain, kept), one


run(Llama)
