/** Records of several kinds, told apart by one key. */
import { INVALID, oneOf, required, type Fields, type Schema } from './schema.ts';
import { didYouMean } from '../../core/suggest.ts';

type ValueOf<S> = S extends Schema<infer T> ? T : never;

/** Each kind's schema must itself have the key `tag`. The documentation lists the keys of every kind, with its name. */
export function variants<K extends Readonly<Record<string, Schema<unknown>>>>(tag: string, kinds: K): Schema<ValueOf<K[keyof K]>> {
  type T = ValueOf<K[keyof K]>;
  const names = Object.keys(kinds);
  const expects = `a group of keys with ${tag}: ${names.join(', ')}`;
  const fields = documentedFields(tag, kinds);
  return {
    expects,
    fields,
    write: () => expects,
    read(node, path, report) {
      if (node.kind !== 'map') {
        report(node.at, path, `expected ${expects}`);
        return INVALID;
      }
      const entry = node.entries.find(({ key }) => key === tag);
      const kind = entry?.value.kind === 'scalar' ? String(entry.value.value) : '';
      if (entry !== undefined && Object.hasOwn(kinds, kind)) return kinds[kind]!.read(node, path, report) as T | typeof INVALID;
      const at = entry?.value.at ?? node.at;
      const message = entry === undefined ? 'is missing' : `is ${JSON.stringify(kind)}`;
      report(at, `${path}.${tag}`, `${message}; expected one of ${names.join(', ')}${didYouMean(kind, names)}`);
      return INVALID;
    },
  };
}

function documentedFields(tag: string, kinds: Readonly<Record<string, Schema<unknown>>>): Fields {
  const fields: Record<string, Fields[string]> = {
    [tag]: required(oneOf(Object.keys(kinds)), 'What it is; it decides which other keys there are.'),
  };
  for (const [kind, schema] of Object.entries(kinds))
    for (const [key, field] of Object.entries(schema.fields ?? {})) if (key !== tag) fields[`${key} (${kind})`] = field;
  return fields;
}
