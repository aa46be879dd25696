import { spawn } from 'node:child_process';

/**
 * Starts an Xvfb on a free display number, which it picks itself.
 * @returns {Promise<{ display: string, stop(): void }>}
 */
export function startVirtualDisplay() {
  return new Promise((resolve, reject) => {
    const args = ['-displayfd', '3', '-screen', '0', '1600x1000x24', '-nolisten', 'tcp'];
    const server = spawn('Xvfb', args, { stdio: ['ignore', 'ignore', 'pipe', 'pipe'] });
    let said = '';
    server.stderr?.on('data', (text) => {
      said += text;
    });
    server.on('error', () => reject(new Error('Xvfb is missing: apt-get install xvfb')));
    server.on('exit', (code) => reject(new Error(`Xvfb ended with ${code}: ${said.trim()}`)));
    server.stdio[3]?.once('data', (number) =>
      resolve({ display: `:${String(number).trim()}`, stop: () => void server.kill() }),
    );
  });
}
