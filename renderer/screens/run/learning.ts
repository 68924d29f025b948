// Whether a run learns, in words, from what its looks at the features found. Pure; docs/decisions/033 says why these words.
import type { RunEvent, RunState } from '../../../engine/contract/run.ts';
import type { Tone } from '../../state/runWords.ts';
import { formatCount, formatNumber, formatPercent } from '../../widgets/format.ts';

/** One look at the features. */
export interface Look {
  readonly step: number;
  /** Share of validation images whose nearest neighbours name their class; null without labels. */
  readonly knn: number | null;
  readonly rankMe: number | null;
  readonly effectiveRank: number | null;
  readonly meanStd: number | null;
}

/** A run that was paused or interrupted goes on, and may still show what it learns. */
function hasEnded(state: RunState): boolean {
  return state === 'finished' || state === 'stopped' || state === 'failed';
}

export interface Finding {
  readonly sentence: string;
  readonly detail: string;
  readonly tone: Tone;
}

const share = (value: number) => formatPercent(value, 0);

/**
 * The least difference of two accuracies on n images that chance alone rarely makes (95 %), taking them as measured on
 * different images. They are measured on the same ones, so this is more cautious than it needs to be.
 */
export function chanceDifference(a: number, b: number, n: number): number {
  return 1.96 * Math.sqrt((a * (1 - a) + b * (1 - b)) / n);
}

export interface LearningFacts {
  readonly state: RunState;
  /** In the order of their steps. */
  readonly looks: readonly Look[];
  /** kNN on random weights; null where it was not measured. */
  readonly randomKnn: number | null;
  /** Labelled validation images that kNN is asked about; null where that is not known. */
  readonly images: number | null;
  readonly health: Health | null;
  readonly step: number;
  readonly totalSteps: number;
  readonly stepsPerEpoch: number;
  /** Steps between two looks; 0 where none are taken. */
  readonly lookEverySteps: number;
}

/** What can be said before anything was compared. */
function describeWaiting(facts: LearningFacts): Finding {
  const { state, looks, randomKnn, step, stepsPerEpoch, lookEverySteps, totalSteps } = facts;
  if (state === 'queued' && step === 0) {
    return {
      sentence: 'Not started yet.',
      detail: 'Whether it learns shows once the features have been looked at.',
      tone: 'neutral',
    };
  }
  if (looks.length > 0 && looks.every(({ knn }) => knn === null)) {
    return {
      sentence: 'Without labels there is nothing to compare with.',
      detail:
        'Training needs no labels, but saying whether the features are better than random weights does. What can be said is how widely they spread.',
      tone: 'neutral',
    };
  }
  if (lookEverySteps === 0) {
    return {
      sentence: 'Not known: this run takes no looks at its features.',
      detail:
        'Its settings say “look every 0 epochs”. The loss alone does not tell whether features are useful.',
      tone: 'neutral',
    };
  }
  const next = Math.min(totalSteps, Math.ceil((step + 1) / lookEverySteps) * lookEverySteps);
  const epoch = Math.round((next / stepsPerEpoch) * 10) / 10;
  const start = randomKnn === null ? '' : `Random weights name ${share(randomKnn)} of the images rightly. `;
  return {
    sentence: hasEnded(state) ? 'It ended before the features were compared.' : 'Too early to say.',
    detail: `${start}${hasEnded(state) ? '' : `The next look at the features is in epoch ${epoch}.`}`.trim(),
    tone: 'neutral',
  };
}

function describeFall(last: Look, best: Look, facts: LearningFacts): Finding | null {
  const { images, stepsPerEpoch } = facts;
  const fall = best.knn! - last.knn!;
  if (images === null || fall <= chanceDifference(best.knn!, last.knn!, images)) return null;
  return {
    sentence: `Worse than it was: kNN ${share(last.knn!)}, and ${share(best.knn!)} in epoch ${Math.round(best.step / stepsPerEpoch)}.`,
    detail:
      'More training does not help these features any more. Fewer epochs or a smaller learning rate may.',
    tone: 'caution',
  };
}

function compareWithRandom(knn: number, randomKnn: number, { images, state }: LearningFacts): Finding {
  const isOver = hasEnded(state);
  const numbers = `kNN ${share(knn)}, random weights ${share(randomKnn)}`;
  const on = images === null ? '' : ` on ${formatCount(images, 'validation image')}`;
  if (knn <= randomKnn) {
    return knn === 1
      ? {
          sentence: `Nothing left to learn for kNN: random weights already name every image${on} rightly.`,
          detail: 'The classes are told apart by colour or texture alone.',
          tone: 'neutral',
        }
      : {
          sentence: `Not ${isOver ? '' : 'yet '}better than random weights: ${numbers}.`,
          detail: isOver
            ? `Measured${on}. A longer run may do better; what Results says of the test images is what counts.`
            : `Measured${on}. Falling behind at the start is usual; past half of the steps it is not.`,
          tone: 'caution',
        };
  }
  if (images !== null && knn - randomKnn < chanceDifference(knn, randomKnn, images)) {
    return {
      sentence: `Perhaps ${isOver ? 'it learned' : 'learning'}: ${numbers}.`,
      detail: `A difference like this may be chance${on}. Results will say more, with an interval.`,
      tone: 'neutral',
    };
  }
  return {
    sentence: `${isOver ? 'It learned' : 'Learning'}: ${numbers}.`,
    detail: `The share of images named rightly by their nearest neighbours${on}. The test images stay unseen.`,
    tone: 'good',
  };
}

/** The verdict of the Run screen. */
export function judgeLearning(facts: LearningFacts): Finding {
  if (facts.state !== 'failed') return judgeFeatures(facts);
  const last = facts.looks.findLast(({ knn }) => knn !== null);
  const { randomKnn, step } = facts;
  return {
    sentence: `Training failed at step ${formatNumber(step)}.`,
    detail:
      last === undefined || randomKnn === null
        ? 'What it had learned until then is not known.'
        : `The last look before: kNN ${share(last.knn!)}, random weights ${share(randomKnn)}.`,
    tone: 'bad',
  };
}

function judgeFeatures(facts: LearningFacts): Finding {
  const { looks, randomKnn, health } = facts;
  if (health?.kind === 'collapsed') {
    return {
      sentence: 'The features have collapsed: all images look nearly the same to the model.',
      detail: 'Further training will hardly help. Try a smaller learning rate or a larger EMA momentum.',
      tone: 'bad',
    };
  }
  const scored = looks.filter(({ knn, step }) => knn !== null && step > 0);
  const last = scored.at(-1);
  if (last === undefined || randomKnn === null) return describeWaiting(facts);
  const best = scored.reduce((most, look) => (look.knn! > most.knn! ? look : most));
  const finding = compareWithRandom(last.knn!, randomKnn, facts);
  return finding.tone === 'caution' ? finding : (describeFall(last, best, facts) ?? finding);
}

export interface Health {
  readonly kind: 'healthy' | 'narrow' | 'collapsed';
  readonly words: string;
  readonly tone: Tone;
}

const healthWords: Readonly<Record<Health['kind'], { words: string; tone: Tone }>> = {
  healthy: { words: 'healthy', tone: 'good' },
  narrow: { words: 'narrow; if this keeps falling, the features are collapsing', tone: 'caution' },
  collapsed: { words: 'collapsed; all images look nearly the same to the model', tone: 'bad' },
};

/**
 * How widely the features spread, by the same thresholds as the engine's own meter (a test holds them equal), for features
 * of `dimensions` numbers of `images` images. Early on features narrow for a while: before a tenth of the steps, and where
 * random weights spread no wider, a collapse is not called one.
 */
export function judgeHealth(
  looks: readonly Look[],
  of: { readonly dimensions: number; readonly images: number; readonly share: number },
): Health | null {
  const last = looks.at(-1);
  if (!last || last.rankMe === null || last.meanStd === null) return null;
  const most = Math.min(of.dimensions, of.images);
  const narrowBelow = Math.max(Math.min(4, most / 2), 0.04 * most);
  const isFlat = last.rankMe < 2.5 || last.meanStd < 1e-3;
  const first = looks[0]!;
  const isNarrower =
    first.step > 0 || first === last || (last.effectiveRank ?? 0) < (first.effectiveRank ?? Infinity);
  const isCollapse = isFlat && of.share >= 0.1 && isNarrower;
  const kind = isCollapse ? 'collapsed' : isFlat || last.rankMe < narrowBelow ? 'narrow' : 'healthy';
  const { words, tone } = healthWords[kind];
  return {
    kind,
    tone,
    words: `Features spread over ${Math.round(last.rankMe)} of ${of.dimensions} directions: ${words}.`,
  };
}

/** Warnings that the trainer itself gave, newest first. */
export function listWarnings(events: readonly RunEvent[]): readonly RunEvent[] {
  return events.filter(({ kind }) => kind === 'warning').reverse();
}
