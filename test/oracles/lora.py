"""NLSR (METHODS 1.5) in plain PyTorch: a PEFT adapter applied by hooks, projection onto top singular directions.

For each LoRA matrix M (A with the projection's inputs X, B with A x): Y = X M^T, V the top right-singular vectors of Y,
M_hat = V V^T M, score |M_hat|. The gauge-free variant does the same with (alpha/r) B A and X. Y is stacked over the
response positions of all samples; its singular vectors come from torch.linalg.svd in float64.
"""

import json
import math
import re
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from blocks import Trace, decoder_layers

PREFIX = "base_model.model."


@dataclass
class Adapted:
    """One projection: A (rank, d_in), B (d_out, rank)."""

    name: str
    layer: int
    linear: nn.Linear
    A: Tensor
    B: Tensor
    scale: float


@dataclass
class Found:
    """Name of a LoRA matrix -> what was found of it."""

    scores: dict[str, Tensor]
    # Name of the adapted projection -> scores of (alpha/r) B A.
    gauge_free: dict[str, Tensor]
    # Between the last direction kept and the first left out, as a share of the largest singular value.
    gaps: dict[str, float]


def read_adapter(folder: Path, model: nn.Module) -> list[Adapted]:
    config = json.loads((folder / "adapter_config.json").read_text())
    tensors = load_file(folder / "adapter_model.safetensors")
    modules = dict(model.named_modules())
    adapted = []
    for key in tensors:
        if not key.endswith(".lora_A.weight"):
            continue
        name = key.removesuffix(".lora_A.weight")
        A, B = tensors[key].double(), tensors[f"{name}.lora_B.weight"].double()
        alpha = pattern(config.get("alpha_pattern"), name, config["lora_alpha"])
        scale = alpha / (math.sqrt(A.shape[0]) if config.get("use_rslora") else A.shape[0])
        layer = int(re.search(r"\.layers\.(\d+)\.", name)[1])
        adapted.append(Adapted(name, layer, modules[name.removeprefix(PREFIX)], A, B, scale))
    return adapted


def pattern(table: dict | None, name: str, default: float) -> float:
    """PEFT: a key matches the end of a module's path, or is a regular expression of it."""
    for key, value in (table or {}).items():
        if re.match(rf"(.*\.)?({key})$", name):
            return value
    return default


def project(X: Tensor, M: Tensor, kept: int) -> tuple[Tensor, float]:
    """V V^T M and the gap behind the kept singular values."""
    _, sizes, Vh = torch.linalg.svd(X @ M.T, full_matrices=False)
    V = Vh[:kept].T
    rest = sizes[kept].item() if kept < len(sizes) else 0.0
    gap = (sizes[kept - 1].item() - rest) / max(sizes[0].item(), 1e-300) if 0 < kept <= len(sizes) else math.inf
    return V @ (V.T @ M), gap


@torch.no_grad()
def nlsr(
    model: nn.Module,
    adapter: list[Adapted],
    samples: list[dict],
    kept_of,
    kept_gauge_free,
    matrix_factor: float = 1.0,
    update_factor: float = 1.0,
    sequential: bool = True,
) -> Found:
    """`kept_of(rank)` directions are kept; the factors extrapolate before anything is measured: A and B, or B A."""
    matrices = {a.name: [a.A * matrix_factor, a.B * matrix_factor] for a in adapter}
    inputs: dict[str, list[Tensor]] = {}
    start = 0

    def update(a: Adapted):
        def hook(_module, args, output):
            A, B = matrices[a.name]
            inputs[a.name].append(args[0][0, start:])
            return output + update_factor * a.scale * (args[0] @ A.T @ B.T)

        return hook

    for a in adapter:
        inputs[a.name] = []
    hooks = [a.linear.register_forward_hook(update(a)) for a in adapter]
    layers = decoder_layers(model)
    traces = [Trace(model, sample["tokenIds"]) for sample in samples]
    hidden = [trace.blocks[0].args[0] for trace in traces]
    found = Found({}, {}, {})
    for n, layer in enumerate(layers):

        def run() -> list[Tensor]:
            nonlocal start
            outputs = []
            for sample, trace, x in zip(samples, traces, hidden):
                start = sample["responseStart"]
                y = layer(x, *trace.blocks[n].args[1:], **trace.blocks[n].kwargs)
                outputs.append(y[0] if isinstance(y, tuple) else y)
            return outputs

        here = [a for a in adapter if a.layer == n]
        for a in here:
            inputs[a.name] = []
        outputs = run()
        for a in here:
            X = torch.cat(inputs[a.name])
            A, B = matrices[a.name]
            kept = kept_of(A.shape[0])
            projected = {}
            for letter, M, seen in (("A", A, X), ("B", B, X @ A.T)):
                name = f"{a.name}.lora_{letter}.weight"
                projected[letter], found.gaps[name] = project(seen, M, kept)
                found.scores[name] = projected[letter].abs()
            M_hat, found.gaps[a.name] = project(X, a.scale * B @ A, kept_gauge_free(A.shape[0]))
            found.gauge_free[a.name.removeprefix(PREFIX)] = M_hat.abs()
            if sequential:
                matrices[a.name] = [projected["A"], projected["B"]]
        hidden = run() if sequential else outputs
    for hook in hooks:
        hook.remove()
    return found

