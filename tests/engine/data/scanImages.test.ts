import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ImageRecord, ScanReport, SetAsideReason } from '../../../engine/contract/dataset.ts';
import { EngineError } from '../../../engine/contract/errors.ts';
import { openPixelCache } from '../../../engine/data/pixelCache.ts';
import { scanImages } from '../../../engine/data/scanImages.ts';
import { encode, makeImage, png, put, temporaryFolder } from './testImages.ts';

const origin = ({ relativePath, label, givenSplit }: ImageRecord) => [relativePath, label, givenSplit];
const reasons = (report: ScanReport): Record<string, SetAsideReason> =>
  Object.fromEntries(
    [...report.quarantined, ...report.ignored].map((file) => [file.relativePath, file.reason]),
  );

describe('folders', () => {
  test('class folders give classes; deeper folders belong to their class; loose pictures have none', async () => {
    const root = temporaryFolder();
    put(root, 'b cat/2.png', await png(1));
    put(root, 'b cat/deep/er/3.png', await png(2));
    put(root, 'a dog/1.png', await png(3));
    put(root, 'loose.png', await png(4));
    mkdirSync(join(root, 'empty'));
    const report = await scanImages(root, { workers: 0 });
    expect(report.layout).toBe('classFolders');
    expect(report.images.map(origin)).toEqual([
      ['a dog/1.png', 'a dog', null],
      ['b cat/2.png', 'b cat', null],
      ['b cat/deep/er/3.png', 'b cat', null],
      ['loose.png', null, null],
    ]);
    expect(report.classes).toEqual(['a dog', 'b cat']);
    expect(report.warnings.join()).toMatch(/1 picture in no class folder/);
  });

  test('split folders of any usual name and case are recognised above the classes', async () => {
    const root = temporaryFolder();
    put(root, 'Train/x/1.png', await png(1));
    put(root, 'VALID/x/2.png', await png(2));
    put(root, 'testing/y/3.png', await png(3));
    const report = await scanImages(root, { workers: 0 });
    expect(report.layout).toBe('splitFolders');
    expect(report.images.map(origin)).toEqual([
      ['Train/x/1.png', 'x', 'train'],
      ['VALID/x/2.png', 'x', 'validation'],
      ['testing/y/3.png', 'y', 'test'],
    ]);
  });

  test('a class that is called "test" beside other classes stays a class', async () => {
    const root = temporaryFolder();
    put(root, 'control/1.png', await png(1));
    put(root, 'test/2.png', await png(2));
    const report = await scanImages(root, { workers: 0 });
    expect(report.images.map(origin)).toEqual([
      ['control/1.png', 'control', null],
      ['test/2.png', 'test', null],
    ]);
  });

  test('a lone wrapping folder is looked through, and notes beside the pictures are ignored', async () => {
    const root = temporaryFolder();
    put(root, 'download/images/p/1.png', await png(1));
    put(root, 'download/images/q/2.png', await png(2));
    put(root, 'README.txt', 'hello');
    const report = await scanImages(root, { workers: 0 });
    expect(report.classes).toEqual(['p', 'q']);
    expect(reasons(report)).toEqual({ 'README.txt': 'ignored.notImage' });
  });

  test('a lone folder below every split is looked through as well', async () => {
    const root = temporaryFolder();
    put(root, 'train/images/p/1.png', await png(1));
    put(root, 'train/images/q/2.png', await png(2));
    put(root, 'test/images/q/3.png', await png(3));
    const report = await scanImages(root, { workers: 0 });
    expect(report.images.map(origin)).toEqual([
      ['test/images/q/3.png', 'q', 'test'],
      ['train/images/p/1.png', 'p', 'train'],
      ['train/images/q/2.png', 'q', 'train'],
    ]);
  });

  test('a flat folder has no classes; composed and decomposed letters name one class', async () => {
    const flat = temporaryFolder();
    put(flat, '1.png', await png(1));
    put(flat, '2.png', await png(2));
    const report = await scanImages(flat, { workers: 0 });
    expect([report.layout, report.classes]).toEqual(['flat', []]);
    const accents = temporaryFolder();
    put(accents, 'train/Bl\u00fcte/1.png', await png(1));
    put(accents, 'test/Blu\u0308te/2.png', await png(2));
    expect((await scanImages(accents, { workers: 0 })).classes).toEqual(['Bl\u00fcte']);
  });
});

describe('one file', () => {
  test('is hashed, measured and described', async () => {
    const root = temporaryFolder();
    const image = makeImage(40, 32, 8);
    const bytes = await encode(image).png().toBuffer();
    put(root, 'named.jpg', bytes);
    put(root, 'same pixels.tif', await encode(image).tiff({ compression: 'none' }).toBuffer());
    const [first, second] = (await scanImages(root, { workers: 0 })).images;
    const { createHash } = await import('node:crypto');
    expect(first!.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(first).toMatchObject({
      sizeBytes: bytes.length,
      width: 40,
      height: 32,
      format: 'png',
      bitDepth: 8,
      channels: 3,
    });
    expect(first!.notes).toEqual(['wrongExtension']);
    expect(first!.fingerprint.thumbnail.length).toBe(1024);
    expect(second!.sha256).not.toBe(first!.sha256);
    expect(second!.pixelSha256).toBe(first!.pixelSha256);
  });

  test('that is bad is set aside with its reason, and the others are imported', async () => {
    const root = temporaryFolder();
    const good = await png(1);
    put(root, 'c/good.png', good);
    put(root, 'c/empty.png', '');
    put(root, 'c/cut.png', good.subarray(0, good.length - 40));
    put(root, 'c/page.jpg', '<!DOCTYPE html><html>404</html>');
    put(root, 'c/lfs.jpg', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n');
    put(root, 'c/drawing.svg', '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>');
    put(root, 'c/noise.jpg', Buffer.from('random words'));
    put(root, 'c/scan.dcm', Buffer.concat([Buffer.alloc(128), Buffer.from('DICM')]));
    put(
      root,
      'c/tiff preamble.dcm',
      Buffer.concat([Buffer.from('II*\0'), Buffer.alloc(124), Buffer.from('DICM')]),
    );
    put(root, 'c/photo.heic', Buffer.from('\0\0\0\x18ftypheic'));
    put(root, 'c/.hidden.png', good);
    put(root, 'c/._good.png', 'apple');
    put(root, 'c/Thumbs.db', 'x');
    put(root, '__MACOSX/c/good.png', good);
    put(root, '.git/x.png', good);
    put(root, 'notes.md', '# notes');
    const report = await scanImages(root, { workers: 0 });
    expect(report.images.map((image) => image.relativePath)).toEqual(['c/good.png']);
    expect(reasons(report)).toEqual({
      'c/empty.png': 'file.empty',
      'c/cut.png': 'content.corrupt',
      'c/page.jpg': 'content.webPage',
      'c/lfs.jpg': 'content.lfsPointer',
      'c/drawing.svg': 'content.vector',
      'c/noise.jpg': 'content.notImage',
      'c/scan.dcm': 'content.unsupportedFormat',
      'c/tiff preamble.dcm': 'content.unsupportedFormat',
      'c/photo.heic': 'content.unsupportedFormat',
      'c/.hidden.png': 'ignored.hidden',
      'c/._good.png': 'ignored.hidden',
      'c/Thumbs.db': 'ignored.system',
      __MACOSX: 'ignored.system',
      '.git': 'ignored.hidden',
      'notes.md': 'ignored.notImage',
    });
    for (const file of report.quarantined) expect(file.message).toMatch(/^[A-Z].*\.$/s);
  });

  test.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
    'that may not be read is set aside (not as root)',
    async () => {
      const root = temporaryFolder();
      chmodSync(put(root, 'locked.png', await png(1)), 0);
      expect(reasons(await scanImages(root, { workers: 0 }))).toEqual({ 'locked.png': 'file.unreadable' });
    },
  );
});

describe.skipIf(process.platform === 'win32')('names and links (not on Windows)', () => {
  test('hostile names are imported, and names that are no text are set aside with their bytes shown', async () => {
    const root = temporaryFolder();
    const names = [
      'new\nline.png',
      '-rf.png',
      '$(touch x)`y`.png',
      '花.png',
      `${'a'.repeat(251)}.png`,
      'semi;colon,"q".png',
    ];
    for (const [number, name] of names.entries()) put(root, name, await png(number));
    writeFileSync(
      Buffer.concat([Buffer.from(root), Buffer.from('/latin1_'), Buffer.from([0xfc]), Buffer.from('.png')]),
      await png(9),
    );
    const report = await scanImages(root, { workers: 0 });
    expect(new Set(report.images.map((image) => image.relativePath))).toEqual(new Set(names));
    expect(reasons(report)).toEqual({ 'latin1_\\xfc.png': 'name.notText' });
  });

  test('links are followed once, and never in circles', async () => {
    const root = temporaryFolder();
    const outside = temporaryFolder();
    put(outside, 'far.png', await png(1));
    symlinkSync(outside, join(outside, 'itself'));
    put(root, 'c/real.png', await png(2));
    symlinkSync(join(root, 'c/real.png'), join(root, 'c/link.png'));
    symlinkSync(join(root, 'gone.png'), join(root, 'c/broken.png'));
    symlinkSync(root, join(root, 'c/loop'));
    symlinkSync(join(root, 'c'), join(root, 'c again'));
    symlinkSync(outside, join(root, 'd'));
    symlinkSync('self', join(root, 'self'));
    const report = await scanImages(root, { workers: 0 });
    expect(report.images.map((image) => image.relativePath)).toEqual([
      'c/link.png',
      'c/real.png',
      'd/far.png',
    ]);
    expect(reasons(report)).toEqual({
      'c again': 'link.loop',
      'c/broken.png': 'link.broken',
      'c/loop': 'link.loop',
      'd/itself': 'link.loop',
      self: 'link.loop',
    });
  });

  test('order is that of the names’ bytes', async () => {
    const root = temporaryFolder();
    for (const name of ['\u{1F338}.png', '\uFF21.png', 'b.png', 'B.png', 'a.png'])
      put(root, name, await png(1));
    const { images } = await scanImages(root, { workers: 0 });
    expect(images.map((image) => image.relativePath)).toEqual([
      'B.png',
      'a.png',
      'b.png',
      '\uFF21.png',
      '\u{1F338}.png',
    ]);
  });
});

describe('an import', () => {
  test('finds the same in worker threads as in its own, fills the cache and reports progress', async () => {
    const root = temporaryFolder();
    for (let i = 0; i < 12; i++) put(root, `c${i % 3}/${i}.png`, await png(i, 40 + i, 200));
    put(root, 'c0/bad.png', 'no picture');
    const alone = await scanImages(root, { workers: 0 });
    const cache = await openPixelCache({
      folder: join(temporaryFolder(), 'cache'),
      shorterSide: 24,
      maxBytes: 1e7,
    });
    const seen: number[] = [];
    const threaded = await scanImages(root, { workers: 2, cache }, ({ done }) => seen.push(done));
    expect({ ...threaded, durationMs: 0 }).toEqual({ ...alone, durationMs: 0 });
    expect(seen.at(-1)).toBe(13);
    const cached = cache.read(threaded.images[0]!.sha256)!;
    expect([cached.width, cached.height]).toEqual([24, 120]);
    expect(cache.usedBytes).toBeGreaterThan(12 * 24 * 24 * 3);
  });

  test('that is stopped says so and keeps what it had', async () => {
    const root = temporaryFolder();
    for (let i = 0; i < 5; i++) put(root, `${i}.png`, await png(i));
    const stop = new AbortController();
    const report = await scanImages(root, { workers: 0, signal: stop.signal }, ({ done }) => {
      if (done === 1) stop.abort();
    });
    expect(report.cancelled).toBe(true);
    expect(report.images.length).toBe(1);
  });

  test('of an empty folder is an empty report, and of a missing one file.missing', async () => {
    const report = await scanImages(temporaryFolder(), { workers: 2 });
    expect([report.images, report.quarantined]).toEqual([[], []]);
    const error = await scanImages('/nowhere/at/all').catch((thrown: unknown) => thrown);
    expect(error instanceof EngineError && error.code).toBe('file.missing');
  });
});
