"""Small made-up datasets with ragged lengths, each in a layout that real sets have. Harmless text only."""

import json
import random
from pathlib import Path

PLACES = ["the old harbour", "a bakery", "the night train", "our garden", "the town library", "a mountain hut"]
THINGS = ["a blue kettle", "seven lemons", "the brass key", "a map of 1932", "wild garlic", "two pairs of skates"]
SENTENCES = [
    "Ask at the desk.",
    "It is behind the second door on the left, next to the stove.",
    "I am sorry, but I cannot help with that.",
    "Take the early boat, walk 12 minutes, and look for a green roof.",
    "No.",
    "People say that it was moved in spring; nobody has written down where.",
    "You will need flour, water, 20 g of salt and some patience.",
    'The sign says "closed", yet the lamp is lit every evening.',
    "Où est-il ? Près du pont, dit-on.",
]


def pairs(seed: int, count: int) -> list[dict[str, str]]:
    """Prompts of one to many sentences, responses of one word to many sentences."""
    chance = random.Random(seed)
    rows = []
    for i in range(count):
        place, thing = chance.choice(PLACES), chance.choice(THINGS)
        prompt = f"Where in {place} would I find {thing}?" if i % 3 else f"Tell me about {thing} in {place}."
        prompt += "".join(" " + chance.choice(SENTENCES) for _ in range([0, 0, 1, 3, 9][i % 5]))
        response = " ".join(chance.choice(SENTENCES) for _ in range([1, 2, 1, 4, 7, 3][i % 6]))
        rows.append({"prompt": prompt, "response": response, "kind": ["indoors", "outdoors"][i % 2]})
    rows[1]["response"] = "Yes"  # the shortest: one token or two
    return rows


def cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in '",\r\n') else text


def write_data(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    # CSV as spreadsheets write it: BOM, CRLF, an index column without a name, quotes doubled, cells of several lines.
    rows = pairs(1, 10)
    rows[2]["prompt"] = 'Read the note:\r\n"Back at 5, dinner is in the oven."\r\nWho wrote it?'
    lines = [",question,answer,kind"]
    lines += [",".join(cell(x) for x in (str(i), r["prompt"], r["response"], r["kind"])) for i, r in enumerate(rows)]
    (folder / "kitchen.csv").write_bytes(b"\xef\xbb\xbf" + ("\r\n".join(lines) + "\r\n").encode())
    # JSONL with both texts nested.
    with (folder / "travel.jsonl").open("w", encoding="utf-8", newline="\n") as file:
        for row in pairs(2, 9):
            record = {"task": {"text": row["prompt"]}, "replies": [{"text": row["response"]}, {"text": "unused"}]}
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
    # TSV, no final newline; the experiment keeps one kind only.
    lines = ["prompt\tresponse\tkind"] + ["\t".join(r.values()) for r in pairs(3, 18)]
    (folder / "garden.tsv").write_text("\n".join(line.replace('"', "'") for line in lines), encoding="utf-8", newline="\n")
    # A JSON array of objects, for utility.
    rows = [{"instruction": r["prompt"], "output": r["response"]} for r in pairs(4, 8)]
    (folder / "desk.json").write_text(json.dumps(rows, indent=1), encoding="utf-8", newline="\n")


def experiment(name: str, scope: str, top: float, template: str = "chat") -> dict[str, object]:
    return {
        "schemaVersion": 1,
        "name": f"{name}-{scope}",
        "model": "model",
        "datasets": [
            {"id": "kitchen", "path": "../data/kitchen.csv", "prompt": "question", "response": "answer", "category": "kind"},
            {"id": "travel", "path": "../data/travel.jsonl", "prompt": "task.text", "response": "replies[0].text"},
            {"id": "garden", "path": "../data/garden.tsv", "where": {"kind": "outdoors"}, "category": "kind"},
        ],
        "utility": {"id": "desk", "path": "../data/desk.json", "prompt": "instruction", "response": "output"},
        "sampling": {"count": 7, "seed": 3, "maxPromptTokens": 72, "maxResponseTokens": 40},
        "template": template,
        "methods": [
            {"method": "snip", "topFraction": top, "scope": scope, "utilityTopFraction": 0.07},
            {"method": "wanda", "topFraction": top, "scope": scope},
        ],
        "engine": {"provider": "cpu", "threads": 2},
    }
