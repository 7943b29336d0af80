"""Checks runs of the command line against plain PyTorch, transformers and numpy.

    python validate.py --cli dist/cli.js [--node NODE] --run LABEL EXPERIMENT RUN_DIR TOLERANCE WHAT ...

WHAT is `scores` for a run with --keep-scores, `regions` for one without, and `+logits` where logits are compared too.
Prints a table and, last, `N passed, N failed`; exits 1 where anything failed.

The reference is the model in float64, for float32 is not always enough to judge by: SmolLM2's first token has
activations of 25,000 that follow a cancellation, and its SNIP scores in PyTorch's float32 are off by 6e-4 of a matrix'
largest. So a matrix passes if it is within TOLERANCE of float64, or, where PyTorch's own float32 is not, if it is
at least as near to float64 as that. The column `beyond` counts the matrices that needed the second.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

# Waiting threads sleep: where other programs want the cores, PyTorch's spinning ones make it tens of times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch
from safetensors.numpy import load_file

from reference import PROJECTIONS, Scores, fused_parts, load, module_of, reference_scores
from regions import Region, iou, overlap_report, read_region, select, size
from retokenise import Feeder, check_dataset

Matrices = dict[str, np.ndarray]
LOSS_TOLERANCE = 1e-5
LEAST_IOU = 0.999


@dataclass
class Run:
    """One run and what was found about it."""

    label: str
    experiment_file: Path
    directory: Path
    tolerance: float
    has_scores: bool
    has_logits: bool = False
    passed: int = 0
    failures: list[str] = field(default_factory=list)
    # Module -> largest |difference| / largest |reference| of a matrix.
    errors: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    loss_error: float = 0.0
    logit_error: float | None = None
    beyond_float32: int = 0
    least_iou: float = 1.0

    def __post_init__(self):
        self.experiment = json.loads(self.experiment_file.read_text("utf-8"))
        self.model = self.experiment_file.parent / self.experiment["model"]
        self.summary = json.loads((self.directory / "summary.json").read_text())
        sets = [*self.experiment["datasets"], self.experiment["utility"]]
        self.datasets = {dataset["id"]: dataset for dataset in sets}

    def check(self, holds: bool, what: str) -> None:
        if holds:
            self.passed += 1
        else:
            self.failures.append(f"{self.label}: {what}")

    def samples(self, dataset: str) -> list[dict]:
        lines = (self.directory / "samples" / f"{dataset}.jsonl").read_text("utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def fraction(self, settings: dict, dataset: str) -> float:
        if dataset == self.experiment["utility"]["id"]:
            return settings.get("utilityTopFraction", settings["topFraction"])
        return settings["topFraction"]

    def stored_scores(self, method: str, dataset: str) -> Matrices:
        files = sorted((self.directory / "scores" / method / dataset).glob("*.safetensors"))
        assert [file.name for file in files] == [f"{i:03}.safetensors" for i in range(len(files))], files
        return {name: tensor for file in files for name, tensor in load_file(file).items()}

    def region(self, method: str, dataset: str) -> Region:
        return read_region(self.directory / "regions" / method / f"{dataset}.safetensors")


def check_samples(run: Run) -> None:
    feeder = Feeder(run.model, run.experiment["template"])
    for name, dataset in run.datasets.items():
        merged = {**run.experiment, "responses": dataset.get("responses", run.experiment.get("responses"))}
        wrong = check_dataset(feeder, run.experiment_file.parent, dataset, merged, run.samples(name))
        run.check(not wrong, f"samples of {name}: {'; '.join(wrong[:3])}")


def relative_errors(found: Matrices, exact: Matrices) -> dict[str, float]:
    """Matrix -> largest |difference| as a share of its largest score; infinite where it is not comparable."""

    def error(name: str) -> float:
        ours, wanted = found.get(name), exact[name]
        if ours is None or ours.shape != wanted.shape or ours.dtype != np.float32:
            return math.inf
        worst = float(np.abs(ours - wanted).max() / np.abs(wanted).max())
        return worst if math.isfinite(worst) else math.inf

    return {name: error(name) for name in exact}


def check_scores(run: Run, dataset: str, reference: Scores, own_errors: dict[str, dict[str, float]]) -> None:
    """`own_errors`: method -> matrix -> error of PyTorch's float32."""
    losses = run.summary["losses"][dataset]
    found = losses["perSample"]
    worst = math.inf
    if len(found) == len(reference.losses):
        worst = max(abs(a - b) for a, b in zip(found, reference.losses))
    run.loss_error = max(run.loss_error, worst)
    run.check(worst <= LOSS_TOLERANCE, f"losses of {dataset} differ by {worst:.2e}")
    mean = sum(reference.losses) / len(reference.losses)
    run.check(abs(losses["mean"] - mean) <= LOSS_TOLERANCE, f"mean loss of {dataset} is {losses['mean']}, not {mean}")
    for settings in run.experiment["methods"]:
        method = settings["method"]
        expected = {"snip": reference.snip, "wanda": reference.wanda}[method]
        region = check_region(run, settings, dataset, expected)
        if run.has_scores:
            check_stored_scores(run, settings, dataset, expected, own_errors[method], region)


def check_stored_scores(
    run: Run, settings: dict, dataset: str, expected: Matrices, own_errors: dict[str, float], region: Region
) -> None:
    method = settings["method"]
    stored = run.stored_scores(method, dataset)
    run.check(set(stored) == set(expected), f"{method}/{dataset}: names of the stored scores differ")
    for name, error in relative_errors(stored, expected).items():
        module = module_of(name)
        run.errors[module] = max(run.errors[module], error)
        within = error <= run.tolerance
        beyond = not within and run.tolerance < own_errors[name] and error <= own_errors[name]
        run.beyond_float32 += beyond
        what = f"scores differ by {error:.2e} of the largest, PyTorch's float32 by {own_errors[name]:.2e}"
        run.check(within or beyond, f"{method}/{dataset}/{name}: {what}")
    # From the engine's own scores the selection is exact: no rounding is left to excuse a difference.
    share = run.fraction(settings, dataset)
    again = select({name: stored[name] for name in expected}, share, settings["scope"])
    same = all(np.array_equal(again[name], region[name]) for name in again)
    run.check(same, f"{method}/{dataset}: the region is not the top {share} of the stored scores by {settings['scope']}")


def check_region(run: Run, settings: dict, dataset: str, expected: Matrices) -> Region:
    method = settings["method"]
    region = run.region(method, dataset)
    wanted = select(expected, run.fraction(settings, dataset), settings["scope"])
    shapes = {name: mask.shape for name, mask in region.items()} == {name: mask.shape for name, mask in wanted.items()}
    run.check(shapes, f"{method}/{dataset}: names or shapes of the region differ")
    run.check(size(region) == size(wanted), f"{method}/{dataset}: {size(region)} weights, should be {size(wanted)}")
    value = iou([region, wanted]) or 0.0
    run.least_iou = min(run.least_iou, value)
    run.check(value >= LEAST_IOU, f"{method}/{dataset}: IoU with the reference region is {value:.5f}")
    return region


def close(a: object, b: object) -> bool:
    """Equal up to rounding of a double; null only equals null."""
    if isinstance(a, dict) and isinstance(b, dict):
        return set(a) == set(b) and all(close(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(close(x, y) for x, y in zip(a, b))
    if a is None or b is None or isinstance(a, str):
        return a == b
    return math.isclose(a, b, rel_tol=1e-12, abs_tol=1e-12)


def check_overlap(run: Run, node: str, cli: Path) -> None:
    command = [node, str(cli), "overlap", str(run.directory), "--json"]
    process = subprocess.run(command, capture_output=True, text=True)
    run.check(process.returncode == 0, f"overlap exits {process.returncode}: {process.stderr.strip()}")
    if process.returncode:
        return
    report = json.loads(process.stdout)["methods"]
    ids = [dataset["id"] for dataset in run.experiment["datasets"]]
    utility = run.experiment["utility"]["id"]
    for settings in run.experiment["methods"]:
        method = settings["method"]
        found = report[method]
        parts = fused_parts(json.loads((run.model / "config.json").read_text()), run.region(method, utility))
        wanted = overlap_report(ids, [run.region(method, i) for i in ids], run.region(method, utility), parts)
        entries = {entry["id"]: entry for entry in found["regions"]}
        flat = {
            "universe": found["universe"],
            "sizes": {i: entry["size"] for i, entry in entries.items()},
            "isolatedSizes": {i: entry["isolatedSize"] for i, entry in entries.items()},
            "utilitySize": found["utility"]["size"],
            "byLayer": {key: value["pairwise"] for key, value in found["byLayer"].items()},
            "byModule": {key: value["pairwise"] for key, value in found["byModule"].items()},
            "isoUtility": {key: found["isoUtility"][key] for key in ("pairwise", "forward", "backward")},
        }
        for key, value in wanted.items():
            run.check(close(flat.get(key, found.get(key)), value), f"overlap of {method}: {key} differs")
        densities = {i: wanted["sizes"][i] / wanted["universe"] for i in ids}
        run.check(close({i: entry["density"] for i, entry in entries.items()}, densities), f"overlap of {method}: density")


def check_logits(run: Run, model: torch.nn.Module, node: str, engine: Path) -> None:
    """Every position of the shortest and the longest text of the first dataset, against PyTorch's float64."""
    samples = sorted(run.samples(next(iter(run.datasets))), key=lambda sample: len(sample["tokenIds"]))
    run.logit_error = 0.0
    for sample in (samples[0], samples[-1]):
        ids = sample["tokenIds"]
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "logits.f32"
            script = [node, str(Path(__file__).with_name("logits.mjs")), str(engine), str(run.model), str(out)]
            process = subprocess.run(script, input=json.dumps(ids), capture_output=True, text=True)
            run.check(process.returncode == 0, f"logits: {process.stderr.strip()[-500:]}")
            if process.returncode:
                continue
            found = np.fromfile(out, dtype=np.float32)
        with torch.no_grad():
            exact = model(input_ids=torch.tensor([ids]), use_cache=False).logits[0].double().numpy()
        error = float(np.abs(found.reshape(exact.shape) - exact).max() / np.abs(exact).max())
        run.logit_error = max(run.logit_error, error)
        run.check(error <= run.tolerance, f"logits of {len(ids)} tokens differ by {error:.2e} of the largest")


class Reference:
    """Scores in float64 and the errors of PyTorch's own float32, kept for the samples asked for last."""

    def __init__(self, model: Path):
        self.double, self.single = load(model, torch.float64), load(model, torch.float32)
        self.own_errors: dict[str, float] = defaultdict(float)
        self.own_loss_error = 0.0
        self.key = ""

    def of(self, samples: list[dict]) -> tuple[Scores, dict[str, dict[str, float]]]:
        key = json.dumps([[sample["tokenIds"], sample["responseStart"]] for sample in samples])
        if key != self.key:
            self.key = key
            self.scores = None  # a trained model's take 0.8 GB: never two at once
            self.scores = reference_scores(self.double, samples)
            single = reference_scores(self.single, samples)
            self.errors = {
                method: relative_errors(getattr(single, method), getattr(self.scores, method))
                for method in ("snip", "wanda")
            }
            for errors in self.errors.values():
                for name, error in errors.items():
                    module = module_of(name)
                    self.own_errors[module] = max(self.own_errors[module], error)
            differences = [abs(a - b) for a, b in zip(single.losses, self.scores.losses)]
            self.own_loss_error = max(self.own_loss_error, *differences)
        return self.scores, self.errors


def print_table(rows: list[tuple[str, dict[str, float], float, str]]) -> None:
    width = max(len(label) for label, *_ in rows)
    columns = [module for module in PROJECTIONS if any(module in errors for _, errors, *_ in rows)]
    heads = " ".join(f"{module:>9}" for module in columns)
    print(f"\n{'difference / largest score':{width}} {heads} {'loss':>9} {'least IoU':>9} beyond {'logits':>9}")
    for label, errors, loss, rest in rows:
        cells = " ".join(f"{errors[module]:9.1e}" if module in errors else " " * 9 for module in columns)
        print(f"{label:{width}} {cells} {loss:9.1e} {rest}".rstrip())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cli", type=Path, required=True)
    parser.add_argument("--node", default="node")
    parser.add_argument("--engine", type=Path, help="dist/engine.js, for logits")
    parser.add_argument("--run", nargs=5, action="append", required=True)
    arguments = parser.parse_args()
    runs = [
        Run(
            label,
            Path(file).resolve(),
            Path(where),
            float(tolerance),
            {"scores": True, "regions": False}[what.split("+")[0]],
            "+logits" in what,
        )
        for label, file, where, tolerance, what in arguments.run
    ]

    rows, failures, passed = [], [], 0
    for model in dict.fromkeys(run.model for run in runs):
        reference = Reference(model)
        group = [run for run in runs if run.model == model]
        # The scopes of a model feed the same samples: PyTorch computes them once.
        for dataset in group[0].datasets:
            for run in group:
                check_scores(run, dataset, *reference.of(run.samples(dataset)))
        for run in group:
            check_samples(run)
            if run.has_logits:
                check_logits(run, reference.double, arguments.node, arguments.engine)
            check_overlap(run, arguments.node, arguments.cli)
            logits = "" if run.logit_error is None else f" {run.logit_error:9.1e}"
            rows.append((run.label, run.errors, run.loss_error, f"{run.least_iou:9.5f} {run.beyond_float32:6}{logits}"))
            passed += run.passed
            failures += run.failures
        rows.append(("  PyTorch float32", reference.own_errors, reference.own_loss_error, ""))

    print_table(rows)
    shown = [failure for run in runs for failure in run.failures[:8]]
    for failure in shown:
        print(f"FAILED {failure}")
    if len(shown) < len(failures):
        print(f"... and {len(failures) - len(shown)} more")
    print(f"\n{passed} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
