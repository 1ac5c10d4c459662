/**
 * The exchange of HELLOs, which makes a secure stream a link, or does not.
 *
 * Two nodes may dial each other at once, and a node may dial again before its peer has noticed that the old link is dead. So that
 * both keep the same link, one of them decides: the node with the lower id. The other greets first; the decider answers with its own
 * HELLO when it takes the link, with BYE when it does not. A node that receives the decider's HELLO drops any older link.
 */
import { decodeFields } from '../../core/codec.ts';
import { DataError, RefusedError, SmError } from '../../core/errors.ts';
import type { NodeId } from '../../core/ids.ts';
import type { Limits } from '../../core/limits.ts';
import { decodeMessage, encodeMessage } from '../../core/message-codec.ts';
import { PROTOCOL_VERSION, type Hello } from '../../core/messages.ts';
import type { Clock } from '../../core/ports.ts';
import { byeBecause } from './bye.ts';
import type { FramedStream } from './framed-stream.ts';

/** Longest first frame: a HELLO or a BYE with its reason. */
export const GREETING_BYTES = 4096;

export interface GreetingOptions {
  readonly stream: FramedStream;
  readonly self: NodeId;
  readonly peer: NodeId;
  readonly hello: Hello;
  readonly clock: Clock;
  readonly limits: Limits;
  /** Asked on the deciding side only. Calls `verdict` once, with null to take the link or the reason why not. */
  readonly decide: (hello: Hello, verdict: (refusal: string | null) => void) => void;
  /** The link stands. Called in the same turn in which the peer may already have sent more frames. */
  readonly linked: (hello: Hello) => void;
  /** There will be no link; the stream has ended or is ending. */
  readonly failed: (error: SmError) => void;
}

export function greet(options: GreetingOptions): void {
  const { stream, clock, limits, hello } = options;
  const decides = options.self < options.peer;
  let over = false;
  const end = (action: () => void): void => {
    if (over) return;
    over = true;
    timer.cancel();
    action();
  };
  const fail = (error: SmError): void =>
    end(() => {
      void stream.finish(byeBecause(error.message), error.message);
      options.failed(error);
    });
  const timer = clock.setTimer(limits.helloTimeoutMs, () => fail(new DataError('no-hello', `no HELLO within ${limits.helloTimeoutMs} ms`)));
  const link = (theirs: Hello): void =>
    end(() => {
      stream.limitFrames(limits.frameBytes);
      options.linked(theirs);
    });

  stream.onEnd = (reason) => end(() => options.failed(new DataError('no-hello', `the link ended before HELLO: ${reason}`)));
  stream.onFrame = (body) => {
    let theirs: Hello;
    try {
      theirs = readHello(body);
    } catch (error) {
      if (!(error instanceof SmError)) throw error;
      return fail(error);
    }
    if (!decides) return link(theirs);
    stream.onFrame = () => fail(new DataError('bad-message', 'the peer went on before its HELLO was answered'));
    options.decide(theirs, (refusal) => {
      if (over) return;
      if (refusal !== null) return fail(new RefusedError('queue-full', refusal));
      stream.send(encodeMessage(hello));
      link(theirs);
    });
  };
  if (!decides) stream.send(encodeMessage(hello));
}

/** Reads the first frame of a peer. Throws RefusedError for a BYE, DataError `wrong-version` or `bad-message`. */
function readHello(body: Uint8Array): Hello {
  requireVersion(body);
  const message = decodeMessage(body);
  if (message.type === 'hello') return message;
  if (message.type === 'bye') throw new RefusedError('internal', `the peer refused the link: ${message.reason}`);
  throw new DataError('bad-message', `the first message must be a HELLO, not ${message.type}`);
}

/** Looks at the version alone, before a HELLO of another version is called malformed for its other fields. */
function requireVersion(body: Uint8Array): void {
  const fields = decodeFields(body, 'bad-message', 'first message');
  if (fields.uint('type') !== HELLO_TYPE) return;
  const version = fields.uint('version');
  if (version === PROTOCOL_VERSION) return;
  throw new DataError('wrong-version', `the peer speaks version ${version} of the protocol, this node speaks version ${PROTOCOL_VERSION}`, {
    hint: 'Bring both nodes to the same release.',
  });
}

/** How a HELLO of any version begins. */
const HELLO_TYPE = 1;
