"""SafeNeuron: stored importances, and the sets selected from them."""

import math
import random

import numpy as np
from safetensors import safe_open
from torch import nn

from blocks import Trace
from method_run import MethodRun, possible
from neurons import TYPES, code_importances, neuron_counts, paper_importances
from regions import rational, top

TOLERANCE = 1e-4
# A trained model's neurons are too many to be zeroed one by one: so many of a type, in so many layers.
MOST_NEURONS, SAMPLED_NEURONS, SAMPLED_LAYERS = 400, 16, 4


def check_neurons(run: MethodRun, model: nn.Module) -> None:
    settings = {"mode": "paper", "keepFraction": 0.1, "promptShare": 1.0} | run.settings("safeNeuron")
    counts = neuron_counts(model)
    layers = model.config.get_text_config().num_hidden_layers
    sampled = max(counts.values()) > MOST_NEURONS
    chance = random.Random(11)
    chosen = sorted({0, layers - 1, *chance.sample(range(layers), min(layers, SAMPLED_LAYERS - 2))}) if sampled else range(layers)
    for dataset in [*run.datasets, run.utility]:
        # One dataset's importances and utility's are found again; sets are checked of all.
        again = dataset in (run.datasets[0], run.utility)
        traces = [Trace(model, prompt) for prompt in run.prompts(dataset)] if again else []
        with safe_open(run.directory / "regions" / "safeNeuron" / f"{dataset}.safetensors", framework="numpy") as file:
            region = {name: file.get_tensor(name) for name in file.keys()}
            run.check(file.metadata()["payload"] == "neurons", f"safeNeuron/{dataset}: payload")
        # o has the list of v in the released script, which leaves it out of what it writes.
        wanted = [kind for kind in settings.get("projections", TYPES) if settings["mode"] == "paper" or kind != "o"]
        names = {f"model.layers.{n}.{kind}" for n in range(layers) for kind in wanted}
        run.check(set(region) == names, f"safeNeuron/{dataset}: names of the region")
        for n in range(layers):
            stored = run.scores("safeNeuron", dataset, n)
            expected = importances(model, traces, n, settings, counts, sampled, chance) if again and n in chosen else {}
            for kind in wanted:
                rows = rows_of(model, kind, counts, settings["mode"])
                check_type(run, f"model.layers.{n}.{kind}", dataset, stored, expected.get(kind), region, rows, settings)


def rows_of(model: nn.Module, kind: str, counts: dict[str, int], mode: str) -> np.ndarray:
    """Index among the scores -> neuron: the released script counts k and v by query heads, and divides (T21's `wrong`)."""
    if mode == "paper" or kind not in "kv":
        return np.arange(counts[kind])
    config = model.config.get_text_config()
    repeat = config.num_attention_heads // config.num_key_value_heads
    return np.arange(counts["q"]) // repeat


def importances(model, traces, n, settings, counts, sampled, chance) -> dict[str, tuple[list[int], np.ndarray]]:
    """Type -> neurons and their importances, (prompts, neurons)."""
    first = 1 if settings.get("excludeBos") else 0
    if settings["mode"] == "code":
        found = [code_importances(model, trace, n, first) for trace in traces]
        return {kind: (None, np.stack([scores[kind].numpy() for scores in found])) for kind in TYPES}
    out = {}
    for kind, count in counts.items():
        neurons = sorted(chance.sample(range(count), SAMPLED_NEURONS)) if sampled else None
        rows = [paper_importances(model, trace, n, kind, neurons or range(count), first).numpy() for trace in traces]
        out[kind] = (neurons, np.stack(rows))
    return out


def check_type(run, name, dataset, stored, expected, region, rows, settings) -> None:
    where = f"safeNeuron/{dataset}/{name}"
    found = stored.get(name)
    if not run.check(found is not None and found.dtype == np.float32 and np.isfinite(found).all(), f"{where}: not stored"):
        return
    prompts = len(found)
    needed = math.ceil(rational(settings["promptShare"]) * prompts)
    keep = math.floor(rational(settings["keepFraction"]) * found.shape[1])
    votes = sum(top(row, keep).astype(int) for row in found)

    def neurons_at(chosen: np.ndarray) -> set[int]:
        return {int(row) for row in rows[chosen]}

    selected = set(region[name].tolist())
    run.check((np.diff(region[name]) > 0).all(), f"{where}: indices are not sorted")
    run.check(selected == neurons_at(votes >= needed), f"{where}: not what the stored importances say")
    if expected is None:
        return
    neurons, exact = expected
    part = found if neurons is None else found[:, neurons]
    if not run.check(part.shape == exact.shape, f"{where}: {found.shape} importances, should be {exact.shape}"):
        return
    # The largest of the type and layer, over all prompts and neurons; a sample's own may be too small.
    scale = max(np.abs(exact).max(), np.abs(found).max())
    error = run.note(f"neurons {name.split('.')[-1]}", float(np.abs(part - exact).max() / scale))
    run.check(error <= TOLERANCE, f"{where}: importances differ by {error:.1e} of the largest")
    if neurons is not None:
        return
    for row in exact:
        run.check(np.isfinite(row).all(), f"{where}: the oracle's importances are not finite")
    sure, maybe = zip(*(possible(row, keep, TOLERANCE * scale) for row in exact))
    least, most = sum(x.astype(int) for x in sure) >= needed, sum(x.astype(int) for x in maybe) >= needed
    run.near_ties += int((most & ~least).sum())
    held = neurons_at(least) <= selected <= neurons_at(most)
    run.check(held, f"{where}: not what PyTorch's importances say")
