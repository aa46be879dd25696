/** Lobes of the filter. */
const LOBES = 3;
/** Weights are whole numbers of which this many binary digits lie behind the point. */
const PRECISION = 22;

/** For each place of a line that is resampled: where the places begin that it is made from, and their weights. */
interface Taps {
  readonly starts: Int32Array;
  readonly weights: readonly Int32Array[];
}

/** Values of 8 bits that lie interleaved, row by row from the top left. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Uint8Array;
}

/**
 * Resampling by Lanczos' windowed sinc, to the byte as Pillow does it (libImaging/Resample.c), which prepares the pictures of
 * diffusers: one direction first, rounded, then the other.
 */
export function lanczos(raster: Raster, width: number, height: number): Uint8Array {
  // As Pillow 13 chooses, so that no more than need be lies between the two.
  const rowsFirst = height < raster.height && width > raster.width;
  if (rowsFirst) return resampleColumns(resampleRows(raster, height), width).data;
  return resampleRows(resampleColumns(raster, width), height).data;
}

function resampleColumns(raster: Raster, width: number): Raster {
  if (width === raster.width) return raster;
  const { height, channels, data } = raster;
  const { starts, weights } = taps(raster.width, width);
  const result = new Uint8Array(width * height * channels);
  for (let row = 0; row < height; row++) {
    const line = row * raster.width * channels;
    for (let column = 0; column < width; column++) {
      const start = line + (starts[column] as number) * channels;
      const own = weights[column] as Int32Array;
      for (let channel = 0; channel < channels; channel++) {
        const value = weighted(data, start + channel, channels, own);
        result[(row * width + column) * channels + channel] = value;
      }
    }
  }
  return { width, height, channels, data: result };
}

function resampleRows(raster: Raster, height: number): Raster {
  if (height === raster.height) return raster;
  const { width, channels, data } = raster;
  const { starts, weights } = taps(raster.height, height);
  const line = width * channels;
  const result = new Uint8Array(line * height);
  for (let row = 0; row < height; row++) {
    const start = (starts[row] as number) * line;
    const own = weights[row] as Int32Array;
    for (let at = 0; at < line; at++) result[row * line + at] = weighted(data, start + at, line, own);
  }
  return { width, height, channels, data: result };
}

function weighted(data: Uint8Array, start: number, stride: number, weights: Int32Array): number {
  let sum = 1 << (PRECISION - 1);
  for (let tap = 0; tap < weights.length; tap++) {
    sum += (data[start + tap * stride] as number) * (weights[tap] as number);
  }
  return Math.min(Math.max(sum >> PRECISION, 0), 255);
}

/** Resample.c: precompute_coeffs, normalize_coeffs_8bpc */
function taps(from: number, to: number): Taps {
  const scale = from / to;
  // Made smaller, a picture is also smoothed: the filter grows with what one place stands for.
  const filterScale = Math.max(scale, 1);
  const support = LOBES * filterScale;
  const starts = new Int32Array(to);
  const weights = Array.from({ length: to }, (_, place) => {
    const centre = (place + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const last = Math.min(from, Math.trunc(centre + support + 0.5));
    starts[place] = first;
    const exact = Array.from({ length: last - first }, (_, tap) => kernel((tap + first - centre + 0.5) / filterScale));
    const sum = exact.reduce((total, weight) => total + weight, 0);
    return Int32Array.from(exact, (weight) => {
      const fixed = (weight / sum) * 2 ** PRECISION;
      return Math.trunc(fixed < 0 ? fixed - 0.5 : fixed + 0.5);
    });
  });
  return { starts, weights };
}

function kernel(x: number): number {
  return x >= -LOBES && x < LOBES ? sinc(x) * sinc(x / LOBES) : 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
}
