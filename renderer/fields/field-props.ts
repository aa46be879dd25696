import type { Field, FieldKind, FieldValue } from '../../engine/contract/ports.ts';

export type FieldOf<Kind extends FieldKind> = Extract<Field, { kind: Kind }>;

/** What every field widget is given. */
export interface FieldProps<Kind extends FieldKind = FieldKind> {
  /** For the element that the person uses: the id that the label is for, and what is wrong. */
  element: { id: string; 'aria-invalid'?: boolean; 'aria-describedby'?: string };
  /** The node that the field is on. */
  nodeId: string;
  /** The field's name in front of the person, for messages. */
  title: string;
  field: FieldOf<Kind>;
  /** What the document holds; a document written by hand may hold anything. */
  value: FieldValue;
  /** Where the choice may be left to Headroom: what that comes to here, or came to last, if it is known. */
  automatic?: string | number;
  /** Called with every value that the document may take over, while the person is still typing too. */
  onChange: (value: FieldValue) => void;
  /** The person is done with this field for now: what follows is another undo step. */
  onDone: () => void;
}
