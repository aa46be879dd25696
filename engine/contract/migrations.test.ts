import { describe, expect, it } from 'vitest';
import { HeadroomError } from './errors.ts';
import { migrate, readWorkflow, readWorkflowText } from './migrations.ts';

const valid = {
  format: 'headroom-workflow',
  version: 1,
  nodes: { a: { type: 'text', inputs: { text: 'hello' } }, b: { type: 'save_image' } },
  edges: [{ from: { node: 'a', port: 'text' }, to: { node: 'b', port: 'name' } }],
};

function problem(read: () => unknown): HeadroomError {
  try {
    read();
  } catch (thrown) {
    if (thrown instanceof HeadroomError) return thrown;
    throw thrown;
  }
  throw new Error('it was accepted');
}

describe('readWorkflow', () => {
  it('reads a document and fills in what may be left out', () => {
    const workflow = readWorkflow(valid);
    expect(workflow.nodes.b).toEqual({ type: 'save_image', inputs: {} });
    expect(workflow.edges).toHaveLength(1);
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['a text', 'hello'],
    ['a list', []],
    ["another program's document", { nodes: [], links: [], version: 0.4 }],
    ['no version', { ...valid, version: undefined }],
    ['a version that is no number', { ...valid, version: '1' }],
    ['version 0', { ...valid, version: 0 }],
  ])('refuses %s as not a workflow', (_, json) => {
    expect(problem(() => readWorkflow(json))).toMatchObject({
      code: 'input',
      message: expect.stringContaining('not a workflow of Headroom'),
    });
  });

  it('refuses a newer version by its number, without looking further, and says what to do', () => {
    const newer = { format: 'headroom-workflow', version: 2, shape: 'unknown' };
    const { code, message } = problem(() => readWorkflow(newer));
    expect(code).toBe('input');
    expect(message).toContain('version 2');
    expect(message).toContain('Update Headroom');
  });

  it.each<[string, unknown, string]>([
    ['an edge without its end', { ...valid, edges: [{ from: { node: 'a', port: 'text' } }] }, 'edges[0].to'],
    [
      'a field that is a list of numbers',
      { ...valid, nodes: { a: { type: 'text', inputs: { text: [1] } } } },
      'nodes.a.inputs.text',
    ],
    ['an unknown key', { ...valid, extra: 1 }, 'extra'],
    ['a node id with a space', { ...valid, nodes: { 'a b': { type: 'text' } } }, 'nodes.a b'],
    ['a node without a type', { ...valid, nodes: { a: {} } }, 'nodes.a.type'],
  ])('names the place of %s', (_, json, place) => {
    const { code, message } = problem(() => readWorkflow(json));
    expect(code).toBe('input');
    expect(message).toContain(place);
  });

  it('places a problem inside a node at that node', () => {
    expect(problem(() => readWorkflow({ ...valid, nodes: { a: { type: 3 } } })).place).toEqual({ nodeId: 'a' });
  });
});

describe('readWorkflowText', () => {
  it('reads JSON and says of other text that it is none', () => {
    expect(readWorkflowText(JSON.stringify(valid))).toEqual(readWorkflow(valid));
    expect(problem(() => readWorkflowText('{"format": '))).toMatchObject({
      code: 'input',
      message: expect.stringContaining('not valid JSON'),
    });
  });
});

describe('migrate', () => {
  const chain = {
    1: (document: Record<string, unknown>) => ({ ...document, title: document.name }),
    2: ({ name: _, ...document }: Record<string, unknown>) => document,
  };
  const old = { format: 'headroom-workflow', version: 1, name: 'Apple' };

  it('goes from any version to the current one step by step and leaves the original as it is', () => {
    expect(migrate(old, chain, 3)).toEqual({ format: 'headroom-workflow', version: 3, title: 'Apple' });
    expect(migrate({ ...old, version: 2 }, chain, 3)).toEqual({ format: 'headroom-workflow', version: 3 });
    expect(migrate({ ...old, version: 3 }, chain, 3)).toEqual({ ...old, version: 3 });
    expect(old.version).toBe(1);
  });
});
