// Runs stages one after the other with headings and ends with a summary. A failed stage does not hide what the next
// ones have to say, so all of them run.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, relative, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');

/** @typedef {{ title: string, passed: number, failed: number, seconds: number, failures: string[] }} Outcome */

/**
 * Prints a line for every stage and, last and alone on its line, the sums. Sets the exit code.
 * @param {import('./stages.mjs').Stage[]} stages
 */
export async function runStages(stages) {
  const work = await mkdtemp(join(tmpdir(), 'headroom-test-'));
  try {
    /** @type {Outcome[]} */
    const outcomes = [];
    for (const stage of stages) {
      console.log(`\n=== ${stage.title}`);
      outcomes.push(await runStage(stage, join(work, 'tests.json')));
    }
    report(outcomes);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** @param {import('./stages.mjs').Stage} stage @param {string} countsFile @returns {Promise<Outcome>} */
async function runStage({ title, command, countsTests }, countsFile) {
  const started = performance.now();
  const reporters = countsTests ? ['--reporter=default', '--reporter=json', `--outputFile.json=${countsFile}`] : [];
  const code = await run([...command, ...reporters]);
  const seconds = (performance.now() - started) / 1000;
  const counts = countsTests ? await readCounts(countsFile) : null;
  if (!counts) return { title, passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, seconds, failures: [] };
  const { passed, failed, failures } = counts;
  // A test file that does not load has no failed test in it, and yet the run failed.
  return { title, passed, failed: code === 0 ? 0 : Math.max(failed, 1), seconds, failures };
}

/** @param {string[]} command @returns {Promise<number>} */
function run([name = '', ...args]) {
  const PATH = join(root, 'node_modules', '.bin') + delimiter + process.env.PATH;
  return new Promise((done) => {
    const child = spawn(name, args, {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, PATH },
      shell: process.platform === 'win32',
    });
    child.on('error', (error) => {
      console.error(error.message);
      done(1);
    });
    child.on('close', (code) => done(code ?? 1));
  });
}

/**
 * What Vitest's JSON reporter wrote. Each failure is the test's file and name and the first line of what was wrong.
 * @param {string} file
 * @returns {Promise<{ passed: number, failed: number, failures: string[] } | null>} null: nothing was run
 */
async function readCounts(file) {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return null;
  await rm(file);
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(text);
  const failures = [];
  for (const { name, status, message, assertionResults } of testResults) {
    const path = relative(root, name);
    const tests = assertionResults.filter((/** @type {{ status: string }} */ test) => test.status === 'failed');
    for (const { fullName, failureMessages } of tests)
      failures.push(failure(`${path}: ${fullName}`, failureMessages[0]));
    if (status === 'failed' && tests.length === 0) failures.push(failure(path, message));
  }
  return { passed: numPassedTests, failed: numFailedTests, failures };
}

/** @param {string} place @param {string | undefined} message */
function failure(place, message) {
  return `${place}\n          ${(message ?? '').split('\n', 1)[0]}`;
}

/** @param {Outcome[]} outcomes */
function report(outcomes) {
  console.log('\n=== summary');
  for (const { title, passed, failed, seconds, failures } of outcomes) {
    const counts = passed + failed === 1 ? '' : ` (${passed} passed, ${failed} failed)`;
    console.log(`${failed > 0 ? 'FAILED' : 'passed'}  ${title}${counts}  ${seconds.toFixed(1)} s`);
    // Named once more at the end: the stages print thousands of lines, and who reads a log starts there.
    for (const text of failures) console.log(`        ${text}`);
  }
  const sum = (/** @type {'passed' | 'failed'} */ key) => outcomes.reduce((total, outcome) => total + outcome[key], 0);
  console.log(`\n${sum('passed')} passed, ${sum('failed')} failed`);
  if (sum('failed') > 0) process.exitCode = 1;
}
