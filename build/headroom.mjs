#!/usr/bin/env node
// `npx headroom …` in a checkout: runs the command line from its TypeScript source, so that it is never an older build.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 15)) {
  console.error(`headroom needs Node 20.15 or newer, and this is Node ${process.versions.node}: https://nodejs.org`);
  process.exit(2);
}
const { register } = await import('tsx/esm/api').catch(() => {
  console.error('headroom: the packages are not installed. Run `npm ci` in the folder of the checkout, then again.');
  process.exit(2);
});
register();
await import('../engine/cli/main.ts');
