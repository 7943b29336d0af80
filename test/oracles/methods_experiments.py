"""Experiments of SafeNeuron, SafeLayer and NLSR for methods.py, on the models of families.py and refusing_model.py.

    python methods_experiments.py OUT FAMILIES TAUGHT SMOLLM2

FAMILIES, TAUGHT: folders with <name>/model and data; SMOLLM2: the model's directory. Writes OUT/<name>.safety-region.json
and OUT/adapters/<name>, and prints the experiments' paths. No tokenizer is made here, so samples are those of families.
"""

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import torch
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForCausalLM

ROOT = Path(__file__).resolve().parents[2]
PROJECTIONS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
FUSED = ("qkv_proj", "o_proj", "gate_up_proj", "down_proj")
# Grouped heads with biases; one key head and windows; soft caps and post-branch norms; norms of single heads and of
# all heads together; fused projections; a text model inside a multimodal one.
NEURON_MODELS = ("llama-all", "qwen2-all", "gemma2-all", "gemma3-all", "qwen3-all", "olmo2-all", "phi3")
# Model -> settings of adapter and method; the adapters' ranks are no multiples of five, so that floors matter.
ADAPTERS = {
    "llama": ({"r": 12}, {"sparsity": 0.8}),
    "qwen2-all": ({"r": 7, "use_rslora": True, "target_modules": ["q_proj", "v_proj", "down_proj"]}, {"sparsity": 0.55}),
    "gemma2-all": (
        {"r": 8, "rank_pattern": {"down_proj": 5}, "alpha_pattern": {"q_proj": 3}},
        {"sparsity": 0.7, "extrapolation": 0},
    ),
    "olmo2-all": ({"r": 9}, {"sparsity": 0.8, "blocks": "independent"}),
    "phi3-all": ({"r": 10, "target_modules": list(FUSED)}, {"sparsity": 0.75}),
}


def write_adapter(model: Path, folder: Path, settings: dict, size: float) -> None:
    """Random LoRA matrices with updates of about `size` of the output, whose directions are far from equally strong."""
    folder.mkdir(parents=True, exist_ok=True)
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": str(model),
        "lora_alpha": 16,
        "target_modules": list(PROJECTIONS),
        "bias": "none",
        "fan_in_fan_out": False,
        "use_rslora": False,
        "use_dora": False,
        "rank_pattern": {},
        "alpha_pattern": {},
        "inference_mode": True,
    } | settings
    chance = torch.Generator().manual_seed(sum(model.parent.name.encode()))
    with torch.device("meta"):
        skeleton = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(model))
    tensors = {}
    for name, module in sorted(skeleton.named_modules()):
        short = name.split(".")[-1]
        if ".layers." not in name or short not in config["target_modules"]:
            continue
        rank = config["rank_pattern"].get(short, config["r"])
        A = torch.randn(rank, module.in_features, generator=chance) * module.in_features**-0.5
        # Each direction is stronger than the next by a fifth: a cut between two of them is well determined.
        strengths = 0.8 ** torch.arange(rank)
        B = torch.randn(module.out_features, rank, generator=chance) * strengths * size * rank**-0.5 / 2
        tensors[f"base_model.model.{name}.lora_A.weight"] = A
        tensors[f"base_model.model.{name}.lora_B.weight"] = B
    save_file(tensors, folder / "adapter_model.safetensors", metadata={"format": "pt"})
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=2) + "\n")


def text_sets(data: Path) -> dict[str, object]:
    """The datasets of tiny_data.py."""
    return {
        "datasets": [
            {"id": "kitchen", "path": f"{data}/kitchen.csv", "prompt": "question", "response": "answer"},
            {"id": "travel", "path": f"{data}/travel.jsonl", "prompt": "task.text", "response": "replies[0].text"},
        ],
        "utility": {"id": "desk", "path": f"{data}/desk.json", "prompt": "instruction", "response": "output"},
    }


def write(out: Path, name: str, model: Path, rest: dict[str, object]) -> None:
    experiment = {
        "schemaVersion": 1,
        "name": name,
        "model": os.path.relpath(model, out),
        "engine": {"provider": "cpu", "threads": 2},
        **rest,
    }
    path = out / f"{name}.safety-region.json"
    path.write_text(json.dumps(experiment, indent=2) + "\n")
    print(path)


def tiny(out: Path, families: Path) -> None:
    data = os.path.relpath(families / "data", out)
    sampling = {"count": 4, "seed": 3, "maxPromptTokens": 60, "maxResponseTokens": 40}
    for name in NEURON_MODELS:
        for mode in ("paper", "code"):
            # The share of prompts is one that binary floating point has no number for.
            neurons = {"method": "safeNeuron", "mode": mode, "keepFraction": 0.29, "promptShare": 0.6}
            layers = {"method": "safeLayer", "pairs": 60, "sweep": "none", "angle": mode, "seed": 5}
            methods = [{"method": "snip"}, neurons, layers] if mode == "paper" else [neurons | {"excludeBos": name == "llama-all"}]
            rest = {**text_sets(data), "sampling": sampling, "methods": methods}
            write(out, f"{name}-{mode}", families / name / "model", rest)
    for name, (adapter, settings) in ADAPTERS.items():
        write_adapter(families / name / "model", out / "adapters" / name, adapter, 0.5)
        for mode in ("paper", "code"):
            methods = [{"method": "nlsr", "mode": mode, **settings}]
            rest = {**text_sets(data), "sampling": sampling, "adapter": f"adapters/{name}", "methods": methods}
            write(out, f"{name}-nlsr-{mode}", families / name / "model", rest)


def taught(out: Path, models: Path) -> None:
    data = os.path.relpath(models / "data", out)

    def prompts(name: str) -> dict[str, str]:
        return {"id": name, "path": f"{data}/{name}.jsonl", "prompt": "prompt", "response": "response"}

    sets = {"datasets": [prompts("harmful")], "utility": prompts("harmless"), "overRejection": prompts("scary")}
    searched = {"alpha": "search", "direction": "up", "reach": 0.5, "candidates": 3, "range": [1, 2]}
    for name, settings in {
        "refusing-llama": {"alpha": 1.4, "candidates": 3, "range": [1, 2]},
        "refusing-llama-without-o": searched | {"includeOutputProjection": False},
        "refusing-gemma2": {"alpha": 0.7, "candidates": 3, "range": [1, 2]},
        "refusing-gemma2-weights": {"alpha": 1.4, "candidates": 3, "range": [1, 2], "scaling": "weights"},
    }.items():
        layers = {"method": "safeLayer", "pairs": 200, "maxNewTokens": 16, "bootstrap": 100, **settings}
        model = models / "-".join(name.split("-")[:2]) / "model"
        layers |= {"control": prompts("control")}
        rest = {**sets, "sampling": {"count": 16, "seed": 1}, "template": "none", "methods": [layers]}
        write(out, name, model, rest)


def smollm2(out: Path, model: Path) -> None:
    """Neurons in both modes, curves and NLSR of a trained model: few prompts, for neurons are zeroed one by one."""
    data = ROOT / "test/fixtures/safety_full_short/safety_full_short_8.csv"
    utility = ROOT / "native-models/random-sample/data/self_instruct_seed/seed_tasks_extract.jsonl"
    sets = {
        "datasets": [{"id": "safety", "path": os.path.relpath(data, out), "prompt": "prompt", "response": "response"}],
        "utility": {
            "id": "self-instruct",
            "path": os.path.relpath(utility, out),
            "prompt": "instruction",
            "response": "instances[0].output",
        },
        "sampling": {"count": 3, "seed": 0, "maxPromptTokens": 40, "maxResponseTokens": 24},
        "template": "none",
    }
    write_adapter(model, out / "adapters" / "smollm2", {"r": 16, "lora_alpha": 32}, 0.1)
    for mode in ("paper", "code"):
        methods: list[dict] = [{"method": "safeNeuron", "mode": mode, "promptShare": 0.5}]
        if mode == "paper":
            methods.append({"method": "safeLayer", "pairs": 60, "sweep": "none"})
        methods.append({"method": "nlsr", "mode": mode})
        write(out, f"smollm2-{mode}", model, {**sets, "adapter": "adapters/smollm2", "methods": methods})
    scary = ROOT / "native-models/sample/data/xstest/xstest_safe_extract.csv"
    layers = {"method": "safeLayer", "pairs": 40, "range": [8, 16], "alpha": 1.3, "candidates": 1, "items": 6}
    layers |= {"maxNewTokens": 8, "bootstrap": 10}
    over_rejection = {"id": "xstest", "path": os.path.relpath(scary, out), "prompt": "prompt"}
    rest = {**sets, "template": "chat", "overRejection": over_rejection, "methods": [layers]}
    write(out, "smollm2-layers", model, rest)


if __name__ == "__main__":
    target = Path(sys.argv[1]).resolve()
    target.mkdir(parents=True, exist_ok=True)
    tiny(target, Path(sys.argv[2]).resolve())
    taught(target, Path(sys.argv[3]).resolve())
    smollm2(target, Path(sys.argv[4]).resolve())
