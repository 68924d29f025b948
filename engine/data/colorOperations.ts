// Colour changes of one picture, in place, in the arithmetic of Pillow and torchvision (8 bits after every operation).
// Pixels are [n, 3] bytes. Hot code.
import { grayOf } from './rgbImage.ts';

const { fround } = Math;

/** Pillow's blend of two values, in single precision: truncated towards zero and clipped. */
function blend(from: number, to: number, factor: number): number {
  const value = fround(from + fround(fround(factor) * (to - from)));
  return value <= 0 ? 0 : value >= 255 ? 255 : Math.trunc(value);
}

function applyTable(pixels: Uint8Array, table: Uint8Array): void {
  for (let i = 0; i < pixels.length; i++) pixels[i] = table[pixels[i]!]!;
}

/** Blends with black; 1 changes nothing. */
export function adjustBrightness(pixels: Uint8Array, factor: number): void {
  applyTable(
    pixels,
    Uint8Array.from({ length: 256 }, (_, value) => blend(0, value, factor)),
  );
}

/** Blends with the picture's mean gray; 1 changes nothing. */
export function adjustContrast(pixels: Uint8Array, factor: number): void {
  let sum = 0;
  for (let i = 0; i < pixels.length; i += 3) sum += grayOf(pixels[i]!, pixels[i + 1]!, pixels[i + 2]!);
  const mean = Math.floor((sum * 3) / pixels.length + 0.5);
  applyTable(
    pixels,
    Uint8Array.from({ length: 256 }, (_, value) => blend(mean, value, factor)),
  );
}

/** Blends each pixel with its own gray; 1 changes nothing. */
export function adjustSaturation(pixels: Uint8Array, factor: number): void {
  for (let i = 0; i < pixels.length; i += 3) {
    const gray = grayOf(pixels[i]!, pixels[i + 1]!, pixels[i + 2]!);
    pixels[i] = blend(gray, pixels[i]!, factor);
    pixels[i + 1] = blend(gray, pixels[i + 1]!, factor);
    pixels[i + 2] = blend(gray, pixels[i + 2]!, factor);
  }
}

/** Sets all three channels to the pixel's gray. */
export function removeColor(pixels: Uint8Array): void {
  for (let i = 0; i < pixels.length; i += 3) {
    const gray = grayOf(pixels[i]!, pixels[i + 1]!, pixels[i + 2]!);
    pixels[i] = gray;
    pixels[i + 1] = gray;
    pixels[i + 2] = gray;
  }
}

/** Hue of a colour that is not gray, 0 … 255, truncated as Pillow truncates it. */
function hueOf(red: number, green: number, blue: number, largest: number, spread: number): number {
  let sixths: number;
  if (red === largest) sixths = fround((largest - blue) / spread) - fround((largest - green) / spread);
  else if (green === largest)
    sixths = 2 + fround((largest - red) / spread) - fround((largest - blue) / spread);
  else sixths = 4 + fround((largest - green) / spread) - fround((largest - red) / spread);
  // Pillow adds 1 and keeps the fraction; the sum is rounded, so its 1 cannot be left out.
  const turn = fround(sixths) / 6 + 1;
  return Math.trunc(fround(turn < 1 ? turn : turn - 1) * 255);
}

/** What the hues 0 … 255 mean: the sector of the circle, 0 … 5, and how far into it. */
const hueSectors = Uint8Array.from({ length: 256 }, (_, hue) => Math.floor((hue * 6) / 255) % 6);
const hueRests = Float32Array.from(
  { length: 256 },
  (_, hue) => (hue * 6) / 255 - Math.floor((hue * 6) / 255),
);
// What the hue's change keeps of a colour is fixed by its largest and smallest channel: saturation and lowest channel.
const saturations = new Float32Array(65_536);
const lowest = new Uint8Array(65_536);
for (let largest = 1; largest < 256; largest++) {
  for (let spread = 1; spread <= largest; spread++) {
    const saturation = fround(Math.trunc(fround(spread / largest) * 255) / 255);
    saturations[(largest << 8) | spread] = saturation;
    lowest[(largest << 8) | spread] = Math.round(largest * (1 - saturation));
  }
}

/**
 * Turns the hue; saturation and value stay.
 * @param shift part of a full turn, −0.5 … 0.5
 */
export function shiftHue(pixels: Uint8Array, shift: number): void {
  const turn = Math.trunc(shift * 255) & 255;
  for (let i = 0; i < pixels.length; i += 3) {
    const red = pixels[i]!;
    const green = pixels[i + 1]!;
    const blue = pixels[i + 2]!;
    const largest = red > green ? (red > blue ? red : blue) : green > blue ? green : blue;
    const smallest = red < green ? (red < blue ? red : blue) : green < blue ? green : blue;
    const spread = largest - smallest;
    if (spread === 0) continue;
    const hue = (hueOf(red, green, blue, largest, spread) + turn) & 255;
    const kind = (largest << 8) | spread;
    const sector = hueSectors[hue]!;
    const isEven = (sector & 1) === 0;
    const rest = isEven ? 1 - hueRests[hue]! : hueRests[hue]!;
    // Rising in even sectors, falling in odd ones. Adding a half and truncating rounds as Math.round does, but faster.
    const middle = (largest * (1 - saturations[kind]! * rest) + 0.5) | 0;
    // Which channel is largest and which is lowest.
    const pair = sector >> 1;
    pixels[i + pair] = isEven ? largest : middle;
    pixels[i + (pair === 2 ? 0 : pair + 1)] = isEven ? middle : largest;
    pixels[i + (pair === 0 ? 2 : pair - 1)] = lowest[kind]!;
  }
}

const blurRadius = 4;

/** Weights of the middle and of the taps 1 … 4 away from it; with the taps on the other side they add up to 1. */
function gaussianWeights(sigma: number): number[] {
  const bell = Array.from({ length: blurRadius + 1 }, (_, tap) => Math.exp(-0.5 * (tap / sigma) ** 2));
  const sum = bell.reduce((total, weight) => total + weight, 0) * 2 - bell[0]!;
  return bell.map((weight) => fround(weight / sum));
}

/** Mirrors an index into 0 … size − 1 without repeating the border. */
function reflect(index: number, size: number): number {
  if (size === 1) return 0;
  const period = 2 * (size - 1);
  const wrapped = ((index % period) + period) % period;
  return wrapped < size ? wrapped : period - wrapped;
}

/** Where each of the four rows above and below a row begins: [1 above, 1 below, 2 above, …], reflected. */
function neighbourRows(row: number, height: number, rowLength: number): number[] {
  return [1, 2, 3, 4].flatMap((tap) => [
    reflect(row - tap, height) * rowLength,
    reflect(row + tap, height) * rowLength,
  ]);
}

/**
 * Gaussian blur with a kernel 9 wide and reflected borders. Its taps are unrolled: half the time of a loop.
 * @param pixels [height, width, 3]
 * @param sigma standard deviation, pixels
 */
export function blurImage(pixels: Uint8Array, width: number, height: number, sigma: number): void {
  const [w0, w1, w2, w3, w4] = gaussianWeights(sigma) as [number, number, number, number, number];
  const rowLength = width * 3;
  const padded = new Float32Array((width + 2 * blurRadius) * 3);
  const rows = new Float32Array(height * rowLength);
  for (let y = 0; y < height; y++) {
    const start = y * rowLength;
    for (let x = -blurRadius; x < width + blurRadius; x++) {
      const from = start + (x < 0 || x >= width ? reflect(x, width) : x) * 3;
      const to = (x + blurRadius) * 3;
      padded[to] = pixels[from]!;
      padded[to + 1] = pixels[from + 1]!;
      padded[to + 2] = pixels[from + 2]!;
    }
    for (let i = 0; i < rowLength; i++) {
      rows[start + i] =
        padded[i + 12]! * w0 +
        (padded[i + 9]! + padded[i + 15]!) * w1 +
        (padded[i + 6]! + padded[i + 18]!) * w2 +
        (padded[i + 3]! + padded[i + 21]!) * w3 +
        (padded[i]! + padded[i + 24]!) * w4;
    }
  }
  for (let y = 0; y < height; y++) {
    const start = y * rowLength;
    const [a1, b1, a2, b2, a3, b3, a4, b4] = neighbourRows(y, height, rowLength) as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    for (let i = 0; i < rowLength; i++) {
      const sum =
        rows[start + i]! * w0 +
        (rows[a1 + i]! + rows[b1 + i]!) * w1 +
        (rows[a2 + i]! + rows[b2 + i]!) * w2 +
        (rows[a3 + i]! + rows[b3 + i]!) * w3 +
        (rows[a4 + i]! + rows[b4 + i]!) * w4;
      pixels[start + i] = sum + 0.5;
    }
  }
}
