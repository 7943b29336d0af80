"""Checks runs of SafeNeuron, SafeLayer and NLSR against plain PyTorch with hooks.

    python methods.py [--node NODE] --run EXPERIMENT RUN_DIR ...

Runs are those of methods_experiments.py, made with --keep-scores. Everything is compared with float64, and everything
that follows from stored numbers (sets, masks, chosen bounds) is made again from them, exactly. Prints a table and,
last, `N passed, N failed`; exits 1 where anything failed.

Where a selection is compared with the oracle's own scores, a unit whose score lies within the tolerance of the
threshold may be in or out; every other one must be where the oracle has it. The table says how many were that near.
"""

import argparse
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch
from transformers.utils import logging as transformers_logging

from blocks import load_for_blocks
from check_layers import check_layers
from check_lora import check_lora
from check_neurons import check_neurons
from method_run import MethodRun

transformers_logging.set_verbosity_error()
transformers_logging.disable_progress_bar()
CHECKS = {"safeNeuron": check_neurons, "safeLayer": check_layers, "nlsr": check_lora}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--node", default="node")
    parser.add_argument("--threads", type=int, default=1, help="more only pay on a machine of one's own")
    parser.add_argument("--run", nargs=2, action="append", required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    passed, failures = 0, []
    for experiment, directory in arguments.run:
        began = time.monotonic()
        run = MethodRun(Path(experiment).resolve(), Path(directory), arguments.node)
        model = load_for_blocks(run.model)
        for method, check in CHECKS.items():
            if run.settings(method):
                check(run, model)
        cells = ", ".join(f"{name} {value:.1e}" if value < 1 else f"{value:.0f} {name}" for name, value in run.worst.items())
        print(
            f"{run.label}: {cells}; {run.near_ties} near ties; {run.passed} passed, {len(run.failures)} failed "
            f"({time.monotonic() - began:.1f} s)",
            flush=True,
        )
        for failure in run.failures[:12]:
            print(f"  {failure}")
        passed += run.passed
        failures += run.failures
    print(f"\n{passed} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
