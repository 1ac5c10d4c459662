/** From `--arg key=value` and `--args json` to the argument object of a program. */
import { MisuseError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';

/**
 * Merges both forms; `--arg` wins. A value is JSON where it parses as JSON, else a string: `--arg visits=3 --arg tag=io:load`.
 * Throws MisuseError naming the flag.
 */
export function parseArguments(pairs: readonly string[], json: string | undefined): string {
  const given = pairs.map((pair): [string, unknown] => {
    const at = pair.indexOf('=');
    if (at <= 0) throw new MisuseError('bad-argument', `--arg needs key=value, not "${pair}"`);
    return [pair.slice(0, at), parseValue(pair.slice(at + 1), `--arg ${pair.slice(0, at)}`)];
  });
  // Not by assignment: that would take a key such as __proto__ for something else.
  const text = JSON.stringify(Object.fromEntries([...Object.entries(parseObject(json)), ...given]));
  const bytes = Buffer.byteLength(text);
  if (bytes > LIMITS.argumentsBytes)
    throw new MisuseError('bad-argument', `the arguments are ${bytes} bytes long; ${LIMITS.argumentsBytes} are allowed`);
  return text;
}

function parseObject(json: string | undefined): Record<string, unknown> {
  if (json === undefined) return {};
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new MisuseError('bad-argument', `--args is not JSON: ${(cause as Error).message}`, {
      hint: `Example: --args '{"visits": 3}'`,
      cause,
    });
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new MisuseError('bad-argument', '--args must be a JSON object', { hint: `Example: --args '{"visits": 3}'` });
  }
  return value as Record<string, unknown>;
}

/** What begins so is meant to be JSON. */
const BEGINS_LIKE_JSON = /^\s*[{["]/;

/** JSON where it parses as JSON, else a string. Throws MisuseError naming `what` for what begins like JSON and is not. */
export function parseValue(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (!BEGINS_LIKE_JSON.test(text)) return text;
    throw new MisuseError('bad-argument', `${what} begins like JSON and is not: ${(cause as Error).message}`, {
      hint: `A text that begins so goes in quotes: '${JSON.stringify(text)}'`,
      cause,
    });
  }
}

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, min: 60_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `500ms`, `30s`, `5min`, `2h`, `7d`; a bare number is seconds. Throws MisuseError naming `flag`. */
export function parseDuration(text: string, flag: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/.exec(text.trim());
  const unit = match === null ? undefined : UNITS_MS[match[2] === '' ? 's' : match[2]!];
  if (match === null || unit === undefined) {
    throw new MisuseError('bad-argument', `${flag} needs a duration such as 30s, 5min or 2h, not "${text}"`);
  }
  return Math.round(Number(match[1]) * unit);
}
