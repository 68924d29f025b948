// The request that uses a trained model on new images.
import { resolve } from 'node:path';
import { defaultEncoder } from '../../contract/config.ts';
import type { AppliedModel } from '../../contract/cost.ts';
import { EngineError } from '../../contract/errors.ts';
import type { RequestPayload } from '../../contract/requests.ts';
import { readRun } from '../../project/queries/runs.ts';
import { applyModel, rankClasses, type Predictions } from '../apply/applyModel.ts';
import { renderPredictionRows } from '../apply/predictionsCsv.ts';
import { renderFeatureRows } from '../export/featuresCsv.ts';
import { assertWritable, writeLines } from '../export/writeWhole.ts';
import { assertWanted } from '../processes/giveUp.ts';
import type { HandlersOf } from './handler.ts';

const previewRows = 100;

function assertFiles({ path, file, featuresFile, mayReplace }: RequestPayload<'run.apply'>): void {
  const files = featuresFile === undefined ? [file] : [file, featuresFile];
  const paths = files.map((each) => resolve(each));
  if (new Set(paths).size < paths.length || paths.includes(resolve(path))) {
    throw new EngineError(
      'request.invalid',
      `predictions and features are two files, neither of them the table of images; got ${files.join(' and ')}`,
    );
  }
  for (const each of files) assertWritable({ file: each, mayReplace }, ['.csv']);
}

function summarise(predictions: Predictions): Pick<AppliedModel, 'classes' | 'preview'> {
  const { images, classes, probabilities } = predictions;
  const counts = classes.map((name) => ({ name, images: 0 }));
  const preview: AppliedModel['preview'][number][] = [];
  for (const [row, { relativePath }] of images.entries()) {
    const best = rankClasses(probabilities, row)[0]!;
    counts[best]!.images++;
    if (row >= previewRows) continue;
    const score = probabilities.data[row * classes.length + best]!;
    preview.push({ relativePath, predicted: classes[best]!, score });
  }
  return { classes: counts, preview };
}

function renderFeatures({ images, features }: Predictions): Iterable<string> {
  return renderFeatureRows({
    paths: images.map(({ relativePath }) => relativePath),
    labels: images.map(({ label }) => label),
    splits: images.map(() => 'new'),
    features: features.features,
    dimensions: features.dimensions,
  });
}

export const applyHandlers: HandlersOf<'run.apply'> = {
  'run.apply': async (payload, call) => {
    const { project: folder, run, path, file, featuresFile, mayReplace, encoder = defaultEncoder } = payload;
    const { emit, signal } = call;
    assertFiles(payload);
    const project = call.openProject(folder);
    const predictions = await applyModel({
      project,
      run: readRun(project.database, run),
      encoder,
      path,
      signal,
      onScan: (progress) => emit('import.progress', progress),
      onProgress: (step, share) => {
        assertWanted(signal);
        emit('task.progress', { step, share });
      },
    });
    const written = await writeLines({ file, mayReplace }, renderPredictionRows(predictions));
    const features =
      featuresFile === undefined
        ? null
        : await writeLines({ file: featuresFile, mayReplace }, renderFeatures(predictions));
    return {
      file: written.file,
      featuresFile: features?.file ?? null,
      imageCount: predictions.images.length,
      quarantinedCount: predictions.quarantinedCount,
      ...summarise(predictions),
      notes: predictions.notes,
    };
  },
};
