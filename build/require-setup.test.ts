import { expect, test } from 'vitest';
import { oldNode } from './require-setup.mjs';

test.each(['20.15.0', '20.20.2', '22.0.0', '100.1.0'])('Node %s will do', (version) => {
  expect(oldNode(version)).toBeNull();
});

test.each(['18.20.8', '20.14.9', '9.0.0'])('Node %s is refused, with the version that is needed', (version) => {
  expect(oldNode(version)).toContain(`needs Node 20.15 or newer, and this is Node ${version}`);
});
