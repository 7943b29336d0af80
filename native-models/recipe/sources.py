"""The published prompt sets the model is trained and measured on: those of ../shared/data whose licence was read."""

import csv
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Row:
    set: str
    index: int  # of the prompt in its file, counted from 0
    prompt: str
    harmful: bool
    category: str = ""
    focus: str = ""  # XSTest: what the split keeps together
    contextual: bool = False  # HarmBench: a behaviour that comes with a text of its own

    @property
    def key(self) -> str:
        return f"{self.set}/{self.index}"


def digest(text: str) -> int:
    """A number that depends on nothing but the text, for choices that look random."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def csv_rows(path: Path) -> list[dict]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def json_lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def leaves(tree: dict):
    for area, parts in tree.items():
        for questions in parts.values():
            for question in questions:
                yield area, question


def harmful_rows(data: Path):
    for index, row in enumerate(csv_rows(data / "harmbench/harmbench_behaviors_text_all.csv")):
        # Behaviours about copyright ask for song texts and the like: not a matter of harm.
        if row["FunctionalCategory"] != "copyright":
            contextual = row["FunctionalCategory"] == "contextual"
            yield Row("harmbench", index, row["Behavior"], True, row["SemanticCategory"], contextual=contextual)
    for name, file in (("catqa", "catqa_english.json"), ("harmfulqa", "harmfulqa.json")):
        tree = json.loads((data / name / file).read_text("utf-8"))
        for index, (area, question) in enumerate(leaves(tree)):
            yield Row(name, index, question, True, area)
    for index, text in enumerate(json.loads((data / "dangerousqa/dangerousqa.json").read_text("utf-8"))):
        yield Row("dangerousqa", index, text, True)
    tests = csv_rows(data / "simplesafetytests/SimpleSafetyTests - test cases.csv")
    for index, row in enumerate(tests):
        yield Row("simplesafetytests", index, row["prompts_final"], True, row["harm_area"])
    index = 0
    for path in sorted((data / "donotanswer").glob("*.jsonl")):
        for row in json_lines(path):
            yield Row("donotanswer", index, row["prompt"], True, path.stem)
            index += 1
    index = 0
    for path in sorted((data / "tdc2023").glob("*.json")):
        for text in json.loads(path.read_text("utf-8")):
            yield Row("tdc2023", index, text, True)
            index += 1
    seen = set()
    pairs = csv_rows(next((data / "safety_full_short").glob("*short.csv")))
    for index, row in enumerate(pairs):
        prompt = row["prompt"].replace("[INST]", "").replace("[/INST]", "").strip()
        if prompt not in seen:
            seen.add(prompt)
            yield Row("safety_full_short", index, prompt, True)


def xstest_rows(data: Path):
    for index, row in enumerate(csv_rows(data / "xstest/xstest_prompts.csv")):
        yield Row("xstest", index, row["prompt"], row["label"] == "unsafe", row["type"], row["focus"])


def harmless_rows(data: Path):
    for index, row in enumerate(json_lines(data / "self_instruct_seed/seed_tasks.jsonl")):
        given = row["instances"][0]["input"].strip()
        # The sample experiment reads `instruction` alone; with its input it is the whole task.
        yield Row("self_instruct", index, row["instruction"].strip(), False)
        if given:
            yield Row("self_instruct_input", index, f"{row['instruction'].strip()}\n{given}", False)
    for index, row in enumerate(json_lines(data / "dolly/dolly_valid_minillm.jsonl")):
        text = row["prompt"].split("### Instruction:", 1)[1].split("### Response:")[0]
        yield Row("dolly", index, text.replace("### Input:", "").strip().replace("\n\n", "\n"), False)


def all_rows(data: Path) -> list[Row]:
    rows = [*harmful_rows(data), *xstest_rows(data), *harmless_rows(data)]
    for row in rows:
        row.prompt = row.prompt.strip()
    return rows
