/** Which parts of a picture are meant. */
export interface Mask {
  readonly width: number;
  readonly height: number;
  /** Row by row from the top left, from 0, left alone, to 255, wholly meant. */
  readonly values: Uint8Array;
}

/** Whether a value of a mask counts as meant where there is nothing between (diffusers: VaeImageProcessor.binarize). */
export function isMeant(value: number): boolean {
  return value >= 127.5;
}
