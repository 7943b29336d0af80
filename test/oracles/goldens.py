"""Writes test/golden/data/*.safetensors: inputs, outputs and autograd gradients of PyTorch and transformers.

    python test/oracles/goldens.py        (PyTorch and transformers, CPU; made with 2.13 and 5.23)

Inputs are float32; operations are evaluated in float64, decoder layers in the modules' own mixture (transformers
takes norms, softmax and rotary tables through float32 whatever the module's type).
"""

import json
import struct
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from transformers import LlamaConfig, Qwen2Config
from transformers.models.llama.modeling_llama import LlamaDecoderLayer, LlamaRotaryEmbedding
from transformers.models.qwen2.modeling_qwen2 import Qwen2DecoderLayer, Qwen2RotaryEmbedding

DATA = Path(__file__).parent.parent / "golden" / "data"


def save(path, tensors):
    header, blobs, offset = {}, [], 0
    for name in sorted(tensors):
        array = tensors[name].detach()
        array = array.numpy().astype(np.int64 if array.dtype == torch.int64 else np.float32)
        blob = np.ascontiguousarray(array).tobytes()
        dtype = "I64" if array.dtype == np.int64 else "F32"
        header[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [offset, offset + len(blob)]}
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))
    print(f"{path.name}: {path.stat().st_size} bytes")


# ---------------------------------------------------------------------------------------------------- operations

RNG = np.random.default_rng(20240917)


def normal(*shape):
    return torch.tensor(RNG.standard_normal(shape), dtype=torch.float32)


def positive(*shape):
    return torch.tensor(RNG.uniform(0.6, 2.5, shape), dtype=torch.float32)


def apart(*shape):
    """Values at least 0.2 apart and from 0, so that a kink is far from each."""
    n = int(np.prod(shape))
    return torch.tensor((RNG.permutation(n) - n // 2) * 0.25 + 0.1, dtype=torch.float32).reshape(shape)


def rms_norm(x, gain, eps):
    return gain * x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps)


def rotate(x, cos, sin):
    cos, sin = torch.cat([cos, cos], -1), torch.cat([sin, sin], -1)
    a, c = x.chunk(2, -1)
    return x * cos + torch.cat([-c, a], -1) * sin


def attend(q, k, v, mask):
    """Repeats keys and values; the graph folds the query heads instead."""
    batch, groups, rows, width = q.shape
    length = k.shape[2]
    rep = rows // length
    heads = q.reshape(batch, groups * rep, length, width)
    k, v = k.repeat_interleave(rep, 1), v.repeat_interleave(rep, 1)
    return F.scaled_dot_product_attention(heads, k, v, attn_mask=mask, scale=0.37).reshape(q.shape)


def causal(length):
    return torch.full((length, length), -torch.inf).triu(1)


def angles(length, half):
    return torch.outer(torch.arange(length).float(), 100.0 ** -(torch.arange(half) / half))


def nll(logits, labels, weights):
    return F.cross_entropy(logits, labels[:, 0], reduction="none")[:, None] * weights


LABELS = torch.tensor([[3], [0], [6], [3]])
T = lambda x: x.transpose(-1, -2)

# name: (function, inputs, how many of the first inputs are differentiated (default all))
OPERATIONS = {
    "add": (torch.add, [normal(3, 4), normal(3, 4)]),
    "add.broadcast": (torch.add, [normal(2, 3, 4), normal(3, 1)]),
    "add.column": (torch.add, [normal(1, 4), normal(3, 1)]),
    "sub.broadcast": (torch.sub, [normal(2, 1, 3), normal(2, 4, 1)]),
    "mul": (torch.mul, [normal(3, 4), normal(3, 4)]),
    "mul.broadcast": (torch.mul, [normal(4), normal(3, 4)]),
    "mul.scalar": (torch.mul, [normal(3, 4), normal()]),
    "square": (lambda x: x * x, [normal(3, 4)]),
    "div": (torch.div, [normal(3, 4), positive(3, 4)]),
    "div.broadcast": (torch.div, [normal(3, 4), positive(3, 1)]),
    "neg": (torch.neg, [normal(5)]),
    "abs": (torch.abs, [apart(3, 4)]),
    "sqrt": (torch.sqrt, [positive(3, 4)]),
    "exp": (torch.exp, [normal(3, 4)]),
    "log": (torch.log, [positive(3, 4)]),
    "reciprocal": (torch.reciprocal, [positive(3, 4)]),
    "sigmoid": (torch.sigmoid, [normal(3, 4)]),
    "maximum": (torch.maximum, [apart(3, 4), apart(3, 4) + 0.1]),
    "maximum.broadcast": (torch.maximum, [apart(3, 4), torch.full((3, 1), 0.2)]),
    "maximum.ties": (torch.maximum, [torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1.0, 3.0, 2.0])]),
    "reshape": (lambda x: x.reshape(4, 6), [normal(2, 3, 4)]),
    "transpose": (lambda x: x.permute(2, 0, 3, 1), [normal(2, 3, 4, 5)]),
    "expand": (lambda x: x.expand(2, 3, 4), [normal(3, 1)]),
    "split": (lambda x: x[:, :1] * x[:, 3:4] + x[:, 3:4], [normal(3, 4)]),
    "concat": (lambda x, y: torch.cat([x, y, x], 1), [normal(3, 2), normal(3, 3)]),
    "slice": (lambda x: x[:, 1:3], [normal(3, 4)]),
    "reduceSum": (lambda x: x.sum((0, 2)), [normal(2, 3, 4)]),
    "reduceSum.keep": (lambda x: x.sum(-1, keepdim=True), [normal(2, 3, 4)]),
    "reduceMean": (lambda x: x.mean(1), [normal(2, 3, 4)]),
    "reduceMean.keep": (lambda x: x.mean((0, 1), keepdim=True), [normal(2, 3, 4)]),
    "reduceMax": (lambda x: x.amax(1), [apart(2, 3, 4)]),
    "reduceMax.ties": (lambda x: x.amax(1, keepdim=True), [torch.tensor([[1.0, 2.0, 2.0, 0.0], [3.0, 3.0, 3.0, 3.0]])]),
    "softmax": (lambda x: x.softmax(-1), [normal(3, 5)]),
    "softmax.middle": (lambda x: x.softmax(1), [normal(2, 3, 4)]),
    "scatterAdd": (lambda x, labels: x - F.one_hot(labels[:, 0], 7), [normal(4, 7), LABELS], 1),
    "matMul": (torch.matmul, [normal(3, 4), normal(4, 2)]),
    "matMul.transA": (lambda x, y: 0.5 * T(x) @ y, [normal(4, 3), normal(4, 2)]),
    "matMul.transB": (lambda x, y: x @ T(y), [normal(3, 4), normal(2, 4)]),
    "matMul.transAB": (lambda x, y: T(x) @ T(y), [normal(4, 3), normal(2, 4)]),
    "matMul.batch": (torch.matmul, [normal(2, 2, 3, 4), normal(2, 2, 4, 2)]),
    "matMul.batch.transA": (lambda x, y: T(x) @ y, [normal(2, 2, 4, 3), normal(2, 2, 4, 2)]),
    "matMul.batch.transB": (lambda x, y: 0.3 * x @ T(y), [normal(2, 2, 3, 4), normal(2, 2, 2, 4)]),
    "matMul.batch.transAB": (lambda x, y: 1.5 * T(x) @ T(y), [normal(2, 4, 3), normal(2, 2, 4)]),
    "matMul.broadcast": (lambda x, y: x @ T(y), [normal(2, 3, 4), normal(5, 4)]),
    "matMul.broadcastBatch": (torch.matmul, [normal(2, 1, 3, 4), normal(3, 4, 2)]),
    "rmsNorm": (lambda x, g: rms_norm(x, g, 0.01), [normal(3, 8), normal(8)]),
    "rmsNorm.batch": (lambda x, g: rms_norm(x, g, 1e-5), [normal(2, 3, 8), normal(8)]),
    "rotary": (rotate, [normal(2, 3, 5, 6), angles(5, 3).cos(), angles(5, 3).sin()], 1),
    "attention": (attend, [normal(2, 2, 12, 3), normal(2, 2, 4, 3), normal(2, 2, 4, 3), causal(4)], 3),
    "attention.heads": (attend, [normal(2, 3, 4, 3), normal(2, 3, 4, 3), normal(2, 3, 4, 3), causal(4)], 3),
    "gatedActivation": (lambda g, u: F.silu(g) * u, [2 * normal(3, 5), normal(3, 5)]),
    "maskedNll": (nll, [2 * normal(4, 7), LABELS, torch.tensor([[1.0], [0.0], [0.5], [2.0]])], 3),
    # One value used three times, twice through an intermediate.
    "fanOut": (lambda x, w: (x @ w).sigmoid() * (x @ w) + x, [normal(3, 4), normal(4, 4)]),
}


def operations():
    out = {}
    for name, (function, inputs, *count) in OPERATIONS.items():
        differentiated = count[0] if count else len(inputs)
        leaves = [
            x.double().requires_grad_() if i < differentiated and x.is_floating_point() else x
            for i, x in enumerate(x if x.dtype == torch.int64 else x.double() for x in inputs)
        ]
        y = function(*leaves)
        dy = normal(*y.shape)
        y.backward(dy.double())
        for i, x in enumerate(inputs):
            out[f"{name}/in{i}"] = x
            if leaves[i].requires_grad:
                out[f"{name}/grad{i}"] = leaves[i].grad
        out[f"{name}/y"], out[f"{name}/dy"] = y, dy
    acc, dy, x = positive(5, 4), normal(3, 6, 5), normal(3, 6, 4)
    products = acc.double() + (T(dy.double()) @ x.double()).abs().sum(0)
    out |= {"products/acc": acc, "products/dy": dy, "products/x": x, "products/y": products}
    save(DATA / "operations.safetensors", out)


# ---------------------------------------------------------------------------------------------------------- head


def head():
    """Losses and the gradient of their weighted sum at the final norm's input, all logits at once."""
    rows, hidden, vocab, eps = 6, 12, 40, 1e-5
    x, gain, weight = normal(rows, hidden), positive(hidden), normal(vocab, hidden)
    labels = torch.tensor(RNG.integers(0, vocab, (rows, 1)))
    scale = torch.tensor([[0.5], [1.0], [0.0], [0.25], [2.0], [1.0]])
    leaf = x.double().requires_grad_()
    logits = rms_norm(leaf, gain.double(), eps) @ weight.double().T
    losses = F.cross_entropy(logits, labels[:, 0], reduction="none")[:, None]
    (losses * scale.double()).sum().backward()
    tensors = {"x": x, "gain": gain, "W": weight, "labels": labels, "weight": scale, "nll": losses, "dx": leaf.grad}
    save(DATA / "head.safetensors", tensors)


# ------------------------------------------------------------------------------------------------ decoder layers

SIZES = {"hidden_size": 24, "intermediate_size": 32, "num_hidden_layers": 1, "vocab_size": 64}
LLAMA3 = {
    "rope_type": "llama3",
    "rope_theta": 10000.0,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}
LINEAR = {"rope_type": "linear", "rope_theta": 500.0, "factor": 2.5}
PLAIN = {"rope_type": "default", "rope_theta": 1000000.0}


def llama(rope, **more):
    sizes = SIZES | {"max_position_embeddings": 2048, "rms_norm_eps": 1e-5, "rope_parameters": rope} | more
    return LlamaConfig(**sizes, attn_implementation="eager")


def qwen2(rope, **more):
    sizes = SIZES | {"max_position_embeddings": 2048, "rms_norm_eps": 1e-6, "rope_parameters": rope} | more
    return Qwen2Config(**sizes, attn_implementation="eager")


LAYERS = {
    "llama.grouped": (llama(LLAMA3, num_attention_heads=4, num_key_value_heads=2, head_dim=8), LlamaDecoderLayer, LlamaRotaryEmbedding),
    "llama.heads": (llama(LINEAR, num_attention_heads=3, num_key_value_heads=3), LlamaDecoderLayer, LlamaRotaryEmbedding),
    "qwen2.bias": (qwen2(PLAIN, num_attention_heads=6, num_key_value_heads=2), Qwen2DecoderLayer, Qwen2RotaryEmbedding),
}


def layer(name, config, make_layer, make_rotary):
    batch, length = 3, 7
    module = make_layer(config, 0)
    with torch.no_grad():
        for key, p in module.named_parameters():
            p.copy_(normal(*p.shape) * (0.3 if p.dim() == 2 else 0.2) + (1.0 if "layernorm" in key else 0.0))
    tensors = {f"param/{key}": p.clone() for key, p in module.named_parameters()}
    module.double()
    x, dy = normal(batch, length, config.hidden_size), normal(batch, length, config.hidden_size)
    tables = make_rotary(config)(x, torch.arange(length)[None])
    tables = [t.double() for t in tables]
    mask = causal(length).double()[None, None]

    def run(sample):
        leaf = x[sample].double().requires_grad_()
        module.zero_grad()
        out = module(leaf, attention_mask=mask, position_embeddings=tables, position_ids=torch.arange(length)[None])
        y = out[0] if isinstance(out, tuple) else out
        y.backward(dy[sample].double())
        return leaf, y

    magnitudes = {key: torch.zeros_like(p) for key, p in module.named_parameters() if p.dim() == 2}
    for i in range(batch):
        run(slice(i, i + 1))
        for key, p in module.named_parameters():
            if key in magnitudes:
                magnitudes[key] += p.grad.abs()
    leaf, y = run(slice(0, batch))
    tensors |= {f"grad/{key}": p.grad for key, p in module.named_parameters()}
    tensors |= {f"magnitude/{key}": value for key, value in magnitudes.items()}
    tensors |= {"x": x, "dy": dy, "y": y, "dx": leaf.grad}
    save(DATA / f"layer.{name}.safetensors", tensors)


def rotary_tables():
    positions = torch.tensor([0, 1, 2, 3, 5, 31, 100, 511, 1000, 2047])
    out = {"positions": positions}
    cases = {"llama3": LLAMA3 | {"original_max_position_embeddings": 256}, "linear": LINEAR, "none": PLAIN}
    for name, rope in cases.items():
        config = llama(rope, num_attention_heads=4, head_dim=32)
        cos, sin = LlamaRotaryEmbedding(config)(torch.zeros(1), positions[None])
        out[f"{name}/cos"], out[f"{name}/sin"] = cos[0, :, :16], sin[0, :, :16]
    save(DATA / "rotary.safetensors", out)


if __name__ == "__main__":
    DATA.mkdir(parents=True, exist_ok=True)
    operations()
    head()
    for name, parts in LAYERS.items():
        layer(name, *parts)
    rotary_tables()
