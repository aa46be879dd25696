"""Record what PyTorch's CPU generator draws, on an x86-64 machine with AVX2. Run in this folder; writes noise.json.

A case is a seed and the sizes of the tensors drawn from one generator, one after the other. Short cases keep the numbers
themselves (base64 of little-endian float32, all tensors joined), long ones the SHA-256 of the same bytes.
"""
import base64
import hashlib
import json
import random

import torch

assert torch.backends.cpu.get_cpu_capability() in ("AVX2", "AVX512"), "normal_ takes another path on this CPU"
choose = random.Random(1)


def case(seed, sizes):
    generator = torch.Generator("cpu").manual_seed(seed)
    data = b"".join(torch.randn(size, generator=generator).numpy().tobytes() for size in sizes)
    kept = {"base64": base64.b64encode(data).decode()} if len(data) <= 1024 else {"sha256": hashlib.sha256(data).hexdigest()}
    return {"seed": str(seed), "sizes": sizes, **kept}


cases = [case(size * 7919, [size]) for size in range(1, 50)]
cases += [case(seed, [3, 20]) for seed in (0, 1, 42, 2**31, 2**32 - 1, 2**32, 2**32 + 7, 2**63, 2**64 - 1, -1, -(2**63))]
for _ in range(60):
    sizes = [choose.choice([choose.randint(0, 15), choose.randint(16, 100), choose.randint(100, 5000)]) for _ in range(20)]
    cases.append(case(choose.getrandbits(64), sizes))
cases += [case(5, [15] * 1000), case(6, [4 * 64 * 64] * 3), case(42, [1 << 20]), case(43, [(1 << 20) + 1])]
with open("noise.json", "w") as file:
    file.write("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]\n")
