// The thread's program from its TypeScript source: workers do not inherit the loader.
import { register } from 'tsx/esm/api';

register();
await import('../gauge-thread.ts');
