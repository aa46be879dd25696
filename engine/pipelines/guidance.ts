const { fround } = Math;

/** Whether a guidance scale needs the negative prompt's prediction at all (diffusers: do_classifier_free_guidance). */
export function usesGuidance(scale: number): boolean {
  return scale > 1;
}

/**
 * Classifier-free guidance (https://arxiv.org/abs/2207.12598, equation 6 as Stable Diffusion writes it): away from what the
 * negative prompt predicts, `negative + scale · (positive - negative)`, in float32.
 *
 * @param prediction the negative prompt's predictions, then as many of the positive one's
 */
export function guide(prediction: Float32Array, scale: number): Float32Array {
  const half = prediction.length / 2;
  const guided = new Float32Array(half);
  for (let i = 0; i < half; i++) {
    const negative = prediction[i] as number;
    guided[i] = negative + fround(scale * fround((prediction[half + i] as number) - negative));
  }
  return guided;
}
