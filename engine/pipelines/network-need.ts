import type { ComponentRecord } from '../families/family.ts';
import { buildComponent, componentDialect, type Model } from '../families/model.ts';
import type { Dialect } from '../layers/dialect.ts';
import { partsOf } from '../onnx/cut/cut-model.ts';
import { activationPeak } from '../onnx/estimate/activation-peak.ts';
import { type GraphPart, heldBytes } from '../onnx/graph.ts';
import type { OnnxModel } from '../onnx/graph-builder.ts';
import { componentForm, tensorsToMake } from './component-form.ts';

/** What a network needs by its graph alone. */
export interface NetworkNeed {
  /** What has to be in memory of its weights: all, or one of the parts that they are cut into. */
  readonly weightBytes: number;
  /** What one run's values need at most, beside the weights. */
  readonly graphBytes: number;
}

/** What a network's runs are measured as: those of all models of a family are alike. */
export function networkName({ family }: Model, { name }: ComponentRecord, dialect: Dialect): string {
  return `${family.id} ${name} ${dialect.id}`;
}

const networks = new WeakMap<Model, Map<string, PlannedNetwork>>();
const needs = new Map<string, NetworkNeed>();

/** A component as it is asked about before it is loaded. */
export class PlannedNetwork {
  readonly #model: Model;
  readonly #component: ComponentRecord;
  readonly #dialect: Dialect;
  #graph: OnnxModel | undefined;
  /** Its graph, cut into so many parts. */
  readonly #cut = new Map<number, readonly GraphPart[]>();

  private constructor(model: Model, component: ComponentRecord, device: Dialect) {
    this.#model = model;
    this.#component = component;
    this.#dialect = componentDialect(model, component, device);
  }

  /** The same for the same model, component and device. @throws HeadroomError `model` or `file` */
  static of(model: Model, component: ComponentRecord, device: Dialect): PlannedNetwork {
    const ofModel = networks.get(model) ?? new Map<string, PlannedNetwork>();
    networks.set(model, ofModel);
    const key = [component.name, component.variant, device.id].join(' ');
    const network = ofModel.get(key) ?? new PlannedNetwork(model, component, device);
    ofModel.set(key, network);
    return network;
  }

  /** What its runs are measured as. */
  get name(): string {
    return networkName(this.#model, this.#component, this.#dialect);
  }

  /**
   * What it needs for a run; a document's nodes and a library's models of one form ask the same again and again.
   *
   * @param dimensions of its graph
   * @param parts that its weights are cut into
   * @throws HeadroomError `model` or `file`
   */
  need(dimensions: Readonly<Record<string, number>>, parts: number): NetworkNeed {
    const form = componentForm(this.#model, this.#component, this.#dialect);
    const key = JSON.stringify([form, this.#dialect.id, dimensions, parts]);
    const known = needs.get(key);
    if (known) return known;
    this.#graph ??= this.#build();
    const cut = this.#cut.get(parts) ?? partsOf(this.#graph, parts);
    this.#cut.set(parts, cut);
    const weightBytes = Math.max(...cut.map(({ initializers }) => heldBytes(initializers)));
    const need = { weightBytes, graphBytes: activationPeak(this.#graph, dimensions, cut).bytes };
    needs.set(key, need);
    return need;
  }

  #build(): OnnxModel {
    const changed = tensorsToMake(this.#model, this.#component, this.#dialect);
    return buildComponent(this.#model, this.#component, this.#dialect, changed);
  }
}
