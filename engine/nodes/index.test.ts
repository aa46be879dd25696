import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { zNodeDescriptor } from '../contract/node.ts';
import { fieldProblem } from '../contract/ports.ts';
import { nodeDefinitions } from './index.ts';

const files = readdirSync(import.meta.dirname).filter(
  (file) => !file.endsWith('.test.ts') && /defineNode\(\{/.test(readFileSync(join(import.meta.dirname, file), 'utf8')),
);

describe('the registry', () => {
  it('has every node file, by its name, once', () => {
    const types = nodeDefinitions.map(({ descriptor }) => descriptor.type);
    expect(types.toSorted()).toEqual(files.map((file) => file.replace('.ts', '').replaceAll('-', '_')).toSorted());
  });

  it.each(nodeDefinitions)('$descriptor.type describes itself as the editor needs it', ({ descriptor }) => {
    expect(zNodeDescriptor.parse(descriptor)).toEqual(descriptor);
    const ports = [...descriptor.inputs, ...descriptor.outputs];
    expect(ports.every(({ title }) => title !== '')).toBe(true);
    for (const { field, connectable } of descriptor.inputs) {
      expect(field !== undefined || connectable).toBe(true);
      if (field) expect(fieldProblem(field, field.default)).toBeNull();
    }
    for (const { follows } of descriptor.outputs) {
      if (follows) expect(descriptor.inputs.map(({ name }) => name)).toContain(follows);
    }
  });
});
