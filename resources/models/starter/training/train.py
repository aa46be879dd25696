"""Train the starter model: a small latent diffusion model with Stable Diffusion's own architecture
(CLIP text encoder, UNet2DConditionModel, AutoencoderKL) on emoji drawings under permissive licences.

usage: train.py DATA_DIR OUT_DIR VAE_SECONDS UNET_SECONDS
"""
import sys, os, json, time, random, math, glob
from concurrent.futures import ProcessPoolExecutor
import numpy as np, torch, torch.nn.functional as F
from PIL import Image
DATA, OUT, TV, TU = sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4])
os.makedirs(OUT, exist_ok=True)
torch.backends.cuda.matmul.allow_tf32 = True; torch.backends.cudnn.allow_tf32 = True; torch.backends.cudnn.benchmark = True
dev = 'cuda'; S = 256
torch.manual_seed(1234); random.seed(1234); np.random.seed(1234)

def load(f):
    return np.asarray(Image.open(os.path.join(DATA, 'img', f)).convert('RGBA').resize((S, S)), dtype=np.uint8)

def main():
    caps = sum((json.load(open(p)) for p in sorted(glob.glob(DATA + '/cap.*.json'))), [])
    t0 = time.time()
    with ProcessPoolExecutor(16) as ex:
        imgs = np.stack(list(ex.map(load, [c['f'] for c in caps], chunksize=32)))
    print('images', imgs.shape, f'{time.time()-t0:.1f}s', flush=True)
    data = torch.from_numpy(imgs).permute(0, 3, 1, 2).contiguous().to(dev)  # N,4,S,S uint8
    N = len(caps)

    COLORS = {'white': (255,255,255), 'black': (16,16,16), 'gray': (128,128,128), 'red': (220,40,40), 'orange': (250,140,30), 'yellow': (250,220,50),
      'green': (50,160,70), 'lime': (160,220,60), 'teal': (20,140,140), 'cyan': (60,210,230), 'blue': (40,90,220), 'navy': (20,30,90), 'purple': (120,50,170),
      'magenta': (220,40,180), 'pink': (250,170,200), 'brown': (120,75,45), 'beige': (240,225,195), 'gold': (215,170,50), 'mint': (170,235,205),
      'lavender': (200,185,240), 'sky blue': (150,210,250), 'coral': (250,125,105), 'olive': (125,125,50), 'maroon': (115,25,40)}
    CN = list(COLORS); CV = torch.tensor([COLORS[c] for c in CN], device=dev, dtype=torch.float32) / 127.5 - 1
    STYLE = {'glossy': ['glossy style', 'glossy 3d style', 'glossy'], 'flat': ['flat style', 'flat design', 'flat'], 'noto': ['noto style', 'cartoon style', 'noto'], 'twemoji': ['twemoji style', 'sticker style', 'twemoji']}

    def subject(c):
        r = random.random(); t = c['tags']
        if r < .72 or not t: s = c['label']
        elif r < .87: s = c['label'] + ', ' + ', '.join(random.sample(t, min(len(t), random.randint(1, 3))))
        else: s = ', '.join(random.sample(t, min(len(t), random.randint(2, 4))))
        return s

    def caption(i, bg, j=None):
        c = caps[i]; s = subject(c)
        if j is not None: s = f"{caps[i]['label']} and {caps[j]['label']}"
        elif random.random() < .25: s = random.choice(['a ', 'an emoji of ', 'a drawing of ', 'a picture of ']) + s
        if random.random() < .6:
            st = random.choice(STYLE[c['style']]); s = f'{s}, {st}' if random.random() < .7 else f'{st} {s}'
        if bg != 'white' or random.random() < .25:
            s += random.choice([' on a {} background', ', {} background']).format(bg)
        return s

    by_style = {}
    for i, c in enumerate(caps): by_style.setdefault(c['style'], []).append(i)

    def batch(B, with_caps=True, pair_p=.15):
        idx = [random.randrange(N) for _ in range(B)]
        def rgba(ix, scale, dx, dy):
            x = data[torch.tensor(ix, device=dev)].float() / 255
            x[:, :3] *= x[:, 3:4]  # premultiply
            th = torch.zeros(len(ix), 2, 3, device=dev); th[:, 0, 0] = 1 / scale; th[:, 1, 1] = 1 / scale; th[:, 0, 2] = -dx / scale; th[:, 1, 2] = -dy / scale
            g = F.affine_grid(th, (len(ix), 4, S, S), align_corners=False)
            return F.grid_sample(x, g, mode='bilinear', padding_mode='zeros', align_corners=False)
        r = lambda lo, hi, n=B: torch.rand(n, device=dev) * (hi - lo) + lo
        pair = [random.random() < pair_p for _ in range(B)]
        pm = torch.tensor(pair, device=dev)
        sc = torch.where(pm, r(.42, .5), r(.72, .98)); m = (1 - sc).clamp(min=0)
        dx = torch.where(pm, torch.full_like(sc, -.5), r(-.6, .6) * m); dy = torch.where(pm, r(-.1, .1), r(-.6, .6) * m)
        x = rgba(idx, sc, dx, dy)
        idx2 = [random.choice(by_style[caps[i]['style']]) if p else None for i, p in zip(idx, pair)]
        if any(pair):
            sel = [k for k in range(B) if pair[k]]
            y = rgba([idx2[k] for k in sel], sc[sel], torch.full((len(sel),), .5, device=dev), r(-.1, .1, len(sel)))
            x[sel] = y + x[sel] * (1 - y[:, 3:4])
        bi = [0 if random.random() < .45 else random.randrange(1, len(CN)) for _ in range(B)]
        bg = CV[torch.tensor(bi, device=dev)]
        jit = (torch.rand(B, 3, device=dev) - .5) * .12; jit[torch.tensor(bi, device=dev) == 0] = 0
        bg = (bg + jit).clamp(-1, 1)[:, :, None, None]
        img = x[:, :3] * 2 - x[:, 3:4] + bg * (1 - x[:, 3:4])
        cs = [(i, CN[b], j) for i, b, j in zip(idx, bi, idx2)] if with_caps else None
        return img.clamp(-1, 1).contiguous(memory_format=torch.channels_last), cs

    from diffusers import AutoencoderKL, UNet2DConditionModel, DDIMScheduler
    vae = AutoencoderKL(in_channels=3, out_channels=3, down_block_types=('DownEncoderBlock2D',) * 4, up_block_types=('UpDecoderBlock2D',) * 4,
        block_out_channels=(32, 64, 128, 128), layers_per_block=1, latent_channels=4, norm_num_groups=32, sample_size=S).to(dev, memory_format=torch.channels_last)
    print('vae params', sum(p.numel() for p in vae.parameters()) / 1e6, 'M', flush=True)

    def pyr(a, b):
        l = 0.
        for k in range(4):
            l = l + (a - b).abs().mean() + .5 * ((a.diff(dim=-1) - b.diff(dim=-1)).abs().mean() + (a.diff(dim=-2) - b.diff(dim=-2)).abs().mean())
            a = F.avg_pool2d(a, 2); b = F.avg_pool2d(b, 2)
        return l
    opt = torch.optim.AdamW(vae.parameters(), lr=4e-4, betas=(.9, .99), weight_decay=1e-4, fused=True)
    BIG = TU > 120
    def roundtrip(x):
        post = vae.encode(x).latent_dist; z = post.mean + post.std * torch.randn_like(post.mean)
        return vae.decode(z).sample, post.mean, post.logvar
    rt = torch.compile(roundtrip) if BIG else roundtrip
    t0 = time.time(); it = 0
    while (el := time.time() - t0) < TV:
        lr = 4e-4 * min(1, it / 300) * (.5 + .5 * math.cos(math.pi * min(1, el / TV))) + 1e-6
        for g in opt.param_groups: g['lr'] = lr
        x, _ = batch(48, False)
        with torch.autocast('cuda', torch.bfloat16):
            y, mu, lv = rt(x)
        y = y.float(); mu = mu.float(); lv = lv.float(); kl = .5 * (mu ** 2 + lv.exp() - 1 - lv).mean()
        loss = pyr(y, x) + 2e-5 * kl
        opt.zero_grad(set_to_none=True); loss.backward(); torch.nn.utils.clip_grad_norm_(vae.parameters(), 1.); opt.step(); it += 1
        if it % 250 == 0 or it in (1, 20, 60): print(f'vae it {it} t {el:.0f} loss {loss.item():.4f} l1 {(y-x).abs().mean().item():.4f} kl {kl.item():.1f}', flush=True)
    vae.eval().requires_grad_(False)
    with torch.no_grad():
        zs = torch.cat([vae.encode(batch(64, False)[0]).latent_dist.mean for _ in range(16)])
        vae.register_to_config(scaling_factor=float(1 / zs.std()))
        print('latent mean', zs.mean((0, 2, 3)).tolist(), 'std', zs.std().item(), 'per-ch', zs.std((0, 2, 3)).tolist(), flush=True)
        x, _ = batch(8, False); y = vae.decode(vae.encode(x).latent_dist.mean).sample
        print('psnr', (10 * torch.log10(4 / ((y.clamp(-1, 1) - x) ** 2).mean())).item(), flush=True)
        Image.fromarray(((torch.cat([torch.cat(list(x), 2), torch.cat(list(y.clamp(-1, 1)), 2)], 1) + 1) * 127.5).byte().permute(1, 2, 0).cpu().numpy()).save(OUT + '/vae.png')
    vae.save_pretrained(OUT + '/m32/vae')
    sf = vae.config.scaling_factor

    # tokenizer: CLIP's byte-level BPE, trained on the captions
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, decoders, processors, trainers, Regex
    corpus = [caption(random.randrange(N), random.choice(CN), random.choice([None, None, random.randrange(N)])) for _ in range(60000)] + [c['label'] for c in caps] + [', '.join(c['tags']) for c in caps]
    def bare(model):
        t = Tokenizer(model)
        t.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r'\s+'), ' '), normalizers.Lowercase()])
        t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"), behavior='removed', invert=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
        t.decoder = decoders.ByteLevel(); return t
    VS = 4096; tok = bare(models.BPE(end_of_word_suffix='</w>'))
    ab = sorted(pre_tokenizers.ByteLevel.alphabet())
    tok.train_from_iterator(corpus, trainers.BpeTrainer(vocab_size=VS - 2, initial_alphabet=ab, end_of_word_suffix='</w>', show_progress=False))
    mj = json.loads(tok.to_str())['model']; merges = [tuple(m) if isinstance(m, list) else tuple(m.split(' ')) for m in mj['merges']]
    vocab = {}
    for a in ab: vocab[a] = len(vocab)
    for a in ab: vocab[a + '</w>'] = len(vocab)
    keep = []
    for m in merges:
        if len(vocab) >= VS - 2: break
        s = ''.join(m)
        if s in vocab: keep.append(m); continue
        vocab[s] = len(vocab); keep.append(m)
    keep = [m for m in keep if m[0] in vocab and m[1] in vocab]
    BOS, EOS = len(vocab), len(vocab) + 1; vocab['<|startoftext|>'] = BOS; vocab['<|endoftext|>'] = EOS
    tok = bare(models.BPE(vocab=vocab, merges=keep, end_of_word_suffix='</w>', unk_token='<|endoftext|>', continuing_subword_prefix='', fuse_unk=False))
    tok.add_special_tokens(['<|startoftext|>', '<|endoftext|>'])
    tok.post_processor = processors.TemplateProcessing(single='<|startoftext|> $A <|endoftext|>', special_tokens=[('<|startoftext|>', BOS), ('<|endoftext|>', EOS)])
    td = OUT + '/m32/tokenizer'; os.makedirs(td, exist_ok=True); tok.save(td + '/tokenizer.json')
    json.dump(vocab, open(td + '/vocab.json', 'w'), ensure_ascii=False)
    open(td + '/merges.txt', 'w').write('#version: 0.2\n' + '\n'.join(' '.join(m) for m in keep) + '\n')
    json.dump({'tokenizer_class': 'CLIPTokenizer', 'model_max_length': 77, 'bos_token': '<|startoftext|>', 'eos_token': '<|endoftext|>', 'pad_token': '<|endoftext|>', 'unk_token': '<|endoftext|>', 'do_lower_case': True}, open(td + '/tokenizer_config.json', 'w'), indent=2)
    json.dump({'bos_token': '<|startoftext|>', 'eos_token': '<|endoftext|>', 'pad_token': '<|endoftext|>', 'unk_token': '<|endoftext|>'}, open(td + '/special_tokens_map.json', 'w'), indent=2)
    print('vocab', len(vocab), 'merges', len(keep), tok.encode('red apple on a sky blue background').tokens, flush=True)
    tok.enable_truncation(77); tok.enable_padding(length=77, pad_id=EOS, pad_token='<|endoftext|>')
    ids = lambda cs: torch.tensor([e.ids for e in tok.encode_batch(cs)], device=dev)

    from transformers import CLIPTextConfig, CLIPTextModel
    te = CLIPTextModel(CLIPTextConfig(vocab_size=len(vocab), hidden_size=192, intermediate_size=768, num_hidden_layers=4, num_attention_heads=6, max_position_embeddings=77, hidden_act='quick_gelu', bos_token_id=BOS, eos_token_id=EOS, pad_token_id=EOS)).to(dev)
    unet = UNet2DConditionModel(sample_size=32, in_channels=4, out_channels=4, down_block_types=('DownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D'), up_block_types=('CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'UpBlock2D'),
        block_out_channels=(96, 192, 256), layers_per_block=1, cross_attention_dim=192, attention_head_dim=8, norm_num_groups=32).to(dev, memory_format=torch.channels_last)
    print('unet', sum(p.numel() for p in unet.parameters()) / 1e6, 'te', sum(p.numel() for p in te.parameters()) / 1e6, 'M', flush=True)
    sched = DDIMScheduler(beta_start=.00085, beta_end=.012, beta_schedule='scaled_linear', prediction_type='v_prediction', rescale_betas_zero_snr=True, timestep_spacing='trailing', clip_sample=False, set_alpha_to_one=True, steps_offset=0)
    acp = sched.alphas_cumprod.to(dev)
    params = list(unet.parameters()) + list(te.parameters())
    ema = [p.detach().clone() for p in params]
    LR = 5e-4; opt = torch.optim.AdamW(params, lr=LR, betas=(.9, .99), weight_decay=.01, fused=True)
    net = torch.compile(unet) if BIG else unet
    enc = torch.compile(lambda x: vae.encode(x).latent_dist.mean) if BIG else (lambda x: vae.encode(x).latent_dist.mean)
    B = 256; NB = 200_000 if BIG else 4096; t0 = time.time()
    bank = torch.empty(NB, 4, 32, 32, device=dev, dtype=torch.float16); meta = []
    for k in range(0, NB, B):
        x, m = batch(B, 'meta'); meta += m
        with torch.no_grad(), torch.autocast('cuda', torch.bfloat16): bank[k:k+B] = (enc(x).float() * sf)[:NB - k].half()
        if k and k % (B * 200) == 0: print(f'bank {k} t {time.time()-t0:.0f}', flush=True)
    print(f'bank {NB} t {time.time()-t0:.0f}', flush=True)
    from threading import Thread; from queue import Queue
    q = Queue(16)
    def feed():
        rng = np.random.default_rng()
        while True:
            ix = rng.integers(0, NB, B); cs = ['' if random.random() < .1 else caption(*meta[i]) for i in ix]
            q.put((torch.from_numpy(ix), torch.tensor([e.ids for e in tok.encode_batch(cs)])))
    for _ in range(3): Thread(target=feed, daemon=True).start()
    t0 = time.time(); it = 0; run = 0.
    while (el := time.time() - t0) < TU:
        lr = LR * min(1, it / 500) * (1 if el < .6 * TU else max(.02, 1 - (el - .6 * TU) / (.4 * TU)))
        for g in opt.param_groups: g['lr'] = lr
        ix, tid = q.get(); z = bank[ix.to(dev)].float(); tid = tid.to(dev)
        t = torch.randint(0, 1000, (B,), device=dev)
        n = torch.randn_like(z); a = acp[t].view(-1, 1, 1, 1); sa, sb = a.sqrt(), (1 - a).sqrt()
        zt = sa * z + sb * n; v = sa * n - sb * z
        with torch.autocast('cuda', torch.bfloat16):
            h = te(tid).last_hidden_state; p = net(zt, t, encoder_hidden_states=h).sample
        loss = F.mse_loss(p.float(), v)
        opt.zero_grad(set_to_none=True); loss.backward(); torch.nn.utils.clip_grad_norm_(params, 1.); opt.step(); it += 1
        d = min(.9995, (1 + it) / (10 + it))
        torch._foreach_mul_(ema, d); torch._foreach_add_(ema, [p.detach() for p in params], alpha=1 - d)
        if it % 10 == 0 or it == 1: run = .9 * run + .1 * loss.item() if it > 1 else loss.item()
        if it % 500 == 0 or it in (1, 20, 60): print(f'unet it {it} t {el:.0f} loss {run:.4f} lr {lr:.2e} mem {torch.cuda.max_memory_allocated()>>20}MiB', flush=True)
    for p, e in zip(params, ema): p.data.copy_(e)
    unet.eval(); te.eval()
    unet.save_pretrained(OUT + '/m32/unet'); te.save_pretrained(OUT + '/m32/text_encoder'); sched.save_pretrained(OUT + '/m32/scheduler')
    json.dump({'_class_name': 'StableDiffusionPipeline', '_diffusers_version': '0.30.0', 'feature_extractor': [None, None], 'image_encoder': [None, None], 'requires_safety_checker': False, 'safety_checker': [None, None], 'scheduler': ['diffusers', 'DDIMScheduler'], 'text_encoder': ['transformers', 'CLIPTextModel'], 'tokenizer': ['transformers', 'CLIPTokenizer'], 'unet': ['diffusers', 'UNet2DConditionModel'], 'vae': ['diffusers', 'AutoencoderKL']}, open(OUT + '/m32/model_index.json', 'w'), indent=2)
    print('trained', it, 'its', flush=True)

if __name__ == '__main__': main()
