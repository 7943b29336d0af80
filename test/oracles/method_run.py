"""One run of methods.py: its files, what was found wrong, and selection from scores."""

import json
import math
import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file


@dataclass
class MethodRun:
    experiment_file: Path
    directory: Path
    node: str
    passed: int = 0
    failures: list[str] = field(default_factory=list)
    # What a table shows: name -> largest difference, or a count.
    worst: dict[str, float] = field(default_factory=dict)
    near_ties: int = 0

    def __post_init__(self):
        self.experiment = json.loads(self.experiment_file.read_text("utf-8"))
        self.label = self.experiment["name"]
        self.model = Path(os.path.normpath(self.experiment_file.parent / self.experiment["model"]))
        self.utility = self.experiment["utility"]["id"]
        self.datasets = [dataset["id"] for dataset in self.experiment["datasets"]]

    def settings(self, method: str) -> dict | None:
        return next((entry for entry in self.experiment["methods"] if entry["method"] == method), None)

    def check(self, holds: bool, what: str) -> bool:
        if holds:
            self.passed += 1
        else:
            self.failures.append(f"{self.label}: {what}")
        return bool(holds)

    def note(self, name: str, value: float) -> float:
        self.worst[name] = max(self.worst.get(name, 0.0), value if math.isfinite(value) else math.inf)
        return value

    def samples(self, dataset: str) -> list[dict]:
        lines = (self.directory / "samples" / f"{dataset}.jsonl").read_text("utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def prompts(self, dataset: str) -> list[list[int]]:
        return [sample["tokenIds"][: sample["responseStart"]] for sample in self.samples(dataset)]

    def scores(self, method: str, dataset: str, layer: int) -> dict[str, np.ndarray]:
        return load_file(self.directory / "scores" / method / dataset / f"{layer:03}.safetensors")

    def report(self, method: str, dataset: str) -> dict:
        return json.loads((self.directory / "reports" / method / f"{dataset}.json").read_text("utf-8"))


def possible(scores: np.ndarray, wanted: int, tolerance: float) -> tuple[np.ndarray, np.ndarray]:
    """Those that are among the `wanted` highest for certain, and those that may be, with scores off by `tolerance`."""
    if wanted == 0:
        return np.zeros(scores.shape, bool), np.zeros(scores.shape, bool)
    out = scores.size - wanted
    parts = np.partition(scores.ravel(), [max(out - 1, 0), out])
    last_in, first_out = parts[out], parts[out - 1] if out else -math.inf
    return scores > first_out + 2 * tolerance, scores >= last_in - 2 * tolerance
