/** Reference pages of documents, made from their schemas: every key with meaning, what is allowed and the default. */
import type { Field, Fields, Schema } from './schema.ts';

/** Markdown: the `introduction`, then a table of all keys. Keys of the groups in a list are written `files[].path`. */
export function referencePage(introduction: string, schema: Schema<unknown>): string {
  const rows = schema.fields === undefined ? [] : describeFields(schema.fields, '');
  return [introduction.trim(), '', '| Key | Meaning | Allowed | Default |', '|---|---|---|---|', ...rows, ''].join('\n');
}

function describeFields(fields: Fields, prefix: string): readonly string[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    const inner = field.schema.fields;
    const isList = field.schema.expects.startsWith('a list');
    const key = `${prefix}${name}`;
    const row = `| \`${key}\` | ${cell(field.help)} | ${cell(inner === undefined ? field.schema.expects : isList ? 'list' : 'group of keys')} | ${cell(defaultOf(field))} |`;
    return inner === undefined ? [row] : [row, ...describeFields(inner, `${key}${isList ? '[]' : ''}.`)];
  });
}

function defaultOf(field: Field<unknown>): string {
  return field.fallback === undefined ? 'required' : field.schema.write(field.fallback.value);
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
