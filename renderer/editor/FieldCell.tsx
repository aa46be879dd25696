import type { InputDescriptor } from '../../engine/contract/node.ts';
import { type FieldValue, fieldProblem } from '../../engine/contract/ports.ts';
import { widgetOf } from '../fields/index.ts';
import { setField } from '../graph/edits.ts';
import { fieldValue } from '../graph/values.ts';
import { closeStep, edit, useGraph } from '../stores/graph.ts';
import { useAutomaticValue } from './use-automatic-value.ts';
import { useFieldError } from './use-field-error.ts';

interface FieldCellProps {
  /** Of the widget's element, for its label. */
  id: string;
  nodeId: string;
  input: InputDescriptor;
}

/** A field's widget, bound to the document, with what is wrong with its value below it. */
export function FieldCell({ id, nodeId, input }: FieldCellProps) {
  const { field, name, title } = input;
  const value = useGraph(({ nodes }) => fieldValue(nodes[nodeId] ?? { inputs: {} }, input));
  const failure = useFieldError(nodeId, name);
  const automatic = useAutomaticValue(nodeId, input);
  if (!field || value === undefined) return null;
  const Widget = widgetOf(field.kind);
  const misfit = fieldProblem(field, value);
  const problem = misfit === null ? failure : `Must be ${misfit}`;
  const problemId = `${id}-problem`;

  function change(next: FieldValue) {
    edit((draft) => setField(draft, nodeId, name, next), `field ${id}`);
  }

  return (
    <div className="nodrag min-w-0 cursor-default">
      <Widget
        element={{ id, ...(problem === null ? {} : { 'aria-invalid': true, 'aria-describedby': problemId }) }}
        nodeId={nodeId}
        title={title}
        field={field}
        value={value}
        automatic={automatic}
        onChange={change}
        onDone={closeStep}
      />
      {problem !== null && (
        <p id={problemId} className="selectable pt-0.5 pb-1 text-2xs text-danger wrap-anywhere">
          {problem}
        </p>
      )}
    </div>
  );
}
