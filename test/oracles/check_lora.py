"""NLSR: stored |M_hat|, the masks of A and B, and those of the gauge-free variant."""

import math

import numpy as np
from torch import nn

from lora import nlsr, read_adapter
from method_run import MethodRun, possible
from regions import rational, read_region, top

TOLERANCE = 1e-4
# More than so many units of a region this near its threshold, and the comparison would say little.
MOST_NEAR = 0.02


def check_lora(run: MethodRun, model: nn.Module) -> None:
    settings = {"mode": "paper", "sparsity": 0.8, "blocks": "sequential", "extrapolation": 0.9, "gaugeFree": True} | run.settings("nlsr")
    sparsity, beta, mode = rational(settings["sparsity"]), rational(settings["extrapolation"]), settings["mode"]
    adapter = read_adapter(run.experiment_file.parent / run.experiment["adapter"], model)
    rule = settings.get("rankRule", mode)

    def kept_paper(rank: int) -> int:
        return math.floor(rank * (1 - sparsity))

    def kept_code(rank: int) -> int:
        return math.floor(rank * sparsity)

    factors = (1.0, 1.0)
    if beta:  # T37: the update times 1.9, or both matrices times 1.8
        factors = (1.0, float(1 + beta)) if mode == "paper" else (float(2 * beta), 1.0)
    for dataset in [*run.datasets, run.utility]:
        found = nlsr(
            model,
            adapter,
            run.samples(dataset),
            kept_paper if rule == "paper" else kept_code,
            kept_paper,
            *factors,
            sequential=settings["blocks"] == "sequential",
        )
        layers = sorted({a.layer for a in adapter})
        stored = {name: scores for n in layers for name, scores in run.scores("nlsr", dataset, n).items()}
        run.check(set(stored) == set(found.scores), f"nlsr/{dataset}: names of the scores")
        region = read_region(run.directory / "regions" / "nlsr" / f"{dataset}.safetensors", "lora")
        run.check(set(region) == set(found.scores), f"nlsr/{dataset}: names of the region")
        for name, exact in found.scores.items():
            check_matrix(run, f"nlsr/{dataset}/{name}", stored.get(name), exact.numpy(), region.get(name), sparsity, mode)
        if settings["gaugeFree"]:
            free = read_region(run.directory / "regions" / "nlsr-gaugefree" / f"{dataset}.safetensors", "weights")
            expected = {f"{name}.weight": scores for name, scores in found.gauge_free.items()}
            run.check(set(free) == set(expected), f"nlsr-gaugefree/{dataset}: names of the region")
            for name, exact in expected.items():
                where = f"nlsr-gaugefree/{dataset}/{name}"
                check_mask(run, where, free.get(name), exact.numpy(), size_of(exact.numpy(), sparsity, "paper"))


def size_of(scores: np.ndarray, sparsity, mode: str) -> int:
    """T38: strictly above the value at sorted position int(n sparsity); or the highest n (1 - sparsity)."""
    if mode == "paper":
        return math.floor(scores.size * (1 - sparsity))
    place = math.floor(scores.size * sparsity)
    return int((scores > np.partition(scores.ravel(), place)[place]).sum()) if place < scores.size else 0


def check_matrix(run, where, found, exact, mask, sparsity, mode) -> None:
    if not run.check(found is not None and found.shape == exact.shape and found.dtype == np.float32, f"{where}: not stored"):
        return
    error = run.note(f"nlsr {where[-8]}", float(np.abs(found - exact).max() / np.abs(exact).max()))
    run.check(error <= TOLERANCE, f"{where}: scores differ by {error:.1e} of the largest")
    # Of equal scores code keeps none; the count that is strictly above the threshold has no ties left.
    again = top(found, size_of(found, sparsity, mode))
    run.check(mask is not None and bool((again == mask).all()), f"{where}: not what the stored scores say")
    check_mask(run, where, mask, exact, size_of(exact, sparsity, mode))


def check_mask(run, where, mask, exact, size) -> None:
    if not run.check(mask is not None and mask.shape == exact.shape, f"{where}: no region of this shape"):
        return
    sure, maybe = possible(exact, size, TOLERANCE * exact.max() / 10)
    near = int((maybe & ~sure).sum())
    run.near_ties += int((mask != top(exact, size)).sum())
    wrong = int((sure & ~mask).sum() + (mask & ~maybe).sum())
    run.check(wrong == 0, f"{where}: {wrong} of {size} weights are not where PyTorch has them")
    # Two scores that are equal in float32 are not both above the threshold of mode code, though one is in float64.
    run.check(abs(int(mask.sum()) - size) <= min(near, 2), f"{where}: {int(mask.sum())} weights, should be {size}")
    run.check(near <= 2 + MOST_NEAR * size, f"{where}: {near} of {size} weights are too near the threshold to tell")
