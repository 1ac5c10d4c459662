/** The log of a simulated node: programs' lines and troubles are told to the observer, the rest is nobody's. */
import type { Log } from '../../core/ports.ts';
import type { NodeIndex } from '../medium.ts';
import type { Observer, TroubleLevel } from './environment.ts';
import type { Life } from './life.ts';

export class SimLog implements Log {
  readonly #node: NodeIndex;
  readonly #life: Life;
  readonly #observer: Required<Observer>;
  readonly #smId: string | null;

  constructor(node: NodeIndex, life: Life, observer: Required<Observer>, smId: string | null = null) {
    this.#node = node;
    this.#life = life;
    this.#observer = observer;
    this.#smId = smId;
  }

  debug(_fields: object, message: string): void {
    this.#line(null, message, {});
  }

  info(_fields: object, message: string): void {
    this.#line(null, message, {});
  }

  warn(fields: object, message: string): void {
    this.#line('warn', message, fields);
  }

  error(fields: object, message: string): void {
    this.#line('error', message, fields);
  }

  /** Lines about one Smart Message are its own. */
  child(fields: object): Log {
    const { smId } = fields as { readonly smId?: string };
    return smId === undefined ? this : new SimLog(this.#node, this.#life, this.#observer, smId);
  }

  #line(level: TroubleLevel | null, message: string, fields: object): void {
    // A dead node may still be unwinding.
    if (!this.#life.alive) return;
    if (this.#smId !== null) this.#observer.said(this.#node, this.#smId, message);
    else if (level !== null) this.#observer.trouble(this.#node, level, `${message}${detail(fields)}`);
  }
}

function detail(fields: object): string {
  const { err, error } = fields as { readonly err?: unknown; readonly error?: unknown };
  const cause = err ?? error;
  if (cause === undefined) return '';
  return `: ${cause instanceof Error ? (cause.stack ?? cause.message) : JSON.stringify(cause)}`;
}
