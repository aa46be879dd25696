import { expect, test } from 'vitest';
import { CudaInstaller } from './cuda-installer.ts';

/** An installer of a program in JavaScript, and the lines that it prints. */
function installer(script: string) {
  const lines: string[] = [];
  const program = { file: process.execPath, args: ['--eval', script], env: process.env };
  return { lines, cuda: new CudaInstaller(program, (line) => lines.push(line)) };
}

test('tells each line, and settles when all is there', async () => {
  const { cuda, lines } = installer(`console.log('Installing'); console.log('Done')`);
  await cuda.install();
  expect(lines).toEqual(['Installing', 'Done']);
});

test('is one installation however often it is asked for, and can be tried again', async () => {
  const { cuda, lines } = installer(`console.log('Installing')`);
  await Promise.all([cuda.install(), cuda.install()]);
  expect(lines).toEqual(['Installing']);
  await cuda.install();
  expect(lines).toEqual(['Installing', 'Installing']);
});

test('fails with what the command says is wrong', async () => {
  const { cuda } = installer(`console.log('Installing'); console.error('error: No pip.'); process.exitCode = 3`);
  await expect(cuda.install()).rejects.toMatchObject({ code: 'device', message: 'No pip.' });
  const nowhere = new CudaInstaller({ file: '/nowhere/headroom', args: [], env: {} }, () => {});
  await expect(nowhere.install()).rejects.toThrow('cannot be started');
});

test('has the command clean up when the app ends', async () => {
  const script = `
    process.on('SIGINT', () => { console.log('cleaned up'); process.exit(130); });
    console.log('ready'); setInterval(() => {}, 1000);`;
  const lines: string[] = [];
  const cuda = new CudaInstaller({ file: process.execPath, args: ['--eval', script], env: process.env }, (line) => {
    lines.push(line);
    if (line === 'ready') cuda.stop();
  });
  await expect(cuda.install()).rejects.toThrow('cleaned up');
  expect(lines).toEqual(['ready', 'cleaned up']);
});
