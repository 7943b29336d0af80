"""Compares runs of one experiment on two execution providers: every score, every region, and where nodes ran.

provider.py PROVIDER CPU_RUN OTHER_RUN [CPU_RUN OTHER_RUN ...]
"""

import json
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

SCORES = 1e-4
IOU = 0.999


def files(run: Path, folder: str) -> list[Path]:
    return sorted(path.relative_to(run) for path in (run / folder).rglob("*.safetensors"))


def difference(reference: np.ndarray, found: np.ndarray) -> float:
    largest = float(np.abs(reference).max())
    return float(np.abs(found - reference).max()) / largest if largest > 0 else float(np.abs(found).max())


def overlap(reference: dict[str, np.ndarray], found: dict[str, np.ndarray], payload: str) -> tuple[int, int]:
    """Sizes of the intersection and of the union."""
    both = either = 0
    for name in reference.keys() | found.keys():
        a, b = reference[name], found[name]
        if payload in ("weights", "lora"):
            both += int(np.unpackbits(a & b).sum())
            either += int(np.unpackbits(a | b).sum())
        else:
            both += len(np.intersect1d(a, b))
            either += len(np.union1d(a, b))
    return both, either


def payload_of(path: Path) -> str:
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        return json.loads(file.read(size))["__metadata__"]["payload"]


def check(provider: str, cpu: Path, other: Path) -> tuple[int, int]:
    results: list[tuple[bool, str]] = []
    manifest = json.loads((other / "run.json").read_text())
    summary = json.loads((other / "summary.json").read_text())
    name = manifest["experiment"]["name"]
    results.append((manifest["provider"] == provider, f"ran on {manifest['provider']}"))
    fell_back = [warning for warning in summary["warnings"] if " to the CPU" in warning]
    results.append((not fell_back, "; ".join(fell_back) or "no node on the CPU"))
    scores = files(cpu, "scores")
    results.append((scores == files(other, "scores") and len(scores) > 0, f"{len(scores)} files of scores"))
    worst = 0.0
    for path in scores:
        reference, found = load_file(cpu / path), load_file(other / path)
        for matrix, values in reference.items():
            off = difference(values, found[matrix])
            worst = max(worst, off)
            results.append((off <= SCORES, f"{path}: {matrix} is off by {off:.1e}"))
    regions = files(cpu, "regions")
    results.append((regions == files(other, "regions") and len(regions) > 0, f"{len(regions)} regions"))
    lowest = 1.0
    for path in regions:
        both, either = overlap(load_file(cpu / path), load_file(other / path), payload_of(cpu / path))
        iou = both / either if either else 1.0
        lowest = min(lowest, iou)
        results.append((iou >= IOU, f"{path}: IoU {iou:.5f} with the CPU's"))
    for ok, what in results:
        if not ok:
            print(f"FAILED {name}: {what}")
    passed = sum(ok for ok, _ in results)
    failed = len(results) - passed
    print(f"{name} on {provider}: scores within {worst:.1e}, IoU at least {lowest:.5f}; {passed} passed, {failed} failed")
    return passed, failed


def main() -> None:
    provider, *runs = sys.argv[1:]
    passed = failed = 0
    for cpu, other in zip(runs[::2], runs[1::2], strict=True):
        more = check(provider, Path(cpu), Path(other))
        passed, failed = passed + more[0], failed + more[1]
    print(f"\n{passed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
