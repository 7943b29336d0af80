"""Writes test/golden/data/encoder: a random BertModel of transformers, in safetensors and in ONNX, a WordPiece
tokenizer, texts, and what PyTorch makes of them: the mean over the tokens of the last hidden state, in float64, of length 1.

    python test/oracles/tiny_encoder.py        (PyTorch, transformers, tokenizers, onnx; made with 2.13, 5.23, 0.23)
"""

import json
import shutil
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

FOLDER = Path(__file__).parent.parent / "golden" / "data" / "encoder"
TEXT = Path(__file__).resolve().parents[2] / "native-models" / "tokenizer-text.txt"
MAX_TOKENS = 24
TEXTS = [
    "How do I knit a scarf?",
    "Tell me, please, how a lock is picked!",
    "",
    "Stra\u00dfe, na\u00efve caf\u00e9 \u4e2d\u6587 \U0001f600",
    "What is " + "very " * 40 + "long?",
    "tab\tand\nline",
    "one two three four five six seven",
]


def tokenizer():
    made = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=100))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(vocab_size=300, special_tokens=special, show_progress=False)
    made.train_from_iterator(TEXT.read_text("utf-8").splitlines(True), trainer)
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    made.decoder = decoders.WordPiece()
    return PreTrainedTokenizerFast(
        tokenizer_object=made, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]"
    )


def main():
    torch.manual_seed(7)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    tokens = tokenizer()
    config = BertConfig(
        vocab_size=len(tokens),
        hidden_size=24,
        num_hidden_layers=3,
        num_attention_heads=4,
        intermediate_size=40,
        max_position_embeddings=32,
        initializer_range=0.3,
    )
    model = BertModel(config, add_pooling_layer=False).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("bias") or "LayerNorm" in name:
                parameter.add_(0.2 * torch.randn_like(parameter))
    model.save_pretrained(FOLDER)
    tokens.save_pretrained(FOLDER)
    (FOLDER / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": MAX_TOKENS}) + "\n")
    expected = []
    double = BertModel.from_pretrained(FOLDER, add_pooling_layer=False).double().eval()
    with torch.no_grad():
        for text in TEXTS:
            fed = tokens(text, truncation=True, max_length=MAX_TOKENS, return_tensors="pt")
            fed.pop("token_type_ids", None)
            mean = double(**fed).last_hidden_state[0].mean(0)
            expected.append({"text": text, "embedding": (mean / mean.norm()).tolist()})
    (FOLDER / "expected.json").write_text(json.dumps(expected) + "\n")
    export(model, FOLDER / "encoder.onnx")
    for file in sorted(FOLDER.iterdir()):
        print(f"{file.name}: {file.stat().st_size} bytes")


class Wrapped(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask, token_type_ids):
        fed = {"input_ids": input_ids, "attention_mask": attention_mask, "token_type_ids": token_type_ids}
        return self.model(**fed).last_hidden_state


def export(model, file):
    ids = torch.ones(2, 8, dtype=torch.int64)
    axes = {0: "texts", 1: "tokens"}
    names = ["input_ids", "attention_mask", "token_type_ids"]
    model.config._attn_implementation = "eager"
    torch.onnx.export(
        Wrapped(model),
        (ids, torch.ones_like(ids), torch.zeros_like(ids)),
        str(file),
        input_names=names,
        output_names=["last_hidden_state"],
        dynamic_axes=dict.fromkeys([*names, "last_hidden_state"], axes),
        opset_version=17,
        dynamo=False,
    )


main()
