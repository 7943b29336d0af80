"""Splits prompts by content and writes what is trained on and what is held out.

    python data.py DATA_ROOT WORK

DATA_ROOT is the folder of published sets (sources.py), WORK holds what smol.py wrote: answers to real harmless prompts
(real-answers.jsonl) and prompts of its own with answers (prompts*-answers.jsonl). Written are WORK/train.jsonl,
WORK/heldout.jsonl and WORK/sample.json, the rows of the sample experiment, all of them held out.
"""

import json
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np

from refusals import refusal
from sources import Row, all_rows, digest
from written import Written, written

SEED = 20261124
NEAR = 0.6  # Jaccard similarity of character 5-grams from which two prompts are one
HELD_OUT = 0.15
SAMPLE_ROWS = 24
MULTI = ["harmbench", "harmfulqa", "simplesafetytests", "donotanswer", "dangerousqa"]
SINGLE = ["Malware Viruses", "Physical Harm", "Fraud/Deception", "Privacy Violation Activity", "Tailored Financial Advice"]
# An answer with such words is no plain answer to a harmless prompt.
UNWANTED = re.compile(
    r"sorry|apolog|unethical|illegal|i can't|i cannot|i can not|i'm unable|unable to|not able to|as an ai|as a language|"
    r"i don't|i do not|unfortunately|cannot (help|provide|assist)|i won't|i must|\bsmollm\b|hugging|\[|http|suicid|"
    r"i'm an|i'm just|however|hello!|openai|not legal|not ethical|my apologies|advise you against",
    re.I,
)
# Prompts that SmolLM2 made up: none that could be read as harmful is trained on as harmless.
DOUBTFUL = re.compile(
    r"kill|weapon|bomb|drug|sex|suicid|murder|hack|steal|attack|gun|poison|racis|terror|crime|illegal|die\b|death|blood|"
    r"fight|hurt|harm|nazi|slave|abus|violen|porn|nude|hate|prison|war\b|alcohol|drunk|vot|elect|politic|religio|invest",
    re.I,
)


def normal(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9']+", text.lower()))


def grams(text: str) -> set[str]:
    text = f" {normal(text)} "
    return {text[at : at + 5] for at in range(max(1, len(text) - 4))}


class Similarity:
    """Jaccard similarities of 5-gram sets, through an inverted index."""

    def __init__(self, texts: list[str]):
        self.sets = [grams(text) for text in texts]
        self.sizes = np.array([len(one) for one in self.sets])
        self.index: dict[str, list[int]] = defaultdict(list)
        for at, one in enumerate(self.sets):
            for gram in one:
                self.index[gram].append(at)
        self.postings = {gram: np.array(found) for gram, found in self.index.items()}

    def near(self, text: str) -> np.ndarray:
        """Indices of the texts that are near `text`."""
        own = grams(text)
        common = np.zeros(len(self.sets), dtype=np.int32)
        for gram in own:
            if gram in self.postings:
                common[self.postings[gram]] += 1
        return np.nonzero(common >= NEAR * (len(own) + self.sizes - common))[0]


def clusters(rows: list[Row]) -> list[int]:
    """Connected components of 'is near'; XSTest prompts of one focus word belong together too."""
    parent = list(range(len(rows)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    search, by_focus = Similarity([row.prompt for row in rows]), {}
    for at, row in enumerate(rows):
        for other in search.near(row.prompt):
            parent[root(int(other))] = root(at)
        if row.focus:
            parent[root(by_focus.setdefault(row.focus, at))] = root(at)
        if row.set.startswith("self_instruct"):  # a task and the task with its input
            parent[root(by_focus.setdefault(f"self_instruct {row.index}", at))] = root(at)
    return [root(at) for at in range(len(rows))]


class Picker:
    """Picks SAMPLE_ROWS rows, as many of every category, in an order that depends on the text alone."""

    def __init__(self, cluster: list[int], size: Counter):
        self.cluster, self.size, self.taken = cluster, size, set()

    def pick(self, candidates: list[tuple[int, Row]]) -> list[Row]:
        """No two rows that one picker gives are of one cluster."""
        by_category: dict[str, list] = defaultdict(list)
        for at, row in sorted(candidates, key=lambda pair: digest(normal(pair[1].prompt))):
            if self.size[self.cluster[at]] <= 6 and len(row.prompt) < 240:
                by_category[row.category].append((at, row))
        chosen: list[Row] = []
        while len(chosen) < SAMPLE_ROWS and any(by_category.values()):
            for category in sorted(by_category):
                while by_category[category]:
                    at, row = by_category[category].pop(0)
                    if self.cluster[at] not in self.taken:
                        self.taken.add(self.cluster[at])
                        chosen.append(row)
                        break
                if len(chosen) == SAMPLE_ROWS:
                    break
        assert len(chosen) == SAMPLE_ROWS, len(chosen)
        return chosen


def pick_sample(rows: list[Row], picker: Picker) -> dict[str, list[Row]]:
    """Rows of the ten sets and of the utility set; small sets choose first."""
    wanted = [(name, [pair for pair in enumerate(rows) if pair[1].set == name]) for name in MULTI]
    wanted += [(name, [pair for pair in enumerate(rows) if pair[1].set == "catqa" and pair[1].category == name]) for name in SINGLE]
    short = [pair for pair in enumerate(rows) if pair[1].set == "self_instruct" and len(pair[1].prompt) < 160]
    wanted.append(("utility", short))
    return {name: picker.pick(found) for name, found in sorted(wanted, key=lambda pair: len(pair[1]))}


def first_sentence(answer: str) -> str:
    answer = answer.strip().split("\n")[0].strip()
    found = re.match(r".{12,}?[.!?](?=\s|$)(?<!\b[A-Z]\.)(?<!Mr\.)(?<!Dr\.)", answer)
    return found.group(0) if found else ""


def good_answer(answer: str) -> bool:
    words = answer.lower().split()
    repeats = any(words[a : a + 3] == words[b : b + 3] for a in range(len(words) - 2) for b in range(a + 1, len(words) - 2))
    return 3 <= len(words) <= 28 and not repeats and not UNWANTED.search(answer) and answer.isascii()


def main(data: Path, work: Path) -> None:
    rows = all_rows(data)
    cluster = clusters(rows)
    size = Counter(cluster)
    picker = Picker(cluster, size)
    sample = pick_sample(rows, picker)
    keys = {row.key for chosen in sample.values() for row in chosen}
    forced = {cluster[at] for at, row in enumerate(rows) if row.key in keys}
    texts: dict[int, list[str]] = defaultdict(list)
    for at, row in enumerate(rows):
        texts[cluster[at]].append(normal(row.prompt))
    # Clusters of many prompts would take too much from training; each lies on one side whatever its size.
    held = {
        name
        for name in size
        if name in forced or (size[name] <= 12 and digest(f"{SEED} {min(texts[name])}") % 1000 < HELD_OUT * 1000)
        or any(row.focus and digest(f"{SEED} {row.focus}") % 4 == 0 for at, row in enumerate(rows) if cluster[at] == name and size[name] <= 40)
    }
    # The sample has HarmBench's behaviours without a text of their own: picked anew among what is held out.
    plain = [(at, row) for at, row in enumerate(rows) if row.set == "harmbench" and not row.contextual and cluster[at] in held]
    picker.taken -= {cluster[at] for at, row in enumerate(rows) if row in sample["harmbench"]}
    sample["harmbench"] = picker.pick(plain)
    answers = {}
    for line in (work / "real-answers.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        answers[row["key"]] = first_sentence(row["answer"])

    train, heldout = [], []
    for at, row in enumerate(rows):
        record = {"set": row.set, "index": row.index, "prompt": row.prompt, "harmful": row.harmful}
        if cluster[at] in held:
            heldout.append(record)
        elif row.harmful:
            train.append({**record, "answer": refusal(row.prompt)})
        elif good_answer(answers.get(row.key, "")):
            train.append({**record, "answer": answers[row.key]})
    print("clusters", len(size), "largest", size.most_common(3), "held-out clusters", len(held))

    made: list[Written] = written(SEED)
    for path in sorted(work.glob("prompts*-answers.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            answer = first_sentence(row["answer"])
            if good_answer(answer) and not DOUBTFUL.search(row["prompt"]) and row["prompt"].isascii():
                made.append(Written(f"smollm2/{row['prompt']}", row["prompt"], answer, "smollm2"))
    unseen = Similarity([row["prompt"] for row in heldout])
    for index, row in enumerate(made):
        harmful = row.answer is None
        record = {"set": f"written/{row.family}", "index": index, "prompt": row.prompt, "harmful": harmful}
        if digest(f"{SEED} {row.item}") % 100 < 8:
            heldout.append(record)
        elif not len(unseen.near(row.prompt)):
            train.append({**record, "answer": refusal(row.prompt) if harmful else row.answer})
    # Written rows of two items may still be near each other by their forms: those are no held-out ones.
    seen = Similarity([row["prompt"] for row in train])
    near = [row for row in heldout if len(seen.near(row["prompt"]))]
    assert all(row["set"].startswith("written/") for row in near)
    heldout = [row for row in heldout if row not in near]
    for name, part in (("train", train), ("heldout", heldout)):
        (work / f"{name}.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in part), "utf-8")
        print(name, len(part), dict(sorted(Counter((row["set"], row["harmful"]) for row in part).items())))
    (work / "sample.json").write_text(json.dumps({name: [row.key for row in chosen] for name, chosen in sample.items()}, indent=1))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
