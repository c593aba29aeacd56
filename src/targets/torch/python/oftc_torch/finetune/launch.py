"""Starts the processes of a run under torchrun: `python -m oftc_torch.finetune.launch FOLDER PROCESSES`."""

import sys
from pathlib import Path

from torch.distributed.run import main


def arguments(folder: str, processes: str) -> list[str]:
    """The arguments of torchrun.

    Processes find each other by a file, because some builds of PyTorch, such as Debian's, lack the library that
    torchrun's store on the network needs.
    """
    return [
        f"--nproc-per-node={processes}",
        "--rdzv-backend=c10d",
        "--rdzv-conf=store_type=file",
        f"--rdzv-endpoint={Path(folder) / 'rendezvous'}",
        "-m",
        "oftc_torch.finetune",
        folder,
    ]


if __name__ == "__main__":
    main(arguments(*sys.argv[1:]))
