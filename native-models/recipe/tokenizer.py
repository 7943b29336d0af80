"""Trains the byte-level BPE on the training prompts and answers: python tokenizer.py WORK OUT"""

import json
import sys
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from chat import CHAT_TEMPLATE, END, POSITIONS, SPECIAL, STOP, VOCAB


def main(work: Path, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    rows = [json.loads(line) for line in (work / "train.jsonl").read_text("utf-8").splitlines()]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCAB,
        min_frequency=2,
        special_tokens=SPECIAL,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    # With the template's words, so that "user\n" and "assistant\n" are few tokens.
    texts = [f"user\n{row['prompt']}\nassistant\n{row['answer']}" for row in rows]
    tokenizer.train_from_iterator(texts, trainer)
    assert tokenizer.get_vocab_size() == VOCAB, tokenizer.get_vocab_size()
    (out / "tokenizer.json").write_text(tokenizer.to_str(pretty=False) + "\n", encoding="utf-8")
    settings = {
        "add_bos_token": False,
        "eos_token": STOP,
        "model_max_length": POSITIONS,
        "pad_token": END,
        "tokenizer_class": "PreTrainedTokenizerFast",
    }
    (out / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n")
    (out / "chat_template.jinja").write_text(CHAT_TEMPLATE)
    lengths = sorted(len(tokenizer.encode(text).ids) for text in texts)
    print("tokens", sum(lengths), "median", lengths[len(lengths) // 2], "longest", lengths[-1])


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
