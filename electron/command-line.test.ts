import path from 'node:path';
import { expect, test } from 'vitest';
import { documentArgument } from './command-line.ts';

test('the document is the first argument that names one, past switches and the app itself', () => {
  const folder = path.resolve('/home/ann');
  expect(documentArgument(['electron', '--no-sandbox', '--log=x.json', '.', 'a b.json', 'c.json'], folder)).toBe(
    path.join(folder, 'a b.json'),
  );
  expect(documentArgument(['headroom', path.resolve('/pictures/Apple.PNG')], folder)).toBe(
    path.resolve('/pictures/Apple.PNG'),
  );
  expect(documentArgument(['headroom', '--no-sandbox', 'notes.txt'], folder)).toBeNull();
});
