/** What was measured, beside what was aimed at. */

export interface Figure {
  what: string;
  /** In the unit. */
  value: number | undefined;
  unit: 'kB' | 'B' | 'ms' | 's' | 'MB' | 'points' | 'ops/s' | '%';
  /** The most that is good, or the least where more is better. */
  target?: { most: number } | { least: number };
  /** How it was measured, or why it was not. */
  how: string;
}

const DIGITS: Record<Figure['unit'], number> = { kB: 1, B: 0, ms: 1, s: 2, MB: 1, points: 0, 'ops/s': 0, '%': 0 };

/** The value as a part of its target: below 1 is better than aimed at. */
function ratio({ value, target }: Figure): number | undefined {
  if (value === undefined || !target) return undefined;
  return 'most' in target ? value / target.most : target.least / value;
}

function shown(value: number | undefined, unit: Figure['unit']): string {
  return value === undefined ? 'not measured' : `${value.toFixed(DIGITS[unit])} ${unit}`;
}

/** The figures as a table, a mark at each that misses its target. */
export function table(figures: Figure[]): string {
  const rows = figures.map((figure) => {
    const { what, value, unit, target, how } = figure;
    const part = ratio(figure);
    const aim = !target ? '' : 'most' in target ? `≤ ${target.most} ${unit}` : `≥ ${target.least} ${unit}`;
    const mark = value === undefined ? '?' : part === undefined ? ' ' : part <= 1 ? '✓' : '✗';
    return [mark, what, shown(value, unit), aim, part === undefined ? '' : `${part.toFixed(2)}×`, how];
  });
  const head = ['', 'what', 'measured', 'target', 'of target', 'how'];
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => (row[column] ?? '').length)));
  const line = (row: string[]): string => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd();
  const missed = figures.filter((figure) => (ratio(figure) ?? 0) > 1).map(({ what }) => what);
  const close = missed.length === 0 ? 'No target is missed.' : `✗ Missed: ${missed.join('; ')}.`;
  return [line(head), line(widths.map((width) => '─'.repeat(width))), ...rows.map(line), '', close].join('\n');
}

/** The value below which so many of a hundred lie. */
export function percentile(values: number[], percent: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1))];
}

export function median(values: number[]): number | undefined {
  return percentile(values, 50);
}
