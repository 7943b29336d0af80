"""Decoder blocks of a transformers model, to be called one at a time on what a whole forward pass gave them.

The attention is the three lines of the definition, in the dtype of its inputs: transformers' own takes its softmax in
float32 even where the model is float64, and keeps to itself what the released SafeNeuron formulas ask for.
"""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface, AutoModelForCausalLM
from transformers.masking_utils import eager_mask

ATTENTION = "oracle"


@dataclass
class Attention:
    """Of one call: (heads, tokens, head_dim) after norms and rotation, keys and values repeated for the query heads."""

    query: Tensor
    key: Tensor
    scores: Tensor  # scaled, capped and masked
    probabilities: Tensor
    heads_out: Tensor  # (tokens, heads * head_dim)


last_call: dict[nn.Module, Attention] = {}


def attend(module, query, key, value, attention_mask, scaling=None, softcap=None, **_rest):
    groups = query.shape[1] // key.shape[1]
    key, value = key.repeat_interleave(groups, dim=1), value.repeat_interleave(groups, dim=1)
    scores = query @ key.transpose(2, 3) * (query.shape[-1] ** -0.5 if scaling is None else scaling)
    if softcap is not None:
        scores = torch.tanh(scores / softcap) * softcap
    if attention_mask is not None:
        scores = scores.masked_fill(attention_mask < 0, float("-inf"))
    probabilities = scores.softmax(dim=-1)
    out = (probabilities @ value).transpose(1, 2)
    last_call[module] = Attention(query[0], key[0], scores[0], probabilities[0], out[0].flatten(1))
    return out.contiguous(), probabilities


AttentionInterface.register(ATTENTION, attend)
AttentionMaskInterface.register(ATTENTION, eager_mask)


def load_for_blocks(directory: Path, dtype: torch.dtype = torch.float64) -> nn.Module:
    model = AutoModelForCausalLM.from_pretrained(directory, dtype=dtype, attn_implementation=ATTENTION)
    return model.eval().requires_grad_(False)


def decoder_layers(model: nn.Module) -> list[nn.Module]:
    found = [module for name, module in model.named_modules() if name.split(".")[-1] == "layers" and "vision" not in name]
    assert len(found) == 1, found
    return list(found[0])


@dataclass
class Call:
    args: tuple
    kwargs: dict


class Trace:
    """A forward pass over one text: what every block, attention and MLP was called with, and each block's output."""

    def __init__(self, model: nn.Module, ids: list[int]):
        layers = decoder_layers(model)
        self.blocks: list[Call] = [None] * len(layers)
        self.attentions: list[Call] = [None] * len(layers)
        self.mlps: list[Call] = [None] * len(layers)
        self.outputs: list[Tensor] = [None] * len(layers)
        hooks = []
        for n, layer in enumerate(layers):
            for module, calls in ((layer, self.blocks), (layer.self_attn, self.attentions), (layer.mlp, self.mlps)):
                hooks.append(module.register_forward_pre_hook(keep_call(calls, n), with_kwargs=True))
            hooks.append(layer.register_forward_hook(keep_output(self.outputs, n)))
        with torch.no_grad():
            self.logits = model(input_ids=torch.tensor([ids]), use_cache=False).logits[0]
        for hook in hooks:
            hook.remove()


def keep_call(calls: list, n: int):
    def hook(_module, args, kwargs):
        calls[n] = Call(args, dict(kwargs))

    return hook


def keep_output(outputs: list, n: int):
    def hook(_module, _inputs, output):
        outputs[n] = (output[0] if isinstance(output, tuple) else output)[0]

    return hook
