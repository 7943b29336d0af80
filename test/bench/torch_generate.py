"""Greedy generation in transformers, timed: request as JSON on standard input, times as JSON on standard output.

{"model": DIR, "prompts": [[ids]], "maxNewTokens": N, "threads": N, "repeats": N}; prompts of one length.
"""

import json
import os
import resource
import sys
import time

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import torch
from transformers import AutoModelForCausalLM, StoppingCriteria, StoppingCriteriaList

request = json.load(sys.stdin)
torch.set_num_threads(request["threads"])
model = AutoModelForCausalLM.from_pretrained(request["model"], dtype=torch.float32).eval()
ids = torch.tensor(request["prompts"])


class Clock(StoppingCriteria):
    """Called after every new token; never stops."""

    def __call__(self, input_ids, scores, **kwargs):
        marks.append(time.perf_counter())
        return torch.zeros(input_ids.shape[0], dtype=torch.bool)


runs = []
with torch.no_grad():
    for _ in range(request.get("repeats", 1)):
        marks: list[float] = []
        begin, cpu = time.perf_counter(), time.process_time()
        out = model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            do_sample=False,
            max_new_tokens=request["maxNewTokens"],
            min_new_tokens=request["maxNewTokens"],
            eos_token_id=None,
            pad_token_id=0,
            stopping_criteria=StoppingCriteriaList([Clock()]),
        )
        runs.append(
            {
                "seconds": time.perf_counter() - begin,
                "decodeSeconds": marks[-1] - marks[0],
                "cpuSeconds": time.process_time() - cpu,
            }
        )
answers = out[:, ids.shape[1] :].tolist()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps({"answers": answers, "runs": runs, "peakBytes": peak}))
