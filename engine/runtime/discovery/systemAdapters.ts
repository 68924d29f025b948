// Which graphics adapters the system says it has, without extra packages and without touching a driver in this process:
// only files are read and the system's own programs asked, each for a few seconds at most.
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  parseDrmCards,
  parseNvidiaProc,
  parseNvidiaSmi,
  parseSystemProfiler,
  parseVideoControllers,
  parseVulkanSummary,
  type DrmCard,
  type SystemAdapter,
} from './adapterParsers.ts';

/** What asking the system needs; a test passes one that answers by itself. */
export interface SystemSource {
  readonly platform: NodeJS.Platform;
  /** What a program prints; null where it is not there, fails, or takes too long. */
  readonly run: (program: string, args: readonly string[]) => Promise<string | null>;
  /** A file's text; null where it cannot be read. */
  readonly read: (path: string) => Promise<string | null>;
  /** Names in a folder; none where it is not there. */
  readonly list: (path: string) => Promise<readonly string[]>;
}

/** A driver that hangs makes the programs hang that ask it. */
const programMs = 4_000;

/** This computer. */
export const thisSystem: SystemSource = {
  platform: process.platform,
  run: (program, args) =>
    new Promise((resolve) => {
      const options = { timeout: programMs, killSignal: 'SIGKILL', windowsHide: true } as const;
      const child = execFile(program, [...args], options, (error, stdout) => resolve(error ? null : stdout));
      // A process that the kernel cannot end (it waits for a driver) keeps its pipes: it must not keep us.
      const giveUp = setTimeout(() => {
        child.unref();
        resolve(null);
      }, programMs + 500);
      child.once('close', () => clearTimeout(giveUp));
    }),
  read: (path) => readFile(path, 'utf8').catch(() => null),
  list: (path) => readdir(path).catch(() => []),
};

const nvidiaQuery = ['--query-gpu=name,driver_version,memory.total', '--format=csv,noheader,nounits'];
const controllerQuery =
  'Get-CimInstance Win32_VideoController | Select-Object Name,AdapterCompatibility,DriverVersion,AdapterRAM | ConvertTo-Json';

/** The graphics adapters of a computer, software ones among them; none where nothing is told. Never throws. */
export async function listSystemAdapters(source: SystemSource = thisSystem): Promise<SystemAdapter[]> {
  switch (source.platform) {
    case 'win32': {
      const args = ['-NoProfile', '-NonInteractive', '-Command', controllerQuery];
      return parseVideoControllers((await source.run('powershell.exe', args)) ?? '');
    }
    case 'darwin':
      return parseSystemProfiler(
        (await source.run('system_profiler', ['SPDisplaysDataType', '-json'])) ?? '',
      );
    default:
      return listLinuxAdapters(source);
  }
}

async function listLinuxAdapters(source: SystemSource): Promise<SystemAdapter[]> {
  const [smi, vulkan, drm] = await Promise.all([
    source.run('nvidia-smi', nvidiaQuery),
    source.run('vulkaninfo', ['--summary']),
    readDrmCards(source),
  ]);
  const nvidia = smi === null ? await readNvidiaProc(source) : parseNvidiaSmi(smi);
  const named = [...nvidia, ...withoutVendor(parseVulkanSummary(vulkan ?? ''), nvidia)];
  // Cards whose vendor nobody has named yet: they are there, though without a name.
  return [...named, ...withoutVendor(parseDrmCards(drm), named)];
}

/** Those whose vendor none of the known ones has. */
function withoutVendor(adapters: readonly SystemAdapter[], known: readonly SystemAdapter[]): SystemAdapter[] {
  const vendors = new Set(known.flatMap(({ vendor }) => vendor ?? []));
  return adapters.filter(({ vendor }) => vendor === null || !vendors.has(vendor));
}

async function readDrmCards(source: SystemSource): Promise<DrmCard[]> {
  const folder = '/sys/class/drm';
  const names = (await source.list(folder)).filter((name) => /^card\d+$/.test(name)).sort();
  const cards = await Promise.all(
    names.map(async (name) => ({
      uevent: await source.read(join(folder, name, 'device', 'uevent')),
      vramBytes: await source.read(join(folder, name, 'device', 'mem_info_vram_total')),
    })),
  );
  return cards.flatMap(({ uevent, vramBytes }) => (uevent === null ? [] : [{ uevent, vramBytes }]));
}

async function readNvidiaProc(source: SystemSource): Promise<SystemAdapter[]> {
  const folder = '/proc/driver/nvidia/gpus';
  const version = (await source.read('/proc/driver/nvidia/version')) ?? '';
  const cards = await source.list(folder);
  const informations = await Promise.all(cards.map((card) => source.read(join(folder, card, 'information'))));
  return informations.flatMap((information) => parseNvidiaProc(information ?? '', version));
}
