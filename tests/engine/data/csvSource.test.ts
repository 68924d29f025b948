import { describe, expect, test } from 'vitest';
import { EngineError } from '../../../engine/contract/errors.ts';
import { readTable } from '../../../engine/data/csvSource.ts';
import { scanImages } from '../../../engine/data/scanImages.ts';
import { png, put, temporaryFolder } from './testImages.ts';

async function folderWith(...names: readonly string[]): Promise<string> {
  const root = temporaryFolder();
  for (const [number, name] of names.entries()) put(root, name, await png(number));
  return root;
}

const rowsOf = async (path: string) =>
  (await readTable(path)).files.map(({ relativePath, label, group, givenSplit }) => [
    relativePath,
    label,
    group,
    givenSplit,
  ]);

describe('a table of pictures', () => {
  test('gives label, group and split under the names people use, whatever the order', async () => {
    const root = await folderWith('a.png', 'deep/b.png');
    const table = put(
      root,
      'x.csv',
      'Patient ID,Split,Class Name,Image Path\np1,TRAIN,cat,a.png\np2,val,dog,deep/b.png\n',
    );
    expect(await rowsOf(table)).toEqual([
      ['a.png', 'cat', 'p1', 'train'],
      ['deep/b.png', 'dog', 'p2', 'validation'],
    ]);
  });

  test.each([';', '\t', '|'])('is read with %j between its cells', async (delimiter) => {
    const root = await folderWith('a.png', 'b.png');
    const lines = [
      ['file', 'label'],
      ['a.png', 'cat'],
      ['b.png', 'dog'],
    ];
    const table = put(root, 'x.csv', lines.map((line) => line.join(delimiter)).join('\r\n'));
    expect(await rowsOf(table)).toEqual([
      ['a.png', 'cat', null, null],
      ['b.png', 'dog', null, null],
    ]);
  });

  test('is read with a byte order mark, in UTF-16 and in Windows-1252', async () => {
    const root = await folderWith('a.png');
    const text = 'file,label\na.png,Blüte\n';
    const tables = [
      put(root, 'utf8.csv', `\uFEFF${text}`),
      put(root, 'utf16.csv', Buffer.from(`\uFEFF${text}`, 'utf16le')),
      put(root, 'latin.csv', Buffer.from(text, 'latin1')),
    ];
    for (const table of tables) expect(await rowsOf(table)).toEqual([['a.png', 'Blüte', null, null]]);
  });

  test('reaches quoted names with commas, quotes and line breaks, and Windows separators', async () => {
    const root = await folderWith('a,b.png', 'new\nline.png', 'say "hi".png', 'deep/c.png');
    const table = put(
      root,
      'x.csv',
      'file,label\n"a,b.png",1\n"new\nline.png",2\n"say ""hi"".png",3\ndeep\\c.png,4\n',
    );
    expect((await rowsOf(table)).map((row) => row[0])).toEqual([
      'a,b.png',
      'new\nline.png',
      'say "hi".png',
      'deep/c.png',
    ]);
  });

  test('needs no header when its first cell is a picture', async () => {
    const root = await folderWith('a.png', 'b.png');
    expect(await rowsOf(put(root, 'x.csv', 'a.png,cat,g1\nb.png,dog,g2\n'))).toEqual([
      ['a.png', 'cat', 'g1', null],
      ['b.png', 'dog', 'g2', null],
    ]);
  });

  test('reports missing files, repeated rows and rows without a file, and imports the rest', async () => {
    const root = await folderWith('a.png', 'b.png');
    put(root, 'bad.png', 'nothing');
    const table = put(
      root,
      'x.csv',
      'file,label,split\na.png,cat,train\nnot there.png,cat,train\na.png,dog,test\n,cat,\nbad.png,cat,\nb.png,,odd\n',
    );
    const report = await scanImages(table, { workers: 0 });
    expect(report.layout).toBe('csv');
    expect(
      report.images.map(({ relativePath, label, givenSplit }) => [relativePath, label, givenSplit]),
    ).toEqual([
      ['a.png', 'cat', 'train'],
      ['b.png', null, null],
    ]);
    expect(report.quarantined.map(({ relativePath, reason }) => [relativePath, reason])).toEqual([
      ['a.png', 'row.repeated'],
      ['bad.png', 'content.notImage'],
      ['not there.png', 'file.missing'],
    ]);
    expect(report.warnings.join('\n')).toMatch(/name no file.*: 1[^]*odd/);
  });

  test('that is really a picture is refused in words', async () => {
    const root = await folderWith('a.png');
    const error = await scanImages(`${root}/a.png`).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'dataset.invalid' });
    expect(String(error)).toMatch(/neither a folder nor a table/);
  });

  test('without a column of files is refused, naming its columns', async () => {
    const root = temporaryFolder();
    const error = await readTable(put(root, 'x.csv', 'age,sex\n3,f\n')).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EngineError);
    expect(error).toMatchObject({ code: 'dataset.invalid', details: { columns: ['age', 'sex'] } });
  });
});
