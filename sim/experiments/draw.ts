/** Draws figures: Vega-Lite makes an SVG of them without any browser. */
import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Experiment } from './experiment.ts';
import type { Figure, HorizontalAxis, Panel, VerticalAxis } from './figure.ts';
import type { PointSummary } from './results.ts';

/** Colours that the colour-blind tell apart (M. Okabe, K. Ito: Color universal design, 2008), the lighter ones last. */
const COLOURS = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#555555'];
const SHAPES = ['circle', 'square', 'triangle-up', 'diamond', 'cross', 'triangle-down', 'stroke'];
const PANEL = { width: 420, height: 300 };
const SIDE_BY_SIDE = { width: 340, height: 280 };
/** More panels than this are set in rows of two. */
const COLUMNS_MOST = 3;
const COLUMNS = 2;
const BAND_OPACITY = 0.18;
/** Labels may have several lines. */
const LINES = "split(datum.label, '\\n')";
/** Numbers too long for the place beside an axis: 1.5M in place of 1,500,000. */
const SHORT = "datum.value >= 1e5 ? format(datum.value, '~s') : datum.label";
const CONFIG = {
  background: 'white',
  padding: 12,
  font: 'DejaVu Sans, Verdana, sans-serif',
  title: { fontSize: 16, subtitleFontSize: 12, subtitleColor: '#444444', anchor: 'start', subtitlePadding: 6 },
  axis: { labelFontSize: 12, titleFontSize: 13, titleFontWeight: 'normal', gridColor: '#e6e6e6', labelLimit: 260, titleLimit: 600 },
  legend: {
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    labelLimit: 600,
    titleLimit: 300,
    symbolSize: 90,
    symbolOpacity: 1,
  },
  view: { stroke: '#bbbbbb' },
} as const;

/** One mean in a panel, ready to be drawn. */
interface Mark {
  readonly x: string | number;
  readonly series: string;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

type Layer = Record<string, unknown>;

/** The text of an SVG. The same summaries give the same bytes. */
export async function draw(experiment: Experiment, figure: Figure, points: readonly PointSummary[]): Promise<string> {
  const many = figure.panels.length > 1;
  const spec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: { text: figure.title, subtitle: subtitleOf(figure, points), offset: many ? 36 : 14 },
    config: CONFIG,
    // Panels are set by their frames: their titles stand in a row, whatever the axes need.
    bounds: 'flush',
    spacing: { row: 110, column: 96 },
    columns: figure.panels.length > COLUMNS_MOST ? COLUMNS : figure.panels.length,
    concat: figure.panels.map((panel) => ({
      ...(many ? SIDE_BY_SIDE : PANEL),
      layer: [...layersOf(panel, experiment, figure, points), ...titleLayers(panel)],
      resolve: { scale: { color: 'shared' } },
    })),
    resolve: { scale: { color: sharesLegend(figure) ? 'shared' : 'independent', shape: sharesLegend(figure) ? 'shared' : 'independent' } },
  };
  const { spec: program } = compile(spec as unknown as TopLevelSpec);
  const view = new vega.View(vega.parse(program), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  return `${svg}\n`;
}

/** Panels that colour the same things have one legend. */
function sharesLegend({ panels }: Figure): boolean {
  const coloured = ({ colour, measures }: Panel): string => (measures.length === 1 ? (colour?.field ?? '') : measures.join());
  return panels.every((panel) => coloured(panel) !== '' && coloured(panel) === coloured(panels[0]!));
}

function subtitleOf(figure: Figure, points: readonly PointSummary[]): string {
  const drawn = figure.panels.flatMap((panel) =>
    points.filter((point) => isIn(panel, point)).flatMap(({ summary }) => panel.measures.map((measure) => summary[measure]!.n)),
  );
  const [fewest, most] = [Math.min(...drawn), Math.max(...drawn)];
  const seeds = fewest === most ? `${most} seeds` : `${fewest} to ${most} seeds`;
  const interval = figure.panels.some(({ kind }) => kind === 'lines') ? 'band' : 'bar ends';
  return most < 2 ? `mean over ${seeds}` : `mean over ${seeds}; ${interval}: 95 % confidence interval by Student's t`;
}

function isIn({ where = {} }: Panel, { point }: Pick<PointSummary, 'point'>): boolean {
  return Object.entries(where).every(([field, value]) => [value].flat().includes(point[field]!));
}

function layersOf(panel: Panel, experiment: Experiment, figure: Figure, points: readonly PointSummary[]): Layer[] {
  const marks = marksOf(panel, experiment, figure, points);
  const names = [...new Set(marks.map(({ series }) => series))];
  const x = xOf(panel, figure, points);
  const y = yOf(panel.y);
  const scale = { domain: names, range: COLOURS.slice(0, names.length) };
  // What is alone is named by its axis.
  const legend = panel.colour === undefined && panel.measures.length === 1 ? { legend: null } : {};
  const colour = { field: 'series', type: 'nominal', title: panel.colour?.title ?? null, sort: null, scale, ...legend };
  const layers = panel.kind === 'bars' ? barLayers(x, y, colour, names) : lineLayers(x, y, colour, names);
  return [{ data: { values: marks }, layer: layers }, ...referenceLayers(panel, figure, x, y, names)];
}

/** As a mark, since a title would stand the higher the more its axis needs. */
function titleLayers({ title }: Panel): Layer[] {
  if (title === undefined) return [];
  const mark = { type: 'text', text: title, x: 0, y: -14, align: 'left', fontSize: 13, fontWeight: 'bold' };
  return [{ data: { values: [{}] }, mark, encoding: {} }];
}

function lineLayers(x: Layer, y: Layer, colour: Layer, names: readonly string[]): Layer[] {
  const shape = { ...colour, scale: { domain: names, range: SHAPES.slice(0, names.length) } };
  const bounds = { y: { ...y, field: 'low' }, y2: { field: 'high' } };
  return [
    { mark: { type: 'errorband', opacity: BAND_OPACITY, borders: false }, encoding: { x, ...bounds, color: colour } },
    { mark: { type: 'line', strokeWidth: 2 }, encoding: { x, y: { ...y, field: 'mean' }, color: colour } },
    { mark: { type: 'point', filled: true, size: 55, opacity: 1 }, encoding: { x, y: { ...y, field: 'mean' }, color: colour, shape } },
  ];
}

function barLayers(x: Layer, y: Layer, colour: Layer, names: readonly string[]): Layer[] {
  const xOffset = { field: 'series', type: 'nominal', sort: names, scale: { domain: names, paddingInner: 0.1 } };
  const bounds = { y: { ...y, field: 'low' }, y2: { field: 'high' } };
  return [
    { mark: { type: 'bar' }, encoding: { x, xOffset, y: { ...y, field: 'mean' }, color: colour } },
    { mark: { type: 'errorbar', color: 'black', ticks: { color: 'black', size: 10 } }, encoding: { x, xOffset, ...bounds } },
  ];
}

function referenceLayers({ kind, colour, references }: Panel, figure: Figure, x: Layer, y: Layer, names: readonly string[]): Layer[] {
  if (references === undefined) return [];
  const series = (value: string | number | undefined): string => labelOf(figure, value ?? '');
  const values = references.values.map(({ point, value }) => ({
    x: kind === 'bars' ? series(point[x['name'] as string]) : point[x['name'] as string],
    series: series(point[colour?.field ?? '']),
    value,
    what: references.title,
  }));
  const xOffset = kind === 'bars' ? { xOffset: { field: 'series', type: 'nominal', sort: names, scale: { domain: names } } } : {};
  const shape = { field: 'what', type: 'nominal', title: null, scale: { domain: [references.title], range: ['diamond'] } };
  const mark = { type: 'point', filled: true, size: 110, color: 'black', stroke: 'white', strokeWidth: 1, opacity: 1 };
  return [{ data: { values }, mark, encoding: { x, ...xOffset, y: { ...y, field: 'value' }, shape } }];
}

function marksOf(panel: Panel, experiment: Experiment, figure: Figure, points: readonly PointSummary[]): Mark[] {
  const { colour, measures, kind } = panel;
  const marks = points.flatMap((each) => {
    const at = each.point[panel.x.field];
    if (at === undefined || !isIn(panel, each)) return [];
    const x = kind === 'bars' ? labelOf(figure, at) : at;
    return measures.flatMap((measure): Mark[] => {
      const { mean, low, high } = each.summary[measure]!;
      const series = colour === undefined ? experiment.measures[measure]!.title : labelOf(figure, each.point[colour.field]!);
      return mean === null ? [] : [{ x, series, mean, low: low ?? mean, high: high ?? mean }];
    });
  });
  const [least, most] = endsOf(panel.y, marks);
  return marks.map((mark) => ({ ...mark, low: Math.max(least, mark.low), high: Math.min(most, mark.high) }));
}

/** Where bands end at the latest: what cannot be below 0 is not said to be, and a logarithmic axis has no room for it. */
function endsOf({ domain, isLogarithmic }: VerticalAxis, marks: readonly Mark[]): readonly [low: number, high: number] {
  if (domain !== undefined) return domain;
  const least = Math.min(...marks.map(({ mean }) => mean));
  if (isLogarithmic === true) return [least / 2, Infinity];
  return [least < 0 ? -Infinity : 0, Infinity];
}

function labelOf({ labels }: Figure, value: string | number): string {
  return labels?.[value] ?? String(value);
}

function xOf({ kind, x }: Panel, figure: Figure, points: readonly PointSummary[]): Layer {
  const values = [...new Set(points.flatMap(({ point }) => point[x.field] ?? []))];
  const names = values.map((value) => labelOf(figure, value));
  const axis = { field: 'x', name: x.field, title: titleOf(x) };
  if (kind === 'bars') return { ...axis, type: 'nominal', sort: names, axis: { labelAngle: 0, labelExpr: LINES } };
  // What was computed is what is worth a tick; evenly spaced ticks say little on a logarithmic axis.
  const [scale, ticks] = x.isLogarithmic === true ? [{ type: 'log' }, { axis: { values } }] : [{ zero: false }, {}];
  return { ...axis, ...ticks, type: 'quantitative', scale: { ...scale, nice: false, padding: 14 } };
}

function yOf(y: VerticalAxis): Layer {
  const scale = y.isLogarithmic === true ? { type: 'log' } : { zero: true };
  return {
    type: 'quantitative',
    title: titleOf(y),
    axis: { labelExpr: SHORT },
    scale: { ...scale, ...(y.domain !== undefined && { domain: y.domain }) },
  };
}

function titleOf({ title, unit }: HorizontalAxis | VerticalAxis): string {
  return unit === '' ? title : `${title} (${unit})`;
}
