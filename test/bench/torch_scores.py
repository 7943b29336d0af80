"""SNIP, Wanda, SafeNeuron's FFN and V neurons or SafeLayer's curves in PyTorch's best plain form, timed:

    python torch_scores.py METHOD[,METHOD] MODEL SAMPLES.jsonl[,SAMPLES.jsonl] THREADS FRACTION REGIONS.safetensors

METHOD is snip, wanda, neurons or curves; several are done in turn, each for all sets of samples, on the model that is
loaded once.

Prints {"loadSeconds", "scoreSeconds", "selectSeconds", "peakBytes"}: weights on disk to a float32 model, that to
finished scores, and those to the top FRACTION of every row, packed to bits and written. Imports are not timed. Peak
resident memory of the process is counted from the loaded model on: loading is not held against it.
"""

import json
import os
import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

os.environ["CUDA_VISIBLE_DEVICES"] = ""

import numpy as np
import torch
from safetensors.numpy import save_file
from transformers import AutoConfig, AutoModelForCausalLM
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


def prompt_batches(samples: list[dict], batch: int = 8):
    """All prompts have one length."""
    prompts = torch.tensor([sample["tokenIds"][: sample["responseStart"]] for sample in samples])
    return prompts.split(batch)


@torch.no_grad()
def neurons(model: torch.nn.Module, samples: list[dict], keep: float = 0.1) -> list[torch.Tensor]:
    """FFN and V neurons whose removal changes their module's output most, for every prompt (METHODS.md: paper)."""
    config = model.config
    groups, head = config.num_key_value_heads, config.hidden_size // config.num_attention_heads
    kept: list[torch.Tensor] = []

    def count(importance: torch.Tensor, total: torch.Tensor) -> None:
        top = importance.topk(int(keep * importance.shape[1]), dim=1).indices
        total += torch.zeros_like(importance, dtype=torch.int32).scatter_(1, top, 1).sum(0)

    def watch_ffn(linear: torch.nn.Linear):
        lengths, total = linear.weight.norm(dim=0), torch.zeros(linear.in_features, dtype=torch.int64)
        kept.append(total)
        return linear.register_forward_pre_hook(lambda _, inputs: count(inputs[0].norm(dim=1) * lengths, total))

    def watch_v(linear: torch.nn.Linear):
        columns = linear.weight.view(linear.out_features, groups, -1, head)
        gram = torch.einsum("ogrk,ogsk->gkrs", columns, columns)
        total = torch.zeros(groups * head, dtype=torch.int64)
        kept.append(total)

        def hook(_module, inputs):
            values = inputs[0].view(*inputs[0].shape[:2], groups, -1, head)
            both = torch.einsum("btgrk,btgsk->bgkrs", values, values)
            count((both * gram).sum(dim=(-1, -2)).clamp_min_(0).sqrt_().flatten(1), total)

        return linear.register_forward_pre_hook(hook)

    hooks = [watch_ffn(layer.mlp.down_proj) for layer in model.model.layers]
    hooks += [watch_v(layer.self_attn.o_proj) for layer in model.model.layers]
    for part in prompt_batches(samples):
        model.model(input_ids=part, use_cache=False)
    for hook in hooks:
        hook.remove()
    return [total == len(samples) for total in kept]


@torch.no_grad()
def curves(model: torch.nn.Module, harmless: list[dict], harmful: list[dict], pairs: int = 500) -> list[torch.Tensor]:
    """Mean cosines of the prompts' last states in every layer: pairs of harmless ones, and of one and a harmful one."""

    def states(samples: list[dict]) -> torch.Tensor:
        parts = []
        for part in prompt_batches(samples):
            hidden = model.model(input_ids=part, use_cache=False, output_hidden_states=True).hidden_states[1:]
            parts.append(torch.stack([layer[:, -1] for layer in hidden], dim=1))
        return torch.nn.functional.normalize(torch.cat(parts), dim=-1)

    first, second = states(harmless), states(harmful)
    chance = torch.Generator().manual_seed(0)
    draw = lambda: torch.randint(len(first), (pairs,), generator=chance)
    return [(first[draw()] * other[draw()]).sum(-1).mean(0) for other in (first, second)]


def select(scores: np.ndarray, fraction: float) -> np.ndarray:
    """
    Bits of the top floor(fraction * columns) of every row. NumPy's partition was the fastest of what gives the exact
    count: half the time of torch.topk, a third of torch.kthvalue, a tenth of a sort. Ties at the threshold are rare;
    argpartition settles them.
    """
    first = scores.shape[1] - int(fraction * scores.shape[1])
    chosen = scores >= np.partition(scores, first, axis=1)[:, first : first + 1]
    if np.count_nonzero(chosen) != scores.shape[0] * (scores.shape[1] - first):
        chosen = np.zeros(scores.shape, bool)
        np.put_along_axis(chosen, np.argpartition(scores, first, axis=1)[:, first:], True, axis=1)
    return np.packbits(chosen, bitorder="little")


def load(directory: str) -> torch.nn.Module:
    """Half the time of a load with dtype=torch.float32."""
    return AutoModelForCausalLM.from_pretrained(directory, dtype="auto").float().eval().requires_grad_(False)


def peak_bytes() -> int:
    return 1024 * int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1])


def main(methods: str, directory: str, samples_files: str, threads: int, fraction: float, regions_file: str) -> None:
    torch.set_num_threads(threads)
    sets = [[json.loads(line) for line in Path(file).read_text().splitlines()] for file in samples_files.split(",")]
    # transformers imports a model's code when it is first asked for: not a part of loading.
    with torch.device("meta"):
        AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(directory))
    began = time.perf_counter()
    model = load(directory)
    loaded = time.perf_counter()
    Path("/proc/self/clear_refs").write_text("5")  # resets VmHWM
    seconds = {"loadSeconds": loaded - began, "scoreSeconds": 0.0, "selectSeconds": 0.0}
    for method in methods.split(","):
        if method == "curves":
            # The last set is the utility set.
            start = time.perf_counter()
            assert all(bool(torch.isfinite(curve).all()) for curve in curves(model, sets[-1], sets[0]))
            seconds["scoreSeconds"] += time.perf_counter() - start
            continue
        for samples in sets:
            start = time.perf_counter()
            if method == "neurons":
                assert len(neurons(model, samples)) == 2 * model.config.num_hidden_layers
                seconds["scoreSeconds"] += time.perf_counter() - start
                continue
            scores = {"snip": snip, "wanda": wanda}[method](model, samples)
            scored = time.perf_counter()
            with ThreadPoolExecutor(threads) as workers:
                bits = workers.map(lambda matrix: select(matrix.detach().numpy(), fraction), scores.values())
                save_file(dict(zip(scores, bits, strict=True)), regions_file)
            done = time.perf_counter()
            assert all(bool(torch.isfinite(matrix).all()) for matrix in scores.values()) and len(scores) % 7 == 0
            seconds["scoreSeconds"] += scored - start
            seconds["selectSeconds"] += done - scored
    print(json.dumps(seconds | {"peakBytes": peak_bytes()}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), float(sys.argv[5]), sys.argv[6])
