"""Runs modules that oftc built, one for each line of the standard input, and answers each with a line."""

import json
import math
import sys
import traceback

import torch


def tensor(given: dict) -> torch.Tensor:
    values = [math.nan if v is None else v for v in given["values"]]
    dtype = torch.int32 if given["integer"] else torch.float64
    return torch.tensor(values, dtype=dtype).reshape(given["shape"])


def numbers(result: torch.Tensor) -> dict:
    values = result.detach().double().flatten().tolist()
    return {"shape": list(result.shape), "values": [v if math.isfinite(v) else None for v in values]}


def run(call: dict) -> dict:
    names: dict = {"__name__": "random_layer"}
    exec(compile(call["text"], "layer.py", "exec"), names)
    given = {t["name"]: tensor(t) for t in call["inputs"]}
    module = names[call["class"]](*(given[n] for n in call["frozen"]), dtype=torch.float64)
    for name in call["trainable"]:
        with torch.no_grad():
            module.get_parameter(name).copy_(given[name])
    each = [given[n] for n in call["each"]]
    asked = {n: given[n].requires_grad_(True) for n in call["differentiable"]} if call["gradients"] else {}
    came = module(*each)
    results = [came] if isinstance(came, torch.Tensor) else list(came)
    outputs = {n: numbers(r) for n, r in zip(call["outputs"], results, strict=True)}
    if call["gradients"]:
        asked |= {n: module.get_parameter(n) for n in call["trainable"]}
        reached = [(r, tensor(c)) for r, c in zip(results, call["cotangents"], strict=True) if r.requires_grad]
        gradients = [None] * len(asked)
        if reached and asked:
            of, cotangents = zip(*reached)
            gradients = torch.autograd.grad(of, list(asked.values()), cotangents, allow_unused=True)
        for (name, t), g in zip(asked.items(), gradients, strict=True):
            outputs[f"grad.{name}"] = numbers(torch.zeros_like(t) if g is None else g)
    return {"outputs": outputs}


torch.set_num_threads(1)
for line in sys.stdin:
    try:
        answer = run(json.loads(line))
    except Exception:
        answer = {"failed": traceback.format_exc()}
    print(json.dumps(answer), flush=True)
