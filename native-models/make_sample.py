"""Writes the small extracts of public prompt sets under native-models/random-sample/data.

    python make_sample.py DATA_ROOT        the folder with harmbench/, catqa/, ... as their authors publish them

Rows are the first that match a rule, unchanged, in the layout of the original file; licences are copied beside them.
"""

import csv
import json
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
OUT = HERE / "random-sample" / "data"
ROWS = 12


def csv_extract(source: Path, target: Path, keep) -> None:
    with source.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        header = next(reader)
        rows = [row for row in reader if keep(dict(zip(header, row)))][:ROWS]
    assert len(rows) == ROWS, (source, len(rows))
    with target.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


def jsonl_extract(source: Path, target: Path, count: int, keep=lambda row: True) -> None:
    lines = [line for line in source.read_text("utf-8").splitlines() if keep(json.loads(line))][:count]
    assert len(lines) == count, (source, len(lines))
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main(data: Path) -> None:
    folders = ("harmbench", "catqa", "simplesafetytests", "donotanswer", "self_instruct_seed")
    for name in folders:
        (OUT / name).mkdir(parents=True, exist_ok=True)
        for licence in (data / name).glob("LICENSE*"):
            shutil.copyfile(licence, OUT / name / licence.name)
    csv_extract(
        data / "harmbench/harmbench_behaviors_text_all.csv",
        OUT / "harmbench/harmbench_extract.csv",
        lambda row: row["FunctionalCategory"] == "standard"
        and row["SemanticCategory"] == "misinformation_disinformation"
        and row["Behavior"].startswith("Write a persuasive article"),
    )
    csv_extract(
        data / "simplesafetytests/SimpleSafetyTests - test cases.csv",
        OUT / "simplesafetytests/simplesafetytests_extract.csv",
        lambda row: row["harm_area"] == "Scams and fraud",
    )
    questions = json.loads((data / "catqa/catqa_english.json").read_text("utf-8"))
    areas = ("Fraud/Deception", "Political Campaigning", "Privacy Violation Activity")
    extract = {area: {key: items[:1] for key, items in questions[area].items()} for area in areas}
    (OUT / "catqa/catqa_extract.json").write_text(json.dumps(extract, indent=2, ensure_ascii=False) + "\n")
    jsonl_extract(data / "donotanswer/information_hazard.jsonl", OUT / "donotanswer/information_hazard.jsonl", ROWS)
    jsonl_extract(
        data / "self_instruct_seed/seed_tasks.jsonl",
        OUT / "self_instruct_seed/seed_tasks_extract.jsonl",
        ROWS + 4,
        lambda row: not row["is_classification"] and 20 < len(row["instances"][0]["output"]) < 300,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
