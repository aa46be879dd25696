import { runCommandLine } from './command-line.ts';

// Not a top-level await: the bundle is CommonJS.
void runCommandLine(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
