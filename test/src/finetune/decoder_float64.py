"""Writes the logits, the loss and the gradients of a decoder in float64. The folder has job.json and batch.json."""

import json
import sys
from pathlib import Path

import torch
from oftc_torch.finetune.decoder import read_decoder
from safetensors.torch import save_file

folder = Path(sys.argv[1])
sys.path.insert(0, str(folder))
decoder, names = read_decoder(json.loads((folder / "job.json").read_text()), torch.device("cpu"), torch.float64)
batch = {
    name: torch.tensor(values, dtype=torch.float64 if name == "weight" else torch.int32)
    for name, values in json.loads((folder / "batch.json").read_text()).items()
}
decoder(**batch).backward()
results = {f"grad.{path}": decoder.get_parameter(name).grad for path, name in names.items()}

# The head hands its logits to its backward pass.
import head  # noqa: E402

of = decoder.head
with torch.no_grad():
    hidden = decoder.hidden(*(batch[name] for name in ("ids", "position", "start")), source={})
    loss, *saved = head.HeadFunction.apply(
        hidden, of.norm.weight, of.embed_tokens.weight, batch["label"], batch["weight"][:, None]
    )
vocabulary = of.embed_tokens.weight.shape[0]
results["logits"] = next(t for t in saved if t.shape == (len(hidden), vocabulary))
results["loss"] = loss
save_file({name: tensor.contiguous() for name, tensor in results.items()}, folder / "results.safetensors")
