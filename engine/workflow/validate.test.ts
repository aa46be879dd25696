import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readWorkflow, readWorkflowText } from '../contract/migrations.ts';
import type { Workflow } from '../contract/workflow.ts';
import { nodeDefinitions } from '../nodes/index.ts';
import { validateWorkflow } from './validate.ts';

const examples = join(import.meta.dirname, '../../resources/workflows');
const descriptors = nodeDefinitions.map(({ descriptor }) => descriptor);
const problems = (workflow: Workflow) =>
  validateWorkflow(workflow, (type) => descriptors.find((descriptor) => descriptor.type === type));

type Nodes = Record<string, { type: string; inputs?: Record<string, unknown> }>;

/** A document; edges are texts like "model.model > generate.model". */
function workflow(nodes: Nodes, edges: string[]): Workflow {
  const end = (text: string) => ({ node: text.split('.')[0], port: text.split('.')[1] });
  return readWorkflow({
    format: 'headroom-workflow',
    version: 1,
    nodes,
    edges: edges.map((edge) => {
      const [from = '', to = ''] = edge.split(' > ');
      return { from: end(from), to: end(to) };
    }),
  });
}

const nodes: Nodes = {
  model: { type: 'load_model' },
  generate: { type: 'image_generate' },
  save: { type: 'save_image' },
};
const edges = ['model.model > generate.model', 'generate.image > save.image'];

describe('validateWorkflow', () => {
  it.each(readdirSync(examples).filter((name) => name.endsWith('.json')))(
    'finds nothing wrong with the example %s',
    (name) => {
      expect(problems(readWorkflowText(readFileSync(join(examples, name), 'utf8')))).toEqual([]);
    },
  );

  it('finds nothing wrong with the smallest document', () => {
    expect(problems(workflow(nodes, edges))).toEqual([]);
  });

  it.each<[string, Nodes, string[], string | undefined, string | undefined, string]>([
    [
      'a node type that nobody knows',
      { ...nodes, x: { type: 'from_the_future' } },
      edges,
      'x',
      undefined,
      'no node type "from_the_future"',
    ],
    [
      'a value out of its range',
      { ...nodes, generate: { type: 'image_generate', inputs: { steps: 0 } } },
      edges,
      'generate',
      'steps',
      'steps must be a whole number from 1 to 150, or -1',
    ],
    [
      'a value of the wrong type',
      { ...nodes, generate: { type: 'image_generate', inputs: { prompt: 7 } } },
      edges,
      'generate',
      'prompt',
      'prompt must be text, got 7',
    ],
    [
      'a scheduler that there is not',
      { ...nodes, generate: { type: 'image_generate', inputs: { scheduler: 'magic' } } },
      edges,
      'generate',
      'scheduler',
      'must be one of auto, ddim',
    ],
    [
      'an input that there is not',
      { ...nodes, generate: { type: 'image_generate', inputs: { stepz: 1 } } },
      edges,
      'generate',
      'stepz',
      'not an input of Image Generate, which has model, prompt',
    ],
    [
      'an input by the name of an object method',
      { ...nodes, generate: { type: 'image_generate', inputs: { toString: 'x' } } },
      edges,
      'generate',
      'toString',
      'not an input',
    ],
    [
      'a value where only a connection fits',
      { ...nodes, generate: { type: 'image_generate', inputs: { model: 'starter' } } },
      edges,
      'generate',
      'model',
      'takes a connection',
    ],
    [
      'an edge from a node that is not there',
      nodes,
      [...edges, 'ghost.text > generate.prompt'],
      'generate',
      'prompt',
      'there is no node "ghost"',
    ],
    [
      'an edge to a node that is not there',
      nodes,
      [...edges, 'generate.image > ghost.image'],
      'generate',
      undefined,
      'there is no node "ghost"',
    ],
    [
      'an edge from a node named like an object method',
      nodes,
      [...edges, 'constructor.text > generate.prompt'],
      'generate',
      'prompt',
      'there is no node "constructor"',
    ],
    [
      'an edge from an output that is not there',
      nodes,
      [...edges, 'model.text > generate.prompt'],
      'generate',
      'prompt',
      'no output "text"',
    ],
    [
      'an edge between types that do not fit',
      nodes,
      ['model.model > generate.model', 'model.model > save.image'],
      'save',
      'image',
      'gives a model',
    ],
    [
      'two edges into one input',
      { ...nodes, other: { type: 'load_model' } },
      [...edges, 'other.model > generate.model'],
      'generate',
      'model',
      '2 connections',
    ],
    [
      'an input that nothing is connected to',
      nodes,
      ['generate.image > save.image'],
      'generate',
      'model',
      'model is not connected',
    ],
    ['a document with nothing to run', { model: { type: 'load_model' } }, [], undefined, undefined, 'nothing to run'],
    ['an empty document', {}, [], undefined, undefined, 'nothing to run'],
  ])('says what and where for %s', (_, someNodes, someEdges, nodeId, field, message) => {
    const found = problems(workflow(someNodes, someEdges));
    expect(found).toHaveLength(1);
    expect(found[0]).toEqual({
      message: expect.stringContaining(message),
      place: { ...(nodeId && { nodeId }), ...(field && { field }) },
    });
  });

  it('names all nodes of a loop, once', () => {
    const a = { type: 'clear_cache' };
    const looped = workflow({ ...nodes, a, b: a }, [
      'model.model > generate.model',
      'a.value > b.value',
      'b.value > a.value',
      'a.value > save.image',
    ]);
    expect(problems(looped)).toEqual([
      { message: expect.stringMatching(/loop: .*a.*b|loop: .*b.*a/), place: { nodeId: expect.any(String) } },
    ]);
  });

  it('says of a node that feeds itself so', () => {
    const looped = workflow({ ...nodes, a: { type: 'clear_cache' } }, [...edges, 'a.value > a.value']);
    expect(problems(looped)).toEqual([{ message: 'a is connected to itself.', place: { nodeId: 'a' } }]);
  });

  it('leaves unfinished nodes alone that nothing depends on', () => {
    expect(problems(workflow({ ...nodes, later: { type: 'image_generate' } }, edges))).toEqual([]);
  });

  it('tells everything that is wrong at once', () => {
    const wrong = {
      generate: { type: 'image_generate', inputs: { steps: 0, width: 1 } },
      save: { type: 'save_image' },
      x: { type: 'y' },
    };
    expect(
      problems(workflow(wrong, ['generate.image > save.image', 'x.z > generate.prompt'])).map(({ place }) => place),
    ).toEqual([
      { nodeId: 'generate', field: 'model' },
      { nodeId: 'generate', field: 'width' },
      { nodeId: 'generate', field: 'steps' },
      { nodeId: 'x' },
    ]);
  });
});

describe('a table', () => {
  const at = (rows: unknown, more: Nodes = {}, moreEdges: string[] = []) =>
    problems(
      workflow({ ...nodes, table: { type: 'table', inputs: { rows } }, ...more }, [
        ...edges,
        'table.prompt > generate.prompt',
        'table.width > generate.width',
        ...moreEdges,
      ]),
    );

  it('may have empty cells, and rows that are not filled in', () => {
    expect(at([{ prompt: 'apple' }, {}, { width: 256 }])).toEqual([]);
  });

  it.each<[string, unknown, string]>([
    ['nothing in it', [{}, { prompt: '' }], 'no row with anything in it'],
    ['a column that is not there', [{ prompt: 'a', sead: 1 }], 'row 1 has a column "sead"'],
    ['text where a number belongs', [{ prompt: 'a' }, { width: 'wide' }], 'a whole number in row 2, column width'],
    ['a number that the input does not take', [{ width: 8 }], 'Row 1: width must be a whole number from 64 to 4096'],
  ])('with %s is refused, with row and column', (_what, rows, message) => {
    expect(at(rows)).toEqual([
      { message: expect.stringContaining(message), place: { nodeId: 'table', field: 'rows' } },
    ]);
  });

  it('that is wrong everywhere is not told of everywhere', () => {
    const found = at(Array.from({ length: 10_000 }, () => ({ width: 8 })));
    expect(found).toHaveLength(11);
    expect(found.at(-1)!.message).toContain('9990 more');
  });

  it('is the only one of its run; one that no output depends on does not count', () => {
    const other: Nodes = { spare: { type: 'table' } };
    expect(at([{ prompt: 'a' }], other)).toEqual([]);
    expect(at([{ prompt: 'a' }], other, ['spare.seed > generate.seed'])).toEqual([
      { message: expect.stringMatching(/table and spare/), place: { nodeId: 'spare' } },
    ]);
  });
});
