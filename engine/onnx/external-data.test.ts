import nodePath from 'node:path';
import { expect, test } from 'vitest';
import { commonRoot, externalLocation } from './external-data.ts';

test('a POSIX path is given from the root', () => {
  expect(externalLocation('/home/a b/unet.safetensors', nodePath.posix)).toEqual({
    root: '/',
    location: 'home/a b/unet.safetensors',
  });
  expect(externalLocation('/home/../data/./x.safetensors', nodePath.posix).location).toBe('data/x.safetensors');
});

test('a Windows path is given from its drive, with forward slashes', () => {
  expect(externalLocation('D:\\models\\sd\\unet.safetensors', nodePath.win32)).toEqual({
    root: 'D:\\',
    location: 'models/sd/unet.safetensors',
  });
  expect(externalLocation('\\\\server\\share\\m\\unet.safetensors', nodePath.win32)).toEqual({
    root: '\\\\server\\share\\',
    location: 'm/unet.safetensors',
  });
});

test('a graph has one root', () => {
  expect(commonRoot(new Set())).toBeUndefined();
  expect(commonRoot(new Set(['/']))).toBe('/');
  expect(() => commonRoot(new Set(['C:\\', 'D:\\']))).toThrow(/one drive, not on C:\\ and D:\\/);
});
