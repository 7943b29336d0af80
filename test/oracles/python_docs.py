"""Runs every block of docs/python.md, in order, where RUN_DIR and MODEL_DIR are a real run and its model.

python_docs.py --node NODE --cli CLI DOCUMENT RUN_DIR MODEL_DIR
"""

import argparse
import os
import re
import shlex
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--node", required=True)
    parser.add_argument("--cli", required=True)
    parser.add_argument("document", type=Path)
    parser.add_argument("run", type=Path)
    parser.add_argument("model", type=Path)
    args = parser.parse_args()
    text = args.document.read_text("utf8")
    blocks = [(m[1], m[2], text.count("\n", 0, m.start(2)) + 1) for m in FENCE.finditer(text)]
    languages = {language for language, _, _ in blocks}
    # A fence that is neither is one that nobody runs.
    if text.count("\n```") != 2 * len(blocks) or not languages <= {"sh", "python"} or len(blocks) < 10:
        print(f"{args.document}: {len(blocks)} blocks of {sorted(languages)}: not all would be run.")
        print("\n0 passed, 1 failed")
        return 1
    document, run, model = args.document.resolve(), args.run.resolve(), args.model.resolve()
    tool = [os.path.abspath(args.node), os.path.abspath(args.cli)]
    passed = failed = 0
    names: dict[str, object] = {"__name__": "docs"}
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        Path("RUN_DIR").symlink_to(run)
        Path("MODEL_DIR").symlink_to(model)
        for language, code, line in blocks:
            try:
                if language == "sh":
                    shell(code, tool)
                else:
                    # Line numbers of tracebacks are the document's.
                    exec(compile("\n" * (line - 1) + code, document, "exec"), names)
                print(f"ok      {document.name}:{line} ({language})")
                passed += 1
            except Exception:
                traceback.print_exc()
                print(f"FAILED  {document.name}:{line} ({language})")
                failed += 1
        os.chdir("/")
    print(f"\n{passed} passed, {failed} failed")
    return 1 if failed else 0


def shell(code: str, tool: list[str]) -> None:
    for command in code.strip().splitlines():
        words = shlex.split(command)
        assert words[0] == "safety-region", command
        subprocess.run([*tool, *words[1:]], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main())
