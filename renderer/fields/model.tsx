import type { ModelSummary } from '../../engine/contract/models.ts';
import { formatBytes } from '../format.ts';
import { modelProblem } from '../graph/problems.ts';
import { type ModelLibrary, useModels } from '../stores/models.ts';
import { Select, type SelectOption } from '../ui/Select.tsx';
import type { FieldOf, FieldProps } from './field-props.ts';

/** A model of the library, or one that needs no file. Models that cannot be used stand last, with the reason. */
export function ModelField({ element, field, value, onChange, onDone }: FieldProps<'model'>) {
  const library = useModels((state) => state.library);
  const id = String(value);
  const problem = library.state === 'ready' ? modelProblem(field, id, library.models) : null;

  function choose(chosen: string) {
    onChange(chosen);
    onDone();
  }

  return (
    <Select
      {...element}
      value={id}
      options={optionsOf(library, field)}
      onChange={choose}
      placeholder={problem === null ? id : `${id} (not found)`}
      aria-invalid={element['aria-invalid'] || problem !== null || undefined}
      title={problem ?? undefined}
    />
  );
}

function optionsOf(library: ModelLibrary, { of = 'model', builtIn }: FieldOf<'model'>): SelectOption[] {
  const found = library.state === 'ready' ? library.models.filter(({ kind }) => kind === of) : [];
  const usableFirst = found.toSorted((a, b) => Number(b.usable) - Number(a.usable));
  const models = usableFirst.map((model) => ({
    value: model.id,
    title: model.title,
    detail: model.usable ? detailOf(model) : (model.problem ?? 'cannot be used'),
    disabled: !model.usable,
  }));
  return builtIn ? [builtIn, ...models] : models;
}

function detailOf({ familyTitle, precision, bytes }: ModelSummary): string {
  return [familyTitle, precision, formatBytes(bytes)].filter(Boolean).join(' · ');
}
