import { describe, expect, it } from 'vitest';
import { connectionProblem, type GraphView, outputType } from './connection.ts';
import type { InputDescriptor, NodeDescriptor, OutputDescriptor } from './node.ts';
import type { WorkflowEdge } from './workflow.ts';

function node(type: string, inputs: InputDescriptor[], outputs: OutputDescriptor[]): NodeDescriptor {
  return {
    type,
    title: type,
    category: 'test',
    description: '',
    keywords: [],
    inputs,
    outputs,
    isOutput: false,
    showsImages: false,
  };
}

function input(name: string, type: InputDescriptor['type'], connectable = true): InputDescriptor {
  return { name, title: name, type, connectable, required: true };
}

const descriptors = [
  node('source', [], [{ name: 'model', title: 'Model', type: 'model' }]),
  node('picture', [input('model', 'model')], [{ name: 'image', title: 'Image', type: 'image' }]),
  node('show', [input('image', 'image'), input('name', 'text', false)], []),
  node('pass', [input('value', 'any')], [{ name: 'value', title: 'Value', type: 'any', follows: 'value' }]),
  node('count', [], [{ name: 'n', title: 'N', type: 'integer' }]),
  node('scale', [input('factor', 'float')], [{ name: 'f', title: 'F', type: 'float' }]),
  node('repeat', [input('times', 'integer')], []),
];
const describeNode = (type: string) => descriptors.find((descriptor) => descriptor.type === type);

function edge(from: string, to: string): WorkflowEdge {
  const [fromNode = '', fromPort = ''] = from.split('.');
  const [toNode = '', toPort = ''] = to.split('.');
  return { from: { node: fromNode, port: fromPort }, to: { node: toNode, port: toPort } };
}

/** Nodes are named after their type, with an optional number: `pass2` is a `pass`. */
function graph(nodes: string[], edges: WorkflowEdge[] = []): GraphView {
  return { nodeTypes: new Map(nodes.map((id) => [id, id.replace(/\d+$/, '')])), edges };
}

const problem = (candidate: WorkflowEdge, view: GraphView) => connectionProblem(candidate, view, describeNode);

describe('connectionProblem', () => {
  it('allows equal types', () => {
    expect(problem(edge('source.model', 'picture.model'), graph(['source', 'picture']))).toBeNull();
  });

  it('names both ends when types differ', () => {
    expect(problem(edge('source.model', 'show.image'), graph(['source', 'show']))).toBe(
      'source gives a model, but show: image takes an image',
    );
  });

  it('lets whole numbers into fractional inputs and not the other way round', () => {
    expect(problem(edge('count.n', 'scale.factor'), graph(['count', 'scale']))).toBeNull();
    expect(problem(edge('scale.f', 'repeat.times'), graph(['scale', 'repeat']))).toContain('takes an integer');
  });

  it('says which node, output or input does not exist', () => {
    const view = graph(['source', 'picture']);
    expect(problem(edge('nobody.model', 'picture.model'), view)).toBe('there is no node "nobody"');
    expect(problem(edge('source.model', 'nobody.model'), view)).toBe('there is no node "nobody"');
    expect(problem(edge('source.what', 'picture.model'), view)).toBe('source has no output "what"');
    expect(problem(edge('source.model', 'picture.what'), view)).toBe('picture has no input "what"');
  });

  it('refuses an input that is only a field', () => {
    expect(problem(edge('count.n', 'show.name'), graph(['count', 'show']))).toContain('takes no connection');
  });

  it('refuses a node that feeds itself and a loop over several nodes', () => {
    expect(problem(edge('pass.value', 'pass.value'), graph(['pass']))).toBe('a node cannot feed itself');
    const chain = graph(
      ['pass', 'pass2', 'pass3'],
      [edge('pass.value', 'pass2.value'), edge('pass2.value', 'pass3.value')],
    );
    expect(problem(edge('pass3.value', 'pass.value'), chain)).toBe('this would make a loop');
    expect(problem(edge('pass.value', 'pass3.value'), chain)).toBeNull();
  });

  it('does not hold an edge against itself', () => {
    const own = edge('source.model', 'picture.model');
    expect(problem(own, graph(['source', 'picture'], [own]))).toBeNull();
  });

  it('sees through nodes that pass a value on', () => {
    const nodes = ['source', 'pass', 'pass2', 'show', 'picture'];
    const view = graph(nodes, [edge('source.model', 'pass.value'), edge('pass.value', 'pass2.value')]);
    expect(problem(edge('pass2.value', 'picture.model'), view)).toBeNull();
    expect(problem(edge('pass2.value', 'show.image'), view)).toBe('pass gives a model, but show: image takes an image');
  });
});

describe('outputType', () => {
  it('stays any while nothing is connected, and ends on a document with a loop of pass-through nodes', () => {
    const output = describeNode('pass')?.outputs[0] as OutputDescriptor;
    expect(outputType('pass', output, graph(['pass']), describeNode)).toBe('any');
    const loop = graph(['pass', 'pass2'], [edge('pass.value', 'pass2.value'), edge('pass2.value', 'pass.value')]);
    expect(outputType('pass', output, loop, describeNode)).toBe('any');
  });
});
