// What runs inside Electron on `electron [flags] FOLDER` when it comes from build/electron-fallback.mjs: loads the app
// named on the command line, as the start-up app of Electron's own distribution does.
const { app } = require('electron');
const { existsSync, readFileSync, statSync } = require('node:fs');
const { join, resolve } = require('node:path');
const { pathToFileURL } = require('node:url');

const args = process.argv.slice(1);
let target;
while (args.length > 0 && !target) {
  const arg = args.shift();
  if (arg === '-r' || arg === '--require') require(resolve(args.shift()));
  else if (!arg.startsWith('-')) target = resolve(arg);
}
if (!target || !existsSync(target)) {
  console.error(target ? `electron: there is no ${target}` : 'usage: electron [flags] FOLDER');
  app.exit(1);
} else {
  process.defaultApp = true;
  import(pathToFileURL(entryOf(target)).href).catch((error) => {
    console.error(error);
    app.exit(1);
  });
}

function entryOf(path) {
  if (!statSync(path).isDirectory()) return path;
  const {
    name,
    productName,
    version,
    main = 'index.js',
  } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
  app.name = productName ?? name;
  if (version) app.setVersion(version);
  app.setAppPath(path);
  return resolve(path, main);
}
