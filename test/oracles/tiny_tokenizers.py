"""Small BPE tokenizers of the kinds that decoder models come with, and their chat templates."""

import json
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

TEXT = Path(__file__).resolve().parents[2] / "native-models" / "tokenizer-text.txt"
CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
# As Qwen2's and SmolLM2's: a system turn where the conversation brings none.
CHATML_SYSTEM = (
    "{% if messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n' }}"
    "{% endif %}" + CHATML
)
# As Llama 3's: the template writes the BOS that the post-processor would write again.
HEADERS = (
    "{{ bos_token }}{% for message in messages %}{{ '<|start|>' + message['role'] + '<|end|>\n\n' + "
    "message['content'] | trim + '<|eot|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start|>assistant<|end|>\n\n' }}{% endif %}"
)
# As Llama 2's: BOS in the template, no generation prompt of its own, an error where roles do not alternate.
INST = (
    "{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Roles must alternate user/assistant/...') }}{% endif %}"
    "{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + message['content'].strip() + ' [/INST]' }}"
    "{% else %}{{ ' ' + message['content'].strip() + ' ' + eos_token }}{% endif %}{% endfor %}"
)


def train(tokenizer: Tokenizer, special: list[str], size: int, **options) -> None:
    trainer = trainers.BpeTrainer(
        vocab_size=size, min_frequency=2, special_tokens=special, show_progress=False, **options
    )
    tokenizer.train_from_iterator(TEXT.read_text("utf-8").splitlines(True), trainer)


def byte_level(special: list[str], digits: bool) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    bytes_only = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=not digits)
    if digits:  # the split of Llama 3 and Qwen2, single digits
        pattern = Regex(
            r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|"
            r"\s+(?!\S)|\s+"
        )
        split = pre_tokenizers.Split(pattern, behavior="isolated")
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, bytes_only])
        tokenizer.normalizer = normalizers.NFC()
    else:
        tokenizer.pre_tokenizer = bytes_only
    tokenizer.decoder = decoders.ByteLevel()
    train(tokenizer, special, 420, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()))
    return tokenizer


def with_bos(tokenizer: Tokenizer, bos: str) -> None:
    token = (bos, tokenizer.token_to_id(bos))
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{bos} $A", pair=f"{bos} $A {bos} $B", special_tokens=[token]
    )


def sentencepiece() -> Tokenizer:
    """Llama 2's kind: spaces as U+2581, characters, unknown ones as <0xNN> bytes."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    special = ["<unk>", "<s>", "</s>"]
    # Training takes tokens of its own as special ones only; the byte tokens are made plain ones afterwards.
    train(tokenizer, special + [f"<0x{byte:02X}>" for byte in range(256)], 600, max_token_length=8)
    content = json.loads(tokenizer.to_str())
    content["added_tokens"] = [token for token in content["added_tokens"] if token["content"] in special]
    tokenizer = Tokenizer.from_str(json.dumps(content))
    with_bos(tokenizer, "<s>")
    return tokenizer


def write_tokenizer(kind: str, folder: Path) -> int:
    """Writes tokenizer.json and tokenizer_config.json (or chat_template.jinja); returns the vocabulary's size."""
    settings: dict[str, object] = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 512}
    if kind in ("plain", "system"):
        tokenizer = byte_level(["<|endoftext|>", "<|im_start|>", "<|im_end|>"], digits=kind == "system")
        settings |= {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"}
    elif kind == "bos":
        tokenizer = byte_level(["<|begin|>", "<|start|>", "<|end|>", "<|eot|>"], digits=True)
        with_bos(tokenizer, "<|begin|>")
        settings |= {"bos_token": "<|begin|>", "eos_token": "<|eot|>"}
    else:
        tokenizer = sentencepiece()
        # The older way to write a special token: an object.
        settings |= {"bos_token": {"__type": "AddedToken", "content": "<s>", "special": True}, "eos_token": "</s>"}
        settings["unk_token"] = "<unk>"
    template = {"plain": CHATML, "system": CHATML_SYSTEM, "bos": HEADERS, "sentencepiece": INST}[kind]
    if kind == "bos":  # transformers 5 keeps it in a file of its own
        (folder / "chat_template.jinja").write_text(template, encoding="utf-8", newline="\n")
    else:
        settings["chat_template"] = template
    (folder / "tokenizer.json").write_text(tokenizer.to_str(pretty=True), encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n")
    return tokenizer.get_vocab_size()
