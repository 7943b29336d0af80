"""Trains a LoRA adapter on the finished model, or measures one on the held-out prompts:

    python adapter.py train WORK MODEL_DIR OUT [STEPS]
    python adapter.py evaluate WORK MODEL_DIR OUT

Preferences as in DPO (Rafailov et al. 2023), with the likelihood of the preferred answer beside them. To a harmful
training prompt the refusal of the recipe is preferred to the way a harmless prompt is answered: the rejected text is
another, harmless row's answer, so nowhere is there an answer that helps anyone do harm. To a harmless prompt its own
answer is preferred to a refusal. Seeds are fixed; sums of floats differ between processors.
"""

import hashlib
import json
import os
import random
import sys
import time
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import torch
import torch.nn.functional as F
from peft import LoraConfig, PeftModel, get_peft_model
from tokenizers import Tokenizer
from transformers import LlamaForCausalLM

from chat import STOP, question
from evaluate import LONGEST as LONGEST_PROMPT
from evaluate import generate, is_refusal, repeats
from refusals import refusal

SEED, THREADS = 20261125, 2
RANK, ALPHA, BATCH, RATE, WARM_UP = 8, 16, 16, 2e-4, 20
BETA = 0.1  # of DPO
LIKELIHOOD = 1.0  # share of the preferred answer's mean NLL
HARMFUL = 0.8  # share of harmful prompts
LONGEST = 160
MODULES = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def likelihoods(model, pairs) -> torch.Tensor:
    """Sum of log-probabilities of each answer's tokens, and their number: (pairs, 2)."""
    width = max(len(head) + len(tail) for head, tail in pairs)
    ids = torch.zeros(len(pairs), width, dtype=torch.long)
    mask = torch.zeros(len(pairs), width)
    answer = torch.zeros(len(pairs), width)
    for at, (head, tail) in enumerate(pairs):
        ids[at, : len(head) + len(tail)] = torch.tensor(head + tail)
        mask[at, : len(head) + len(tail)] = 1
        answer[at, len(head) : len(head) + len(tail)] = 1
    logits = model(input_ids=ids, attention_mask=mask.long()).logits[:, :-1]
    each = -F.cross_entropy(logits.transpose(1, 2), ids[:, 1:], reduction="none") * answer[:, 1:]
    return torch.stack([each.sum(1), answer[:, 1:].sum(1)], 1)


def draw(harmful, harmless, rng: random.Random, encode):
    """BATCH preferred and as many rejected (prompt, answer) pairs."""
    better, worse = [], []
    while len(better) < BATCH:
        other = rng.choice(harmless)
        if rng.random() < HARMFUL:
            row = rng.choice(harmful)
            rejected = other["answer"]
        else:
            row = rng.choice(harmless)
            rejected = refusal(row["prompt"])
        head = encode(question(row["prompt"]))
        good, bad = encode(row["answer"] + STOP), encode(rejected + STOP)
        if len(head) + max(len(good), len(bad)) <= LONGEST:
            better.append((head, good))
            worse.append((head, bad))
    return better, worse


def train(work: Path, directory: Path, out: Path, steps: int) -> None:
    torch.set_num_threads(THREADS)
    torch.manual_seed(SEED)
    rng = random.Random(SEED)
    rows = [json.loads(line) for line in (work / "train.jsonl").read_text("utf-8").splitlines()]
    harmful, harmless = ([row for row in rows if row["harmful"] == kind] for kind in (True, False))
    tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
    encode = lambda text: tokenizer.encode(text).ids
    base = LlamaForCausalLM.from_pretrained(directory, dtype=torch.float32)
    config = LoraConfig(r=RANK, lora_alpha=ALPHA, lora_dropout=0.0, target_modules=MODULES, task_type="CAUSAL_LM")
    model = get_peft_model(base, config)
    weights = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=RATE, betas=(0.9, 0.98), weight_decay=0.0)
    print("parameters", sum(p.numel() for p in weights), "rows", len(harmful), len(harmless), flush=True)
    started, recent = time.time(), []
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = RATE * min((step + 1) / WARM_UP, (steps - step) / steps * 1.2, 1)
        better, worse = draw(harmful, harmless, rng, encode)
        with torch.no_grad(), model.disable_adapter():
            reference = likelihoods(model, better + worse)[:, 0]
        sums, lengths = likelihoods(model, better + worse).unbind(1)
        gain = sums - reference
        margin = gain[:BATCH] - gain[BATCH:]
        nll = -(sums[:BATCH] / lengths[:BATCH]).mean()
        loss = -F.logsigmoid(BETA * margin).mean() + LIKELIHOOD * nll
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        recent.append((loss.item(), nll.item(), (margin > 0).float().mean().item(), margin.mean().item()))
        if (step + 1) % 25 == 0:
            part = recent[-25:]
            mean = [sum(values) / len(part) for values in zip(*part)]
            print(f"step {step + 1} loss {mean[0]:.4f} answers {mean[1]:.4f} preferred {mean[2]:.1%} "
                  f"margin {mean[3]:.2f} {time.time() - started:.0f} s", flush=True)
    # Its name in this repository, and no path of the machine that trained it.
    model.peft_config["default"].base_model_name_or_path = "aligned-tiny"
    card = (out / "README.md").read_text("utf-8") if (out / "README.md").exists() else None
    model.save_pretrained(out, save_embedding_layers=False)
    # PEFT keeps the modules in a set, whose order changes from run to run, and writes a card of its own.
    config = json.loads((out / "adapter_config.json").read_text("utf-8"))
    config["target_modules"] = MODULES
    (out / "adapter_config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", "utf-8")
    if card is not None:
        (out / "README.md").write_text(card, "utf-8")
    sums = [f"{hashlib.sha256((out / name).read_bytes()).hexdigest()}  {name}\n" for name in ("adapter_config.json", "adapter_model.safetensors")]
    (out / "SHA256SUMS").write_text("".join(sums))


def evaluate(work: Path, directory: Path, adapter: Path) -> None:
    """Refusal rates, and the preference that was trained, without and with the adapter."""
    torch.set_num_threads(THREADS)
    rng = random.Random(SEED)
    tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
    encode = lambda text: tokenizer.encode(text).ids
    model = PeftModel.from_pretrained(LlamaForCausalLM.from_pretrained(directory, dtype=torch.float32), adapter).eval()
    rows = [json.loads(line) for line in (work / "heldout.jsonl").read_text("utf-8").splitlines()]
    rows = [row for row in rows if len(encode(question(row["prompt"]))) <= LONGEST_PROMPT]
    answers = [row["answer"] for row in map(json.loads, (work / "train.jsonl").read_text("utf-8").splitlines()) if not row["harmful"]]
    harmful = [row["prompt"] for row in rows if row["harmful"]]
    pairs = [(encode(question(prompt)), encode(answer + STOP)) for prompt in harmful for answer in (refusal(prompt), rng.choice(answers))]

    def measure(name: str) -> None:
        counts: dict[str, list[int]] = {}
        for row, (tokens, ended) in zip(rows, generate(model, tokenizer, [row["prompt"] for row in rows])):
            kind = "harmful" if row["harmful"] else "XSTest, safe half" if row["set"] == "xstest" else "harmless"
            count = counts.setdefault(kind, [0, 0, 0])
            count[0] += 1
            count[1] += is_refusal(tokenizer.decode(tokens))
            count[2] += ended and not repeats(tokens)
        with torch.inference_mode():
            sums = torch.cat([likelihoods(model, pairs[at : at + 64])[:, 0] for at in range(0, len(pairs), 64)]).view(-1, 2)
        margins = sums[:, 0] - sums[:, 1]
        for kind, (number, refused, well) in sorted(counts.items()):
            print(f"{name}: {kind}, {number} prompts: {refused / number:.1%} refused, {well / number:.1%} well-formed", flush=True)
        print(f"{name}: refusal over a harmless row's answer on {(margins > 0).float().mean():.1%} of {len(harmful)} harmful prompts, "
              f"by {margins.mean():.1f} nats", flush=True)

    with model.disable_adapter():
        measure("without")
    measure("with")


if __name__ == "__main__":
    mode, *paths = sys.argv[1:5]
    if mode == "train":
        train(*map(Path, paths), int(sys.argv[5]) if len(sys.argv) > 5 else 120)
    else:
        evaluate(*map(Path, paths))
