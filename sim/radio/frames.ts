/** Cuts a message into as few frames as will hold it, full ones first. An empty message is one empty frame. */
export function framesOf(bytes: number, payloadBytes: number): number[] {
  const full = Math.max(0, Math.ceil(bytes / payloadBytes) - 1);
  return [...Array.from({ length: full }, () => payloadBytes), bytes - full * payloadBytes];
}
