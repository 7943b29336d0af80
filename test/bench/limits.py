"""What this machine can do at most, here and now: the denominators of the bench's table.

    python limits.py THREADS FILE

Prints {"products": {"1536x576x1536": operations a second, ...}, "memory": bytes a second, "disk": bytes a second}: float32
products of PyTorch (MKL) in shapes of SmolLM2-135M's and Llama-3-8B's layers, the best of five; a copy in memory, bytes
read and written; FILE read after the system was asked to drop it from its page cache.
"""

import json
import os
import sys
import time

os.environ["CUDA_VISIBLE_DEVICES"] = ""

import torch

SHAPES = ((1536, 576, 1536), (1024, 4096, 14336))
COPIED = 1 << 28
MOST_READ = 2 << 30
CHUNK = 1 << 24


def best(work, times: int = 5) -> float:
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def products(rows: int, inner: int, columns: int) -> float:
    left, right, out = torch.rand(rows, inner), torch.rand(inner, columns), torch.empty(rows, columns)
    return 2 * rows * inner * columns / best(lambda: torch.mm(left, right, out=out))


def memory() -> float:
    source, target = torch.ones(COPIED // 4), torch.empty(COPIED // 4)
    return 2 * COPIED / best(lambda: target.copy_(source))


def disk(path: str) -> float:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        buffer, read, start = bytearray(CHUNK), 0, time.perf_counter()
        while read < MOST_READ and (got := os.preadv(handle, [buffer], read)) > 0:
            read += got
        return read / (time.perf_counter() - start)
    finally:
        os.close(handle)


def main(threads: int, path: str) -> None:
    torch.set_num_threads(threads)
    rates = {"x".join(map(str, shape)): products(*shape) for shape in SHAPES}
    print(json.dumps({"products": rates, "memory": memory(), "disk": disk(path)}))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
