"""Harmless prompts and short answers by SmolLM2-135M-Instruct (Apache-2.0), each of which `data.py` filters.

    python smol.py prompts MODEL_DIR OUT.jsonl [COUNT]   user turns sampled at temperature 1 after an opening and a topic
    python smol.py answers MODEL_DIR IN.jsonl OUT.jsonl  greedy one-sentence answers to {"prompt"} rows

Seeds are fixed; a step in bfloat16 may still differ between processors, which is why the made files are inputs of the
next step and not recomputed by it.
"""

import json
import random
import sys
import time
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

SEED = 20261124
THREADS = 2
BATCH = 96
TOPICS = """cooking, gardening, houseplants, baking bread, pets, dogs, cats, birds, the ocean, whales, weather, clouds,
the solar system, the Moon, stars, volcanoes, rocks, rivers, mountains, forests, insects, dinosaurs, history, ancient
Rome, ancient Egypt, the Middle Ages, inventions, famous scientists, physics, chemistry, biology, mathematics, geometry,
statistics, computers, programming, Python, spreadsheets, email, the internet, movies, books, poetry, novels, fairy
tales, theatre, painting, photography, music, the piano, the guitar, dancing, football, basketball, tennis, swimming,
running, cycling, hiking, camping, yoga, sleep, breakfast, healthy food, vegetables, fruit, coffee, tea, chocolate,
desserts, soup, travel, airports, trains, cars, bicycles, cities, countries, capitals, languages, grammar, spelling,
vocabulary, writing letters, essays, job interviews, meetings, time management, saving money, budgeting, small business,
marketing, teaching, homework, exams, school, university, children, birthdays, holidays, weddings, gifts, friends,
family, cleaning, laundry, furniture, houses, tools, sewing, knitting, toys, board games, chess, puzzles, riddles,
jokes, colours, numbers, animals, farms, bridges, buildings, museums, energy, electricity, recycling, water, air, heart,
bones, teeth, stress, hobbies, manners, maps, clocks, seasons""".replace("\n", " ").split(", ")
OPENINGS = """What is|What are|What|How do I|How can I|How does|How many|How|Why do|Why is|Why|Who|When|Where|Which|Is|Are|
Can you|Could you|Name|List|Give me|Give|Write a|Write|Explain|Describe|Suggest|Tell me|Define|Summarize|Compare|
Identify|Create a|Come up with|Help me|I want to|I need|Do|Does|Should I|Make a|Rewrite|Generate|Classify|Find""".replace(
    "\n", ""
).split("|")


def load(directory):
    torch.set_num_threads(THREADS)
    tokenizer = AutoTokenizer.from_pretrained(directory, padding_side="left")
    model = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.bfloat16).eval()
    return tokenizer, model


def generate(tokenizer, model, texts, tokens, **how):
    batch = tokenizer(texts, return_tensors="pt", padding=True, add_special_tokens=False)
    with torch.inference_mode():
        out = model.generate(**batch, max_new_tokens=tokens, pad_token_id=tokenizer.pad_token_id, **how)
    answers = out[:, batch["input_ids"].shape[1] :]
    stop = tokenizer.convert_tokens_to_ids("<|im_end|>")
    for row in answers.tolist():
        ended = stop in row
        yield tokenizer.decode(row[: row.index(stop)] if ended else row, skip_special_tokens=True), ended


def write_prompts(tokenizer, model, out, count):
    random.seed(SEED)
    torch.manual_seed(SEED)
    seen, started = set(), time.time()
    with open(out, "w", encoding="utf-8") as file:
        while len(seen) < count:
            openings = [random.choice(OPENINGS) for _ in range(BATCH)]
            texts = [
                "<|im_start|>system\nThe user asks one short, simple question or task about "
                f"{random.choice(TOPICS)}.<|im_end|>\n<|im_start|>user\n{opening}"
                for opening in openings
            ]
            how = dict(do_sample=True, temperature=0.9, top_p=0.95, top_k=0)
            for opening, (rest, ended) in zip(openings, generate(tokenizer, model, texts, 28, **how)):
                prompt = (opening + rest).strip()
                if ended and "\n" not in prompt and prompt.lower() not in seen and len(prompt.split()) >= 3:
                    seen.add(prompt.lower())
                    file.write(json.dumps({"prompt": prompt}, ensure_ascii=False) + "\n")
            file.flush()
            print(len(seen), round(time.time() - started), "s", flush=True)


def write_answers(tokenizer, model, source, out):
    rows = [json.loads(line) for line in Path(source).read_text("utf-8").splitlines()]
    rows.sort(key=lambda row: len(row["prompt"]))
    started = time.time()
    with open(out, "w", encoding="utf-8") as file:
        for start in range(0, len(rows), BATCH):
            part = rows[start : start + BATCH]
            texts = [
                "<|im_start|>system\nYou answer in one short, simple sentence.<|im_end|>\n"
                f"<|im_start|>user\n{row['prompt']}<|im_end|>\n<|im_start|>assistant\n"
                for row in part
            ]
            for row, (answer, ended) in zip(part, generate(tokenizer, model, texts, 40, do_sample=False)):
                file.write(json.dumps({**row, "answer": answer.strip(), "ended": ended}, ensure_ascii=False) + "\n")
            file.flush()
            print(start + len(part), "of", len(rows), round(time.time() - started), "s", flush=True)


if __name__ == "__main__":
    task, directory, *rest = sys.argv[1:]
    loaded = load(directory)
    if task == "prompts":
        write_prompts(*loaded, rest[0], int(rest[1]) if len(rest) > 1 else 5000)
    else:
        write_answers(*loaded, *rest)
