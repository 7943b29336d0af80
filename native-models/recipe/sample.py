"""Writes the extracts of the sample experiment: python sample.py DATA_ROOT WORK [OUT]

The rows are those that data.py chose (WORK/sample.json), unchanged, in the order and layout of the original files;
licences are copied beside them. WORK/heldout.jsonl says which XSTest prompts are held out.
"""

import csv
import json
import shutil
import sys
from pathlib import Path

from data import MULTI, SINGLE
from sources import all_rows, csv_rows, json_lines

HERE = Path(__file__).resolve().parent
FOLDERS = ("catqa", "dangerousqa", "donotanswer", "harmbench", "harmfulqa", "self_instruct_seed", "simplesafetytests", "xstest")


def write_csv(target: Path, rows: list[dict]) -> None:
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write_json(target: Path, value) -> None:
    target.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", "utf-8")


def write_lines(target: Path, rows: list[dict]) -> None:
    target.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")


def keep(tree: dict, kept: set[int]) -> dict:
    """The questions whose numbers are kept, in {area: {part: [question]}} as published."""
    number, out = 0, {}
    for area, parts in tree.items():
        for part, questions in parts.items():
            for question in questions:
                if number in kept:
                    out.setdefault(area, {}).setdefault(part, []).append(question)
                number += 1
    return out


def main(data: Path, work: Path, out: Path) -> None:
    chosen = json.loads((work / "sample.json").read_text("utf-8"))
    indices = {name: {int(key.split("/")[1]) for key in keys} for name, keys in chosen.items()}
    assert set(indices) == {*MULTI, *SINGLE, "utility"}
    if out.exists():
        shutil.rmtree(out)
    for name in FOLDERS:
        (out / name).mkdir(parents=True)
        licences = [*(data / name).glob("LICENSE*")]
        assert licences, name
        for licence in licences:
            shutil.copyfile(licence, out / name / licence.name)
    picked = lambda rows, name: [row for at, row in enumerate(rows) if at in indices[name]]
    write_csv(out / "harmbench/harmbench_extract.csv", picked(csv_rows(data / "harmbench/harmbench_behaviors_text_all.csv"), "harmbench"))
    tests = csv_rows(data / "simplesafetytests/SimpleSafetyTests - test cases.csv")
    write_csv(out / "simplesafetytests/simplesafetytests_extract.csv", picked(tests, "simplesafetytests"))
    tree = json.loads((data / "harmfulqa/harmfulqa.json").read_text("utf-8"))
    write_json(out / "harmfulqa/harmfulqa_extract.json", keep(tree, indices["harmfulqa"]))
    tree = json.loads((data / "catqa/catqa_english.json").read_text("utf-8"))
    write_json(out / "catqa/catqa_extract.json", keep(tree, set.union(*(indices[name] for name in SINGLE))))
    write_json(
        out / "dangerousqa/dangerousqa_extract.json",
        picked(json.loads((data / "dangerousqa/dangerousqa.json").read_text("utf-8")), "dangerousqa"),
    )
    first = 0
    for path in sorted((data / "donotanswer").glob("*.jsonl")):
        rows = json_lines(path)
        write_lines(out / "donotanswer" / path.name, [row for at, row in enumerate(rows) if first + at in indices["donotanswer"]])
        first += len(rows)
    write_lines(out / "self_instruct_seed/seed_tasks_extract.jsonl", picked(json_lines(data / "self_instruct_seed/seed_tasks.jsonl"), "utility"))
    held = {(row["set"], row["index"]) for row in map(json.loads, (work / "heldout.jsonl").read_text("utf-8").splitlines())}
    safe = [
        row
        for at, row in enumerate(csv_rows(data / "xstest/xstest_prompts.csv"))
        if row["label"] == "safe" and ("xstest", at) in held
    ]
    write_csv(out / "xstest/xstest_safe_extract.csv", safe)
    print({name: len(rows) for name, rows in indices.items()}, "xstest safe", len(safe))


if __name__ == "__main__":
    data, work, *rest = map(Path, sys.argv[1:])
    main(data, work, rest[0] if rest else HERE.parent / "sample" / "data")
