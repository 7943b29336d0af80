"""Random models of given shapes with a tokenizer of one token a word, and texts of known length, for the benches.

    python make_models.py smollm2|layer8b|model8b OUT

Weights are N(0, 0.02) in bfloat16, written tensor by tensor; nothing is loaded whole.
"""

import json
import sys
from pathlib import Path

import numpy as np

SHAPES = {
    # SmolLM2-135M
    "smollm2": {
        "hidden_size": 576,
        "intermediate_size": 1536,
        "num_hidden_layers": 30,
        "num_attention_heads": 9,
        "num_key_value_heads": 3,
        "vocab_size": 49152,
        "tie_word_embeddings": True,
        "rope_parameters": {"rope_type": "default", "rope_theta": 100000.0},
    },
    # One layer of Llama-3-8B under a small vocabulary
    "layer8b": {
        "hidden_size": 4096,
        "intermediate_size": 14336,
        "num_hidden_layers": 1,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "vocab_size": 1024,
        "tie_word_embeddings": False,
        "rope_parameters": {"rope_type": "default", "rope_theta": 500000.0},
    },
}
# Llama-3-8B, all of it: 16 GB on disk
SHAPES["model8b"] = SHAPES["layer8b"] | {"num_hidden_layers": 32, "vocab_size": 128256}
# samples, prompt tokens, response tokens; experiments: name -> methods, samples
TEXTS = {
    "smollm2": (16, 48, 48, {"snip": (["snip"], 16), "wanda": (["wanda"], 16)}),
    "layer8b": (8, 64, 64, {"layer8b": (["snip", "wanda"], 8)}),
    "model8b": (8, 48, 32, {"one": (["snip", "wanda"], 1), "eight": (["snip", "wanda"], 8)}),
}
# As published checkpoints are cut.
SHARD_BYTES = 5_000_000_000
# Values drawn and written at a time.
CHUNK = 1 << 24


def shapes_of(config: dict) -> dict[str, tuple[int, ...]]:
    hidden, inner = config["hidden_size"], config["intermediate_size"]
    head = hidden // config["num_attention_heads"]
    queries, keys = config["num_attention_heads"] * head, config["num_key_value_heads"] * head
    shapes: dict[str, tuple[int, ...]] = {"model.embed_tokens.weight": (config["vocab_size"], hidden)}
    for layer in range(config["num_hidden_layers"]):
        parts = {
            "input_layernorm": (hidden,),
            "self_attn.q_proj": (queries, hidden),
            "self_attn.k_proj": (keys, hidden),
            "self_attn.v_proj": (keys, hidden),
            "self_attn.o_proj": (hidden, queries),
            "post_attention_layernorm": (hidden,),
            "mlp.gate_proj": (inner, hidden),
            "mlp.up_proj": (inner, hidden),
            "mlp.down_proj": (hidden, inner),
        }
        shapes |= {f"model.layers.{layer}.{name}.weight": shape for name, shape in parts.items()}
    shapes["model.norm.weight"] = (hidden,)
    if not config["tie_word_embeddings"]:
        shapes["lm_head.weight"] = shapes["model.embed_tokens.weight"]
    return shapes


def write_model(folder: Path, config: dict) -> None:
    """One file, or shards with an index where that would pass SHARD_BYTES."""
    shards: list[dict[str, tuple[int, ...]]] = [{}]
    room = SHARD_BYTES
    for name, shape in shapes_of(config).items():
        size = 2 * int(np.prod(shape))
        if size > room:
            shards.append({})
            room = SHARD_BYTES
        shards[-1][name] = shape
        room -= size
    chance = np.random.Generator(np.random.SFC64(1))
    if len(shards) == 1:
        write_weights(folder / "model.safetensors", shards[0], chance)
        return
    weight_map = {}
    for number, shapes in enumerate(shards, 1):
        file = f"model-{number:05}-of-{len(shards):05}.safetensors"
        write_weights(folder / file, shapes, chance)
        weight_map |= dict.fromkeys(shapes, file)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))


def write_weights(path: Path, shapes: dict[str, tuple[int, ...]], chance: np.random.Generator) -> None:
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, shape in shapes.items():
        start, end = end, end + 2 * int(np.prod(shape))
        header[name] = {"dtype": "BF16", "shape": list(shape), "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name, shape in shapes.items():
            count = int(np.prod(shape))
            for first in range(0, count, CHUNK):
                values = np.ones(min(CHUNK, count - first), np.float32)
                if len(shape) == 2:
                    values = chance.standard_normal(len(values), dtype=np.float32) * np.float32(0.02)
                # The upper half of a float32 is a bfloat16; which way it is rounded makes no difference to a bench.
                file.write((values.view(np.uint32) >> 16).astype(np.uint16).tobytes())


def write_tokenizer(out: Path, size: int) -> None:
    vocabulary = {"<unk>": 0} | {f"w{index}": index for index in range(1, size)}
    tokenizer = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": None,
        "pre_tokenizer": {"type": "WhitespaceSplit"},
        "post_processor": None,
        "decoder": None,
        "model": {
            "type": "WordPiece",
            "unk_token": "<unk>",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 16,
            "vocab": vocabulary,
        },
    }
    (out / "tokenizer.json").write_text(json.dumps(tokenizer))
    (out / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "PreTrainedTokenizerFast"}))


def main(kind: str, out: Path) -> None:
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_act": "silu",
        "rms_norm_eps": 1e-5,
        "max_position_embeddings": 2048,
        "attention_bias": False,
        "mlp_bias": False,
        "dtype": "bfloat16",
    } | SHAPES[kind]
    model = out / "model"
    model.mkdir(parents=True, exist_ok=True)
    (model / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    write_model(model, config)
    write_tokenizer(model, config["vocab_size"])
    samples, prompt, response, experiments = TEXTS[kind]
    chance = np.random.default_rng(2)
    with (out / "texts.jsonl").open("w") as file:
        for _ in range(samples):
            words = [f"w{index}" for index in chance.integers(1, config["vocab_size"], prompt + response)]
            row = {"prompt": " ".join(words[:prompt]), "response": " ".join(words[prompt:])}
            file.write(json.dumps(row) + "\n")
    for name, (methods, count) in experiments.items():
        experiment = {
            "schemaVersion": 1,
            "name": f"bench-{name}",
            "model": "model",
            "datasets": [{"id": "texts", "path": "texts.jsonl", "prompt": "prompt", "response": "response"}],
            "sampling": {"count": count, "maxPromptTokens": prompt, "maxResponseTokens": response},
            "template": "none",
            "methods": [{"method": method, "topFraction": 0.05} for method in methods],
            "engine": {"provider": "cpu", "threads": 2},
        }
        (out / f"{name}.safety-region.json").write_text(json.dumps(experiment, indent=2) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
