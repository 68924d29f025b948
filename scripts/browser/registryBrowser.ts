// The browser that the registry carries (Linux x64), for machines without one of their own.
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface RegistryBrowser {
  readonly executablePath: string;
  /** Where it finds its own fonts, and the libraries (NSS) that a machine without any browser lacks. */
  readonly env: Readonly<Record<string, string>>;
}

const archives = ['chromium.br', 'fonts.tar.br', 'swiftshader.tar.br', 'al2023.tar.br'];

/** The package's own configuration names one fixed folder. `folder` is where the browser will lie in the end. */
function configureFonts(folder: string): string {
  return `<?xml version="1.0"?>
<fontconfig>
  <dir>${join(folder, 'fonts')}</dir>
  <cachedir>${join(folder, 'fonts-cache')}</cachedir>
</fontconfig>
`;
}

async function unpack(archivesFolder: string, folder: string): Promise<void> {
  const { inflate } = await import('@sparticuz/chromium');
  // The one way to tell the package where to.
  const { TMPDIR: before } = process.env;
  process.env['TMPDIR'] = folder;
  const unpacked = archives.map((name) => inflate(join(archivesFolder, name)));
  if (before === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = before;
  await Promise.all(unpacked);
}

/**
 * Unpacks the registry's browser, once for all who ask: each unpacks to a folder of its own, and the first to be done gives
 * it the name where the next ones look, so that nobody ever starts half a browser.
 */
export async function unpackRegistryBrowser(): Promise<RegistryBrowser> {
  const packageFolder = dirname(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')));
  const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as {
    readonly version: string;
  };
  const folder = join(tmpdir(), `thimble-chromium-${version}`);
  if (!existsSync(folder)) {
    const own = mkdtempSync(`${folder}-`);
    await unpack(join(packageFolder, 'bin'), own);
    writeFileSync(join(own, 'fonts', 'fonts.conf'), configureFonts(folder));
    try {
      renameSync(own, folder);
    } catch (error) {
      rmSync(own, { recursive: true, force: true });
      if (!existsSync(folder)) throw error;
    }
  }
  return {
    executablePath: join(folder, 'chromium'),
    env: { FONTCONFIG_PATH: join(folder, 'fonts'), LD_LIBRARY_PATH: join(folder, 'al2023', 'lib') },
  };
}
