// Requests that write what was learned to files.
import { defaultEncoder } from '../../contract/config.ts';
import { writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { readRun } from '../../project/queries/runs.ts';
import { describeMeansAndSpreads } from '../../probe/pooledFeatures.ts';
import { createExecutor } from '../../runtime/executors.ts';
import { ImageEncoder } from '../encodeImages.ts';
import { encodeNpz } from '../export/npz.ts';
import { exportEncoderOnnx } from '../export/encoderOnnx.ts';
import { exportEncoderSafetensors } from '../export/encoderSafetensors.ts';
import { renderFeatureRows, type FeatureTable } from '../export/featuresCsv.ts';
import { assertWritable, writeLines, writeWhole, type WantedFile } from '../export/writeWhole.ts';
import { projectPixelCache } from '../training/trainingSettings.ts';
import { listRunImages } from '../runImages.ts';
import { assertWanted } from '../processes/giveUp.ts';
import { readTrainedEncoder } from '../trainedWeights.ts';
import type { HandlerCall, HandlersOf } from './handler.ts';

interface FeatureRequest {
  readonly project: string;
  readonly run: number;
  readonly encoder?: 'target' | 'context';
}

/** Mean and spread of the last block's tokens for every image of the run's dataset. */
async function computeFeatureTable(
  { project: folder, run: runId, encoder = defaultEncoder }: FeatureRequest,
  call: HandlerCall,
): Promise<FeatureTable & { readonly labelNumbers: Int32Array }> {
  const project = call.openProject(folder);
  const run = readRun(project.database, runId);
  const { images, classes } = listRunImages(project.database, run.splitId);
  const { weights } = readTrainedEncoder(project, run, encoder);
  const { model } = run.config;
  const executor = await createExecutor('compiled-cpu');
  const imageEncoder = new ImageEncoder(executor, { cache: projectPixelCache(project, model.imageSize) });
  try {
    const { pooled } = await imageEncoder.encode({
      model,
      weights,
      images,
      layers: [model.depth - 1],
      onProgress: (done, total) => {
        assertWanted(call.signal);
        call.emit('task.progress', { step: 'Computing features', share: done / total });
      },
    });
    const { features, dimensions } = describeMeansAndSpreads(pooled[0]!, model.depth);
    return {
      paths: images.map((image) => image.relativePath),
      labels: images.map((image) => classes[image.label] ?? null),
      labelNumbers: Int32Array.from(images, (image) => image.label),
      splits: images.map((image) => image.part),
      features,
      dimensions,
    };
  } finally {
    await imageEncoder.dispose();
    await executor.dispose();
  }
}

function wantedFile({ file, mayReplace }: { file: string; mayReplace?: string[] }): WantedFile {
  return { file, mayReplace };
}

export const exportHandlers: HandlersOf<'export.encoder' | 'export.onnx' | 'export.features'> = {
  'export.encoder': (payload, call) => {
    const { project: folder, run: runId, encoder = defaultEncoder } = payload;
    assertWritable(wantedFile(payload), ['.safetensors']);
    const project = call.openProject(folder);
    const run = readRun(project.database, runId);
    const { weights, step } = readTrainedEncoder(project, run, encoder);
    const metadata = { run: run.name, step: String(step), protocol: run.protocol, seed: String(run.seed) };
    const bytes = exportEncoderSafetensors(run.config.model, weights, encoder, metadata);
    return writeWhole(wantedFile(payload), (path) => writeFile(path, bytes));
  },
  'export.onnx': (payload, call) => {
    const { project: folder, run: runId, encoder = defaultEncoder, batchSize = 1 } = payload;
    assertWritable(wantedFile(payload), ['.onnx']);
    const project = call.openProject(folder);
    const run = readRun(project.database, runId);
    const { weights } = readTrainedEncoder(project, run, encoder);
    const bytes = exportEncoderOnnx(run.config.model, weights, batchSize);
    return writeWhole(wantedFile(payload), (path) => writeFile(path, bytes));
  },
  'export.features': async (payload, call) => {
    assertWritable(wantedFile(payload), ['.csv', '.npz']);
    const table = await computeFeatureTable(payload, call);
    if (extname(payload.file).toLowerCase() === '.csv') {
      return writeLines(wantedFile(payload), renderFeatureRows(table));
    }
    const bytes = encodeNpz({
      features: { shape: [table.paths.length, table.dimensions], data: table.features },
      labels: { shape: [table.paths.length], data: table.labelNumbers },
    });
    return writeWhole(wantedFile(payload), (path) => writeFile(path, bytes));
  },
};
