import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { loadBesideCuda } from './cuda-libraries.ts';

const require = createRequire(import.meta.url);

// Not imported: the library has to be loaded from the right place before onnxruntime-node loads it by itself.
loadBesideCuda(resolve(dirname(require.resolve('onnxruntime-node')), '..'));

/** onnxruntime-node, which finds the CUDA provider where that is installed. */
export const runtime = require('onnxruntime-node') as typeof import('onnxruntime-node');
