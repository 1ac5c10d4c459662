/** What is drawn of an experiment: panels side by side, each with the means of its points and their confidence intervals. */

export interface Figure {
  /** Of the file, after the name of the experiment; empty for an experiment's main figure. */
  readonly name: string;
  readonly title: string;
  readonly panels: readonly Panel[];
  /** What values of points are called in the picture. */
  readonly labels?: Readonly<Record<string, string>>;
}

export interface Panel {
  /** Said above it, where there are several. */
  readonly title?: string;
  /** `lines`: points joined by lines in a band. `bars`: for a horizontal axis of names, with error bars. */
  readonly kind: 'lines' | 'bars';
  readonly x: HorizontalAxis;
  readonly y: VerticalAxis;
  /** The measures that are drawn; several have a colour each. */
  readonly measures: readonly string[];
  /** A colour for each value of this part of the points, and what these are together. Not beside several measures. */
  readonly colour?: { readonly field: string; readonly title: string };
  /** Only points with these values, or one of these. */
  readonly where?: Readonly<Record<string, string | number | readonly (string | number)[]>>;
  /** Figures from elsewhere, beside our own. */
  readonly references?: { readonly title: string; readonly values: readonly Reference[] };
}

export interface HorizontalAxis {
  /** Which part of the points. */
  readonly field: string;
  readonly title: string;
  /** Empty for names and plain numbers. */
  readonly unit: string;
  readonly isLogarithmic?: boolean;
}

export interface VerticalAxis {
  readonly title: string;
  readonly unit: string;
  readonly isLogarithmic?: boolean;
  /** Ends of the axis, where they are known beforehand. */
  readonly domain?: readonly [low: number, high: number];
}

/** A number from elsewhere at the place where a point with these parts would be. */
export interface Reference {
  readonly point: Readonly<Record<string, string | number>>;
  readonly value: number;
}
