"""One process of a run: `python -m oftc_torch.finetune FOLDER`, alone or under torchrun.

It connects to the port of the job in FOLDER/job.json, and answers requests. Requests and answers are lines of JSON.
"""

import contextlib
import json
import os
import shutil
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist

from .decoder import read_decoder
from .dropout import Dropout
from .trainer import Trainer


def _device(wanted: str, rank: int) -> torch.device:
    """A GPU of this process's own, where one is wanted and PyTorch has enough; else the CPU."""
    if wanted == "gpu" and torch.cuda.is_available():
        local = int(os.environ.get("LOCAL_RANK", rank))
        if local >= torch.cuda.device_count():
            raise RuntimeError(f"there are {torch.cuda.device_count()} GPUs: --processes has at most one for each")
        torch.cuda.set_device(local)
        return torch.device("cuda", local)
    return torch.device("cpu")


def _answer(trainer: Trainer, request: dict[str, Any], rank: int) -> dict[str, Any]:
    match request["do"]:
        case "loss":
            return {"loss": trainer.loss(request["batch"])}
        case "step":
            return trainer.step(
                request["batches"],
                request["rate"],
                request["clip"],
                request["step"],
                request["firsts"],
                request["source_firsts"],
            )
        case "continue":
            return {"texts": trainer.continued(request["prompts"], request["most"], request["batch"])}
        case "save":
            trainer.save(request["file"] if rank == 0 else None)
            return {}
        case "restore":
            trainer.restore(request["file"], request["step"])
            return {}
        case other:
            raise ValueError(f"unknown request {other}")


def _beat(send: Callable[[dict[str, Any]], None], seconds: float) -> None:
    """Gives a sign of life every few seconds, while the process runs at all, even where a step never ends."""
    with contextlib.suppress(OSError):
        while True:
            time.sleep(seconds)
            send({"beat": True})


def _serve(job: dict[str, Any], rank: int, processes: int, connection: socket.socket) -> bool:
    """Answers requests until the last one. Returns whether it came: without it, the other side has ended."""
    lines = connection.makefile("r", encoding="utf-8")
    sending = threading.Lock()

    def send(answer: dict[str, Any]) -> None:
        # JSON has no words for infinity and NaN.
        spoken = {k: str(v) if isinstance(v, float) else v for k, v in answer.items()}
        with sending:
            connection.sendall((json.dumps(spoken) + "\n").encode())

    send({"key": job["key"], "rank": rank, "pid": os.getpid()})
    threading.Thread(target=_beat, args=(send, job["beat"]), daemon=True).start()
    try:
        device = _device(job["device"], rank)
        if processes > 1 or job["fsdp"]:
            dist.init_process_group("nccl" if device.type == "cuda" else "gloo", rank=rank, world_size=processes)
        decoder, names = read_decoder(job, device)
        trainer = Trainer(
            decoder,
            names,
            device,
            processes=processes,
            fsdp=job["fsdp"],
            betas=job["betas"],
            decay=job["decay"],
            dropout=Dropout(job["dropout"], device) if "dropout" in job else None,
        )
        send({"device": str(device), "torch": torch.__version__})
        for line in lines:
            request = json.loads(line)
            if request["do"] == "end":
                return True
            send(_answer(trainer, request, rank))
    except Exception as error:
        traceback.print_exc()
        send({"error": f"{type(error).__name__}: {error}"})
    return False


def _empty(folder: Path) -> None:
    """Removes the tensors and modules of a job, which nobody else may be left to do.

    The file by which torchrun's processes find each other stays: torchrun waits for ever where it is gone.
    """
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path.suffix:
            path.unlink(missing_ok=True)


def main() -> None:
    folder = Path(sys.argv[1])
    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    sys.path.insert(0, str(folder))
    rank, processes = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    with socket.create_connection(("127.0.0.1", job["port"])) as connection:
        ended = _serve(job, rank, processes, connection)
    if dist.is_initialized() and ended:
        dist.destroy_process_group()
    if not ended and rank == 0:
        _empty(folder)
    # Without waiting for the others, whose collectives may never end.
    sys.stderr.flush()
    os._exit(0 if ended else 1)


if __name__ == "__main__":
    main()
