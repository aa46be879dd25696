import type { ModelSummary } from '../../engine/contract/models.ts';
import { formatBytes } from '../format.ts';
import { canBeChosen, fitsField } from '../graph/model-choices.ts';
import { type ModelLibrary, useModels } from '../stores/models.ts';
import { Select, type SelectOption } from '../ui/Select.tsx';
import type { FieldOf, FieldProps } from './field-props.ts';

/** What stands for an empty value: the list takes none. */
const EMPTY = ':empty';

/** Something of the library, or what needs no file. What cannot be used stands last, with the reason. */
export function ModelField({ element, field, value, onChange, onDone }: FieldProps<'model'>) {
  const library = useModels((state) => state.library);
  const id = String(value);
  const isBuiltIn = id === field.builtIn?.value;
  const isMissing = library.state === 'ready' && !isBuiltIn && !library.models.some((model) => model.id === id);

  function choose(chosen: string) {
    onChange(chosen === EMPTY ? '' : chosen);
    onDone();
  }

  return (
    <Select
      {...element}
      value={id || EMPTY}
      options={optionsOf(library, field)}
      onChange={choose}
      placeholder={isMissing ? `${id} (not found)` : id}
      aria-invalid={element['aria-invalid'] || isMissing || undefined}
      title={isMissing ? `There is no “${id}” in the models folders.` : undefined}
    />
  );
}

function optionsOf(library: ModelLibrary, field: FieldOf<'model'>): SelectOption[] {
  const found = library.state === 'ready' ? library.models.filter((model) => fitsField(model, field)) : [];
  const models = found
    .toSorted((a, b) => Number(canBeChosen(b)) - Number(canBeChosen(a)))
    .map((model) => ({
      value: model.id,
      title: model.title,
      detail: model.usable ? detailOf(model) : (model.problem ?? 'cannot be used'),
      disabled: !canBeChosen(model),
    }));
  const { builtIn } = field;
  return builtIn ? [{ value: builtIn.value || EMPTY, title: builtIn.title }, ...models] : models;
}

function detailOf({ familyTitle, precision, bytes }: ModelSummary): string {
  return [familyTitle, precision, formatBytes(bytes)].filter(Boolean).join(' · ');
}
