import { expect, test } from 'vitest';
import { packagesFor } from './system-packages.mjs';

const listed = `
	linux-vdso.so.1 (0x00007ffd5a5f2000)
	libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f0000000000)
	libnss3.so => not found
	libnssutil3.so => not found
	libgtk-3.so.0 => not found
	libnew.so.9 => not found
`;

test('names each missing package once, and a library by its own name where the package is not known', () => {
  expect(packagesFor(listed, 'ID=debian\nVERSION_ID="12"\n')).toEqual(['libgtk-3-0', 'libnew.so.9', 'libnss3']);
});

test.each(['ID=debian\nVERSION_ID="13"\n', 'ID=debian\n', 'ID=ubuntu\nVERSION_ID="24.04"\n'])(
  'uses the new package names where they are: %j',
  (osRelease) => expect(packagesFor(listed, osRelease)).toContain('libgtk-3-0t64'),
);

test('uses the old package names on Ubuntu 22.04', () => {
  expect(packagesFor(listed, 'NAME="Ubuntu"\nID=ubuntu\nVERSION_ID="22.04"\n')).toContain('libgtk-3-0');
});

test('nothing is missing where everything is found', () => {
  expect(packagesFor('\tlibc.so.6 => /lib/libc.so.6 (0x0)\n', 'ID=debian\nVERSION_ID="12"\n')).toEqual([]);
});
