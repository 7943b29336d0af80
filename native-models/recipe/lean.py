"""The Llama of chat.py for training: matrix products in bfloat16, weights kept in float32, projections joined."""

import torch
import torch.nn.functional as F
from torch import nn

from chat import CONFIG

HIDDEN, INNER, LAYERS = CONFIG["hidden_size"], CONFIG["intermediate_size"], CONFIG["num_hidden_layers"]
HEADS, KV_HEADS, EPS = CONFIG["num_attention_heads"], CONFIG["num_key_value_heads"], CONFIG["rms_norm_eps"]
WIDTH = HIDDEN // HEADS
SIZES = [HEADS * WIDTH, KV_HEADS * WIDTH, KV_HEADS * WIDTH]


class Dropout:
    """Masks cut from one stretch of random numbers at random places: drawing new ones takes a fifth of a step."""

    def __init__(self, share: float, seed: int, dtype=torch.bfloat16):
        self.random = torch.Generator().manual_seed(seed)
        self.pool = ((torch.rand(1 << 22, generator=self.random) >= share) / (1 - share)).to(dtype)

    def __call__(self, x):
        first = int(torch.randint(len(self.pool) - x.numel(), (1,), generator=self.random))
        return x * self.pool[first : first + x.numel()].view_as(x)


def keep(x):
    return x


def normal(*shape) -> nn.Parameter:
    return nn.Parameter(torch.randn(*shape) * 0.02)


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.Parameter(torch.ones(HIDDEN)), nn.Parameter(torch.ones(HIDDEN))
        self.qkv, self.o = normal(sum(SIZES), HIDDEN), normal(HIDDEN, HEADS * WIDTH)
        self.gate_up, self.down = normal(2 * INNER, HIDDEN), normal(HIDDEN, INNER)

    def forward(self, x, cos, sin, mask, dropout):
        batch, length, _ = x.shape
        q, k, v = linear(norm(x, self.norm1), self.qkv).split(SIZES, -1)
        q, k, v = (part.view(batch, length, -1, WIDTH).transpose(1, 2) for part in (q, k, v))
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        # Written out: for rows this short PyTorch's fused attention is slow backwards on a CPU.
        q = q.reshape(batch, KV_HEADS, -1, WIDTH)
        weights = (q @ k.transpose(2, 3)).view(batch, HEADS, length, length) * WIDTH**-0.5
        weights = torch.softmax(weights + mask, -1).view(batch, KV_HEADS, -1, length)
        context = (weights @ v).view(batch, HEADS, length, WIDTH)
        x = x + dropout(linear(context.transpose(1, 2).reshape(batch, length, -1), self.o))
        gate, up = linear(norm(x, self.norm2), self.gate_up).chunk(2, -1)
        return x + dropout(linear(F.silu(gate) * up, self.down))


def linear(x, weight):
    return F.linear(x, weight.to(x.dtype))


def norm(x, gain):
    return F.rms_norm(x, (HIDDEN,), gain.to(x.dtype), EPS)


def rotate(x, cos, sin):
    first, second = x.chunk(2, -1)
    return x * cos + torch.cat([-second, first], -1) * sin


class Lean(nn.Module):
    def __init__(self, dtype=torch.bfloat16):
        super().__init__()
        self.dtype = dtype
        self.embed = normal(CONFIG["vocab_size"], HIDDEN)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.norm = nn.Parameter(torch.ones(HIDDEN))

    def forward(self, ids, at, dropout=keep):
        """Logits at the positions `at` of the flattened batch, float32."""
        angles = torch.arange(ids.shape[1])[:, None] / 10000.0 ** (torch.arange(0, WIDTH, 2) / WIDTH)
        cos, sin = (torch.cat([part, part], -1).to(self.dtype) for part in (angles.cos(), angles.sin()))
        mask = torch.full((ids.shape[1],) * 2, -1e4, dtype=self.dtype).triu(1)
        embed = self.embed.to(self.dtype)
        x = F.embedding(ids, embed)
        for layer in self.layers:
            x = layer(x, cos, sin, mask, dropout)
        return F.linear(norm(x.flatten(0, 1)[at], self.norm), embed).float()

    def llama_state(self) -> dict[str, torch.Tensor]:
        state = {"model.embed_tokens.weight": self.embed, "lm_head.weight": self.embed, "model.norm.weight": self.norm}
        for number, layer in enumerate(self.layers):
            q, k, v = layer.qkv.split(SIZES)
            gate, up = layer.gate_up.chunk(2)
            parts = {
                "input_layernorm": layer.norm1, "post_attention_layernorm": layer.norm2,
                "self_attn.q_proj": q, "self_attn.k_proj": k, "self_attn.v_proj": v, "self_attn.o_proj": layer.o,
                "mlp.gate_proj": gate, "mlp.up_proj": up, "mlp.down_proj": layer.down,
            }
            state |= {f"model.layers.{number}.{name}.weight": value for name, value in parts.items()}
        return {name: value.detach().clone() for name, value in state.items()}
