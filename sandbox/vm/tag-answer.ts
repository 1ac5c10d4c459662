import { TAG_NUMBERS, type TagView } from '../guest/boundary.ts';

/** Answers the short question for a tag: fills `numbers` and returns the text beside them, if any. See {@link TAG_NUMBERS}. */
export function tagAnswer(view: TagView, numbers: Float64Array): string | undefined {
  const { value, unit = '' } = view;
  const isNumber = typeof value === 'number';
  numbers[TAG_NUMBERS.exists] = view.exists ? 1 : 0;
  numbers[TAG_NUMBERS.rights] = view.rights;
  numbers[TAG_NUMBERS.version] = view.version;
  numbers[TAG_NUMBERS.ageMs] = view.ageMs ?? 0;
  numbers[TAG_NUMBERS.lifetimeLeftMs] = view.lifetimeLeftMs ?? Infinity;
  numbers[TAG_NUMBERS.value] = isNumber ? value : 0;
  const json = isNumber || value === undefined ? '' : JSON.stringify(value);
  const isAlone = json === '' && unit === '';
  numbers[TAG_NUMBERS.alone] = isAlone ? 1 : 0;
  return isAlone ? undefined : `=${json}\n${unit}`;
}
