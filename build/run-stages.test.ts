import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);
const passes = { title: 'passes', command: ['node', '--eval', ''] };
const fails = { title: 'fails', command: ['node', '--eval', 'process.exit(3)'] };
const isAbsent = { title: 'is absent', command: ['no-such-program-anywhere'] };

/** The exit code of a run of these stages, what it prints and the last line of that. */
async function outcome(stages: object[]): Promise<{ code: number; stdout: string; last: string | undefined }> {
  const module = JSON.stringify(join(import.meta.dirname, 'run-stages.mjs'));
  const script = `import(${module}).then(({ runStages }) => runStages(${JSON.stringify(stages)}))`;
  const { code, stdout } = await run(process.execPath, ['--eval', script]).then(
    ({ stdout }) => ({ code: 0, stdout }),
    ({ code, stdout }) => ({ code, stdout }),
  );
  return { code, stdout, last: stdout.trim().split('\n').at(-1) };
}

test('ends with the sums and succeeds when all stages passed', async () => {
  expect(await outcome([passes, passes])).toMatchObject({ code: 0, last: '2 passed, 0 failed' });
});

test('runs what follows a failed stage, and fails as a whole', async () => {
  expect(await outcome([fails, isAbsent, passes])).toMatchObject({ code: 1, last: '1 passed, 2 failed' });
});

test('names the tests that failed at the end', async () => {
  const results = {
    numPassedTests: 7,
    numFailedTests: 1,
    testResults: [
      {
        name: resolve('engine/some.test.ts'),
        status: 'failed',
        assertionResults: [
          { status: 'passed', fullName: 'adds' },
          { status: 'failed', fullName: 'divides', failureMessages: ['expected 1 to be 2\n    at some place'] },
        ],
      },
      { name: resolve('engine/other.test.ts'), status: 'failed', message: 'Unexpected token', assertionResults: [] },
    ],
  };
  // Stands for Vitest with its JSON reporter, which it is asked for by the last argument.
  const vitest = `
    require('fs').writeFileSync(process.argv.at(-1).replace(/^.*?=/, ''), ${JSON.stringify(JSON.stringify(results))});
    process.exitCode = 1;`;
  const { stdout, last } = await outcome([
    { title: 'tests', command: ['node', '--eval', vitest, '--'], countsTests: true },
  ]);
  const summary = stdout.slice(stdout.indexOf('=== summary'));
  expect(summary).toContain('FAILED  tests (7 passed, 1 failed)');
  expect(summary).toContain(`${join('engine', 'some.test.ts')}: divides\n          expected 1 to be 2\n`);
  expect(summary).toContain(`${join('engine', 'other.test.ts')}\n          Unexpected token\n`);
  expect(last).toBe('7 passed, 1 failed');
});
