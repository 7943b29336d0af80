"""Greedy answers of the engine against transformers, token for token.

    python generate.py --node NODE [--threads N] MODEL...

For each model directory the engine answers ragged prompts alone, together, and together with its layers streamed, and
every answer is compared with model.generate(do_sample=False) in float32. Where a token differs, the logits of
transformers for the engine's own text must be within 1e-3 of each other there; the gap is printed. Trained models get
prompts, by their chat template where they have one, and random models random tokens.
"""

import argparse
import json
import logging
import os
import subprocess
import sys
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging as transformers_logging

transformers_logging.disable_progress_bar()
logging.getLogger("transformers").setLevel(logging.ERROR)

GAP = 1e-3
HERE = Path(__file__).parent
QUESTIONS = [
    "What is the capital of France?",
    "Name three primary colours.",
    "Write a haiku about autumn.",
    "How do I boil an egg so that the yolk stays soft?",
    "Explain photosynthesis to a ten-year-old in two sentences.",
    "2 + 2 = ?",
    "Translate 'good morning' into Spanish.",
    "Why is the sky blue?",
    "Give me a list of five vegetables that grow in winter, with a short remark on how to cook each of them.",
    "Hi",
    "Who wrote Romeo and Juliet?",
    "Suggest a name for a small black cat.",
    "My train leaves at 9:15 and the walk to the station takes 25 minutes. When should I leave home at the latest?",
    "What does the word 'serendipity' mean?",
    "Write a short e-mail to my landlord about a dripping tap in the kitchen.",
    "Which planet is the largest in the solar system?",
    "Sort these numbers: 9, 4, 7, 1.",
    "Tell me a joke about computers.",
    "What is the difference between weather and climate? Answer briefly, and give one example of each, please.",
    "How many legs does a spider have?",
]
TRAINED_VOCABULARY = 10_000


def make_prompts(model, directory: str) -> tuple[list[list[int]], int]:
    vocabulary = model.config.get_text_config().vocab_size
    if vocabulary >= TRAINED_VOCABULARY:
        tokenizer = AutoTokenizer.from_pretrained(directory)
        if tokenizer.chat_template is None:
            return [tokenizer(question)["input_ids"] for question in QUESTIONS[:8]], 32
        chats = [
            tokenizer.apply_chat_template([{"role": "user", "content": q}], add_generation_prompt=True, return_dict=True)
            for q in QUESTIONS
        ]
        return [list(chat["input_ids"]) for chat in chats], 48
    generator = torch.Generator().manual_seed(7)
    lengths = [1, 2, 3, 5, 8, 8, 9, 13, 21, 34, 40, 55]
    return [torch.randint(0, vocabulary, (n,), generator=generator).tolist() for n in lengths], 24


def engine(node: str, **request) -> dict:
    done = subprocess.run(
        [node, str(HERE / "generateDriver.mjs")], input=json.dumps(request), capture_output=True, text=True
    )
    if done.returncode != 0:
        raise SystemExit(f"The engine failed:\n{done.stderr}")
    return json.loads(done.stdout)


def stop_tokens(model, directory: str) -> list[int]:
    """As src/engine/generate/stopTokens.ts has them."""
    eos = AutoTokenizer.from_pretrained(directory).eos_token_id
    found = set() if eos is None else {eos}
    for config in (model.generation_config, model.config.get_text_config()):
        ids = getattr(config, "eos_token_id", None)
        found |= set(ids if isinstance(ids, list) else [] if ids is None else [ids])
    return sorted(found)


@torch.no_grad()
def reference(model, prompts: list[list[int]], new_tokens: int, stops: list[int]) -> list[list[int]]:
    """One prompt at a time: padding would change the last bits."""
    answers = []
    for prompt in prompts:
        ids = torch.tensor([prompt])
        out = model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            do_sample=False,
            max_new_tokens=new_tokens,
            eos_token_id=stops or None,
            pad_token_id=0,
        )[0, len(prompt) :].tolist()
        while out and out[-1] in stops:
            out.pop()
        answers.append(out)
    return answers


@torch.no_grad()
def gaps(model, prompt: list[int], answer: list[int], stops: list[int], new_tokens: int) -> list[tuple[int, float]]:
    """Steps of the engine's answer where transformers, given the same text, prefers another token, and by how much."""
    logits = model(torch.tensor([prompt + answer])).logits[0, len(prompt) - 1 :].float()
    found = []
    for step, row in enumerate(logits):
        if step < len(answer):
            chosen = row[answer[step]]
        elif len(answer) < new_tokens:
            if not stops:
                return [(step, float("inf"))]
            chosen = row[stops].max()  # it stopped here
        else:
            break
        gap = (row.max() - chosen).item()
        if gap > 0 or (step < len(answer) and answer[step] in stops):
            found.append((step, gap if step == len(answer) or answer[step] not in stops else float("inf")))
    return found


def compare(label: str, model, prompts, expected, actual, stops, new_tokens) -> tuple[bool, float]:
    equal = sum(a == e for a, e in zip(actual, expected))
    largest = 0.0
    for index, (prompt, answer) in enumerate(zip(prompts, actual)):
        if answer == expected[index]:
            continue
        steps = gaps(model, prompt, answer, stops, new_tokens)
        for step, gap in steps:
            print(f"  {label}: prompt {index}, step {step}: logit gap {gap:.2e}")
            largest = max(largest, gap)
        if not steps:
            print(f"  {label}: prompt {index}: differs from generate(), though every token is the most likely one")
    print(f"{label}: {equal} of {len(prompts)} answers equal token for token, {sum(map(len, actual))} tokens")
    return largest < GAP, largest


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--node", default="node")
    parser.add_argument("--threads", type=int, default=1, help="more only pay on a machine of one's own")
    parser.add_argument("models", nargs="+")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    failed, passed = [], 0
    for directory in args.models:
        name = Path(directory).name if Path(directory).name != "model" else Path(directory).parent.name
        model = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32).eval()
        prompts, new_tokens = make_prompts(model, directory)
        stops = stop_tokens(model, directory)
        expected = reference(model, prompts, new_tokens, stops)
        ways = {"alone": {"together": False}, "together": {}, "streamed": {"streamed": True}}
        for way, options in ways.items():
            result = engine(
                args.node, model=directory, prompts=prompts, maxNewTokens=new_tokens, threads=args.threads, **options
            )
            ok, _ = compare(f"{name} {way}", model, prompts, expected, result["answers"], stops, new_tokens)
            passed += ok
            if not ok:
                failed.append(f"{name} {way}")
    if failed:
        print(f"Generation differs by {GAP} or more: {', '.join(failed)}")
    print(f"\n{passed} passed, {len(failed)} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
