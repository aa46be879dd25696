import { fromBinary } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { runOnce } from '../../tests/support/networks.ts';
import { tensor } from '../tensor/tensor.ts';
import type { Weight } from '../weights/weight-view.ts';
import { float, int, ints, text } from './attributes.ts';
import { GraphBuilder, type OnnxModel } from './graph-builder.ts';
import { add, reshape } from './operators.ts';
import { AttributeProto_AttributeType, ModelProtoSchema, TensorProto_DataType } from './proto/onnx_pb.ts';

const decode = (g: GraphBuilder) => fromBinary(ModelProtoSchema, g.build().bytes);
const weight: Weight = {
  name: 'down.0.conv.weight',
  type: 'bfloat16',
  shape: [2, 3],
  path: '/models/unet.safetensors',
  offset: 4096,
  length: 12,
};

test('states the versions that every provider of the runtime reads', () => {
  const model = decode(GraphBuilder.create('empty', { opset: 21 }));
  expect(model.irVersion).toBe(10n);
  expect(model.opsetImport.map(({ domain, version }) => [domain, version])).toEqual([
    ['', 21n],
    ['com.microsoft', 1n],
  ]);
});

test('names nodes and their outputs by scope, each name once', () => {
  const g = GraphBuilder.create('names', { opset: 21 });
  const block = g.scope('down_blocks.0').scope('resnets.1');
  const x = g.input({ name: 'x', type: 'float32', dims: ['n'] });
  const names = [
    block.node('Relu', [x]),
    block.node('Relu', [x]),
    block.node('Relu', [x], { name: 'Relu_1' }),
    block.node('Relu', [x]),
    g.node('Relu', [x]),
    ...block.nodes('Split', [x], 2),
  ].map((value) => value.name);
  expect(new Set(names).size).toBe(names.length);
  expect(names[0]).toBe('down_blocks.0.resnets.1.Relu');
  expect(names.slice(0, 4).every((name) => name.startsWith('down_blocks.0.resnets.1.Relu'))).toBe(true);
  expect(names[4]).toBe('Relu');
});

test('a node does not take the name of an input', () => {
  const g = GraphBuilder.create('inputs', { opset: 21 });
  const x = g.input({ name: 'sample', type: 'float32', dims: [1] });
  expect(g.node('Relu', [x], { name: 'sample' }).name).not.toBe('sample');
});

test('a weight is external data and stored once', () => {
  const g = GraphBuilder.create('weights', { opset: 21 });
  expect(g.weight(weight)).toEqual(g.scope('elsewhere').weight(weight));
  const { graph } = decode(g);
  expect(graph?.initializer).toHaveLength(1);
  expect(graph?.initializer[0]).toMatchObject({
    name: weight.name,
    dims: [2n, 3n],
    dataType: TensorProto_DataType.BFLOAT16,
    dataLocation: 1,
  });
  expect(graph?.initializer[0]?.externalData.map(({ key, value }) => [key, value])).toEqual([
    ['location', 'models/unet.safetensors'],
    ['offset', '4096'],
    ['length', '12'],
  ]);
  expect(g.build()).toMatchObject({ weightBytes: 12, externalDataRoot: '/' });
});

test('equal constants are stored once, unequal ones apart', () => {
  const g = GraphBuilder.create('constants', { opset: 21 });
  const first = g.constant('int64', [0, -1]);
  expect(g.scope('a').constant('int64', [0, -1])).toEqual(first);
  const others = [
    g.constant('float32', [0, -1]),
    g.constant('int64', [0, -1], [2, 1]),
    g.constant('int64', [0]),
    g.constant('float32', [Number.NEGATIVE_INFINITY], []),
  ];
  expect(new Set([first, ...others].map((value) => value.name)).size).toBe(5);
  expect(decode(g).graph?.initializer).toHaveLength(5);
});

test('attributes keep the type they were given', () => {
  const g = GraphBuilder.create('attributes', { opset: 21 });
  const attributes = { alpha: float(1), axis: int(-1), pads: ints([0, 1]), mode: text('nearest') };
  g.node('Anything', [undefined, g.constant('int64', [1])], { attributes, domain: 'com.microsoft' });
  const node = decode(g).graph?.node[0];
  const Type = AttributeProto_AttributeType;
  expect(node?.input[0]).toBe('');
  expect(node?.domain).toBe('com.microsoft');
  expect(node?.attribute.map(({ name, type }) => [name, type])).toEqual([
    ['alpha', Type.FLOAT],
    ['axis', Type.INT],
    ['pads', Type.INTS],
    ['mode', Type.STRING],
  ]);
});

test('inputs and outputs keep their names and dimensions', () => {
  const g = GraphBuilder.create('interface', { opset: 21 });
  const x = g.input({ name: 'x', type: 'int64', dims: ['batch', 4] });
  g.output({ name: 'y', type: 'int64', dims: ['batch', 4] }, x);
  const { graph } = decode(g);
  const dims = graph?.output[0]?.type?.value.case === 'tensorType' ? graph.output[0].type.value.value.shape?.dim : [];
  expect(graph?.input[0]?.name).toBe('x');
  expect(dims?.map((dim) => dim.value.value)).toEqual(['batch', 4n]);
});

test('a graph that is fused tells no shapes, and a run of it may have any', async () => {
  const build = (isFused: boolean) => {
    const g = GraphBuilder.create('shapes', { opset: 21, isFused });
    const x = g.input({ name: 'x', type: 'float32', dims: ['batch', 'height', 'width'] });
    const rows = reshape(g, x, [0, -1]);
    g.output({ name: 'y', type: 'float32', dims: ['batch', 'pixels'] }, add(g, rows, rows));
    return g.build();
  };
  const shapes = (model: OnnxModel) => {
    const { graph } = fromBinary(ModelProtoSchema, model.bytes);
    return graph?.input.map(({ name, type }) => [name, type?.value.case === 'tensorType' && type.value.value.shape]);
  };
  expect(shapes(build(false))).toEqual([['x', expect.anything()]]);
  expect(shapes(build(true))).toEqual([
    ['x', undefined],
    [expect.stringContaining('constant'), undefined],
  ]);
  for (const [batch, height, width] of [
    [1, 2, 3],
    [2, 1, 4],
  ] as const) {
    const x = tensor('float32', [batch, height, width], new Float32Array(batch * height * width).fill(2));
    const { y } = await runOnce(build(true), { x });
    expect(y).toEqual(tensor('float32', [batch, height * width], new Float32Array(x.data.length).fill(4)));
  }
});
