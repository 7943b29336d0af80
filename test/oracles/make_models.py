"""Tiny random models in many shapes, with tokenizers, datasets and experiments, for validate.py.

    python make_models.py OUT [NAME...]

OUT/<name>/model is an ordinary Hugging Face directory; OUT/<name>/{row,matrix,model}.safety-region.json run it on the
datasets in OUT/data. The models are saved by transformers itself, so the engine reads what users' directories hold.
"""

import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import torch
from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM

from tiny_data import experiment, write_data
from tiny_tokenizers import write_tokenizer

HERE = Path(__file__).resolve().parent
BASE = {
    "hidden_size": 64,
    "intermediate_size": 112,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 4,
    "max_position_embeddings": 512,
    "rms_norm_eps": 1e-5,
    "tie_word_embeddings": False,
    "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0},
}
LLAMA3 = {
    "rope_type": "llama3",
    "rope_theta": 5000.0,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}


@dataclass
class Shape:
    """`config` on top of BASE; `spelling` 4: config.json as transformers 4 wrote it."""

    config: dict[str, object]
    tokenizer: str
    dtype: torch.dtype = torch.bfloat16
    family: str = "llama"
    spelling: int = 5
    shard: str | None = None
    top: float = 0.05
    template: str = "chat"
    drop: list[str] = field(default_factory=list)


SHAPES = {
    "llama-gqa-bf16": Shape({"num_attention_heads": 6, "num_key_value_heads": 2, "hidden_size": 96}, "bos"),
    "llama-mha-tied-f32": Shape(
        {"tie_word_embeddings": True, "rope_parameters": {"rope_type": "default", "rope_theta": 500.0}},
        "plain",
        torch.float32,
        spelling=4,
        drop=["head_dim", "num_key_value_heads"],
    ),
    "llama-headdim-f16": Shape({"head_dim": 24, "num_key_value_heads": 2}, "system", torch.float16, top=0.1),
    "llama-rope-llama3-sharded": Shape(
        {"rope_parameters": LLAMA3, "num_key_value_heads": 2, "head_dim": 32}, "bos", spelling=4, shard="90KB"
    ),
    "llama-rope-linear-tied": Shape(
        {
            "rope_parameters": {"rope_type": "linear", "factor": 4.0, "rope_theta": 10000.0},
            "tie_word_embeddings": True,
            "num_key_value_heads": 1,
        },
        "sentencepiece",
        spelling=4,
    ),
    "llama-bias": Shape({"attention_bias": True, "mlp_bias": True, "rms_norm_eps": 1e-3}, "sentencepiece", torch.float32),
    "llama-no-template": Shape({"num_key_value_heads": 2}, "bos", torch.float32, top=0.29, template="none"),
    "qwen2-gqa-bf16": Shape({"num_key_value_heads": 2}, "system", family="qwen2"),
    "qwen2-tied-f16-sharded": Shape(
        {"tie_word_embeddings": True, "rope_parameters": {"rope_type": "default", "rope_theta": 1e6}},
        "system",
        torch.float16,
        family="qwen2",
        spelling=4,
        shard="70KB",
        template="inst",
    ),
    "qwen2-alpaca-f32": Shape(
        {"num_attention_heads": 6, "num_key_value_heads": 3, "hidden_size": 48}, "plain", torch.float32, "qwen2", template="alpaca"
    ),
}


@torch.no_grad()
def enliven(model: torch.nn.Module, seed: int) -> None:
    """Deviations that keep every activation near 1: attention not uniform, logits not flat, biases not zero."""
    chance = torch.Generator().manual_seed(seed)
    for name, parameter in sorted(model.named_parameters()):
        noise = torch.randn(parameter.shape, generator=chance)
        if "norm" in name:
            parameter.copy_(1 + 0.3 * noise)
        elif name.endswith("bias"):
            parameter.copy_(0.3 * noise)
        elif "embed_tokens" in name or "lm_head" in name:
            parameter.copy_(0.25 * noise)
        else:
            parameter.copy_(1.1 * parameter.shape[1] ** -0.5 * noise)


def spell_as_version_4(path: Path) -> None:
    config = json.loads(path.read_text())
    rope = config.pop("rope_parameters")
    config["rope_theta"] = rope.pop("rope_theta")
    kind = rope["rope_type"]
    if kind == "linear":  # the oldest spelling: `type`
        rope = {"type": rope["rope_type"], "factor": rope["factor"]}
    config["rope_scaling"] = None if kind == "default" else rope
    config["torch_dtype"] = config.pop("dtype")
    config["transformers_version"] = "4.46.3"
    path.write_text(json.dumps(config, indent=2) + "\n")


def make(out: Path, name: str, shape: Shape) -> None:
    folder = out / name / "model"
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = write_tokenizer(shape.tokenizer, folder)
    config_class, model_class = {
        "llama": (LlamaConfig, LlamaForCausalLM),
        "qwen2": (Qwen2Config, Qwen2ForCausalLM),
    }[shape.family]
    # Rows that no token uses, as in many published checkpoints.
    settings = BASE | {"vocab_size": vocabulary + 5, "bos_token_id": None, "eos_token_id": None} | shape.config
    model = model_class(config_class(**settings))
    enliven(model, seed=sum(name.encode()))
    model = model.to(shape.dtype)
    model.config.dtype = shape.dtype
    model.save_pretrained(folder, max_shard_size=shape.shard or "1GB")
    if shape.spelling == 4:
        spell_as_version_4(folder / "config.json")
    if shape.drop:
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps({k: v for k, v in config.items() if k not in shape.drop}))
    assert (shape.shard is None) == (folder / "model.safetensors").exists()
    for scope in ("row", "matrix", "model"):
        path = out / name / f"{scope}.safety-region.json"
        path.write_text(json.dumps(experiment(name, scope, shape.top, shape.template), indent=2) + "\n")


if __name__ == "__main__":
    target = Path(sys.argv[1])
    write_data(target / "data")
    for chosen in sys.argv[2:] or SHAPES:
        make(target, chosen, SHAPES[chosen])
        print(target / chosen)
