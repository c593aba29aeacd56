"""Trains the printed modules of an image classifier in float64, and compares them with expected.safetensors.

The folder given is that of vit.py; its folder `torch` holds what `writeTorchClassifier` wrote, and the patches of images.
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch.nn import functional as F

from oftc_torch.finetune.images import read_classifier

folder = Path(sys.argv[1])
run = json.loads((folder / "run.json").read_text())
expected = load_file(folder / "expected.safetensors")
images, patches = load_file(folder / "images.safetensors"), load_file(folder / "torch" / "patches.safetensors")
model, parameters = read_classifier(folder / "torch", torch.device("cpu"), torch.float64)
optimizer = torch.optim.AdamW(parameters.values(), lr=run["rate"], weight_decay=run["decay"])
for step in range(run["steps"]):
    optimizer.zero_grad()
    z = model(patches[f"patches.{step % 2}"].double())
    loss = F.cross_entropy(z, images[f"labels.{step % 2}"].long())
    loss.backward()
    assert abs(loss - expected["losses"][step]) < 2e-5, (step, loss, expected["losses"][step])
    if step == 0:
        torch.testing.assert_close(z, expected["logits"], rtol=0, atol=2e-6)
        gradients = {f"grad.{path}": p.grad for path, p in parameters.items()}
        assert set(gradients) == {name for name in expected if name.startswith("grad.")}
        for name, gradient in gradients.items():
            want = expected[name]
            torch.testing.assert_close(gradient.view_as(want), want, rtol=0, atol=1e-6 * want.abs().max().item())
    optimizer.step()
