"""Samples made again from the dataset files with transformers' own tokenizer and chat template."""

import csv
import io
import json
from pathlib import Path

from transformers import PreTrainedTokenizerFast

ALPACA = (
    "Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n"
    "### Instruction:\n{}\n\n### Response:"
)


def records(path: Path) -> list[dict]:
    text = path.read_bytes().decode("utf-8-sig")
    if path.suffix in (".csv", ".tsv"):
        dialect = "excel" if path.suffix == ".csv" else "excel-tab"
        return list(csv.DictReader(io.StringIO(text, newline=""), dialect=dialect))
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in text.split("\n") if line.strip()]
    return json.loads(text)


def at(record: object, path: str) -> object:
    if isinstance(record, dict) and path in record:
        return record[path]
    for key in path.replace("]", "").replace("[", ".").split("."):
        record = record[int(key)] if isinstance(record, list) else record[key]
    return record


def tokenizer_of(model: Path) -> PreTrainedTokenizerFast:
    # The class that takes tokenizer.json as it is. AutoTokenizer may pick one by model_type that rebuilds the
    # pre-tokenizer from what it knows of the family, which a directory's own file may differ from.
    return PreTrainedTokenizerFast.from_pretrained(model)


class Feeder:
    """prompt -> token ids, as CONTRACT section 3 says for `template`."""

    def __init__(self, model: Path, template: str):
        self.tokenizer = tokenizer_of(model)
        self.template = template

    def prompt_ids(self, prompt: str) -> list[int]:
        if self.template == "chat":
            # The template writes every special token itself: none may be added to its text (METHODS 1.1).
            text = self.tokenizer.apply_chat_template(
                [{"role": "user", "content": prompt}], add_generation_prompt=True, tokenize=False
            )
            return self.tokenizer.encode(text, add_special_tokens=False)
        text = {"none": "{}", "inst": "[INST] {} [/INST]", "alpaca": ALPACA}[self.template].format(prompt)
        return self.tokenizer.encode(text, add_special_tokens=True)

    def content_ids(self, text: str) -> list[int]:
        return self.tokenizer.encode(text, add_special_tokens=False)


def check_sample(feeder: Feeder, sample: dict, prompt: str, response: str, sampling: dict) -> str | None:
    """None where the sample holds what it should; else what is wrong."""
    ids, start = sample["tokenIds"], sample["responseStart"]
    limit = sampling["maxResponseTokens"]
    full_response = feeder.content_ids(response)
    if ids[start:] != full_response[:limit]:
        return f"row {sample['row']}: response tokens differ"
    # The limit is on the content alone: a template's tokens neither count nor are cut.
    longest = sampling["maxPromptTokens"]
    cut = len(feeder.content_ids(prompt)) > longest
    if sample["truncated"] != (cut or len(full_response) > limit):
        return f"row {sample['row']}: truncated is {sample['truncated']}"
    if not cut:
        return None if ids[:start] == feeder.prompt_ids(prompt) else f"row {sample['row']}: prompt tokens differ"
    # A cut prompt: the template around some beginning of the content, as long as the limit lets it be.
    for length in range(len(prompt), -1, -1):
        if feeder.prompt_ids(prompt[:length]) == ids[:start]:
            kept, more = (len(feeder.content_ids(prompt[:end])) for end in (length, length + 12))
            if kept <= longest < more:
                return None
    return f"row {sample['row']}: not the template around the right beginning of the content"


def check_dataset(feeder: Feeder, folder: Path, dataset: dict, experiment: dict, samples: list[dict]) -> list[str]:
    rows = records(folder / dataset["path"])
    wanted = dataset.get("where") or {}
    kept = [
        number
        for number, record in enumerate(rows, start=1)
        if all(at(record, key) in (v if isinstance(v, list) else [v]) for key, v in wanted.items())
    ]
    sampling = experiment["sampling"]
    wrong = []
    if len(samples) != sampling["count"] or len({sample["row"] for sample in samples}) != len(samples):
        wrong.append(f"{len(samples)} samples, not {sampling['count']} different rows")
    for sample in samples:
        if sample["row"] not in kept:
            wrong.append(f"row {sample['row']} is not among those kept")
            continue
        record = rows[sample["row"] - 1]
        prompt = at(record, dataset.get("prompt", "prompt"))
        response = at(record, dataset.get("response", "response"))
        if dataset.get("category") and sample["category"] != at(record, dataset["category"]):
            wrong.append(f"row {sample['row']}: category {sample['category']!r}")
        if problem := check_sample(feeder, sample, prompt, response, sampling):
            wrong.append(problem)
    return wrong
