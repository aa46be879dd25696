"""Record token ids of transformers' CLIPTokenizer. Run as `python record.py STARTER_MODEL/tokenizer`; writes tokenizer.json.

Every prompt is encoded as diffusers does it (padded and cut to 77), with the starter tokenizer as it is (pads with its end
token, as Stable Diffusion 1.x) and with "!" as the pad token (as Stable Diffusion 2.x and SDXL's second tokenizer).
Trailing padding is left out of the file; `tokens` counts the prompt's own tokens before anything is cut.
"""
import json
import shutil
import sys
import tempfile
from pathlib import Path

from transformers import CLIPTokenizer

PROMPTS = [
    "",
    " ",
    "\n\t ",
    "red apple and banana on a sky blue background",
    "Red  APPLE,\n\nbanana\tand\r\ngrapes ",
    "a photo of a cat",
    "don't can't we've I'm you'll they're he'd it's 'tis rock'n'roll",
    "DON'T SHOUT, IT'S JOHN'S",
    "the dogs' bowls ''quoted'' \"double\" `tick` ’curly’s",
    "1 22 333 4096 3.14 1,000,000 2nd 16k mp4 ½ ² Ⅷ ٣ 一二三",
    "highly-detailed, 8k, (masterpiece:1.2), [low quality], {best}, a | b, AND, <lora:x:0.5>",
    "a.b,c;d:e!f?g…h—i–j_k/l\\m@n#o$p%q^r&s*t(u)v-w+x=y~z",
    "!", "!!!", "hello!world !", "...", "?!?!", "- - -",
    "&amp; &lt;b&gt; &quot;q&quot; &#39;x&#39; &nbsp; &amp;amp;",
    "<|startoftext|> cat", "cat <|endoftext|> dog", "<|endoftext|>", "a <|ENDOFTEXT|>", "<|pad|> <|",
    "café naïve Übergrößenträger ÅNGSTRÖM façade",
    "cafe\u0301 nai\u0308ve A\u030angstro\u0308m",
    "ﬁne ﬂoor ﬃ ǆ ẞ ß İstanbul ıI ſ",
    "ΟΔΥΣΣΕΥΣ Σίσυφος ΑΣ. ΑΣ' ΣΑΣ",
    "Привет, мир! ЁЖИК Ї",
    "一只红苹果和香蕉,天蓝色背景",
    "赤いりんごとバナナ、空色の背景。カタカナ ﾊﾝｶｸ",
    "하늘색 배경의 빨간 사과",
    "تفاحة حمراء وموزة", "תפוח אדום", "ลูกแอปเปิ้ลสีแดง", "लाल सेब", "qu\u0323\u0307y",
    "🍎🍌 on a 🌌 background", "👩‍👩‍👧‍👦 family 👍🏽 🇩🇪 ❤️ ☃️ 1️⃣", "𝔉𝔯𝔞𝔨𝔱𝔲𝔯 𝒞 𐐀𐐨 🅰",
    "zero\u200bwidth soft\u00adhyphen nb\u00a0sp thin\u2009sp ideographic\u3000sp nel\u0085x bom\ufeffx lrm\u200ex",
    "nul\x00 bell\x07 esc\x1b del\x7f vt\x0b ff\x0c fs\x1c us\x1f",
    "\ufffd \ue000 \U0010ffff \u2028line\u2029para",
    "supercalifragilisticexpialidocious pneumonoultramicroscopicsilicovolcanoconiosis",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "https://example.com/a?b=c&d=%20e#f C:\\Users\\me user@example.com",
    "apple " * 75,
    "apple " * 76,
    "a very long prompt, " * 40,
    "🍎" * 60,
    "x " * 73 + "<|endoftext|> tail of the prompt",
]


def without_padding(ids, pad):
    length = len(ids)
    while length > 0 and ids[length - 1] == pad:
        length -= 1
    return ids[:length]


def record(folder, **options):
    tokenizer = CLIPTokenizer.from_pretrained(folder, **options)
    rows = []
    for prompt in PROMPTS:
        ids = tokenizer(prompt, padding="max_length", max_length=tokenizer.model_max_length, truncation=True).input_ids
        assert len(ids) == 77
        own = tokenizer(prompt, add_special_tokens=False, verbose=False).input_ids
        rows.append({"prompt": prompt, "tokens": len(own), "ids": without_padding(ids, tokenizer.pad_token_id)})
    return {"pad": tokenizer.pad_token_id, "rows": rows}


def main(source):
    with tempfile.TemporaryDirectory() as temporary:
        # A tokenizer of the older kind: no tokenizer.json.
        for name in ("vocab.json", "merges.txt", "special_tokens_map.json", "tokenizer_config.json"):
            shutil.copyfile(source / name, Path(temporary) / name)
        result = {"end": record(source), "exclamation": record(temporary, pad_token="!")}
        assert record(temporary) == result["end"], "both ways of loading agree"
    lines = [f'"{name}":{{"pad":{part["pad"]},"rows":[\n' + ",\n".join(json.dumps(row) for row in part["rows"]) + "\n]}"
             for name, part in result.items()]
    Path("tokenizer.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


main(Path(sys.argv[1]))
