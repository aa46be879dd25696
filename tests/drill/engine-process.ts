// The real engine as a child process that can be killed: `engine/host/main.ts` without Electron around it.
import { openEngine } from '../../engine/host/open.ts';
import { serveEngine } from '../../engine/host/server.ts';

serveEngine(
  {
    post: (message) => void process.send?.(message),
    listen: (listener) => process.on('message', listener),
  },
  openEngine,
);
process.on('disconnect', () => process.exit());
