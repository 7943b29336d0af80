"""SNIP and Wanda scores of a transformers model by the shortest plain PyTorch that says what they are.

METHODS 1.1: L(x) = mean over the response tokens of -log p(token | what is before it);
             SNIP(W) = mean over samples x of |W * dL(x)/dW|.
METHODS 1.2: Wanda(W)[i, j] = |W[i, j]| * sqrt(sum over all samples' response positions of X[t, j]^2),
             X the input of the linear map; the response positions are those of the response's own tokens (T5),
             one later than the positions whose logits enter the loss.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModelForCausalLM
from transformers.utils import logging as transformers_logging

transformers_logging.disable_progress_bar()

# In the order of the forward pass; Phi-3 stores q, k, v as one matrix, and gate and up.
PROJECTIONS = ("q_proj", "k_proj", "v_proj", "qkv_proj", "o_proj", "gate_proj", "up_proj", "gate_up_proj", "down_proj")


@dataclass
class Scores:
    losses: list[float]
    # Parameter name -> (rows, columns).
    snip: dict[str, np.ndarray]
    wanda: dict[str, np.ndarray]


def load(directory: Path, dtype: torch.dtype = torch.float32) -> torch.nn.Module:
    model = AutoModelForCausalLM.from_pretrained(directory, dtype=dtype, attn_implementation="eager")
    return model.eval().requires_grad_(False)


def scored_linears(model: torch.nn.Module) -> Iterator[tuple[str, torch.nn.Linear]]:
    """The projections of every decoder block, by layer, in the order of the forward pass, by their stored names."""
    found = {}
    for name, module in model.named_modules():
        path = name.split(".")
        if "layers" in path and path[-1] in PROJECTIONS and "vision_tower" not in path:
            found[layer_of(name), PROJECTIONS.index(path[-1])] = (f"{stored_name(name)}.weight", module)
    for place in sorted(found):
        yield found[place]


def layer_of(name: str) -> int:
    path = name.split(".")
    return int(path[path.index("layers") + 1])


def module_of(name: str) -> str:
    """Last part of the module's path in a parameter's name."""
    return name.split(".")[-2]


def fused_parts(config: dict, region: dict[str, np.ndarray]) -> dict[str, list[tuple[str, int]]]:
    """Canonical modules of the fused matrices in a region, with their rows."""
    parts = {}
    for name, mask in region.items():
        if module_of(name) == "qkv_proj":
            heads, kv_heads = config["num_attention_heads"], config["num_key_value_heads"]
            size = mask.shape[0] // (heads + 2 * kv_heads)
            parts[name] = [("q_proj", heads * size), ("k_proj", kv_heads * size), ("v_proj", kv_heads * size)]
        elif module_of(name) == "gate_up_proj":
            parts[name] = [("gate_proj", mask.shape[0] // 2), ("up_proj", mask.shape[0] // 2)]
    return parts


def stored_name(name: str) -> str:
    """A text model inside a multimodal one has another name in the file than in memory."""
    inside = "model.language_model."
    return f"language_model.model.{name.removeprefix(inside)}" if name.startswith(inside) else name


def reference_scores(model: torch.nn.Module, samples: list[dict]) -> Scores:
    linears = dict(scored_linears(model))
    gradients = {name: torch.zeros_like(linear.weight, dtype=torch.float64) for name, linear in linears.items()}
    squares = {name: torch.zeros(linear.in_features, dtype=torch.float64) for name, linear in linears.items()}
    losses = []
    start = 0

    def watch(name: str):
        def hook(_module, inputs):
            squares[name] += inputs[0].detach()[0, start:].double().pow(2).sum(dim=0)

        return hook

    hooks = [linear.register_forward_pre_hook(watch(name)) for name, linear in linears.items()]
    for linear in linears.values():
        linear.weight.requires_grad_(True)
    for sample in samples:
        ids, start = torch.tensor(sample["tokenIds"]), sample["responseStart"]
        logits = model(input_ids=ids[None], use_cache=False).logits[0]
        loss = torch.nn.functional.cross_entropy(logits[start - 1 : -1], ids[start:])
        for linear in linears.values():
            linear.weight.grad = None
        loss.backward()
        losses.append(loss.item())
        for name, linear in linears.items():
            gradients[name] += linear.weight.grad.abs().double()
    for hook in hooks:
        hook.remove()
    for linear in linears.values():
        linear.weight.requires_grad_(False)
        linear.weight.grad = None

    snip, wanda = {}, {}
    for name, linear in linears.items():
        size = linear.weight.detach().abs().double()
        snip[name] = (size * gradients.pop(name) / len(samples)).float().numpy()
        wanda[name] = (size * squares[name].sqrt()).float().numpy()
    return Scores(losses, snip, wanda)
