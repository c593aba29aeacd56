"""Gemma 2 and the text model of Gemma 3 by their definitions, with OFT on linear layers, in float64.

The folder that is given has config.json, model.safetensors, adapter.safetensors and run.json. The script writes
expected.safetensors: the logits and gradients of the first batch, the loss of each batch, and the adapter after a step of
AdamW on each.
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

FOLDER = Path(sys.argv[1])
C = json.loads((FOLDER / "config.json").read_text())
RUN = json.loads((FOLDER / "run.json").read_text())
WEIGHTS = {name: t.double() for name, t in load_file(FOLDER / "model.safetensors").items()}
ADAPTER = {name: t.double().requires_grad_() for name, t in load_file(FOLDER / "adapter.safetensors").items()}
HEADS, KEY_HEADS, WIDTH = C["num_attention_heads"], C["num_key_value_heads"], C["head_dim"]
IS_GEMMA3 = C["model_type"] == "gemma3_text"


def rotation(v: Tensor) -> Tensor:
    """The blocks of OFT's R: the Cayley transform (I + Q)(I - Q)^-1 with four terms of the Neumann series."""
    count, size = v.shape[0], RUN["block"]
    q = torch.zeros(count, size, size, dtype=v.dtype)
    rows, columns = torch.triu_indices(size, size, 1)
    q[:, rows, columns] = v
    q = q - q.mT
    one = torch.eye(size, dtype=v.dtype)
    return one + 2 * q + 2 * q @ q + 2 * q @ q @ q + q @ q @ q @ q


def linear(x: Tensor, name: str) -> Tensor:
    v = ADAPTER.get(f"{name}.oft_R.weight")
    if v is not None:
        x = torch.einsum("trk,rkc->trc", x.unflatten(-1, (len(v), RUN["block"])), rotation(v)).flatten(1)
    return x @ WEIGHTS[f"{name}.weight"].T


def norm(x: Tensor, name: str) -> Tensor:
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + C["rms_norm_eps"]) * (1 + WEIGHTS[f"{name}.weight"])


def is_windowed(layer: int) -> bool:
    if "layer_types" in C:
        return C["layer_types"][layer] == "sliding_attention"
    return (layer + 1) % C.get("sliding_window_pattern", 2) != 0


def rotated(x: Tensor, layer: int) -> Tensor:
    """Turns the pairs (c, c + d/2) of each head's channels by angles that are proportional to the position."""
    theta, stretch = C["rope_theta"], 1.0
    if IS_GEMMA3 and is_windowed(layer):
        theta = C["rope_local_base_freq"]
    elif C.get("rope_scaling"):
        stretch = C["rope_scaling"]["factor"]
    frequency = theta ** (-torch.arange(0, WIDTH, 2, dtype=x.dtype) / WIDTH) / stretch
    angle = torch.arange(len(x), dtype=x.dtype)[:, None, None] * frequency
    a, b = x.chunk(2, dim=-1)
    return torch.cat((a * angle.cos() - b * angle.sin(), b * angle.cos() + a * angle.sin()), dim=-1)


def capped(x: Tensor, name: str) -> Tensor:
    cap = C.get(name)
    return x if cap is None else cap * torch.tanh(x / cap)


def attention(x: Tensor, layer: int) -> Tensor:
    at = f"model.layers.{layer}.self_attn"
    q, k, v = (linear(x, f"{at}.{p}_proj").unflatten(-1, (-1, WIDTH)) for p in "qkv")
    if IS_GEMMA3:
        q, k = norm(q, f"{at}.q_norm"), norm(k, f"{at}.k_norm")
    q, k = rotated(q, layer), rotated(k, layer)
    k, v = (t.repeat_interleave(HEADS // KEY_HEADS, dim=1) for t in (k, v))
    scores = capped(torch.einsum("ihd,jhd->hij", q, k) * C["query_pre_attn_scalar"] ** -0.5, "attn_logit_softcapping")
    i, j = torch.arange(len(x))[:, None], torch.arange(len(x))
    seen = (j <= i) & (j > i - C["sliding_window"]) if is_windowed(layer) else j <= i
    weights = scores.masked_fill(~seen, -torch.inf).softmax(-1)
    return linear(torch.einsum("hij,jhd->ihd", weights, v).flatten(1), f"{at}.o_proj")


def gelu(x: Tensor) -> Tensor:
    return 0.5 * x * (1 + torch.tanh((2 / torch.pi) ** 0.5 * (x + 0.044715 * x**3)))


def logits(ids: Tensor) -> Tensor:
    """The logits of one sequence."""
    dtype = getattr(torch, C["torch_dtype"])
    x = WEIGHTS["model.embed_tokens.weight"][ids] * torch.tensor(C["hidden_size"] ** 0.5, dtype=dtype).double()
    for layer in range(C["num_hidden_layers"]):
        at = f"model.layers.{layer}"
        x = x + norm(attention(norm(x, f"{at}.input_layernorm"), layer), f"{at}.post_attention_layernorm")
        m = norm(x, f"{at}.pre_feedforward_layernorm")
        m = linear(gelu(linear(m, f"{at}.mlp.gate_proj")) * linear(m, f"{at}.mlp.up_proj"), f"{at}.mlp.down_proj")
        x = x + norm(m, f"{at}.post_feedforward_layernorm")
    return capped(norm(x, "model.norm") @ WEIGHTS["model.embed_tokens.weight"].T, "final_logit_softcapping")


optimizer = torch.optim.AdamW(ADAPTER.values(), lr=RUN["rate"], weight_decay=RUN["decay"])
expected: dict[str, Tensor] = {}
losses = []
for batch in RUN["batches"]:
    optimizer.zero_grad()
    z = torch.cat([logits(torch.tensor(ids[:-1])) for ids in batch])
    loss = torch.nn.functional.cross_entropy(z, torch.tensor([id for ids in batch for id in ids[1:]]))
    loss.backward()
    losses.append(loss.detach())
    if "logits" not in expected:
        expected["logits"] = z.detach()
        expected |= {f"grad.{name}": t.grad.clone() for name, t in ADAPTER.items()}
    optimizer.step()
expected["losses"] = torch.stack(losses)
expected |= {f"final.{name}": t.detach() for name, t in ADAPTER.items()}
save_file({name: t.contiguous() for name, t in expected.items()}, FOLDER / "expected.safetensors")
