"""Record what diffusers makes of single-file checkpoints in the layouts of their makers.

usage: python record.py        writes layouts.json.gz, layouts.safetensors and full-size.json.gz beside this file

checkpoints.py has the layouts; the outputs of its small models are recorded. full-size.json.gz: the names and shapes of the
published models' single files, found the same way without any weights.
"""

import gzip
import json
from pathlib import Path

from safetensors.torch import save_file
from transformers import CLIPTextModelWithProjection

from checkpoints import File, cases, full, outputs

HERE = Path(__file__).parent
DOWN, CROSS_DOWN, UP, CROSS_UP = 'DownBlock2D', 'CrossAttnDownBlock2D', 'UpBlock2D', 'CrossAttnUpBlock2D'

# Stable Diffusion 1: all in one file, with what training left in it
for small in (True, False):
    file = File('sd1' if small else None)
    channels = [32, 64] if small else [320, 640, 1280, 1280]
    blocks = len(channels) - 1
    file.unet(
        'model.diffusion_model.', block_out_channels=channels, down_block_types=[CROSS_DOWN] * blocks + [DOWN],
        up_block_types=[UP] + [CROSS_UP] * blocks, cross_attention_dim=768, attention_head_dim=8,
    )
    file.vae('first_stage_model.', block_out_channels=[32, 32, 64] if small else [128, 256, 512, 512], layers_per_block=2)
    size = dict(vocab_size=60, hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=1, max_position_embeddings=9)
    large = dict(hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12)
    file.clip('text_encoder', 'cond_stage_model.transformer.', **(size if small else large))
    file.tensors |= {
        'cond_stage_model.transformer.text_model.embeddings.position_ids': [1, 9 if small else 77],
        'alphas_cumprod': [1000], 'model_ema.decay': [], 'model_ema.diffusion_modelinput_blocks00weight': [4],
    }
    file.save('sd1')

# Stable Diffusion 2: linear projections, open_clip with a layer that is not used
for small in (True, False):
    file = File('sd2' if small else None)
    channels = [64, 64] if small else [320, 640, 1280, 1280]
    blocks = len(channels) - 1
    file.unet(
        'model.diffusion_model.', block_out_channels=channels, down_block_types=[CROSS_DOWN] * blocks + [DOWN],
        up_block_types=[UP] + [CROSS_UP] * blocks, cross_attention_dim=1024, attention_head_dim=[c // 64 for c in channels],
        use_linear_projection=True, upcast_attention=True, layers_per_block=1 if small else 2,
    )
    size = dict(vocab_size=60, hidden_size=64, intermediate_size=96, num_attention_heads=1, max_position_embeddings=9)
    large = dict(hidden_size=1024, intermediate_size=4096, num_attention_heads=16)
    file.clip(
        'text_encoder', 'cond_stage_model.model.', open_clip=True, num_hidden_layers=23, stored_layers=24, hidden_act='gelu',
        stored_projection=[64, 64] if small else [1024, 1024], **(size if small else large),
    )
    if not small:
        file.vae('first_stage_model.', block_out_channels=[128, 256, 512, 512], layers_per_block=2)
    file.tensors['cond_stage_model.model.logit_scale'] = []
    file.save('sd2')

# SDXL: two text encoders, the second with a projection that is no square here
for small in (True, False):
    file = File('sdxl' if small else None)
    channels = [64, 64, 128] if small else [320, 640, 1280]
    file.unet(
        'model.diffusion_model.', block_out_channels=channels, down_block_types=[DOWN, CROSS_DOWN, CROSS_DOWN],
        up_block_types=[CROSS_UP, CROSS_UP, UP], cross_attention_dim=2048, attention_head_dim=[c // 64 for c in channels],
        use_linear_projection=True, layers_per_block=1 if small else 2, transformer_layers_per_block=[1, 1, 2] if small else [1, 2, 10],
        addition_embed_type='text_time', addition_time_embed_dim=256,
        projection_class_embeddings_input_dim=1536 + (48 if small else 1280),
    )
    if not small:
        file.vae('first_stage_model.', block_out_channels=[128, 256, 512, 512], layers_per_block=2)
    size = dict(vocab_size=60, hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=1, max_position_embeddings=9)
    large = dict(hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12)
    file.clip('text_encoder', 'conditioner.embedders.0.transformer.', **(size if small else large))
    large = dict(hidden_size=1280, intermediate_size=5120, num_hidden_layers=32, num_attention_heads=20, projection_dim=1280)
    file.clip(
        'text_encoder_2', 'conditioner.embedders.1.model.', CLIPTextModelWithProjection, open_clip=True, hidden_act='gelu',
        **(size | {'projection_dim': 48} if small else large),
    )
    file.tensors['conditioner.embedders.1.model.logit_scale'] = []
    file.save('sdxl')

# FLUX.1-dev, all in one file
for small in (True, False):
    file = File('flux_dev' if small else None)
    size = dict(num_layers=2, num_single_layers=2, num_attention_heads=2, joint_attention_dim=20, pooled_projection_dim=64)
    file.flux('model.diffusion_model.', guidance_embeds=True, **(size if small else {}))
    file.vae(
        'vae.', block_out_channels=[32, 64] if small else [128, 256, 512, 512], layers_per_block=2, latent_channels=16,
        use_quant_conv=False, use_post_quant_conv=False, scaling_factor=0.3611, shift_factor=0.1159,
    )
    size = dict(vocab_size=60, hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=1, max_position_embeddings=9)
    large = dict(hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12)
    file.clip('text_encoder', 'text_encoders.clip_l.transformer.', **(size if small else large))
    file.t5(
        'text_encoders.t5xxl.transformer.', **(
            dict(vocab_size=50, d_model=20, d_kv=6, d_ff=24, num_layers=2, num_heads=3) if small else
            dict(vocab_size=32128, d_model=4096, d_kv=64, d_ff=10240, num_layers=24, num_heads=64)
        ),
    )
    file.save('flux_dev')

# FLUX.1-schnell: the transformer alone, and the other parts of FLUX as people have them
for small in (True, False):
    file = File('flux_schnell' if small else None)
    size = dict(num_layers=1, num_single_layers=1, num_attention_heads=1, joint_attention_dim=12, pooled_projection_dim=8)
    file.flux('', guidance_embeds=False, **(size if small else {}))
    file.save('flux_schnell')
file = File('vae_alone')
file.vae('', block_out_channels=[32, 32], layers_per_block=1, latent_channels=16, use_quant_conv=False, use_post_quant_conv=False)
file.save()
file = File('t5_alone')
file.t5('', vocab_size=50, d_model=12, d_kv=4, d_ff=20, num_layers=1, num_heads=2)
file.save()
file = File('clip_alone')
file.clip(
    'text_encoder', '', vocab_size=60, hidden_size=64, intermediate_size=96, num_hidden_layers=1, num_attention_heads=1,
    max_position_embeddings=9,
)
file.save()

lines = [f'{json.dumps(name)}: {json.dumps(case)}' for name, case in cases.items()]
text = '{\n' + ',\n'.join(lines) + '\n}\n'
(HERE / 'layouts.json.gz').write_bytes(gzip.compress(text.encode(), mtime=0))
save_file(outputs, HERE / 'layouts.safetensors')
with gzip.GzipFile(HERE / 'full-size.json.gz', 'wb', mtime=0) as packed:
    packed.write(json.dumps(full).encode())
