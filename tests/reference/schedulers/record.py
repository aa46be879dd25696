"""Record what diffusers' schedulers compute on a small denoiser that is written out below. Writes schedulers.json.

A run draws [1, 4, 2, 2] numbers from torch.Generator('cpu').manual_seed(7), begins with them times init_noise_sigma (or,
with `start` > 0, adds noise from the same generator to `ORIGINAL`), and takes all later noise from that generator, too.
Kept are the timesteps, the sigmas, init_noise_sigma and the final sample, all in float32.
"""
import inspect
import itertools
import json
import warnings

import diffusers
import numpy as np
import torch

warnings.filterwarnings("ignore")
SD = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "clip_sample": False}
SHAPE = (1, 4, 2, 2)
ORIGINAL = ((torch.arange(16, dtype=torch.float32) % 7 - 3) / 4).reshape(SHAPE)
CLASSES = {
    "ddim": "DDIMScheduler", "euler": "EulerDiscreteScheduler", "euler_a": "EulerAncestralDiscreteScheduler",
    "dpmpp_2m": "DPMSolverMultistepScheduler", "dpmpp_2m_sde": "DPMSolverMultistepScheduler",
    "heun": "HeunDiscreteScheduler", "unipc": "UniPCMultistepScheduler", "pndm": "PNDMScheduler", "lcm": "LCMScheduler",
    "ddpm": "DDPMScheduler", "lms": "LMSDiscreteScheduler", "deis": "DEISMultistepScheduler",
    "flow_match_euler": "FlowMatchEulerDiscreteScheduler",
}


def denoiser(sample, timestep):
    """In float32: linear in the sample, different at each timestep and element."""
    weight = np.float32(np.float32(timestep) / np.float32(np.float32(timestep) + np.float32(500))) - np.float32(0.25)
    return sample * torch.tensor(weight) + ORIGINAL


def run(name, config, steps, start=0, **timesteps_options):
    options = {"algorithm_type": "sde-dpmsolver++"} if name.startswith("dpmpp_2m_sde") else {}
    if name == "pndm":
        options["skip_prk_steps"] = True
    scheduler = getattr(diffusers, CLASSES[name]).from_config({**config, **options})
    if "sigmas" in timesteps_options:
        scheduler.set_timesteps(**timesteps_options)
    else:
        scheduler.set_timesteps(steps, **timesteps_options)
    if hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(start * scheduler.order)
    generator = torch.Generator("cpu").manual_seed(7)
    noise = torch.randn(SHAPE, generator=generator)
    timesteps = scheduler.timesteps[start * scheduler.order:]
    if start > 0:
        add = scheduler.scale_noise if name == "flow_match_euler" else scheduler.add_noise
        arguments = (ORIGINAL, timesteps[:1], noise) if name == "flow_match_euler" else (ORIGINAL, noise, timesteps[:1])
        sample = add(*arguments)
    else:
        sample = noise * getattr(scheduler, "init_noise_sigma", 1.0)
    accepts = inspect.signature(scheduler.step).parameters
    more = {"generator": generator} if "generator" in accepts else {}
    for timestep in timesteps:
        scaled = scheduler.scale_model_input(sample, timestep) if hasattr(scheduler, "scale_model_input") else sample
        sample = scheduler.step(denoiser(scaled, float(timestep)), timestep, sample, **more).prev_sample
    assert torch.isfinite(sample).all(), (name, config, steps)
    sigmas = getattr(scheduler, "sigmas", None)
    numbers = lambda tensor: [float(f"{value:.9g}") for value in torch.as_tensor(tensor).float().flatten().tolist()]
    return {
        "scheduler": name, "config": {k: v for k, v in config.items() if v is not None}, "steps": steps, "start": start,
        "options": timesteps_options,
        "timesteps": numbers(scheduler.timesteps), "sigmas": None if sigmas is None else numbers(sigmas),
        "initNoiseSigma": numbers(getattr(scheduler, "init_noise_sigma", 1.0))[0], "final": numbers(sample),
    }


def cases():
    # Every prediction, spacing and terminal SNR for the first three.
    for name, prediction, spacing, zero, steps in itertools.product(
        ("ddim", "euler", "euler_a"), ("epsilon", "v_prediction", "sample"), ("linspace", "leading", "trailing"),
        (False, True), (10, 25)
    ):
        if name == "euler_a" and prediction == "sample":
            continue  # diffusers does not have it
        if name == "ddim" and prediction == "epsilon" and zero and spacing != "leading":
            continue  # divides by zero
        offset = 1 if spacing == "leading" else 0
        yield run(name, {**SD, "prediction_type": prediction, "timestep_spacing": spacing, "rescale_betas_zero_snr": zero,
                         "steps_offset": offset}, steps)


def main():
    rows = [json.dumps(case, separators=(",", ":")) for case in cases()]
    with open("schedulers.json", "w") as file:
        file.write("[\n" + ",\n".join(rows) + "\n]\n")
    print(len(rows), "cases")


main()
