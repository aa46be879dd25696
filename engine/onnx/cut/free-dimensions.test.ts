import { expect, it } from 'vitest';
import { GraphBuilder } from '../graph-builder.ts';
import { FreeDimensions } from './free-dimensions.ts';

it('tells dimensions apart, however many a graph has', () => {
  const g = GraphBuilder.create('many', { opset: 21 });
  const dimensions = Array.from({ length: 20 }, (_, index) => `side_${index}`);
  const values = dimensions.map((dimension) => {
    return g.node('Sin', [g.input({ name: `of ${dimension}`, type: 'float32', dims: [dimension, 2] })]);
  });
  const free = new FreeDimensions(g.build().graph);
  expect(values.map(({ name }) => free.valueInfo(name).dims)).toEqual(dimensions.map((dimension) => [dimension, 2]));
});
