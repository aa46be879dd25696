import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);
const passes = { title: 'passes', command: ['node', '--eval', ''] };
const fails = { title: 'fails', command: ['node', '--eval', 'process.exit(3)'] };
const isAbsent = { title: 'is absent', command: ['no-such-program-anywhere'] };

/** The exit code of a run of these stages and the last line that it prints. */
async function outcome(stages: object[]): Promise<{ code: number; last: string | undefined }> {
  const module = JSON.stringify(join(import.meta.dirname, 'run-stages.mjs'));
  const script = `import(${module}).then(({ runStages }) => runStages(${JSON.stringify(stages)}))`;
  const { code, stdout } = await run(process.execPath, ['--eval', script]).then(
    ({ stdout }) => ({ code: 0, stdout }),
    ({ code, stdout }) => ({ code, stdout }),
  );
  return { code, last: stdout.trim().split('\n').at(-1) };
}

test('ends with the sums and succeeds when all stages passed', async () => {
  expect(await outcome([passes, passes])).toEqual({ code: 0, last: '2 passed, 0 failed' });
});

test('runs what follows a failed stage, and fails as a whole', async () => {
  expect(await outcome([fails, isAbsent, passes])).toEqual({ code: 1, last: '1 passed, 2 failed' });
});
