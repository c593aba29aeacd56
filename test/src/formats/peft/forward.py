"""Computes adapters that oftc wrote in plain PyTorch in float64, and compares the outputs with those of oftc.

    python3 forward.py FOLDER

Each folder in FOLDER has an adapter in PEFT's format. Beside it is a layer (layer.safetensors: weight, bias, input and
oftc's outputs) or a model like Llama (model.json: the path of its weights; logits.safetensors: ids and oftc's logits).
The script prints a line of JSON for each folder. Python's safetensors saves the adapter again, so that the caller can
compare the bytes.
"""

import json
import sys
from pathlib import Path

import torch
from methods import METHODS
from safetensors import safe_open
from safetensors.torch import load_file, save_file

PREFIX = "base_model.model."
torch.set_flush_denormal(True)
torch.set_num_threads(1)


def doubles(path):
    return {k: t.double() if t.is_floating_point() else t for k, t in load_file(path).items()}


def adapter_of(folder):
    """Reads an adapter: its fields, and its tensors by module and by the end of their names."""
    fields = json.loads((folder / "adapter_config.json").read_text())
    path = folder / "adapter_model.safetensors"
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
    stored = load_file(path)
    save_file(stored, folder / "again.safetensors", metadata)
    modules = {}
    for key, tensor in stored.items():
        assert key.startswith(PREFIX), key
        parts = key[len(PREFIX) :].split(".")
        at = next(i for i, part in enumerate(parts) if part[:4] in KINDS)
        modules.setdefault(".".join(parts[:at]), {})[".".join(parts[at:])] = tensor.double()
    return fields, modules


KINDS = ("oft_", "boft", "hra_", "road", "lora", "psof", "ia3_", "hada", "lokr", "hira", "delo", "deft")


def errors(expected, outputs):
    scale = expected.abs().max()
    return {name: ((expected - y).abs().max() / scale).item() for name, y in outputs.items()}


def layer_case(folder):
    fields, modules = adapter_of(folder / "adapter")
    (tensors,) = modules.values()
    layer = doubles(folder / "layer.safetensors")
    x = layer.pop("input")
    outputs = {name: layer.pop(name) for name in ("reference", "device")}
    y = METHODS[fields["peft_type"]](layer, x, fields, tensors)
    method = "DoRA" if fields.get("use_dora") else fields["peft_type"]
    return method, errors(y, {k: o.reshape(y.shape) for k, o in outputs.items()})


def model_case(folder):
    fields, modules = adapter_of(folder / "adapter")
    said = json.loads((folder / "model.json").read_text())
    config = json.loads(Path(said["config"]).read_text())
    weights = {}
    for path in said["weights"]:
        weights.update(doubles(path))
    given = doubles(folder / "logits.safetensors")
    outputs = {name: given[name] for name in ("reference", "device")}
    y = torch.cat([logits(config, weights, fields, modules, ids) for ids in given["ids"].long()])
    return f"{fields['peft_type']} on {config['architectures'][0]}", errors(y, outputs)


def logits(config, weights, fields, modules, ids):
    heads, kv, width = config["num_attention_heads"], config["num_key_value_heads"], config["head_dim"]
    n = len(ids)

    def linear(path, x):
        layer = {"weight": weights[f"{path}.weight"]}
        if path in modules:
            return METHODS[fields["peft_type"]](layer, x, fields, modules[path])
        return x @ layer["weight"].T

    def norm(path, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + config["rms_norm_eps"]) * weights[f"{path}.weight"]

    angles = torch.arange(n).double()[:, None] * config["rope_theta"] ** (-torch.arange(0, width, 2).double() / width)
    cos, sin = angles.cos(), angles.sin()

    def rope(x):
        a, b = x[..., : width // 2], x[..., width // 2 :]
        return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)

    def split(x, count):
        return x.reshape(n, count, width).transpose(0, 1)

    h = weights["model.embed_tokens.weight"][ids]
    unseen = torch.triu(torch.full((n, n), -torch.inf, dtype=h.dtype), 1)
    for i in range(config["num_hidden_layers"]):
        at = f"model.layers.{i}"
        x = norm(f"{at}.input_layernorm", h)
        q = rope(split(linear(f"{at}.self_attn.q_proj", x), heads))
        k = rope(split(linear(f"{at}.self_attn.k_proj", x), kv)).repeat_interleave(heads // kv, 0)
        v = split(linear(f"{at}.self_attn.v_proj", x), kv).repeat_interleave(heads // kv, 0)
        mixed = torch.softmax(q @ k.transpose(1, 2) / width**0.5 + unseen, -1) @ v
        h = h + linear(f"{at}.self_attn.o_proj", mixed.transpose(0, 1).reshape(n, heads * width))
        x = norm(f"{at}.post_attention_layernorm", h)
        gate = torch.nn.functional.silu(linear(f"{at}.mlp.gate_proj", x))
        h = h + linear(f"{at}.mlp.down_proj", gate * linear(f"{at}.mlp.up_proj", x))
    return norm("model.norm", h) @ weights["model.embed_tokens.weight"].T


if __name__ == "__main__":
    for folder in sorted(p for p in Path(sys.argv[1]).iterdir() if p.is_dir()):
        method, off = (layer_case if (folder / "layer.safetensors").exists() else model_case)(folder)
        print(json.dumps({"case": folder.name, "method": method, **off}), flush=True)
