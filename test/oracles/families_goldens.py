"""Writes the golden files of what model families differ in, as goldens.py writes those of Llama and Qwen2.

    python test/oracles/families_goldens.py [LAYER...]
"""

import importlib
import sys
import zlib

import numpy as np
import torch
import torch.nn.functional as F
from transformers import AutoConfig

import goldens
from goldens import DATA, causal, normal, positive, rms_norm, save

SIZES = {
    "hidden_size": 24,
    "intermediate_size": 32,
    "num_hidden_layers": 1,
    "vocab_size": 64,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 64,
    "rms_norm_eps": 1e-5,
}
PLAIN = {"rope_type": "default", "rope_theta": 1000.0}
GEMMA = {"head_dim": 8, "hidden_activation": "gelu_pytorch_tanh", "query_pre_attn_scalar": 20}
LONGROPE = {
    "rope_type": "longrope",
    "rope_theta": 1000.0,
    "partial_rotary_factor": 0.5,
    "original_max_position_embeddings": 16,
    "short_factor": [1.0, 1.5],
    "long_factor": [2.0, 7.0],
}

# name: (model_type, configuration); the same stands in test/golden/familyLayers.ts.
LAYERS = {
    "qwen3": ("qwen3", {"head_dim": 8, "attention_bias": True}),
    "mistral.window": ("mistral", {"head_dim": 8, "sliding_window": 3}),
    "gemma": ("gemma", {"head_dim": 8}),
    "gemma2.capped": ("gemma2", GEMMA | {"attn_logit_softcapping": 1.2, "sliding_window": 4}),
    "gemma3.window": ("gemma3_text", GEMMA | {"sliding_window": 3, "rope_parameters": None}),
    "phi3.partial": (
        "phi3",
        {"num_attention_heads": 3, "num_key_value_heads": 1, "original_max_position_embeddings": 16, "rope_parameters": dict(LONGROPE)},
    ),
    "olmo2": ("olmo2", {"num_attention_heads": 6, "num_key_value_heads": 3, "attention_bias": True}),
}


def seed(name):
    """Every file has a generator of its own: a new one changes no other."""
    goldens.RNG = np.random.default_rng(zlib.crc32(name.encode()))


def windowed(length, window):
    mask = causal(length)
    return mask if window is None else mask.masked_fill(torch.ones(length, length).tril(-window) > 0, -torch.inf)


# ---------------------------------------------------------------------------------------------------- operations


def cap(x, c):
    return c * torch.tanh(x / c)


def attend(q, k, v, mask, scale=0.37, soft_cap=None):
    batch, groups, rows, width = q.shape
    rep = rows // mask.shape[0]
    heads = q.reshape(batch, groups * rep, mask.shape[0], width)
    k, v = k.repeat_interleave(rep, 1), v.repeat_interleave(rep, 1)
    scores = scale * heads @ k.transpose(-1, -2)
    scores = scores if soft_cap is None else cap(scores, soft_cap)
    return ((scores + mask).softmax(-1) @ v).reshape(q.shape)


def operations():
    seed("operations")
    qkv = lambda rows: [normal(2, 2, rows, 3), normal(2, 2, 4, 3), normal(2, 2, 4, 3)]
    cases = {
        "tanh": (torch.tanh, [normal(3, 4)]),
        "softCap": (lambda x: cap(x, 1.5), [2 * normal(3, 4)]),
        "gatedActivation.geluTanh": (lambda g, u: F.gelu(g, approximate="tanh") * u, [2 * normal(3, 5), normal(3, 5)]),
        "attention.softCap": (lambda *x: attend(*x, 1.3, 0.8), [*qkv(12), causal(4)], 3),
        "attention.window": (attend, [*qkv(8), windowed(4, 2)], 3),
        "attention.lastQueries": (attend, [*qkv(4), causal(4)[2:]], 3),
    }
    out = {}
    for name, (function, inputs, *count) in cases.items():
        differentiated = count[0] if count else len(inputs)
        leaves = [x.double().requires_grad_(i < differentiated) for i, x in enumerate(inputs)]
        y = function(*leaves)
        dy = normal(*y.shape)
        y.backward(dy.double())
        out |= {f"{name}/in{i}": x for i, x in enumerate(inputs)}
        out |= {f"{name}/grad{i}": x.grad for i, x in enumerate(leaves) if x.requires_grad}
        out |= {f"{name}/y": y, f"{name}/dy": dy}
    save(DATA / "operations.families.safetensors", out)


def head():
    """As goldens.head, with capped logits."""
    seed("head")
    rows, hidden, vocab = 6, 12, 40
    x, gain, weight = normal(rows, hidden), positive(hidden), normal(vocab, hidden)
    labels = torch.tensor(goldens.RNG.integers(0, vocab, (rows, 1)))
    scale = torch.tensor([[0.5], [1.0], [0.0], [0.25], [2.0], [1.0]])
    leaf = x.double().requires_grad_()
    logits = cap(rms_norm(leaf, gain.double(), 1e-5) @ weight.double().T, 3.0)
    losses = F.cross_entropy(logits, labels[:, 0], reduction="none")[:, None]
    (losses * scale.double()).sum().backward()
    tensors = {"x": x, "gain": gain, "W": weight, "labels": labels, "weight": scale, "nll": losses, "dx": leaf.grad}
    save(DATA / "head.softCap.safetensors", tensors | {"logits": logits})


def longrope_tables():
    from transformers.models.phi3.modeling_phi3 import Phi3RotaryEmbedding

    sizes = SIZES | {"num_attention_heads": 3, "num_key_value_heads": 1, "original_max_position_embeddings": 16}
    config = AutoConfig.for_model("phi3", **sizes, rope_parameters=dict(LONGROPE))
    out = {}
    for name, length in (("short", 16), ("long", 17)):
        cos, sin = Phi3RotaryEmbedding(config)(torch.zeros(1), torch.arange(length)[None])
        out |= {f"{name}/cos": cos[0, :, :2], f"{name}/sin": sin[0, :, :2]}
    save(DATA / "rotary.longrope.safetensors", out)


# ------------------------------------------------------------------------------------------------ decoder layers


def layer(name):
    seed(name)
    batch, length = 3, 7
    model_type, settings = LAYERS[name]
    config = AutoConfig.for_model(model_type, **(SIZES | {"rope_parameters": dict(PLAIN)} | settings))
    config._attn_implementation = "eager"
    family = {"gemma3_text": "gemma3"}.get(model_type, model_type)
    prefix = "".join(part.capitalize() for part in family.split("_"))
    code = importlib.import_module(f"transformers.models.{family}.modeling_{family}")
    module = getattr(code, f"{prefix}DecoderLayer")(config, 0)
    centre = 0.0 if model_type.startswith("gemma") else 1.0
    with torch.no_grad():
        for key, p in module.named_parameters():
            p.copy_(normal(*p.shape) * (0.3 if p.dim() == 2 else 0.2) + (centre if "norm" in key else 0.0))
    tensors = {f"param/{key}": p.clone() for key, p in module.named_parameters()}
    module.double()
    x, dy = normal(batch, length, config.hidden_size), normal(batch, length, config.hidden_size)
    kind = (getattr(config, "layer_types", None) or [None])[0]
    more = [kind] if model_type == "gemma3_text" else []
    tables = getattr(code, f"{prefix}RotaryEmbedding")(config)(x, torch.arange(length)[None], *more)
    window = getattr(config, "sliding_window", None) if kind != "full_attention" else None
    mask = windowed(length, window).double()[None, None]

    def run(sample):
        leaf = x[sample].double().requires_grad_()
        module.zero_grad()
        out = module(leaf, attention_mask=mask, position_embeddings=[t.double() for t in tables])
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
    save(DATA / f"layer.{name}.safetensors", tensors | {"x": x, "dy": dy, "y": y, "dx": leaf.grad})


if __name__ == "__main__":
    if not sys.argv[1:]:
        operations()
        head()
        longrope_tables()
    for chosen in sys.argv[1:] or LAYERS:
        layer(chosen)
