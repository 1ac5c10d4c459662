// Turns what a command prints into an SVG of a terminal, for the documentation:
//   script -qec 'npm run --silent start' /dev/null | node scripts/capture.mjs '$ npm start' > docs/images/demo.svg
import { text } from 'node:stream/consumers';

const FONT_SIZE = 13;
const CELL_WIDTH = 7.8;
const LINE_HEIGHT = 18;
const MARGIN = 16;
const MOST_COLUMNS = 110;
const COLOURS = { 31: '#ff7b72', 32: '#7ee787', 33: '#e3b341', 36: '#79c0ff', 90: '#8b949e' };
const ESCAPE = String.fromCodePoint(27);
const STYLES = { 1: 'font-weight="bold"', 2: 'fill="#8b949e"' };

const prompt = process.argv[2] ?? '';
const lines = [...(prompt === '' ? [] : [prompt]), ...(await text(process.stdin)).trimEnd().split('\n')].map(lastOverwrite);
const columns = Math.min(MOST_COLUMNS, Math.max(...lines.map((line) => segments(line).reduce((sum, { shown }) => sum + shown.length, 0))));
const width = Math.ceil(columns * CELL_WIDTH + 2 * MARGIN);
const height = lines.length * LINE_HEIGHT + 2 * MARGIN;

process.stdout.write(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<g font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="${FONT_SIZE}" fill="#e6edf3">
${lines.map(lineText).join('\n')}
</g>
</svg>
`);

/** A progress line is erased by a carriage return: only what stands after the last one was there to stay. */
function lastOverwrite(line) {
  return line.replace(/\r$/, '').split('\r').at(-1);
}

function lineText(line, index) {
  const y = MARGIN + index * LINE_HEIGHT + FONT_SIZE;
  const parts = segments(line).map(({ shown, style }) => (style === '' ? escaped(shown) : `<tspan ${style}>${escaped(shown)}</tspan>`));
  return `<text x="${MARGIN}" y="${y}" xml:space="preserve">${parts.join('')}</text>`;
}

/** The visible parts of a line with their SVG style. */
function segments(line) {
  const [first, ...rest] = line.split(`${ESCAPE}[`);
  const parts = [{ shown: first, style: '' }];
  for (const part of rest) {
    const end = part.search(/[A-Za-z]/);
    const code = part.slice(0, end);
    const style = part[end] === 'm' ? (STYLES[code] ?? (COLOURS[code] === undefined ? '' : `fill="${COLOURS[code]}"`)) : '';
    parts.push({ shown: part.slice(end + 1), style });
  }
  return parts.filter(({ shown }) => shown !== '');
}

function escaped(shown) {
  return shown.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
