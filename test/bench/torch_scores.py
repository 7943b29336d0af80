"""SNIP or Wanda scores in PyTorch's best plain form, timed: python torch_scores.py snip|wanda MODEL SAMPLES.jsonl THREADS

Prints {"loadSeconds", "seconds", "peakBytes"}: seconds from the loaded model to finished scores; peak resident memory
of the process since the model was loaded (loading is not held against it).
"""

import json
import os
import re
import sys
import time
from pathlib import Path

os.environ["CUDA_VISIBLE_DEVICES"] = ""

import torch
from transformers import AutoModelForCausalLM
from transformers.utils import logging as transformers_logging

transformers_logging.disable_progress_bar()


def projections(model: torch.nn.Module) -> dict[str, torch.nn.Linear]:
    return {name: module for name, module in model.model.layers.named_modules() if isinstance(module, torch.nn.Linear)}


def snip(model: torch.nn.Module, samples: list[dict]) -> dict[str, torch.Tensor]:
    """One forward and one backward a sample serve all layers; only the scored weights ask for a gradient."""
    linears = projections(model)
    for linear in linears.values():
        linear.weight.requires_grad_(True)
    sums = {name: torch.zeros_like(linear.weight) for name, linear in linears.items()}
    for sample in samples:
        ids, start = torch.tensor(sample["tokenIds"]), sample["responseStart"]
        # The head runs on the positions that the loss needs, and on no others.
        logits = model(input_ids=ids[None], use_cache=False, logits_to_keep=len(ids) - start + 1).logits[0, :-1]
        torch.nn.functional.cross_entropy(logits, ids[start:]).backward()
        for name, linear in linears.items():
            sums[name] += linear.weight.grad.abs_()
            linear.weight.grad = None
    with torch.no_grad():
        return {name: sums[name].mul_(linear.weight.abs()).div_(len(samples)) for name, linear in linears.items()}


@torch.no_grad()
def wanda(model: torch.nn.Module, samples: list[dict], batch: int = 8) -> dict[str, torch.Tensor]:
    """Batched forward of the decoder without its head; all samples have one length."""
    linears = projections(model)
    squares = {name: torch.zeros(linear.in_features) for name, linear in linears.items()}
    start = samples[0]["responseStart"]

    def watch(name: str):
        def hook(_module, inputs):
            squares[name] += inputs[0][:, start:].square().sum(dim=(0, 1))

        return hook

    hooks = [linear.register_forward_pre_hook(watch(name)) for name, linear in linears.items()]
    ids = torch.tensor([sample["tokenIds"] for sample in samples])
    for part in ids.split(batch):
        model.model(input_ids=part, use_cache=False)
    for hook in hooks:
        hook.remove()
    return {name: linear.weight.abs() * squares[name].sqrt() for name, linear in linears.items()}


def peak_bytes() -> int:
    return 1024 * int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1])


def main(method: str, directory: str, samples_file: str, threads: int) -> None:
    torch.set_num_threads(threads)
    samples = [json.loads(line) for line in Path(samples_file).read_text().splitlines()]
    began = time.perf_counter()
    model = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32).eval().requires_grad_(False)
    loaded = time.perf_counter()
    Path("/proc/self/clear_refs").write_text("5")  # resets VmHWM
    scores = {"snip": snip, "wanda": wanda}[method](model, samples)
    done = time.perf_counter()
    assert all(bool(torch.isfinite(matrix).all()) for matrix in scores.values()) and len(scores) % 7 == 0
    print(json.dumps({"loadSeconds": loaded - began, "seconds": done - loaded, "peakBytes": peak_bytes()}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
