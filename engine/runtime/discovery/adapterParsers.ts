// What the systems' own programs print about graphics adapters, as plain data. Tolerant: a line that is not understood is
// left out, because what stands there differs from version to version.
import { isSoftwareAdapter } from './softwareAdapters.ts';

/** A graphics adapter as the system describes it. */
export interface SystemAdapter {
  readonly name: string;
  /** e.g. `NVIDIA`; null where it is not told. */
  readonly vendor: string | null;
  /** Name or version of its driver; null where it is not told. */
  readonly driver: string | null;
  /** Its own memory; null where it is not told or shared with the processor. */
  readonly memoryBytes: number | null;
  readonly isSoftware: boolean;
}

const vendors: readonly (readonly [RegExp, string])[] = [
  [/nvidia|geforce|quadro|tesla|\brtx\b/i, 'NVIDIA'],
  [/\bamd\b|radeon|advanced micro/i, 'AMD'],
  [/intel/i, 'Intel'],
  [/apple/i, 'Apple'],
  [/qualcomm|adreno/i, 'Qualcomm'],
  [/\barm\b|\bmali\b/i, 'Arm'],
];

function vendorOf(...texts: readonly (string | null)[]): string | null {
  const found = vendors.find(([pattern]) => texts.some((text) => text !== null && pattern.test(text)));
  return found?.[1] ?? null;
}

function adapter(
  name: string,
  facts: Partial<Pick<SystemAdapter, 'vendor' | 'driver' | 'memoryBytes'>> = {},
): SystemAdapter {
  const { vendor = null, driver = null, memoryBytes = null } = facts;
  return {
    name: name.trim(),
    vendor: vendor ?? vendorOf(name),
    driver: driver === '' ? null : driver,
    memoryBytes: memoryBytes !== null && memoryBytes > 0 ? memoryBytes : null,
    isSoftware: isSoftwareAdapter(name),
  };
}

/** `nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader,nounits` (memory in MiB). */
export function parseNvidiaSmi(output: string): SystemAdapter[] {
  return output.split('\n').flatMap((line) => {
    const [name, driver, memory] = line.split(',').map((cell) => cell.trim());
    if (!name || driver === undefined || /failed|error|no devices/i.test(line)) return [];
    return [adapter(name, { vendor: 'NVIDIA', driver, memoryBytes: Number(memory) * 2 ** 20 || null })];
  });
}

/** `vulkaninfo --summary`: one block of `key = value` lines a device. */
export function parseVulkanSummary(output: string): SystemAdapter[] {
  return output
    .split(/^\s*GPU\d+:\s*$/m)
    .slice(1)
    .flatMap((block) => {
      const field = (name: string) => new RegExp(`^\\s*${name}\\s*=\\s*(.+)$`, 'm').exec(block)?.[1]?.trim();
      const name = field('deviceName');
      if (!name) return [];
      const driver = [field('driverName'), field('driverInfo')].filter(Boolean).join(' ');
      const found = adapter(name, { driver });
      return [
        { ...found, isSoftware: found.isSoftware || field('deviceType') === 'PHYSICAL_DEVICE_TYPE_CPU' },
      ];
    });
}

/** One card below /sys/class/drm: its `device/uevent`, and `device/mem_info_vram_total` where there is one. */
export interface DrmCard {
  readonly uevent: string;
  readonly vramBytes: string | null;
}

const pciVendors: Readonly<Record<string, string>> = {
  '10DE': 'NVIDIA',
  '1002': 'AMD',
  '8086': 'Intel',
  '106B': 'Apple',
};
/** Screens without a processor of their own: virtual machines, servers' management chips. */
const displayOnly = /^(bochs|qxl|ast|mgag200|cirrus|vboxvideo|vmwgfx|simple-framebuffer|hyperv|virtio)/;

/** Linux tells vendor, driver and memory of a card, but not its name. */
export function parseDrmCards(cards: readonly DrmCard[]): SystemAdapter[] {
  return cards.flatMap(({ uevent, vramBytes }) => {
    const field = (name: string) => new RegExp(`^${name}=(.+)$`, 'm').exec(uevent)?.[1]?.trim();
    const driver = field('DRIVER');
    if (!driver || displayOnly.test(driver)) return [];
    const [vendorId, deviceId] = (field('PCI_ID') ?? '').split(':');
    const vendor = pciVendors[vendorId?.toUpperCase() ?? ''] ?? vendorOf(driver);
    const name = [vendor ?? driver, 'graphics', deviceId ? `(PCI ${vendorId}:${deviceId})` : ''];
    return [adapter(name.join(' ').trim(), { vendor, driver, memoryBytes: Number(vramBytes) || null })];
  });
}

/** `/proc/driver/nvidia/gpus/…/information` and `/proc/driver/nvidia/version`, where nvidia-smi is not there. */
export function parseNvidiaProc(information: string, version: string): SystemAdapter[] {
  const name = /^Model:\s*(.+)$/m.exec(information)?.[1];
  const driver = /Kernel Module\s+(?:for \S+\s+)?([\d.]+)/.exec(version)?.[1] ?? null;
  return name ? [adapter(name, { vendor: 'NVIDIA', driver })] : [];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A program that failed prints a sentence instead.
    return null;
  }
}

type Fields = Readonly<Record<string, unknown>>;

function listFields(value: unknown): Fields[] {
  const entries: unknown[] = Array.isArray(value) ? value : [value];
  return entries.filter((entry): entry is Fields => typeof entry === 'object' && entry !== null);
}

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** Windows, `Get-CimInstance Win32_VideoController | … | ConvertTo-Json`: an object, or several. AdapterRAM ends at 4 GB. */
export function parseVideoControllers(output: string): SystemAdapter[] {
  return listFields(parseJson(output)).flatMap((fields) => {
    const name = textOf(fields['Name']);
    if (name === null || /remote display|virtual display|mirror/i.test(name)) return [];
    const bytes = Number(fields['AdapterRAM']);
    // At its ceiling the number says nothing but "at least".
    const isTold = bytes > 0 && bytes < 0xfff00000;
    const facts = { vendor: vendorOf(textOf(fields['AdapterCompatibility']), name) };
    const driver = textOf(fields['DriverVersion']);
    return [adapter(name, { ...facts, driver, memoryBytes: isTold ? bytes : null })];
  });
}

/** macOS, `system_profiler SPDisplaysDataType -json`. */
export function parseSystemProfiler(output: string): SystemAdapter[] {
  const report = parseJson(output);
  const displays = listFields(report)[0]?.['SPDisplaysDataType'];
  return listFields(displays ?? []).flatMap((fields) => {
    const name = textOf(fields['sppci_model']) ?? textOf(fields['_name']);
    if (name === null) return [];
    const memory = textOf(fields['spdisplays_vram']) ?? '';
    const [, amount, unit] = /([\d.]+)\s*(GB|MB)/.exec(memory) ?? [];
    const memoryBytes = amount === undefined ? null : Number(amount) * (unit === 'GB' ? 2 ** 30 : 2 ** 20);
    const driver = textOf(fields['spdisplays_mtlgpufamilysupport']);
    return [
      adapter(name, { vendor: vendorOf(textOf(fields['spdisplays_vendor']), name), driver, memoryBytes }),
    ];
  });
}
