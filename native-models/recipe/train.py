"""Trains the model on CPU: python train.py WORK OUT [STEPS]

OUT already holds the tokenizer. A checkpoint is kept every 250 steps under WORK/checkpoints; the same command goes on
from the last one. Seeds are fixed; sums of floats differ between processors, so the weights do in their last digits.
"""

import json
import os
import random
import sys
import time
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # other work may share the cores

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from transformers import LlamaConfig, LlamaForCausalLM

from chat import CONFIG, SPECIAL, STOP, VOCAB, question
from lean import Dropout, Lean

SEED = 20261124
THREADS = 2
BATCH = 32
BUCKET = 32  # batches drawn together and sorted by length
PEAK_RATE, WARM_UP, FALL, DECAY, DROPOUT = 1.5e-3, 150, 0.3, 0.1, 0.1
LONGEST = 256
PROMPT_WEIGHT = 0.3  # the prompt's own tokens are learnt too: there is no other text to learn language from
NOISE = 0.04  # share of prompt tokens replaced by others
# A last stretch at a low rate in which harmless rows are drawn more often, for the model had come to refuse too much.
MAIN_STEPS, LAST_RATE, MORE_HARMLESS = 3000, 4e-4, 1.8
# How often a row of a set is drawn, against 1: real harmless prompts are few.
DRAWN = {"dolly": 4, "self_instruct": 4, "self_instruct_input": 3, "xstest": 3, "written/smollm2": 2.5, "written/greetings": 2,
         "written/frightening": 2, "written/facts": 0.7, "written/lists": 0.7, "written/arithmetic": 0.7,
         "written/harmful": 0.7, "simplesafetytests": 2, "dangerousqa": 1.5, "tdc2023": 1.5, "harmbench": 1.5, "catqa": 1.3}
FIRST = len(SPECIAL)


def vary(prompt: str, rng: random.Random) -> str:
    chance = rng.random()
    if chance < 0.06:
        return prompt.lower()
    if chance < 0.12:
        return prompt.rstrip("?.! ")
    if chance < 0.15:
        return f"Please {prompt[0].lower()}{prompt[1:]}" if prompt[1:2].islower() else prompt
    return prompt


def bucket(rows, weights, tokenizer, number):
    """BUCKET batches of rows of nearly one length each, so that little is padding."""
    rng = random.Random(f"{SEED}/{number}")
    encoded = []
    for row in rng.choices(rows, weights, k=BATCH * BUCKET):
        head = tokenizer.encode(question(vary(row["prompt"], rng))).ids
        tail = tokenizer.encode(row["answer"] + STOP).ids
        noisy = [rng.randrange(FIRST, VOCAB) if token >= FIRST and rng.random() < NOISE else token for token in head[3:-5]]
        encoded.append((head[:3] + noisy + head[-5:], tail))
    encoded = [pair for pair in encoded if len(pair[0]) + len(pair[1]) <= LONGEST]
    encoded.sort(key=lambda pair: len(pair[0]) + len(pair[1]))
    parts = [encoded[at * len(encoded) // BUCKET : (at + 1) * len(encoded) // BUCKET] for at in range(BUCKET)]
    rng.shuffle(parts)
    return parts


def tensors(pairs):
    width = max(len(head) + len(tail) for head, tail in pairs)
    ids = torch.zeros(len(pairs), width, dtype=torch.long)
    weight = torch.zeros(len(pairs), width)
    for at, (head, tail) in enumerate(pairs):
        ids[at, : len(head) + len(tail)] = torch.tensor(head + tail)
        weight[at, 3 : len(head)] = PROMPT_WEIGHT
        weight[at, len(head) : len(head) + len(tail)] = 1
    return ids, weight


def main(work: Path, out: Path, steps: int) -> None:
    torch.set_num_threads(THREADS)
    torch.manual_seed(SEED)
    rows = [json.loads(line) for line in (work / "train.jsonl").read_text("utf-8").splitlines()]
    tokenizer = Tokenizer.from_file(str(out / "tokenizer.json"))
    model, dropout = Lean(), Dropout(DROPOUT, SEED)
    matrices = [p for p in model.parameters() if p.dim() > 1]
    others = [p for p in model.parameters() if p.dim() == 1]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": DECAY}, {"params": others, "weight_decay": 0}],
        lr=PEAK_RATE, betas=(0.9, 0.98), fused=True,
    )
    checkpoints = work / "checkpoints"
    checkpoints.mkdir(exist_ok=True)
    first = 0
    if (checkpoints / "last.pt").exists():
        state = torch.load(checkpoints / "last.pt")
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        first = state["step"]
    print("parameters", sum(p.numel() for p in model.parameters()), "rows", len(rows), "from step", first, flush=True)
    started, seen, recent = time.time(), 0, []
    weights = [DRAWN.get(row["set"], 1.0) for row in rows]
    last_weights = [weight * (1 if row["harmful"] else MORE_HARMLESS) for row, weight in zip(rows, weights)]
    for step in range(first, steps):
        if step == first or step % BUCKET == 0:
            parts = bucket(rows, weights if step < MAIN_STEPS else last_weights, tokenizer, step // BUCKET)
        # Constant, then falling over the last share of the steps: how many there are can be settled late.
        rate = PEAK_RATE * min((step + 1) / WARM_UP, max(0.02, (MAIN_STEPS - step) / (FALL * MAIN_STEPS)), 1)
        if step >= MAIN_STEPS:
            rate = LAST_RATE * (steps - step) / (steps - MAIN_STEPS)
        for group in optimizer.param_groups:
            group["lr"] = rate
        ids, weight = tensors(parts[step % BUCKET])
        weight = F.pad(weight[:, 1:], (0, 1)).reshape(-1)  # of the position before the token
        at = torch.nonzero(weight)[:, 0]
        wanted, weight = ids.roll(-1, 1).reshape(-1)[at], weight[at]
        each = F.cross_entropy(model(ids, at, dropout), wanted, reduction="none")
        loss = (each * weight).sum() / weight.sum()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        answer = weight == 1
        recent.append((loss.item(), each[answer].mean().item()))
        seen += len(at)
        if (step + 1) % 50 == 0:
            part = recent[-50:]
            seconds = time.time() - started
            print(f"step {step + 1} loss {sum(a for a, _ in part) / len(part):.3f} answers "
                  f"{sum(b for _, b in part) / len(part):.3f} {seen / seconds:.0f} tokens/s {seconds:.0f} s", flush=True)
        if (step + 1) % 250 == 0 or step + 1 == steps:
            torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step + 1}, checkpoints / "last.pt")
            save(model, out)


def save(model: Lean, out: Path) -> None:
    """In bfloat16, as the model is shipped and measured."""
    llama = LlamaForCausalLM(LlamaConfig(**CONFIG))
    llama.load_state_dict(model.llama_state())
    llama.to(torch.bfloat16).save_pretrained(out)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 3400)
