"""Gemma 2 and the text model of Gemma 3: norms with offsets from 1, GeGLU, scaled embeddings, windows, and soft caps."""

from pathlib import Path

import torch
from decoder import Decoder, run
from torch import Tensor


class Gemma(Decoder):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.config.setdefault("tie_word_embeddings", True)

    @property
    def is_gemma3(self) -> bool:
        return self.config["model_type"] == "gemma3_text"

    def norm(self, x: Tensor, name: str) -> Tensor:
        scaled = x * torch.rsqrt(x.square().mean(-1, keepdim=True) + self.config["rms_norm_eps"])
        return scaled * (1 + self.weights[f"{name}.weight"])

    def window(self, layer: int) -> int | None:
        is_windowed = (layer + 1) % self.config.get("sliding_window_pattern", 2) != 0
        return self.config["sliding_window"] if is_windowed else None

    def frequencies(self, tokens: int, layer: int) -> tuple[Tensor, float]:
        channels = torch.arange(0, self.width, 2, dtype=torch.float64) / self.width
        if self.is_gemma3 and self.window(layer) is not None:
            return self.config["rope_local_base_freq"] ** -channels, 1.0
        stretch = self.config.get("rope_scaling", {}).get("factor", 1.0)
        return self.config["rope_theta"] ** -channels / stretch, 1.0

    def capped(self, x: Tensor, name: str) -> Tensor:
        cap = self.config.get(name)
        return x if cap is None else cap * torch.tanh(x / cap)

    def scores(self, products: Tensor) -> Tensor:
        return self.capped(products * self.config["query_pre_attn_scalar"] ** -0.5, "attn_logit_softcapping")

    def queries(self, x: Tensor, at: str) -> tuple[Tensor, Tensor, Tensor]:
        q, k, v = super().queries(x, at)
        return (self.norm(q, f"{at}.q_norm"), self.norm(k, f"{at}.k_norm"), v) if self.is_gemma3 else (q, k, v)

    def gated(self, x: Tensor, at: str) -> Tensor:
        gate, up = self.linear(x, f"{at}.gate_proj"), self.linear(x, f"{at}.up_proj")
        return 0.5 * gate * (1 + torch.tanh((2 / torch.pi) ** 0.5 * (gate + 0.044715 * gate**3))) * up

    def block(self, x: Tensor, layer: int) -> Tensor:
        at = f"model.layers.{layer}"
        mixed = self.attention(self.norm(x, f"{at}.input_layernorm"), layer)
        x = x + self.norm(mixed, f"{at}.post_attention_layernorm")
        inner = self.gated(self.norm(x, f"{at}.pre_feedforward_layernorm"), f"{at}.mlp")
        return x + self.norm(self.linear(inner, f"{at}.mlp.down_proj"), f"{at}.post_feedforward_layernorm")

    def embedded(self, ids: Tensor) -> Tensor:
        dtype = getattr(torch, self.config["torch_dtype"])
        return super().embedded(ids) * torch.tensor(self.config["hidden_size"] ** 0.5, dtype=dtype).double()

    def logits(self, ids: Tensor) -> Tensor:
        return self.capped(super().logits(ids), "final_logit_softcapping")


run(Gemma)
