"""SafeNeuron importances (METHODS 1.3) of single neurons for one prompt.

`paper`: a neuron is really switched off, its row (and bias) of q, k, v or up, or its column of o, set to zero, the
module is run again, and the Frobenius norm of the change is taken: of the attention probabilities of all heads for q
and k (which is the root of the sum of squares over the heads that a k row serves), of o_proj's output for v and o, of
down_proj's output for ffn. Nothing is known here of accelerated formulas.

`code`: the released formulas, in the space of query heads that they use for k and v too.
"""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from blocks import Trace, decoder_layers, last_call

TYPES = ("q", "k", "v", "o", "ffn")


def projections(layer: nn.Module) -> dict[str, tuple[nn.Linear, str, int, int]]:
    """Type -> linear map, axis a neuron lies along, index of neuron 0 there, number of neurons."""
    attention, mlp = layer.self_attn, layer.mlp
    o, down = attention.o_proj, mlp.down_proj
    wide = o.in_features
    if hasattr(attention, "qkv_proj"):
        narrow = (attention.qkv_proj.out_features - wide) // 2
        q, k, v = [(attention.qkv_proj, "row", at, n) for at, n in ((0, wide), (wide, narrow), (wide + narrow, narrow))]
    else:
        q, k, v = [(m, "row", 0, m.out_features) for m in (attention.q_proj, attention.k_proj, attention.v_proj)]
    if hasattr(mlp, "gate_up_proj"):
        up = (mlp.gate_up_proj, "row", down.in_features, down.in_features)
    else:
        up = (mlp.up_proj, "row", 0, down.in_features)
    return {"q": q, "k": k, "v": v, "o": (o, "column", 0, wide), "ffn": up}


def neuron_counts(model: nn.Module) -> dict[str, int]:
    return {kind: count for kind, (*_, count) in projections(decoder_layers(model)[0]).items()}


class SwitchedOff:
    """One neuron at zero while the block lasts."""

    def __init__(self, linear: nn.Linear, axis: str, index: int):
        self.parts = [linear.weight.data[index] if axis == "row" else linear.weight.data[:, index]]
        if axis == "row" and linear.bias is not None:
            self.parts.append(linear.bias.data[index : index + 1])

    def __enter__(self):
        self.kept = [part.clone() for part in self.parts]
        for part in self.parts:
            part.zero_()

    def __exit__(self, *_):
        for part, kept in zip(self.parts, self.kept):
            part.copy_(kept)


@torch.no_grad()
def paper_importances(
    model: nn.Module, trace: Trace, n: int, kind: str, neurons: Iterable[int], first_position: int = 0
) -> Tensor:
    layer = decoder_layers(model)[n]
    linear, axis, start, _ = projections(layer)[kind]

    def measured() -> Tensor:
        """Positions along the second last axis."""
        if kind == "ffn":
            call = trace.mlps[n]
            return layer.mlp(*call.args, **call.kwargs)
        call = trace.attentions[n]
        output, probabilities = layer.self_attn(*call.args, **call.kwargs)
        return probabilities if kind in "qk" else output

    whole = measured()
    found = []
    for neuron in neurons:
        with SwitchedOff(linear, axis, start + neuron):
            found.append((measured() - whole)[..., first_position:, :].norm())
    return torch.stack(found)


@torch.no_grad()
def code_importances(model: nn.Module, trace: Trace, n: int, first_position: int = 0) -> dict[str, Tensor]:
    """Of all neurons; q and k share one list, v and o another."""
    layer = decoder_layers(model)[n]
    call = trace.attentions[n]
    layer.self_attn(*call.args, **call.kwargs)
    seen = last_call[layer.self_attn]
    changes = []
    for head in range(seen.query.shape[0]):
        for d in range(seen.query.shape[2]):
            product = torch.outer(seen.query[head, :, d], seen.key[head, :, d])
            changed = (seen.scores[head] - product).softmax(dim=-1)
            changes.append((changed - seen.probabilities[head])[first_position:].pow(2).sum())
    scores = torch.stack(changes)
    spread = seen.heads_out[first_position:].abs().sum(dim=0)
    linear, _, start, count = projections(layer)["ffn"]
    ups = linear(*trace.mlps[n].args)[0, :, start : start + count]
    return {"q": scores, "k": scores, "v": spread, "o": spread, "ffn": ups[first_position:].abs().sum(dim=0)}
