// The report of a check for people.
import { renderTable } from '../table.ts';
import type { CheckReport, DeviceCheck } from './checkDevices.ts';
import { stepLimits } from './checkSteps.ts';

const small = (value: number) => value.toExponential(1);

function describeFiles({ files }: DeviceCheck): readonly [string, string] {
  if (files.length === 0) return ['–', '–'];
  const worst = files
    .flatMap(({ file, worst: most }) => (most ? [{ file, ...most }] : []))
    .toSorted((a, b) => b.error / b.limit - a.error / a.limit)[0];
  const passed = `${files.filter((file) => file.passed).length} of ${files.length}`;
  return [passed, worst ? `${small(worst.error)} of ${small(worst.limit)}: ${worst.name}` : '–'];
}

function describeVerdict(check: DeviceCheck): string {
  if (check.skipped !== null) return `not checked: ${check.skipped}`;
  const failed = check.files.flatMap(({ file, error }) => (error === null ? [] : [`${file}: ${error}`]));
  const why = [check.error ?? [], ...failed].flat().join('; ');
  return check.passed ? 'passed' : `FAILED ${why}`.trimEnd();
}

/** One row a device. */
export function renderCheck(report: CheckReport): string {
  const rows = report.devices.map((check) => {
    const { steps } = check;
    const isMeasure = check.id === report.comparedWith;
    const step = (value: number | undefined) =>
      value === undefined ? (isMeasure ? 'compared with' : '–') : small(value);
    return [
      check.id,
      ...describeFiles(check),
      step(steps?.loss),
      step(steps?.weights),
      describeVerdict(check),
    ];
  });
  const table = renderTable(
    [
      { title: 'device' },
      { title: 'files', align: 'right' },
      { title: 'largest error of its limit' },
      { title: 'loss, 50 steps', align: 'right' },
      { title: 'weights after', align: 'right' },
      { title: 'verdict' },
    ],
    rows,
  );
  const limits = `Limits of the 50 steps, relative: loss ${small(stepLimits.loss)}, weights ${small(stepLimits.weights)}.`;
  return `${table}\n\n${limits}`;
}
