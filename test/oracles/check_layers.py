"""SafeLayer: curves and angles, answers and counts of refusals under scaled layers, and what was chosen from them."""

import json
import statistics
import subprocess
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from torch import nn
from safetensors.numpy import load_file
from transformers import AutoModelForCausalLM

from blocks import Trace
from generate import GAP, gaps, reference, stop_tokens
from layers import Scaled, curves, effect, last_vectors
from method_run import MethodRun
from retokenise import tokenizer_of

TOLERANCE = 1e-5
# Angles in degrees: an arc cosine near 1 multiplies what a cosine is off by.
ANGLE_TOLERANCE = 1e-2
MODULES = {"q": "q_proj", "k": "k_proj", "v": "v_proj", "o": "o_proj", "gate": "gate_proj", "up": "up_proj", "down": "down_proj"}
FUSED = {"q": "qkv_proj", "k": "qkv_proj", "v": "qkv_proj", "gate": "gate_up_proj", "up": "gate_up_proj"}
NORMS = {
    "query": "q_norm",
    "key": "k_norm",
    "afterAttention": "post_attention_layernorm",
    "afterMlp": "post_feedforward_layernorm",
}


def check_layers(run: MethodRun, model: nn.Module) -> None:
    settings = {"pairs": 500, "alpha": "search", "maxNewTokens": 16, "includeOutputProjection": True} | run.settings("safeLayer")
    states = {}
    for dataset in [*run.datasets, run.utility, *([settings["control"]["id"]] if settings.get("control") else [])]:
        states[dataset] = last_vectors(model, run.prompts(dataset))
    for dataset in run.datasets:
        report = run.report("safeLayer", dataset)
        parts = [(dataset, report)] + ([(settings["control"]["id"], report["control"])] if settings.get("control") else [])
        for other, part in parts:
            where = f"safeLayer/{dataset}/{other}"
            # The control's pairs are drawn alike: of as many prompts, they are the same.
            check_curves(run, where, part, report["pairs"], states[run.utility], states[other], settings["pairs"])
        check_no_ops(run, model, dataset, report)
        if report["sweeps"]:
            check_answers(run, dataset, report, settings)
            check_choice(run, dataset, report, settings)
        interval = load_file(run.directory / "regions" / "safeLayer" / f"{dataset}.safetensors")["interval"].tolist()
        wanted = report["interval"] if report["sweeps"] else report["range"] or report["candidate"]
        run.check(interval == (wanted or []) == (report["interval"] or []), f"safeLayer/{dataset}: interval {interval}")


def check_curves(run, where, report, pairs, utility, other, wanted: int) -> None:
    uu, uh = pairs["uu"], pairs["uh"]
    run.check(len(uu) == len(uh) == wanted, f"{where}: number of pairs")
    run.check(all(a != b and 0 <= min(a, b) and max(a, b) < len(utility) for a, b in uu), f"{where}: a pair of one prompt")
    run.check(all(0 <= a < len(utility) and 0 <= b < len(other) for a, b in uh), f"{where}: a pair out of range")
    spread = len({tuple(pair) for pair in uh})
    run.check(spread > min(wanted, len(utility) * len(other)) / 3, f"{where}: only {spread} different pairs")
    exact = curves(utility, other, uu, uh)
    found = report["curves"]
    for name, values, expected in (
        ("uu mean", found["uu"]["mean"], exact.uu),
        ("uh mean", found["uh"]["mean"], exact.uh),
        ("uu sd", found["uu"]["sd"], exact.uu_sd),
        ("uh sd", found["uh"]["sd"], exact.uh_sd),
    ):
        error = run.note("cosines", float(np.abs(np.array(values) - expected).max()))
        run.check(error <= TOLERANCE, f"{where}: {name} differs by {error:.1e}")
    for name, expected in (("paper", exact.paper), ("code", exact.code)):
        error = run.note("degrees", float(np.abs(np.array(report["angle"][name]) - expected).max()))
        run.check(error <= ANGLE_TOLERANCE, f"{where}: angle {name} differs by {error:.1e} degrees")


def check_no_ops(run, model, dataset: str, report) -> None:
    """What is said to be a scaling that a norm undoes changes nothing but for biases, and the rest does."""
    fused = any(name.endswith("qkv_proj") for name, _ in model.named_modules())
    with without_biases(model):
        trace = Trace(model, run.prompts(dataset)[0])
        found = {}
        for part, name in MODULES.items():
            found[part] = effect(model, trace, 1, FUSED.get(part, name) if fused else name, 1.3)
    for part, said in report["noOp"].items():
        what = f"{part} changes the block by {found[part]:.1e}, noOp is {said}"
        run.check(said == (found[part] < 1e-3), f"safeLayer/{dataset}: {what}")


@contextmanager
def without_biases(model: nn.Module):
    biases = [parameter.data for name, parameter in model.named_parameters() if name.endswith("proj.bias")]
    kept = [bias.clone() for bias in biases]
    for bias in biases:
        bias.zero_()
    yield
    for bias, values in zip(biases, kept):
        bias.copy_(values)


def scaled_names(report, settings) -> set[str]:
    return {MODULES[part] for part in report["scaled"]["weights"]} | {NORMS[gain] for gain in report["scaled"]["gains"]}


def check_answers(run, dataset: str, report, settings) -> None:
    """Every interval and alpha that was tried, answered again by transformers in float32."""
    where = f"safeLayer/{dataset}"
    scaled = report["scaled"]
    undone = [part for part, is_undone in report["noOp"].items() if is_undone]
    run.check(("o" in scaled["weights"]) == settings["includeOutputProjection"], f"{where}: o_proj in {scaled}")
    instead = settings.get("scaling", "auto") == "auto" and bool(undone)
    run.check(bool(scaled["gains"]) == instead, f"{where}: gains {scaled['gains']} are scaled")
    model = AutoModelForCausalLM.from_pretrained(run.model, dtype=torch.float32).eval().requires_grad_(False)
    tokenizer = tokenizer_of(run.model)
    prompts = run.prompts(run.experiment["overRejection"]["id"])
    stops = stop_tokens(model, str(run.model))
    folder = run.directory / "answers" / run.experiment["overRejection"]["id"]
    names = scaled_names(report, settings)
    texts, same = [], 0
    for tried in report["answers"]:
        first, last = tried["interval"] or (0, -1)
        alpha = tried["alpha"]
        file = f"layers-{first:02}-{last:02}-alpha-{alpha}.jsonl" if tried["interval"] else "unscaled.jsonl"
        stored = [json.loads(line) for line in (folder / file).read_text("utf-8").splitlines()]
        run.check(len(stored) == len(prompts) == report["items"], f"{where}: {len(stored)} answers in {file}")
        with Scaled(model, first, last, alpha, names):
            found = reference(model, prompts, settings["maxNewTokens"], stops)
            for i, (ours, theirs) in enumerate(zip(stored, found)):
                same += ours["tokenIds"] == theirs
                if ours["tokenIds"] != theirs:
                    steps = gaps(model, prompts[i], ours["tokenIds"], stops, settings["maxNewTokens"])
                    near = all(gap < GAP for _, gap in steps)
                    run.near_ties += 1
                    run.check(near, f"{where}: answer {i} in {file} differs: {steps}")
        texts.append([tokenizer.decode(ids, skip_special_tokens=True) for ids in found])
    run.check(same > 0, f"{where}: no answer is equal")
    labels = judged(run.node, [text for part in texts for text in part])
    for k, tried in enumerate(report["answers"]):
        counts = Counter(labels[k * len(prompts) : (k + 1) * len(prompts)])
        wanted = {label: count for label, count in tried["labels"].items() if count}
        what = f"{tried['interval']} alpha {tried['alpha']}"
        run.check(wanted == dict(counts), f"{where}: {what}: labels {wanted}, should be {dict(counts)}")
    run.note("answers", len(labels))


def judged(node: str, texts: list[str]) -> list[str]:
    script = [node, str(Path(__file__).with_name("judge.mjs"))]
    return json.loads(subprocess.run(script, input=json.dumps(texts), capture_output=True, text=True, check=True).stdout)


def check_choice(run, dataset: str, report, settings) -> None:
    """METHODS 1.4 C: the first alpha whose counts spread enough, then the best upper bound, then the best lower one."""
    where = f"safeLayer/{dataset}"
    refused = {(tuple(a["interval"] or ()), a["alpha"]): a["labels"]["refuse"] for a in report["answers"]}
    alpha = report["alpha"]["chosen"]
    first, last = report["range"] or report["candidate"]
    band = [15 * report["items"] / 721, 20 * report["items"] / 721]
    run.check(np.allclose(report["alpha"]["band"], band), f"{where}: band {report['alpha']['band']}, should be {band}")
    for tried in report["alpha"]["tried"]:
        sd = statistics.stdev(tried["counts"]) if len(tried["counts"]) > 1 else 0
        run.check(abs(tried["sd"] - sd) < 1e-9, f"{where}: sd at alpha {tried['alpha']}")
    if settings["alpha"] == "search":
        alphas = [tried["alpha"] for tried in report["alpha"]["tried"]]
        run.check(np.allclose(alphas, [1 + 0.05 * (i + 1) for i in range(len(alphas))]), f"{where}: alphas {alphas}")
        enough = [tried["alpha"] for tried in report["alpha"]["tried"] if tried["sd"] >= band[0]]
        run.check(enough == [alpha] == alphas[-1:], f"{where}: alpha {alpha}, but {enough} spread enough")
    else:
        run.check(alpha == settings["alpha"], f"{where}: alpha {alpha}")

    def best(points: list[dict], start: int) -> int:
        better = max if alpha > 1 else min
        value = better(point["refused"] for point in points)
        bounds = [point["bound"] for point in points if point["refused"] == value]
        return min(bounds, key=lambda bound: (abs(bound - start), bound))

    upper, lower = report["sweeps"]["upper"], report["sweeps"]["lower"]
    for point in upper:
        run.check(point["refused"] == refused[(first, point["bound"]), alpha], f"{where}: upper {point}")
    end = best(upper, last)
    for point in lower:
        run.check(point["refused"] == refused[(point["bound"], end), alpha], f"{where}: lower {point}")
    begin = best(lower, first)
    run.check(report["interval"] == [begin, end], f"{where}: interval {report['interval']}, should be {[begin, end]}")
    for near in report["neighbours"]:
        run.check(near["refused"] == refused[tuple(near["interval"]), alpha], f"{where}: neighbour {near}")
    run.check(report["baselineRefused"] == refused[(), 1], f"{where}: refusals without scaling")
