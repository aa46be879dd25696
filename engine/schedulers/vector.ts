import { HeadroomError } from '../contract/errors.ts';

/*
 * Arithmetic on float32 arrays of one size, element by element, each result rounded to float32: the rounding of the same
 * operations on float32 tensors.
 */

export function add(a: Float32Array, b: Float32Array): Float32Array {
  checkSizes(a, b);
  return a.map((value, i) => value + b[i]!);
}

export function subtract(a: Float32Array, b: Float32Array): Float32Array {
  checkSizes(a, b);
  return a.map((value, i) => value - b[i]!);
}

export function scale(a: Float32Array, factor: number): Float32Array {
  return a.map((value) => value * factor);
}

export function divide(a: Float32Array, divisor: number): Float32Array {
  return a.map((value) => value / divisor);
}

export function clamp(a: Float32Array, range: number): Float32Array {
  return a.map((value) => Math.min(Math.max(value, -range), range));
}

function checkSizes(a: Float32Array, b: Float32Array): void {
  if (a.length !== b.length) {
    throw new HeadroomError('internal', `A scheduler was given ${a.length} and ${b.length} numbers for one sample.`);
  }
}
