"""BART: an encoder without masks and a decoder that attends to its result, with a layer norm after each part."""

import math

import torch
from decoder import Decoder, run
from torch import Tensor

#: The rows of the table of positions before the first position.
OFFSET = 2


class Bart(Decoder):
    def layer_norm(self, x: Tensor, name: str) -> Tensor:
        weight, bias = self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]
        return torch.nn.functional.layer_norm(x, x.shape[-1:], weight, bias, eps=1e-5)

    def placed(self, ids: Tensor, stack: str) -> Tensor:
        x = self.weights["model.shared.weight"][ids]
        if self.config["scale_embedding"]:
            x = x * math.sqrt(self.config["d_model"])
        x = x + self.weights[f"model.{stack}.embed_positions.weight"][OFFSET : OFFSET + len(ids)]
        return self.layer_norm(x, f"model.{stack}.layernorm_embedding")

    def attend(self, x: Tensor, memory: Tensor, at: str, heads: int, causal: bool) -> Tensor:
        def split(of: Tensor, name: str) -> Tensor:
            return self.linear(of, f"{at}.{name}_proj").unflatten(-1, (heads, -1))

        q, k, v = split(x, "q"), split(memory, "k"), split(memory, "v")
        scores = torch.einsum("ihd,jhd->hij", q, k) / math.sqrt(q.shape[-1])
        if causal:
            hidden = torch.ones(len(x), len(x), dtype=torch.bool).triu(1)
            scores = scores.masked_fill(hidden, -torch.inf)
        return self.linear(torch.einsum("hij,jhd->ihd", scores.softmax(-1), v).flatten(1), f"{at}.out_proj")

    def widened(self, x: Tensor, at: str) -> Tensor:
        inner = torch.nn.functional.gelu(self.linear(x, f"{at}.fc1"))
        return self.layer_norm(x + self.linear(inner, f"{at}.fc2"), f"{at}.final_layer_norm")

    def encode(self, ids: Tensor) -> Tensor:
        x = self.placed(ids, "encoder")
        for n in range(self.config["encoder_layers"]):
            at = f"model.encoder.layers.{n}"
            mixed = self.attend(x, x, f"{at}.self_attn", self.config["encoder_attention_heads"], False)
            x = self.widened(self.layer_norm(x + mixed, f"{at}.self_attn_layer_norm"), at)
        return x

    def decode(self, ids: Tensor, memory: Tensor) -> Tensor:
        x = self.placed(ids, "decoder")
        heads = self.config["decoder_attention_heads"]
        for n in range(self.config["decoder_layers"]):
            at = f"model.decoder.layers.{n}"
            own = self.attend(x, x, f"{at}.self_attn", heads, True)
            x = self.layer_norm(x + own, f"{at}.self_attn_layer_norm")
            both = self.attend(x, memory, f"{at}.encoder_attn", heads, False)
            x = self.widened(self.layer_norm(x + both, f"{at}.encoder_attn_layer_norm"), at)
        return x @ self.weights["model.shared.weight"].T + self.weights["final_logits_bias"]

    def predictions(self, batch: list) -> tuple[Tensor, Tensor]:
        """A batch has pairs of a text for the encoder and one for the decoder, which is shifted right."""
        start = self.config["decoder_start_token_id"]
        z = [
            self.decode(torch.tensor([start, *target[:-1]]), self.encode(torch.tensor(source)))
            for source, target in batch
        ]
        return torch.cat(z), torch.tensor([id for _, target in batch for id in target])


run(Bart)
