"""The model's shape, its special tokens and its chat template."""

END, START, STOP = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
SPECIAL = [END, START, STOP]
VOCAB, POSITIONS = 4096, 512
CHAT_TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
CONFIG = dict(
    vocab_size=VOCAB,
    hidden_size=192,
    intermediate_size=512,
    num_hidden_layers=6,
    num_attention_heads=6,
    num_key_value_heads=3,
    max_position_embeddings=POSITIONS,
    rms_norm_eps=1e-5,
    tie_word_embeddings=True,
    bos_token_id=None,
    pad_token_id=0,
    eos_token_id=2,
)


def question(prompt: str) -> str:
    return f"{START}user\n{prompt}{STOP}\n{START}assistant\n"
