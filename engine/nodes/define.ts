import type { NodeEstimate } from '../contract/estimate.ts';
import type { NodeDescriptor } from '../contract/node.ts';
import type { ModelPrompts } from '../pipelines/prompt.ts';
import type { EstimateContext, LibraryContext, NodeContext } from './context.ts';
import type { Input, Output } from './ports.ts';

type Inputs = Readonly<Record<string, Input<unknown>>>;
type Outputs = Readonly<Record<string, Output<unknown>>>;
/** What `run` gets for inputs, and gives for outputs, from their declarations. */
export type ValuesOf<Ports extends Inputs | Outputs> = {
  readonly [Name in keyof Ports]: Ports[Name] extends { readonly value?: infer Value } ? Value : never;
};

/** Everything about a node type, on one screen. A node is deterministic: equal inputs give equal results. */
interface NodeDeclaration<I extends Inputs, O extends Outputs> {
  /** Part of saved documents, as the names of inputs and outputs are: never renamed without a migration. */
  readonly type: string;
  /** Raised when the same inputs give another result than before, so that older results are not used. */
  readonly version: number;
  readonly title: string;
  readonly category: string;
  readonly description: string;
  readonly keywords: readonly string[];
  readonly inputs: I;
  readonly outputs: O;
  /** A run is for this node: it and what it depends on are run. */
  readonly isOutput?: boolean;
  /** The node's body shows the pictures that it made. */
  readonly showsImages?: boolean;
  /**
   * For a node that acts on the engine and gives its input on: it runs whenever a node before or after it does, and what
   * comes after it does not run again only because it did.
   */
  readonly transparent?: boolean;
  /** What the result depends on besides the inputs, such as the files behind an id. */
  fingerprint?(context: LibraryContext, inputs: ValuesOf<I>): Promise<string>;
  /** What the node will need of the device's memory: null for none; left out by nodes that never need any. */
  estimate?(context: EstimateContext, inputs: ValuesOf<I>): Promise<NodeEstimate | null>;
  /** The node's outputs where they can be had at once, for what is to be known of nodes after it before they run. */
  lookUp?(context: LibraryContext, inputs: ValuesOf<I>): Promise<ValuesOf<O>>;
  /** What `run` will have encoded; of pictures among the inputs nothing is known. Left out by nodes that read no prompts. */
  prompts?(inputs: ValuesOf<I>): ModelPrompts;
  run(context: NodeContext, inputs: ValuesOf<I>): Promise<ValuesOf<O>>;
}

type AnyValues = Readonly<Record<string, unknown>>;

/** A node type as the workflow engine handles it. */
export interface NodeDefinition {
  readonly descriptor: NodeDescriptor;
  readonly version: number;
  readonly transparent: boolean;
  fingerprint(context: LibraryContext, inputs: AnyValues): Promise<string>;
  readonly estimate: ((context: EstimateContext, inputs: AnyValues) => Promise<NodeEstimate | null>) | undefined;
  readonly lookUp: ((context: LibraryContext, inputs: AnyValues) => Promise<AnyValues>) | undefined;
  readonly prompts: ((inputs: AnyValues) => ModelPrompts) | undefined;
  run(context: NodeContext, inputs: AnyValues): Promise<AnyValues>;
}

/** A node type from its declaration; what `run` gets and must return follows from the ports. */
export function defineNode<const I extends Inputs, const O extends Outputs>(
  declaration: NodeDeclaration<I, O>,
): NodeDefinition {
  const { type, title, category, description, keywords, isOutput = false, showsImages = false } = declaration;
  const { estimate, lookUp, prompts } = declaration;
  return {
    descriptor: {
      type,
      title,
      category,
      description,
      keywords: [...keywords],
      inputs: Object.entries(declaration.inputs).map(([name, { descriptor }]) => ({ name, ...descriptor })),
      outputs: Object.entries(declaration.outputs).map(([name, { descriptor }]) => ({ name, ...descriptor })),
      isOutput,
      showsImages,
    },
    version: declaration.version,
    transparent: declaration.transparent ?? false,
    // The workflow engine gives each input its declared type: it checks fields by value and edges by port type.
    fingerprint: async (context, inputs) => (await declaration.fingerprint?.(context, inputs as ValuesOf<I>)) ?? '',
    estimate: estimate && ((context, inputs) => estimate(context, inputs as ValuesOf<I>)),
    lookUp: lookUp && ((context, inputs) => lookUp(context, inputs as ValuesOf<I>)),
    prompts: prompts && ((inputs) => prompts(inputs as ValuesOf<I>)),
    run: (context, inputs) => declaration.run(context, inputs as ValuesOf<I>),
  };
}
