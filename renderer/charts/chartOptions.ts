// The look every chart shares: type, rules, tooltip. Values come from the tokens; no chart sets a colour of its own.
import type { ChartOptions } from 'chart.js';
import type { ChartTokens } from './chartTokens.ts';

export function fontOf(tokens: ChartTokens, size = 12): { family: string; size: number } {
  return { family: tokens.sans, size };
}

/** Tooltip in the tokens' colours; the chart adds its callbacks. */
export function tooltipLook(tokens: ChartTokens) {
  return {
    backgroundColor: tokens.ink,
    titleColor: tokens.sheet,
    bodyColor: tokens.sheet,
    footerColor: tokens.sheet,
    titleFont: { ...fontOf(tokens), weight: 600 as const },
    bodyFont: fontOf(tokens),
    footerFont: { ...fontOf(tokens), weight: 400 as const },
    padding: 10,
    cornerRadius: 6,
    caretSize: 0,
    caretPadding: 8,
    boxWidth: 8,
    boxHeight: 8,
    boxPadding: 4,
    usePointStyle: true,
    multiKeyBackground: tokens.ink,
  };
}

/** Axis in the tokens' colours with its title. */
export function axisLook(tokens: ChartTokens, title: string | undefined) {
  return {
    title: { display: Boolean(title), text: title, color: tokens.softInk, font: fontOf(tokens) },
    border: { color: tokens.rule },
    grid: { color: tokens.rule, tickColor: tokens.rule },
    ticks: { color: tokens.softInk, font: fontOf(tokens), maxRotation: 0, autoSkipPadding: 16 },
  };
}

/** Options common to all: no animation, drawn at the frame's size. */
export function baseOptions(
  tokens: ChartTokens,
): Pick<ChartOptions, 'animation' | 'responsive' | 'maintainAspectRatio' | 'color' | 'font' | 'normalized'> {
  return {
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    normalized: true,
    color: tokens.ink,
    font: fontOf(tokens),
  };
}

/** A label that fits `length` characters. */
export function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1).trimEnd()}…`;
}
