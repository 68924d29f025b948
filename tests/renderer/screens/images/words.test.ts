import { describe, expect, test } from 'vitest';
import type { DatasetDetails, NamedLeak } from '../../../../engine/contract/answers.ts';
import type { SetAsideFile } from '../../../../engine/contract/dataset.ts';
import { listSets, lookAlikesOf, orderLeaks } from '../../../../renderer/screens/images/lookAlikes.ts';
import { groupSetAside, setAsideCsv } from '../../../../renderer/screens/images/setAsideGroups.ts';
import { describeDepth, describeGroups, describeVerdict } from '../../../../renderer/screens/images/words.ts';

const details = (change: Partial<DatasetDetails>) =>
  ({ imageCount: 1360, classCount: 17, quarantinedCount: 0, ...change }) as DatasetDetails;
const leak = (change: Partial<NamedLeak>) =>
  ({
    imageSplit: 'test',
    twinSplit: 'train',
    kind: 'near',
    sameLabel: true,
    correlation: 0.99,
    ...change,
  }) as NamedLeak;

describe('the verdict', () => {
  test('says what there is and what is wrong with it', () => {
    const leaks = Array.from({ length: 21 }, () => leak({}));
    expect(describeVerdict(details({ quarantinedCount: 3 }), leaks)).toEqual({
      text: '1,360 images in 17 classes. 3 files set aside, 21 pairs look alike across train and test.',
      tone: 'caution',
    });
  });

  test('praises only what was looked at', () => {
    expect(describeVerdict(details({}), null).tone).toBe('neutral');
    expect(describeVerdict(details({}), [])).toEqual({
      text: '1,360 images in 17 classes. No file set aside, no pair looks alike across the parts.',
      tone: 'good',
    });
  });

  test('one of anything is singular, and no class is said so', () => {
    const text = describeVerdict(details({ imageCount: 1, classCount: 0, quarantinedCount: 1 }), [
      leak({}),
    ]).text;
    expect(text).toBe('1 image without classes. 1 file set aside, 1 pair looks alike across train and test.');
  });

  test('leaks into validation as well are named', () => {
    const leaks = [leak({}), leak({ imageSplit: 'validation' })];
    expect(describeVerdict(details({}), leaks).text).toContain('across train, validation and test');
  });
});

test('stored values that were stretched are told with their range', () => {
  const window = { rule: 'integerRange', low: 3, high: 4000 } as const;
  expect(describeDepth({ bitDepth: 16, channels: 1, window })).toBe(
    '16 bits, gray; its values 3 to 4,000 are shown as 0 to 255',
  );
  expect(describeDepth({ bitDepth: 8, channels: 3, window: { rule: 'asStored', low: 0, high: 255 } })).toBe(
    '8 bits, colour',
  );
});

test('groups are only spoken of where there are some', () => {
  expect(describeGroups({ groupCount: 0, sharedGroupCount: 0 })).toBeNull();
  expect(describeGroups({ groupCount: 9, sharedGroupCount: 0 })).toContain('none is in more than one part');
  expect(describeGroups({ groupCount: 9, sharedGroupCount: 2 })).toContain('2 of 9 groups');
});

const file = (relativePath: string, reason: SetAsideFile['reason'], message = 'Why.') =>
  ({ relativePath, reason, message, sizeBytes: 3, sha256: null }) satisfies SetAsideFile;

test('files set aside are grouped by why, most first', () => {
  const groups = groupSetAside([
    file('a', 'file.empty'),
    file('b', 'content.corrupt'),
    file('c', 'content.corrupt'),
  ]);
  expect(groups.map(({ title, files }) => [title, files.length])).toEqual([
    ['Damaged', 2],
    ['Empty', 1],
  ]);
});

test('the table of files set aside survives commas, quotes, line breaks and formulas in names', () => {
  const csv = setAsideCsv([
    file('a,"b"\n.png', 'file.empty', 'It is empty, sadly.'),
    file('=HYPERLINK(1).png', 'file.empty'),
  ]);
  expect(csv).toBe(
    'file,reason,message,bytes\r\n"a,""b""\n.png",file.empty,"It is empty, sadly.",3\r\n' +
      `"'=HYPERLINK(1).png",file.empty,Why.,3`,
  );
});

describe('look-alikes', () => {
  const summary = {
    exactSets: [[1, 2, 3]],
    nearPairs: [
      { first: 1, second: 8, correlation: 0.99, hashDistance: 3 },
      { first: 5, second: 6, correlation: 0.999, hashDistance: 1 },
    ],
  };

  test('of an image are its copies and what is near to any of them', () => {
    expect(lookAlikesOf(summary, 2)).toEqual([
      { image: 1, kind: 'exact' },
      { image: 3, kind: 'exact' },
      { image: 8, kind: 'near' },
    ]);
    expect(lookAlikesOf(summary, 6)).toEqual([{ image: 5, kind: 'near' }]);
    expect(lookAlikesOf(summary, 4)).toEqual([]);
  });

  test('are listed identical ones first, then the most alike', () => {
    expect(listSets(summary).map(({ images }) => images)).toEqual([
      [1, 2, 3],
      [5, 6],
      [1, 8],
    ]);
  });

  test('whose labels differ come first', () => {
    const leaks = [leak({ kind: 'exact' }), leak({}), leak({ sameLabel: false, correlation: 0.98 })];
    expect(orderLeaks(leaks).map(({ sameLabel, kind }) => [sameLabel, kind])).toEqual([
      [false, 'near'],
      [true, 'exact'],
      [true, 'near'],
    ]);
  });
});
