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

MODULES = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


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
    """The seven projections of every decoder block, by layer, in the order of the forward pass."""
    for index, layer in enumerate(model.model.layers):
        for module in MODULES:
            parent = "self_attn" if module in MODULES[:4] else "mlp"
            yield f"model.layers.{index}.{parent}.{module}.weight", getattr(getattr(layer, parent), module)


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
