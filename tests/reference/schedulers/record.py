"""Record what diffusers' schedulers compute on a small denoiser that is written out below. Writes schedulers.json.gz.

A run draws [1, 4, 2, 2] numbers from torch.Generator('cpu').manual_seed(7), begins with them times init_noise_sigma (or,
with `start` > 0, adds noise from the same generator to `ORIGINAL`), and takes all later noise from that generator, too.
Kept are the timesteps, the sigmas, init_noise_sigma and the final sample, all in float32.
"""
import gzip
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

    v = {**SD, "prediction_type": "v_prediction", "timestep_spacing": "trailing"}
    zero = {**v, "rescale_betas_zero_snr": True}
    sdxl = {**SD, "prediction_type": "epsilon", "timestep_spacing": "leading", "steps_offset": 1}
    karras = {"use_karras_sigmas": True}
    for name in ("dpmpp_2m", "dpmpp_2m_sde", "heun", "unipc", "pndm", "lcm", "ddpm", "lms", "deis"):
        spacings = [{}] if name == "lcm" else [
            {"timestep_spacing": "linspace"}, {"timestep_spacing": "leading", "steps_offset": 1},
            {"timestep_spacing": "trailing"}]
        predictions = ("epsilon", "v_prediction") if name == "pndm" else ("epsilon", "v_prediction", "sample")
        for prediction, spacing, steps in itertools.product(predictions, spacings, (10, 25)):
            yield run(name, {**SD, "prediction_type": prediction, **spacing}, steps)
        if name != "lms":  # where the history is short, diffusers takes coefficients that do not sum to the step
            yield run(name, sdxl, 10, start=4)
            yield run(name, v, 25, start=7)
    for name in ("ddim", "euler", "euler_a"):
        yield run(name, sdxl, 10, start=4)
    for name in ("dpmpp_2m", "dpmpp_2m_sde", "unipc", "lcm", "ddpm"):
        yield run(name, zero, 10)
        yield run(name, zero, 25)
    # Other sigmas. The id says whether they are Karras' where it can.
    for name in ("euler", "dpmpp_2m", "dpmpp_2m_sde"):
        for config, steps in itertools.product((sdxl, v, zero), (10, 25)):
            yield run(name, {**config, **karras}, steps)
    for name in ("heun", "lms", "unipc", "deis"):
        for config, steps in itertools.product((sdxl, v), (10, 25)):
            yield run(name, {**config, **karras}, steps)
    for name in ("euler", "dpmpp_2m", "heun", "lms", "unipc", "deis"):
        yield run(name, {**sdxl, "use_exponential_sigmas": True}, 10)
        yield run(name, {**sdxl, "use_beta_sigmas": True}, 10)
    # What single configurations ask for.
    for name in ("dpmpp_2m", "unipc", "deis"):
        yield run(name, {**sdxl, "solver_order": 3}, 10)
        yield run(name, {**v, "solver_order": 3}, 25)
        yield run(name, {**sdxl, "solver_order": 1}, 10)
    for more in ({"solver_type": "heun"}, {"euler_at_final": True}, {"final_sigmas_type": "sigma_min"},
                 {"lower_order_final": False}, {"solver_order": 3, "lower_order_final": False}):
        yield run("dpmpp_2m", {**sdxl, **more}, 10)
    yield run("dpmpp_2m_sde", {**sdxl, "solver_type": "heun"}, 10)
    for more in ({"beta_schedule": "squaredcos_cap_v2"}, {"beta_schedule": "squaredcos_cap_v2", "lambda_min_clipped": -5.1},
                 {"beta_schedule": "squaredcos_cap_v2", **karras}):
        yield run("dpmpp_2m", {**SD, **more, "prediction_type": "v_prediction"}, 10)
    for more in ({"solver_type": "bh1", "final_sigmas_type": "sigma_min"}, {"disable_corrector": [0, 3]}, {"final_sigmas_type": "sigma_min"},
                 {"final_sigmas_type": "sigma_min", **karras}):
        yield run("unipc", {**sdxl, **more}, 10)
    yield run("euler", {**sdxl, "final_sigmas_type": "sigma_min"}, 10)
    yield run("euler", {**sdxl, **karras, "sigma_min": 0.1, "sigma_max": 10.0}, 10)
    yield run("euler", {**sdxl, "beta_schedule": "linear"}, 10)
    yield run("ddim", {**sdxl, "trained_betas": [0.001 * (i + 1) for i in range(100)], "num_train_timesteps": 100}, 10)
    for name in ("ddim", "ddpm", "lcm", "heun"):
        yield run(name, {**sdxl, "clip_sample": True, "clip_sample_range": 1.5}, 10)
    yield run("ddim", {**sdxl, "set_alpha_to_one": False}, 10)
    yield run("pndm", {**sdxl, "set_alpha_to_one": True}, 10)
    yield run("ddpm", {**sdxl, "variance_type": "fixed_large"}, 10)
    yield run("ddpm", {**sdxl, "variance_type": "fixed_small_log"}, 10)
    yield run("lcm", sdxl, 4)
    yield run("lcm", {**sdxl, "original_inference_steps": 100, "timestep_scaling": 5.0}, 7)
    for name in ("ddim", "euler", "euler_a", "heun", "dpmpp_2m", "unipc", "lms", "pndm"):
        for steps in (1, 2, 3):
            yield run(name, v, steps)
    # Step numbers at which the spacings round.
    for name, steps in itertools.product(("ddim", "euler", "dpmpp_2m"), (7, 30, 48, 64, 150)):
        yield {**run(name, v, steps), "final": None}
        yield {**run(name, {**v, "timestep_spacing": "linspace"}, steps), "final": None}
    # Flow matching.
    flux = {"shift": 3.0, "use_dynamic_shifting": True, "base_shift": 0.5, "max_shift": 1.15, "base_image_seq_len": 256,
            "max_image_seq_len": 4096}
    for steps in (4, 10, 25):
        fractions = [float(x) for x in np.linspace(1.0, 1 / steps, steps)]
        yield run("flow_match_euler", {"shift": 3.0}, steps)
        yield run("flow_match_euler", {"shift": 1.0}, steps, sigmas=fractions)
        yield run("flow_match_euler", flux, steps, sigmas=fractions, mu=1.15)
    yield run("flow_match_euler", flux, 10, mu=0.7)
    yield run("flow_match_euler", {**flux, "time_shift_type": "linear"}, 10, mu=0.7)
    yield run("flow_match_euler", {"shift": 3.0}, 10, start=4)
    yield run("flow_match_euler", {"shift": 3.0, **karras}, 10)
    yield run("flow_match_euler", {"shift": 3.0, "use_beta_sigmas": True}, 10)


def main():
    rows = [json.dumps(case, separators=(",", ":")) for case in cases()]
    text = "[\n" + ",\n".join(rows) + "\n]\n"
    with open("schedulers.json.gz", "wb") as file:
        file.write(gzip.compress(text.encode(), mtime=0))
    print(len(rows), "cases")


main()
