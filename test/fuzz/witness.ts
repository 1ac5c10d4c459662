/** Plain work over several suspensions with everything in it that a hostile program may have broken. */
export const WITNESS = `(function ($) {
  const { sleep, random } = $.import('sm:host');
  class Counter { constructor() { this.count = 0; } add(n) { this.count += n; return this; } }
  $.class(1, { name: 'Counter', derived: false }, () => Counter);
  $.async(0, { name: 'main', locals: 'seen map text', points: { 1: [1, 0, 1, 2] } }, (frame, mode, value) => {
    if (mode === 1) throw value;
    const [seen, map, text] = frame.pc === 0 ? [[], new Map(), ''] : frame.live;
    if (frame.pc !== 0) {
      seen.push(...[3, 1, 2].sort().map((n) => n * seen.length));
      map.set('k' + map.size, { n: new Counter().add(map.size).count, d: new Date(0).toISOString() });
    }
    if (map.size < 3) return $.await(frame, Promise.all([sleep(1), sleep(2)]), 1, [seen, map, text + 'ab'.replace(/b/g, (b) => b + map.size)]);
    return $.done(frame, JSON.parse(JSON.stringify({ seen, map: [...map], text, polluted: typeof {}.polluted, random: typeof random() })));
  });
  const main = () => $.start(0, []);
  $.fixed(2, main);
  return { data: {}, exports: { default: () => main }, init() {} };
})`;

/** How the witness ends when nothing is broken. */
export const TESTIMONY = `exit ${JSON.stringify({
  seen: [0, 0, 0, 3, 6, 9, 6, 12, 18],
  map: [0, 1, 2].map((n) => [`k${n}`, { n, d: '1970-01-01T00:00:00.000Z' }]),
  text: 'ab0ab1ab2',
  polluted: 'undefined',
  random: 'number',
})}`;
