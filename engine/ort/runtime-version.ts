import { env } from 'onnxruntime-node';

/** Such as "onnxruntime 1.29.0". */
export function runtimeVersion(): string {
  return `onnxruntime ${env.versions.node ?? env.versions.common}`;
}
