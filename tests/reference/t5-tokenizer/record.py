"""Train a small SentencePiece model of T5's kind and record token ids of transformers' T5Tokenizer.

usage: python record.py        writes vocabulary.json and tokens.json beside this file

T5's own vocabulary is not needed to show that its tokenizer is understood: this one has the same trainer settings, the
same normalization (nmt_nfkc) and the same special tokens. Published tokenizer.json files come in two forms, after the
version of transformers that converted them; both are recorded. vocabulary.json holds the pieces, tokens.json the ids.
"""
import json
import tempfile
from pathlib import Path

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import T5Tokenizer

HERE = Path(__file__).parent
EXTRA_IDS = 4

CORPUS = """
A photograph of an astronaut riding a horse on the moon, highly detailed, sharp focus, cinematic lighting.
A red apple and a yellow banana on a wooden table, soft light, oil painting, in the style of the old masters.
The quick brown fox jumps over the lazy dog; the five boxing wizards jump quickly.
A small house by the sea at sunset, warm colours, watercolour on paper, birds in the sky above the water.
Portrait of an old man with a white beard, studio light, photograph, black and white, film grain.
Ein kleines Haus am Meer bei Sonnenuntergang, schöne Farben, über den Dächern der Stadt, weiße Wolken.
Un petit château près de la forêt, été, façade fleurie, peinture à l'huile, où les oiseaux chantent.
A sign that says "Hello, world!" in neon letters, at night, in the rain, reflections on the street.
A cat wearing a hat and sunglasses, sitting on a chair, reading a newspaper, 1920s, vintage photograph.
Numbers 0 1 2 3 4 5 6 7 8 9 10 42 100 1999 2024 3.14 50% (4k, 8k) - _ / \\ # @ & * + = < > [ ] { } | ~ ^ ` ' : ; ? !
""".strip().splitlines()

PROMPTS = [
    "",
    " ",
    "\n\t ",
    "a photo of a cat",
    "A red apple and a yellow banana on a wooden table",
    "A  red   apple,\n\n yellow\tbanana\r\nand grapes ",
    " leading space", "trailing space ",
    "don't can't we've 'tis rock'n'roll",
    "DON'T SHOUT",
    "a.b,c;d:e!f?g…h—i–j_k/l\\m@n#o$p%q^r&s*t(u)v-w+x=y~z",
    'a sign that says "Hello, world!"',
    "1 22 333 4096 3.14 1,000,000 ½ ² Ⅷ ①",
    "schöne Häuser über weiße Wolken, près de la forêt",
    "cafe\u0301 nai\u0308ve scho\u0308n",
    "ﬁne ﬂoor ﬃ ǆ ẞ ß İ ſ",
    "Ｆｕｌｌｗｉｄｔｈ １２３ ～ 〜 ﾊﾝｶｸ",
    "Привет, мир", "一只红苹果", "🍎🍌 on a table", "👩‍👩‍👧 family ❤️",
    "unknown ☃ and ☃☃ and ☃ ☃",
    "zero\u200bwidth soft\u00adhyphen nb\u00a0sp thin\u2009sp ideographic\u3000sp bom\ufeffx",
    "bell\x07 esc\x1b del\x7f vt\x0b ff\x0c us\x1f",
    "▁ lower ▁one▁eighth▁ block",
    "</s> end", "the </s> middle", "<extra_id_0> sentinel<extra_id_3>", "<pad> <unk> <s>",
    "supercalifragilisticexpialidocious",
    "astronaut " * 30,
    "A photograph of an astronaut riding a horse on the moon, " * 12,
]


def train():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "corpus.txt"
        path.write_text("\n".join(CORPUS))
        sentencepiece.SentencePieceTrainer.train(
            input=str(path), model_prefix=f"{folder}/spiece", model_type="unigram", vocab_size=200, num_threads=1,
            pad_id=0, eos_id=1, unk_id=2, bos_id=-1, character_coverage=1.0, minloglevel=2,
        )
        model = sentencepiece_model_pb2.ModelProto()
        model.ParseFromString((Path(folder) / "spiece.model").read_bytes())
        return model


def without_padding(ids):
    while ids and ids[-1] == 0:
        ids = ids[:-1]
    return ids


def record(tokenizer):
    rows = []
    for prompt in PROMPTS:
        ids = tokenizer(prompt, padding="max_length", max_length=48, truncation=True).input_ids
        assert len(ids) == 48
        own = tokenizer(prompt, add_special_tokens=False, verbose=False).input_ids
        rows.append({"prompt": prompt, "tokens": len(own), "ids": without_padding(ids)})
    return rows


def main():
    model = train()
    pieces = [(piece.piece, piece.score) for piece in model.pieces]
    charsmap = model.normalizer_spec.precompiled_charsmap
    vocab = pieces + [(f"<extra_id_{i}>", 0.0) for i in range(EXTRA_IDS - 1, -1, -1)]
    tokenizer = T5Tokenizer(vocab=vocab, extra_ids=EXTRA_IDS, _spm_precompiled_charsmap=charsmap)
    forms = {"words": record(tokenizer)}
    description = json.loads(tokenizer._tokenizer.to_str())

    backend = tokenizer._tokenizer
    backend.normalizer = normalizers.Sequence(
        [normalizers.Precompiled(charsmap), normalizers.Strip(left=False, right=True), normalizers.Replace(Regex(" {2,}"), "▁")]
    )
    backend.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=True)
    forms["text"] = record(tokenizer)
    other = json.loads(backend.to_str())

    described = {
        # The library knows this map of characters by its name; in a file it has 300 kB.
        "words": {"normalizer": {"type": "Precompiled", "precompiled_charsmap": ""}, "pre_tokenizer": description["pre_tokenizer"]},
        "text": {
            "normalizer": {
                "type": "Sequence",
                "normalizers": [{"type": "Precompiled", "precompiled_charsmap": ""}] + other["normalizer"]["normalizers"][1:],
            },
            "pre_tokenizer": other["pre_tokenizer"],
        },
        "added_tokens": description["added_tokens"],
        "post_processor": description["post_processor"],
        "model": description["model"],
    }
    (HERE / "vocabulary.json").write_text(json.dumps(described, ensure_ascii=False) + "\n")
    lines = [f'"{name}": [\n' + ",\n".join(json.dumps(row) for row in rows) + "\n]" for name, rows in forms.items()]
    (HERE / "tokens.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


main()
