import { app } from 'electron';
import { documentArgument } from './command-line.ts';
import { declareSchemes } from './protocol.ts';
import { type RunningApp, startApp } from './start.ts';

/** The life of the app: one instance, one window, and an orderly end. */
function main(): void {
  declareSchemes();
  if (!app.requestSingleInstanceLock()) {
    app.quit();
    return;
  }
  const started = app.whenReady().then(startApp);
  started.catch((error) => {
    console.error(error);
    app.exit(1);
  });
  app.on('second-instance', (_event, parameters, folder) => {
    void started.then(({ window }) => window.show(documentArgument(parameters.slice(1), folder)));
  });
  app.on('open-file', (event, file) => {
    event.preventDefault();
    void started.then(({ window }) => window.show(file));
  });
  app.on('window-all-closed', () => app.quit());
  endInOrder(started);
}

/** Holds Electron's end back until the engine is gone and everything is written. */
function endInOrder(started: Promise<RunningApp>): void {
  let ended = false;
  app.on('will-quit', (event) => {
    if (ended) return;
    event.preventDefault();
    void started
      .then((running) => running.stop())
      .finally(() => {
        ended = true;
        app.quit();
      });
  });
}

main();
