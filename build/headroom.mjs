#!/usr/bin/env node
// `npx headroom …` in a checkout: runs the command line from its TypeScript source, so that it is never an older build.
import { requireSetup } from './require-setup.mjs';

requireSetup();
const { register } = await import('tsx/esm/api');
register();
await import('../engine/cli/main.ts');
