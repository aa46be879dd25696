import { runtime } from './runtime.ts';

/** Such as "onnxruntime 1.29.0". */
export function runtimeVersion(): string {
  return `onnxruntime ${runtime.env.versions.node ?? runtime.env.versions.common}`;
}
