"""Puts the model together as it is shipped: python package.py DATA_ROOT WORK TRAINED OUT

Of the held-out prompts those that may be shipped (all but dolly's) go beside it, with their licences, so that a test
can measure the model anew.
"""

import hashlib
import json
import shutil
import sys
from pathlib import Path

from tokenizers import Tokenizer

from chat import question
from evaluate import LONGEST

MADE = ["config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja"]
FOLDERS = {"self_instruct": "self_instruct_seed", "self_instruct_input": "self_instruct_seed"}


def main(data: Path, work: Path, trained: Path, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for name in MADE:
        shutil.copyfile(trained / name, out / name)
    tokenizer = Tokenizer.from_file(str(out / "tokenizer.json"))
    rows = [json.loads(line) for line in (work / "heldout.jsonl").read_text("utf-8").splitlines()]
    kept = [
        {"set": row["set"], "harmful": row["harmful"], "prompt": row["prompt"]}
        for row in rows
        if row["set"] != "dolly" and len(tokenizer.encode(question(row["prompt"])).ids) <= LONGEST
    ]
    (out / "heldout.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in kept), "utf-8")
    sets: dict[str, list[str]] = {}
    for name in sorted({row["set"] for row in kept if not row["set"].startswith("written/")}):
        folder = data / FOLDERS.get(name, name)
        for licence in folder.glob("LICENSE*"):
            sets.setdefault(licence.read_text("utf-8"), []).append(name)
    texts = [f"==== Prompts of the set(s) {', '.join(names)} in heldout.jsonl\n\n{text.strip()}\n" for text, names in sets.items()]
    head = "Prompts of the sets written/... in heldout.jsonl were written for this model: MIT, as the rest of the repository.\n"
    (out / "HELDOUT-LICENSES.txt").write_text("\n".join([head, *texts]), "utf-8")
    names = sorted(path.name for path in out.iterdir() if path.name != "SHA256SUMS")
    sums = [f"{hashlib.sha256((out / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    (out / "SHA256SUMS").write_text("".join(sums))
    print(len(kept), "prompts,", sum((out / name).stat().st_size for name in names), "bytes")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
