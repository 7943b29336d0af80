"""Experiments of SmolLM2-135M-Instruct on 8 pairs of safety_full_short, one a scope: python smollm2_experiment.py OUT"""

import json
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAIRS = ROOT / "test/fixtures/safety_full_short/safety_full_short_8.csv"
UTILITY = ROOT / "native-models/random-sample/data/self_instruct_seed/seed_tasks_extract.jsonl"


def main(out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for source in (PAIRS, UTILITY):
        shutil.copyfile(source, out / source.name)
    for scope in ("row", "matrix", "model"):
        experiment = {
            "schemaVersion": 1,
            "name": f"smollm2-{scope}",
            "model": "../models/SmolLM2-135M-Instruct",
            "datasets": [{"id": "safety-full-short", "path": PAIRS.name, "prompt": "prompt", "response": "response"}],
            "utility": {
                "id": "self-instruct",
                "path": UTILITY.name,
                "prompt": "instruction",
                "response": "instances[0].output",
            },
            "sampling": {"count": 8, "seed": 0, "maxPromptTokens": 128, "maxResponseTokens": 96},
            # The pairs come wrapped in [INST] already.
            "template": "none",
            "methods": [{"method": method, "topFraction": 0.05, "scope": scope} for method in ("snip", "wanda")],
            "engine": {"provider": "cpu", "threads": 2},
        }
        (out / f"{scope}.safety-region.json").write_text(json.dumps(experiment, indent=2) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
