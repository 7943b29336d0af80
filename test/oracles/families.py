"""Two tiny random models for each model_type: one plain, one with every unusual option that the family has switched on.

    python families.py OUT [NAME...]

OUT/<name>/model as transformers saves it, OUT/<name>/<scope>.safety-region.json as make_models.py writes them. Windows
and the lengths that rotations change at are short, so that the texts of tiny_data.py are past them.
"""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import torch
from transformers import AutoConfig, AutoModelForCausalLM

from make_models import BASE, LLAMA3, enliven, spell_as_version_4
from tiny_data import experiment, write_data
from tiny_tokenizers import write_tokenizer

# Factors of the eight pairs of a head of 16 elements, and of the six that three quarters of it have.
SHORT = [1.0, 1.02, 1.1, 1.25, 1.5, 1.9, 2.4, 3.0]
LONG = [1.1, 1.4, 2.0, 3.5, 6.0, 11.0, 19.0, 32.0]
LONGROPE = {"rope_type": "longrope", "rope_theta": 10000.0, "original_max_position_embeddings": 48}
GEMMA = {"head_dim": 24, "num_key_value_heads": 2, "hidden_activation": "gelu_pytorch_tanh"}
GEMMA3_ROPE = {
    "full_attention": {"rope_type": "linear", "rope_theta": 2e5, "factor": 8.0},
    "sliding_attention": {"rope_type": "default", "rope_theta": 500.0},
}
VISION = {
    "mm_tokens_per_image": 4,
    "vision_config": {
        "hidden_size": 16,
        "intermediate_size": 24,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "image_size": 28,
        "patch_size": 14,
    },
}


@dataclass
class Family:
    """`config` on top of BASE, or of its text_config where it has one; `spelling` as in make_models.py."""

    model_type: str
    config: dict[str, object]
    tokenizer: str = "bos"
    dtype: torch.dtype = torch.float32
    spelling: int = 5
    scope: str = "row"


FAMILIES = {
    "llama": Family("llama", {"num_key_value_heads": 2}, dtype=torch.bfloat16),
    "llama-all": Family(
        "llama",
        {
            "num_key_value_heads": 2,
            "head_dim": 24,
            "attention_bias": True,
            "mlp_bias": True,
            "rope_parameters": LLAMA3,
            "tie_word_embeddings": True,
        },
        scope="matrix",
    ),
    "qwen2": Family("qwen2", {"num_key_value_heads": 2}, "system", torch.float16),
    "qwen2-all": Family(
        "qwen2",
        {
            "num_key_value_heads": 1,
            "use_sliding_window": True,
            "sliding_window": 11,
            "max_window_layers": 1,
            "tie_word_embeddings": True,
        },
        "system",
        scope="model",
    ),
    "qwen3": Family("qwen3", {"head_dim": 24, "num_key_value_heads": 2}, "system", torch.bfloat16),
    "qwen3-all": Family(
        "qwen3",
        {
            "head_dim": 32,
            "num_key_value_heads": 1,
            "attention_bias": True,
            "layer_types": ["sliding_attention", "full_attention", "sliding_attention"],
            "use_sliding_window": True,
            "sliding_window": 9,
            "tie_word_embeddings": True,
            "rope_parameters": {"rope_type": "linear", "rope_theta": 1e6, "factor": 2.0},
        },
        "system",
        scope="matrix",
    ),
    "mistral": Family("mistral", {"num_key_value_heads": 2, "sliding_window": None}, "sentencepiece", torch.bfloat16),
    "mistral-all": Family(
        "mistral",
        {"num_key_value_heads": 2, "head_dim": 24, "sliding_window": 13, "tie_word_embeddings": True},
        "sentencepiece",
        spelling=4,
        scope="model",
    ),
    "gemma": Family("gemma", {"head_dim": 16, "tie_word_embeddings": True}, dtype=torch.bfloat16, spelling=4),
    "gemma-all": Family(
        "gemma", {"head_dim": 24, "num_key_value_heads": 1, "attention_bias": True, "hidden_act": "gelu"}, scope="matrix"
    ),
    "gemma2": Family("gemma2", GEMMA | {"tie_word_embeddings": True}, dtype=torch.bfloat16),
    "gemma2-all": Family(
        "gemma2",
        GEMMA
        | {
            "query_pre_attn_scalar": 40,
            "sliding_window": 10,
            "layer_types": ["full_attention", "sliding_attention", "sliding_attention"],
            "attn_logit_softcapping": 1.5,
            "final_logit_softcapping": 2.5,
            "attention_bias": True,
        },
        spelling=4,
        scope="model",
    ),
    "gemma3": Family(
        "gemma3",
        {
            "text_config": GEMMA | {"sliding_window": 12, "tie_word_embeddings": True, "rope_parameters": None},
            **VISION,
        },
        dtype=torch.bfloat16,
    ),
    "gemma3-all": Family(
        "gemma3",
        {
            "text_config": GEMMA
            | {
                "query_pre_attn_scalar": 12,
                "sliding_window": 8,
                "layer_types": ["full_attention", "sliding_attention", "full_attention"],
                "attention_bias": True,
                "tie_word_embeddings": False,
                "rope_parameters": GEMMA3_ROPE,
            },
            "tie_word_embeddings": False,
            **VISION,
        },
        scope="model",
    ),
    "gemma3-text": Family("gemma3_text", GEMMA | {"tie_word_embeddings": True, "rope_parameters": None}),
    "gemma3-text-all": Family(
        "gemma3_text",
        GEMMA
        | {
            "query_pre_attn_scalar": 40,
            "sliding_window": 10,
            "layer_types": ["sliding_attention", "full_attention", "sliding_attention"],
            "final_logit_softcapping": 2.5,
            "attention_bias": True,
            "rope_parameters": GEMMA3_ROPE,
        },
        spelling=4,
        scope="matrix",
    ),
    "phi3": Family("phi3", {"num_key_value_heads": 2, "sliding_window": 14}, "sentencepiece", torch.bfloat16),
    "phi3-all": Family(
        "phi3",
        {
            "num_key_value_heads": 2,
            "original_max_position_embeddings": 48,
            "tie_word_embeddings": True,
            "rope_parameters": LONGROPE
            | {"partial_rotary_factor": 0.75, "short_factor": SHORT[:6], "long_factor": LONG[:6]},
        },
        "sentencepiece",
        scope="model",
    ),
    "olmo2": Family("olmo2", {}, "plain", torch.bfloat16),
    "olmo2-all": Family(
        "olmo2",
        {"num_key_value_heads": 2, "attention_bias": True, "tie_word_embeddings": True, "rope_parameters": LLAMA3},
        "plain",
        spelling=4,
        scope="matrix",
    ),
}


def is_gemma(family: Family) -> bool:
    return family.model_type.startswith("gemma")


@torch.no_grad()
def centre_norms(model: torch.nn.Module) -> None:
    """Gains that are stored less 1 are drawn around 0."""
    for name, parameter in model.named_parameters():
        if "norm" in name:
            parameter.sub_(1)


def settings_of(family: Family, vocabulary: int) -> dict[str, object]:
    tokens = {"vocab_size": vocabulary + 5, "bos_token_id": None, "eos_token_id": None, "pad_token_id": None}
    if "text_config" not in family.config:
        return BASE | tokens | family.config
    text = BASE | tokens | family.config["text_config"]
    return family.config | {"text_config": text}


def spell_as_older(path: Path) -> None:
    """As transformers 4 wrote it; Gemma 3's two rotations too."""
    config = json.loads(path.read_text())
    rope = config["rope_parameters"]
    if "full_attention" in rope:
        config["rope_local_base_freq"] = rope["sliding_attention"]["rope_theta"]
        config["rope_parameters"] = rope["full_attention"]
        path.write_text(json.dumps(config))
    spell_as_version_4(path)
    if "full_attention" in rope:
        config = json.loads(path.read_text())
        config["rope_scaling"] = {"rope_type": "linear", "factor": rope["full_attention"]["factor"]}
        path.write_text(json.dumps(config))


def make(out: Path, name: str, family: Family) -> None:
    folder = out / name / "model"
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = write_tokenizer(family.tokenizer, folder)
    config = AutoConfig.for_model(family.model_type, **settings_of(family, vocabulary))
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    enliven(model, seed=sum(name.encode()))
    if is_gemma(family):
        centre_norms(model)
    model = model.to(family.dtype)
    model.config.dtype = family.dtype
    model.save_pretrained(folder)
    if family.spelling == 4:
        spell_as_older(folder / "config.json")
    path = out / name / f"{family.scope}.safety-region.json"
    path.write_text(json.dumps(experiment(name, family.scope, 0.05), indent=2) + "\n")


if __name__ == "__main__":
    target = Path(sys.argv[1])
    write_data(target / "data")
    for chosen in sys.argv[2:] or FAMILIES:
        make(target, chosen, FAMILIES[chosen])
        print(target / chosen)
