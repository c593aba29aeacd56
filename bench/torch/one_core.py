"""Prepares a measurement on one core: imported first, it finds PEFT and oftc_torch, and keeps PyTorch to one thread."""

import os
import sys
import warnings

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [here, os.path.join(here, "../../src/targets/torch/python")]

import stand_ins  # noqa: E402

stand_ins.install()
warnings.simplefilter("ignore")

import torch  # noqa: E402
import torch.distributed.tensor  # noqa: E402,F401  (PEFT reads it without importing it)

torch.set_num_threads(1)
torch.set_flush_denormal(True)
torch.autograd.set_multithreading_enabled(False)
