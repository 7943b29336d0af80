"""Writes the harmless prompts of published sets, for smol.py to answer: python real_prompts.py DATA_ROOT WORK"""

import json
import sys
from pathlib import Path

from sources import all_rows


def main(data: Path, work: Path) -> None:
    rows = [row for row in all_rows(data) if not row.harmful and len(row.prompt.split()) < 110]
    lines = [json.dumps({"key": row.key, "prompt": row.prompt}) + "\n" for row in rows]
    (work / "real.jsonl").write_text("".join(lines), encoding="utf-8")
    print(len(rows), "prompts")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
