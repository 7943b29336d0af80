"""SafeLayer (METHODS 1.4): cosine curves, angular gaps, and layers that are scaled for a while."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from blocks import Trace, decoder_layers

Pairs = list[tuple[int, int]]


def last_vectors(model: nn.Module, prompts: list[list[int]]) -> np.ndarray:
    """(prompts, layers, hidden): every block's output at the last position; no embedding, no final norm."""
    return np.stack([np.stack([y[-1].double().numpy() for y in Trace(model, ids).outputs]) for ids in prompts])


def cosines(left: np.ndarray, right: np.ndarray, pairs: Pairs) -> np.ndarray:
    """(pairs, layers)"""
    a, b = left[[i for i, _ in pairs]], right[[j for _, j in pairs]]
    lengths = np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1)
    return np.clip((a * b).sum(axis=-1) / lengths, -1, 1)


@dataclass
class Curves:
    """Mean and standard deviation (ddof 0) by layer, and both angular gaps in degrees."""

    uu: np.ndarray
    uh: np.ndarray
    uu_sd: np.ndarray
    uh_sd: np.ndarray
    paper: np.ndarray
    code: np.ndarray


def curves(utility: np.ndarray, harmful: np.ndarray, uu_pairs: Pairs, uh_pairs: Pairs) -> Curves:
    uu, uh = cosines(utility, utility, uu_pairs), cosines(utility, harmful, uh_pairs)
    degrees = 180 / math.pi
    paper = (np.arccos(uh).mean(axis=0) - np.arccos(uu).mean(axis=0)) * degrees
    code = (np.arccos(uh.mean(axis=0)) - np.arccos(uu.mean(axis=0))) * degrees
    return Curves(uu.mean(axis=0), uh.mean(axis=0), uu.std(axis=0), uh.std(axis=0), paper, code)


class Scaled:
    """Projections and norm gains of layers first..last (inclusive) times alpha while the block lasts; biases stay."""

    def __init__(self, model: nn.Module, first: int, last: int, alpha: float, names: Iterable[str]):
        self.parts = []
        for layer in decoder_layers(model)[first : last + 1]:
            for name, module in layer.named_modules():
                if name.split(".")[-1] in names:
                    # Gemma's gains are stored less 1.
                    less = 1.0 if "Gemma" in type(module).__name__ and "norm" in name else 0.0
                    self.parts.append((module.weight.data, alpha, (alpha - 1) * less))

    def __enter__(self):
        self.kept = [weight.clone() for weight, *_ in self.parts]
        for weight, factor, add in self.parts:
            weight.mul_(factor).add_(add)

    def __exit__(self, *_):
        for (weight, *_), kept in zip(self.parts, self.kept):
            weight.copy_(kept)


@torch.no_grad()
def effect(model: nn.Module, trace: Trace, n: int, name: str, alpha: float) -> float:
    """Largest change of a branch by scaling one thing of a block, as a share of what the block adds."""
    layer, call = decoder_layers(model)[n], trace.blocks[n]

    def added() -> torch.Tensor:
        y = layer(*call.args, **call.kwargs)
        return (y[0] if isinstance(y, tuple) else y) - call.args[0]

    whole = added()
    with Scaled(model, n, n, alpha, [name]):
        return ((added() - whole).norm() / whole.norm()).item()
