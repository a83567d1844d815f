"""Makes a tiny Qwen2-VL without weights: `make_model.py FOLDER`.

A byte-level tokenizer of 256 bytes, one layer of width 64, head size 32: enough
for vLLM (`--load-format dummy` invents the weights) to speak its whole protocol
on a CPU, images included. What it says means nothing.
"""

import json
import sys
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast, Qwen2VLConfig
from transformers.models.qwen2_vl.image_processing_qwen2_vl import (
    Qwen2VLImageProcessor,
)

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)

SPECIAL = [
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|image_pad|>",
    "<|video_pad|>",
]
alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
vocabulary = {letter: number for number, letter in enumerate(alphabet)}
tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.decoder = decoders.ByteLevel()
tokenizer.add_special_tokens(SPECIAL)
number_of = {name: tokenizer.token_to_id(name) for name in SPECIAL}

CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}"
    "{% else %}{% for part in message['content'] %}"
    "{% if part['type'] == 'text' %}{{ part['text'] }}"
    "{% else %}<|vision_start|><|image_pad|><|vision_end|>{% endif %}"
    "{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
PreTrainedTokenizerFast(
    tokenizer_object=tokenizer,
    eos_token="<|im_end|>",
    pad_token="<|endoftext|>",
    chat_template=CHAT_TEMPLATE,
    model_max_length=32768,
).save_pretrained(folder)
settings = json.loads((folder / "tokenizer_config.json").read_text())
settings["tokenizer_class"] = "Qwen2TokenizerFast"
(folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=1))
(folder / "chat_template.jinja").write_text(CHAT_TEMPLATE)

Qwen2VLImageProcessor(min_pixels=56 * 56, max_pixels=560 * 560).save_pretrained(folder)
image = json.loads((folder / "preprocessor_config.json").read_text())
image["processor_class"] = "Qwen2VLProcessor"
(folder / "preprocessor_config.json").write_text(json.dumps(image, indent=1))
video = dict(image, video_processor_type="Qwen2VLVideoProcessor")
video.pop("image_processor_type", None)
(folder / "video_preprocessor_config.json").write_text(json.dumps(video, indent=1))

rope = {"type": "default", "rope_type": "default", "mrope_section": [4, 6, 6], "rope_theta": 10000.0}
text = {
    "vocab_size": 512,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "max_position_embeddings": 32768,
    "rope_scaling": rope,
    "bos_token_id": number_of["<|endoftext|>"],
    "eos_token_id": number_of["<|im_end|>"],
}
config = Qwen2VLConfig(
    text_config=text,
    vision_config={
        "depth": 1,
        "embed_dim": 64,
        "num_heads": 2,
        "hidden_size": 64,
        "patch_size": 14,
        "spatial_merge_size": 2,
        "temporal_patch_size": 2,
    },
    image_token_id=number_of["<|image_pad|>"],
    video_token_id=number_of["<|video_pad|>"],
    vision_start_token_id=number_of["<|vision_start|>"],
    vision_end_token_id=number_of["<|vision_end|>"],
    tie_word_embeddings=True,
    dtype="bfloat16",
)
config.architectures = ["Qwen2VLForConditionalGeneration"]
config.save_pretrained(folder)
(folder / "generation_config.json").write_text(json.dumps({"eos_token_id": text["eos_token_id"]}))
print(folder)
