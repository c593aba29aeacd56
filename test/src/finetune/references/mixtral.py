"""Mixtral and Qwen3-MoE: a router chooses experts for each token, in the layers that have them."""

import torch
from decoder import Decoder, run
from torch import Tensor


class Mixture(Decoder):
    def __init__(self, *args) -> None:
        super().__init__(*args)
        self.mixtral = self.config["model_type"] == "mixtral"
        self.count = self.config["num_local_experts" if self.mixtral else "num_experts"]

    def window(self, layer: int) -> int | None:
        return self.config["sliding_window"] if self.mixtral else None

    def queries(self, x: Tensor, at: str) -> tuple[Tensor, Tensor, Tensor]:
        q, k, v = super().queries(x, at)
        return (q, k, v) if self.mixtral else (self.norm(q, f"{at}.q_norm"), self.norm(k, f"{at}.k_norm"), v)

    def has_experts(self, layer: int) -> bool:
        if self.mixtral:
            return True
        every = (layer + 1) % self.config["decoder_sparse_step"] == 0
        return every and layer not in self.config["mlp_only_layers"]

    def block(self, x: Tensor, layer: int) -> Tensor:
        if not self.has_experts(layer):
            return super().block(x, layer)
        at = f"model.layers.{layer}"
        x = x + self.attention(self.norm(x, f"{at}.input_layernorm"), layer)
        h = self.norm(x, f"{at}.post_attention_layernorm")
        moe = f"{at}.{'block_sparse_moe' if self.mixtral else 'mlp'}"
        p = torch.softmax(self.linear(h, f"{moe}.gate"), -1)
        weights, chosen = p.topk(self.config["num_experts_per_tok"], -1)
        if self.mixtral or self.config["norm_topk_prob"]:
            weights = weights / weights.sum(-1, keepdim=True)
        gate, up, down = ("w1", "w3", "w2") if self.mixtral else ("gate_proj", "up_proj", "down_proj")
        total = torch.zeros_like(x)
        for e in range(self.count):
            token, slot = (chosen == e).nonzero(as_tuple=True)
            one = f"{moe}.experts.{e}"
            inner = torch.nn.functional.silu(self.linear(h[token], f"{one}.{gate}")) * self.linear(
                h[token], f"{one}.{up}"
            )
            result = self.linear(inner, f"{one}.{down}") * weights[token, slot, None]
            total = total.index_add(0, token, result)
        return x + total


run(Mixture)
