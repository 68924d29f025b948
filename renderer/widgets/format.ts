// How every number, date and duration reads on screen. Pure; one locale, so that two machines show the same text.

const locale = 'en-US';
const missing = '–';

/** Formats by their options. Made once each: what `toLocaleString` makes anew for every number took half of a screen's time. */
const formats = new Map<string, Intl.NumberFormat>();

function writeNumber(value: number, rule: 'most' | 'exactly' | 'significant', digits: number): string {
  const key = `${rule} ${digits}`;
  let format = formats.get(key);
  if (format === undefined) {
    format = new Intl.NumberFormat(locale, {
      minimumFractionDigits: rule === 'exactly' ? digits : undefined,
      maximumFractionDigits: rule === 'significant' ? undefined : digits,
      maximumSignificantDigits: rule === 'significant' ? digits : undefined,
    });
    formats.set(key, format);
  }
  return format.format(value);
}

/** A number with grouped thousands and at most `digits` decimals; a missing or non-finite one is a dash. */
export function formatNumber(value: number | null | undefined, digits = 0): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return missing;
  const text = writeNumber(value, 'most', digits);
  return text === '-0' ? '0' : text.replace('-', '−');
}

/** A number with exactly `digits` decimals, for columns that must line up. */
export function formatFixed(value: number | null | undefined, digits: number): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return missing;
  const text = writeNumber(value, 'exactly', digits);
  return /^-0(\.0*)?$/.test(text) ? text.slice(1) : text.replace('-', '−');
}

/** Three significant digits, with a power of ten where a plain number would be long: 0.00042 is "4.2e−4". */
export function formatSignificant(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return missing;
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.001 || size >= 1e6)) {
    const [mantissa, exponent] = value.toExponential(2).split('e');
    return `${String(Number(mantissa))}e${String(Number(exponent))}`.replaceAll('-', '−');
  }
  const text = writeNumber(value, 'significant', 3);
  return text.replace('-', '−');
}

/** A share of one as percent: 0.746 is "74.6 %". */
export function formatPercent(share: number | null | undefined, digits = 1): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return missing;
  return `${formatFixed(share * 100, digits)} %`;
}

/** A share with its interval: "74.6 % (69.1 to 79.4)". */
export function formatInterval(share: number, low: number, high: number, digits = 1): string {
  return `${formatPercent(share, digits)} (${formatFixed(low * 100, digits)} to ${formatFixed(high * 100, digits)})`;
}

/** A difference of shares in points, always with its sign: "+6.1 points". */
export function formatPoints(difference: number | null | undefined, digits = 1): string {
  if (difference === null || difference === undefined || !Number.isFinite(difference)) return missing;
  const text = formatFixed(difference * 100, digits);
  const zero = /^−?0(\.0*)?$/.test(text);
  return `${zero || text.startsWith('−') ? '' : '+'}${text} points`;
}

/** With a capital at its start, for labels; `kNN` and the like stay as they are. */
export function capitalise(text: string): string {
  return /^[a-z]+\b/.test(text) ? text[0]!.toUpperCase() + text.slice(1) : text;
}

const irregular: Readonly<Record<string, string>> = { class: 'classes', patch: 'patches', batch: 'batches' };

/** A count with its noun: "1 image", "1,360 images", "17 classes". Give `many` where the plural is not listed or plain. */
export function formatCount(count: number, one: string, many = irregular[one] ?? `${one}s`): string {
  return `${formatNumber(count)} ${count === 1 ? one : many}`;
}

const byteUnits = ['B', 'KB', 'MB', 'GB', 'TB'];

/** A size in decimal units: "0 B", "84.3 MB". */
export function formatBytes(sizeBytes: number | null | undefined): string {
  if (sizeBytes === null || sizeBytes === undefined || !Number.isFinite(sizeBytes)) return missing;
  let value = sizeBytes;
  let unit = 0;
  while (Math.abs(value) >= 999.5 && unit < byteUnits.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${formatNumber(value, unit > 0 && Math.abs(value) < 99.95 ? 1 : 0)} ${byteUnits[unit]}`;
}

/** A duration in its two largest units: "40 s", "22 min", "3 h 10 min", "2 d 4 h". */
export function formatDuration(durationMs: number | null | undefined): string {
  if (durationMs === null || durationMs === undefined || !Number.isFinite(durationMs)) return missing;
  const seconds = Math.max(0, Math.round(durationMs / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 24 * 60) return join(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  const hours = Math.round(minutes / 60);
  return join(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

/** What is left of a piece of work: "22 min left". */
export function formatTimeLeft(durationMs: number | null | undefined): string {
  if (durationMs === null || durationMs === undefined || !Number.isFinite(durationMs))
    return 'time left not known yet';
  return durationMs < 1000 ? 'almost done' : `${formatDuration(durationMs)} left`;
}

type Moment = Date | number | string;

const months = new Intl.DateTimeFormat(locale, { month: 'short' });

/** A day: "5 Mar 2026". */
export function formatDate(moment: Moment): string {
  const date = new Date(moment);
  if (Number.isNaN(date.getTime())) return missing;
  return `${date.getDate()} ${months.format(date)} ${date.getFullYear()}`;
}

/** A day and a time: "5 Mar 2026, 14:07". */
export function formatDateTime(moment: Moment): string {
  const date = new Date(moment);
  return Number.isNaN(date.getTime()) ? missing : `${formatDate(date)}, ${formatTime(date)}`;
}

/** A time of day: "14:07". */
export function formatTime(moment: Moment): string {
  const date = new Date(moment);
  if (Number.isNaN(date.getTime())) return missing;
  return `${String(date.getHours()).padStart(2, '0')}:${String(date.getMinutes()).padStart(2, '0')}`;
}

/** How long ago, in words, up to a week; then the day. */
export function formatAgo(moment: Moment, now: Moment = Date.now()): string {
  const elapsedMs = new Date(now).getTime() - new Date(moment).getTime();
  if (Number.isNaN(elapsedMs)) return missing;
  const minutes = Math.floor(elapsedMs / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ago`;
  const days = Math.floor(minutes / (24 * 60));
  return days < 7 ? `${formatCount(days, 'day')} ago` : formatDate(moment);
}

/** A long path cut in its middle, keeping its root and its end: "/home/…/orchids/images". */
export function shortenPath(path: string, length: number): string {
  if (path.length <= length) return path;
  const keep = Math.max(2, length - 1);
  const head = Math.floor(keep / 3);
  return `${path.slice(0, head)}…${path.slice(path.length - (keep - head))}`;
}

function join(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
