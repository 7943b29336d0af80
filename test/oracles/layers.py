"""SafeLayer (METHODS 1.4): cosine curves, angular gaps, and refusals under scaled layers, by transformers itself."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from blocks import Trace, decoder_layers

WEIGHTS = ("q_proj", "k_proj", "v_proj", "qkv_proj", "o_proj", "gate_proj", "up_proj", "gate_up_proj", "down_proj")
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
    """The projections of layers first..last (inclusive) times alpha while the block lasts; biases stay.

    `gains` names norms whose gain is scaled in place of the projections that they would undo: suffix of the norm's
    name -> projections left alone. Gemma's gains are stored less 1.
    """

    def __init__(
        self, model: nn.Module, first: int, last: int, alpha: float, with_o: bool, gains: dict[str, tuple[str, ...]]
    ):
        left_alone = {name for names in gains.values() for name in names} | (set() if with_o else {"o_proj"})
        self.parts = []
        for layer in decoder_layers(model)[first : last + 1]:
            for name, module in layer.named_modules():
                short = name.split(".")[-1]
                if short in WEIGHTS and short not in left_alone:
                    self.parts.append((module.weight.data, alpha, 0.0))
                elif short in gains:
                    one = 1.0 if "Gemma" in type(module).__name__ else 0.0
                    self.parts.append((module.weight.data, alpha, (alpha - 1) * one))

    def __enter__(self):
        self.kept = [weight.clone() for weight, *_ in self.parts]
        for weight, factor, add in self.parts:
            weight.mul_(factor).add_(add)

    def __exit__(self, *_):
        for (weight, *_), kept in zip(self.parts, self.kept):
            weight.copy_(kept)


@torch.no_grad()
def answers(model: nn.Module, tokenizer, prompts: Iterable[list[int]], new_tokens: int, stops: list[int]) -> list[str]:
    """Greedy, one prompt at a time."""
    texts = []
    for prompt in prompts:
        ids = torch.tensor([prompt])
        out = model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            do_sample=False,
            max_new_tokens=new_tokens,
            eos_token_id=stops or None,
            pad_token_id=0,
        )[0, len(prompt) :].tolist()
        texts.append(tokenizer.decode(out, skip_special_tokens=True))
    return texts


class Random:
    """xoshiro128** filled by splitmix32, as published: the run's pairs are drawn with it."""

    def __init__(self, seed: int):
        mask = 0xFFFFFFFF
        mix = (seed & mask) ^ ((seed >> 32) * 0x9E3779B1 & mask)
        self.state = []
        for _ in range(4):
            mix = (mix + 0x9E3779B9) & mask
            z = (mix ^ (mix >> 16)) * 0x21F0AAAD & mask
            z = (z ^ (z >> 15)) * 0x735A2D97 & mask
            self.state.append(z ^ (z >> 15))

    def next(self) -> int:
        mask = 0xFFFFFFFF
        a, b, c, d = self.state
        result = rotate(b * 5 & mask, 7) * 9 & mask
        c ^= a
        d ^= b
        self.state = [a ^ d, b ^ c, c ^ (b << 9 & mask), rotate(d, 11)]
        return result

    def below(self, bound: int) -> int:
        limit = 2**32 - 2**32 % bound
        while (value := self.next()) >= limit:
            pass
        return value % bound


def rotate(x: int, k: int) -> int:
    return (x << k | x >> (32 - k)) & 0xFFFFFFFF
