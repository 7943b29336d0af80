"""Selection and overlap in plain numpy, and region files read as CONTRACT section 4 describes them."""

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
from safetensors import safe_open

from reference import layer_of, module_of

Region = dict[str, np.ndarray]


def rational(number: float) -> Fraction:
    """As it is written: 0.29 is 29/100."""
    return Fraction(str(number))


def top(scores: np.ndarray, wanted: int) -> np.ndarray:
    """Mask of the highest; the lower index wins a tie."""
    flat = scores.ravel()
    mask = np.zeros(flat.size, dtype=bool)
    if wanted:
        least = np.partition(flat, flat.size - wanted)[flat.size - wanted]
        mask = flat > least
        mask[np.flatnonzero(flat == least)[: wanted - mask.sum()]] = True
    return mask.reshape(scores.shape)


def select(scores: dict[str, np.ndarray], fraction: float, scope: str) -> Region:
    """The floor(q n) highest scores of every row, of every matrix or of all of them."""
    share = rational(fraction)

    def best(part: np.ndarray) -> np.ndarray:
        return top(part, int(share * part.size))

    if scope == "row":
        return {name: np.stack([best(row) for row in matrix]) for name, matrix in scores.items()}
    if scope == "matrix":
        return {name: best(matrix) for name, matrix in scores.items()}
    chosen = best(np.concatenate([matrix.ravel() for matrix in scores.values()]))
    ends = np.cumsum([matrix.size for matrix in scores.values()])[:-1]
    return {
        name: part.reshape(scores[name].shape) for name, part in zip(scores, np.split(chosen, ends), strict=True)
    }


def read_region(path: Path, payload: str = "weights") -> Region:
    with safe_open(path, framework="numpy") as file:
        metadata = file.metadata()
        assert metadata["payload"] == payload, metadata
        shapes = json.loads(metadata["shapes"])
        assert set(shapes) == set(file.keys())
        region = {}
        for name, shape in shapes.items():
            count = int(np.prod(shape))
            packed = file.get_tensor(name)
            assert packed.dtype == np.uint8 and packed.size == (count + 7) // 8, (name, packed.shape)
            bits = np.unpackbits(packed.ravel(), bitorder="little")
            assert not bits[count:].any(), f"{name}: bits past the end"
            region[name] = bits[:count].astype(bool).reshape(shape)
    return region


def counts(regions: list[Region], names: list[str]) -> tuple[int, int]:
    """Units in all regions, units in any."""
    both = either = 0
    for name in names:
        stack = [region[name] for region in regions]
        both += int(np.logical_and.reduce(stack).sum())
        either += int(np.logical_or.reduce(stack).sum())
    return both, either


def iou(regions: list[Region], names: list[str] | None = None) -> float | None:
    both, either = counts(regions, list(regions[0]) if names is None else names)
    return both / either if either else None


def minus(region: Region, removed: Region) -> Region:
    return {name: mask & ~removed[name] for name, mask in region.items()}


def size(region: Region) -> int:
    return sum(int(mask.sum()) for mask in region.values())


def table(regions: list[Region], names: list[str] | None = None) -> list[list[float | None]]:
    return [[iou([a, b], names) for b in regions] for a in regions]


def macro_table(regions: list[Region]) -> list[list[float | None]]:
    """Mean over matrices; those where both are empty are left out."""

    def macro(a: Region, b: Region) -> float | None:
        values = [value for name in a if (value := iou([a, b], [name])) is not None]
        return sum(values) / len(values) if values else None

    return [[macro(a, b) for b in regions] for a in regions]


def curve(regions: list[Region]) -> list[float | None]:
    return [iou(regions[: n + 1]) for n in range(len(regions))]


def split_rows(region: Region, parts: dict[str, list[tuple[str, int]]]) -> Region:
    """The region by canonical modules: a fused matrix is cut after the rows of each part."""
    out = {}
    for name, mask in region.items():
        first = 0
        for module, rows in parts.get(name, [(module_of(name), mask.shape[0])]):
            out[name.replace(module_of(name), module)] = mask[first : first + rows]
            first += rows
        assert first == mask.shape[0], name
    return out


def overlap_report(
    ids: list[str],
    regions: list[Region],
    utility: Region | None,
    canonical_parts: dict[str, list[tuple[str, int]]] | None = None,
) -> dict[str, object]:
    """What `overlap --json` has to say of one method."""
    names = list(regions[0])
    universe = sum(mask.size for mask in regions[0].values())
    layers = sorted({layer_of(name) for name in names})
    parts = canonical_parts or {}
    profiled = [split_rows(region, parts) for region in regions]
    modules = sorted({module_of(name) for name in profiled[0]})
    isolated = [minus(region, utility) for region in regions] if utility else None
    report: dict[str, object] = {
        "universe": universe,
        "sizes": {i: size(region) for i, region in zip(ids, regions, strict=True)},
        "isolatedSizes": {i: size(region) for i, region in zip(ids, isolated, strict=True)} if isolated else None,
        "utilitySize": size(utility) if utility else None,
        "pairwise": table(regions),
        "pairwiseMacro": macro_table(regions),
        "forward": curve(regions),
        "backward": curve(regions[::-1]),
        "byLayer": {str(n): table(regions, [x for x in names if layer_of(x) == n]) for n in layers},
        "byModule": {m: table(profiled, [x for x in profiled[0] if module_of(x) == m]) for m in modules},
        "isoUtility": None,
    }
    if isolated:
        report["isoUtility"] = {
            "pairwise": table(isolated),
            "forward": curve(isolated),
            "backward": curve(isolated[::-1]),
        }
    return report
