// Predictions as a CSV table: one image a row, the three best guesses side by side.
import { csvCell } from '../export/featuresCsv.ts';
import { rankClasses, type Predictions } from './applyModel.ts';

const shownGuesses = 3;
const guessNames = ['predicted', 'second', 'third'] as const;

/** The table's lines, header first, without line ends: file, predicted, score, second, second_score, third, third_score. */
export function* renderPredictionRows({ images, classes, probabilities }: Predictions): Generator<string> {
  const guesses = Math.min(shownGuesses, classes.length);
  const header = guessNames
    .slice(0, guesses)
    .flatMap((name, rank) => [name, rank === 0 ? 'score' : `${name}_score`]);
  yield ['file', ...header].join(',');
  for (const [row, { relativePath }] of images.entries()) {
    const cells = rankClasses(probabilities, row)
      .slice(0, guesses)
      .flatMap((c) => [csvCell(classes[c]!), probabilities.data[row * classes.length + c]!.toFixed(4)]);
    yield [csvCell(relativePath), ...cells].join(',');
  }
}
