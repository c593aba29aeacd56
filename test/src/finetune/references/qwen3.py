"""Qwen3: RMS norms of each head's queries and keys, and windows in the layers that are named."""

from decoder import Decoder, run
from torch import Tensor


class Qwen3(Decoder):
    def window(self, layer: int) -> int | None:
        return self.config["sliding_window"] if self.config["layer_types"][layer] == "sliding_attention" else None

    def queries(self, x: Tensor, at: str) -> tuple[Tensor, Tensor, Tensor]:
        q, k, v = super().queries(x, at)
        return self.norm(q, f"{at}.q_norm"), self.norm(k, f"{at}.k_norm"), v


run(Qwen3)
