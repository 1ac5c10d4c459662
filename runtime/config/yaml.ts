/**
 * YAML text into a small tree in which every value knows its place. Files come from operators and, as policy, from the
 * network, so everything is bounded before the recursive part of the YAML library sees it: a file of a few thousand
 * opening brackets would otherwise exhaust the process.
 */
import { Composer, LineCounter, Parser, isMap, isScalar, isSeq, type CST, type ParsedNode } from 'yaml';

import { LIMITS } from '../../core/limits.ts';

/** Line and column, both from 1. */
interface Place {
  readonly line: number;
  readonly column: number;
}

export type YamlNode =
  | { readonly kind: 'map'; readonly at: Place; readonly entries: readonly YamlEntry[] }
  | { readonly kind: 'list'; readonly at: Place; readonly items: readonly YamlNode[] }
  | { readonly kind: 'scalar'; readonly at: Place; readonly value: null | boolean | number | string; readonly source: string };

interface YamlEntry {
  readonly key: string;
  readonly at: Place;
  readonly value: YamlNode;
}

/** One thing wrong with a document. */
export interface Problem {
  readonly at: Place;
  /** Where in the document, as keys and indexes: `drivers.files[2].scale`; empty for the document itself. */
  readonly path: string;
  readonly message: string;
}

export type ReportProblem = (at: Place, path: string, message: string) => void;

const START: Place = { line: 1, column: 1 };

/** Parses `text`; returns undefined when it has no usable content, after reporting why. An empty document is an empty map. */
export function parseYaml(text: string, report: ReportProblem): YamlNode | undefined {
  if (text.length > LIMITS.documentBytes) {
    report(START, '', `the document has ${text.length} characters; at most ${LIMITS.documentBytes} are allowed`);
    return undefined;
  }
  const lines = new LineCounter();
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  const deep = firstTooDeep(tokens);
  if (deep !== undefined) {
    report(placeAt(lines, deep), '', `nested more than ${LIMITS.documentDepth} levels deep`);
    return undefined;
  }
  const documents = [...new Composer({ lineCounter: lines, uniqueKeys: false }).compose(tokens, true, text.length)];
  const document = documents[0];
  if (document === undefined) return { kind: 'map', at: START, entries: [] };
  const second = documents[1];
  if (second !== undefined) {
    report(placeAt(lines, second.range[0]), '', 'a second document begins here; only one is allowed');
    return undefined;
  }
  if (document.errors.length > 0) {
    for (const error of document.errors) report(placeAt(lines, error.pos[0]), '', `not valid YAML: ${firstLine(error.message)}`);
    return undefined;
  }
  if (document.contents === null) return { kind: 'map', at: START, entries: [] };
  return new Converter(lines, report).convert(document.contents, '');
}

/** Offset of the first token that lies too deep, found without recursion. */
function firstTooDeep(tokens: readonly CST.Token[]): number | undefined {
  const work: { token: CST.Token; depth: number }[] = tokens.map((token) => ({ token, depth: 0 }));
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    const { token, depth } = next;
    if (depth > LIMITS.documentDepth) return 'offset' in token ? token.offset : 0;
    if (token.type === 'document') {
      if (token.value) work.push({ token: token.value, depth });
    } else if ('items' in token) {
      for (const item of token.items) {
        if (item.key) work.push({ token: item.key, depth: depth + 1 });
        if (item.value) work.push({ token: item.value, depth: depth + 1 });
      }
    }
  }
  return undefined;
}

class Converter {
  readonly #lines: LineCounter;
  readonly #report: ReportProblem;

  constructor(lines: LineCounter, report: ReportProblem) {
    this.#lines = lines;
    this.#report = report;
  }

  convert(node: ParsedNode, path: string): YamlNode | undefined {
    const at = placeAt(this.#lines, node.range[0]);
    if (isMap(node)) return this.#map(node.items, at, path);
    if (isSeq(node)) {
      const items = node.items.map((item, index) => this.convert(item as ParsedNode, `${path}[${index}]`));
      return { kind: 'list', at, items: items.filter((item) => item !== undefined) };
    }
    if (isScalar(node)) return this.#scalar(node.value, 'source' in node ? String(node.source ?? '') : '', at, path);
    // An alias may stand for a tree that grows exponentially; nothing here is large enough to need one.
    this.#report(at, path, 'is an alias (*name), which is not allowed; write the value out');
    return undefined;
  }

  #map(items: readonly { key: unknown; value: unknown }[], at: Place, path: string): YamlNode {
    const entries: YamlEntry[] = [];
    const seen = new Map<string, Place>();
    for (const item of items) {
      const keyNode = item.key as ParsedNode;
      const keyAt = placeAt(this.#lines, keyNode.range[0]);
      if (!isScalar(keyNode) || (typeof keyNode.value !== 'string' && typeof keyNode.value !== 'number')) {
        this.#report(keyAt, path, 'a key must be plain text');
        continue;
      }
      const key = String(keyNode.value);
      const inner = path === '' ? key : `${path}.${key}`;
      const earlier = seen.get(key);
      if (earlier !== undefined) {
        this.#report(keyAt, inner, `appears twice; the first is at line ${earlier.line}`);
        continue;
      }
      seen.set(key, keyAt);
      const value: YamlNode | undefined =
        item.value === null || item.value === undefined
          ? { kind: 'scalar', at: keyAt, value: null, source: '' }
          : this.convert(item.value as ParsedNode, inner);
      if (value !== undefined) entries.push({ key, at: keyAt, value });
    }
    return { kind: 'map', at, entries };
  }

  #scalar(value: unknown, source: string, at: Place, path: string): YamlNode | undefined {
    if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string') {
      return { kind: 'scalar', at, value, source };
    }
    this.#report(at, path, 'only text, numbers, true, false and null are allowed');
    return undefined;
  }
}

function placeAt(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text;
}
