// The benchmark's arithmetic and tables. What it measures is not tested here: machines differ.
import { describe, expect, it } from 'vitest';
import { renderReport, runBench, spreadOf, type BenchReport } from '../../engine/cli/bench.ts';
import { benchConfig } from '../../engine/cli/bench/configurations.ts';
import { measurePeakFlops } from '../../engine/runtime/peakFlops.ts';

const spread = { median: 500, min: 480, max: 700, count: 9 };
const report: BenchReport = {
  machine: { processor: 'Abacus', cores: 2, node: 'v24' },
  steps: [
    {
      size: 'mid',
      dropout: false,
      batchSize: 32,
      stepMs: spread,
      prepareMs: { ...spread, median: 20 },
      imagesPerSecond: 64,
      gflopPerStep: 45,
      gflopsPerSecond: 90,
      peakGflopsPerSecond: 120,
      shareOfPeak: 0.75,
      peakRssBytes: 800e6,
      buildMs: 1500,
    },
  ],
  loops: [
    {
      size: 'mid',
      stepMs: { ...spread, median: 540 },
      bareMs: spread,
      imagesPerSecond: 59.3,
      shareOfBareStep: 0.93,
      importImagesPerSecond: 210,
      loaderImagesPerSecond: 400,
      imageCount: 600,
    },
  ],
};

describe('the benchmark', () => {
  it('takes the median, for even counts the mean of the middle two', () => {
    expect(spreadOf([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3, count: 3 });
    expect(spreadOf([4, 1, 3, 2]).median).toBe(2.5);
  });

  it('prints every figure with its unit', () => {
    const text = renderReport(report);
    for (const shown of ['Abacus, 2 cores', '500', '64.0', '75 % of 120', '800 MB', '93 %', '210', '400']) {
      expect(text).toContain(shown);
    }
  });

  it('measures the sizes its targets are stated for', () => {
    expect(benchConfig('mid', true)).toMatchObject({
      model: { imageSize: 96, embedDim: 192, depth: 6, numHeads: 3, predictorDepth: 2, dropout: 0.2 },
      optimizer: { batchSize: 32 },
    });
    expect(benchConfig('paper', false)).toMatchObject({
      model: { imageSize: 224, embedDim: 384, depth: 12, numHeads: 4, predictorDepth: 3, dropout: 0 },
      optimizer: { batchSize: 8 },
    });
  });

  it('finds a peak that a machine can have', async () => {
    const gflopsPerSecond = (await measurePeakFlops()) / 1e9;
    expect(gflopsPerSecond).toBeGreaterThan(1);
    expect(gflopsPerSecond).toBeLessThan(20_000);
  });

  it('refuses to call fewer than seven steps a measurement', async () => {
    await expect(runBench({ steps: 3 })).rejects.toMatchObject({ code: 'request.invalid' });
  });
});
