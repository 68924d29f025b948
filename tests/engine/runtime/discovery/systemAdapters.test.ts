// What systems print about their graphics adapters, as they print it, and what becomes of it.
import { describe, expect, test } from 'vitest';
import {
  parseDrmCards,
  parseNvidiaSmi,
  parseSystemProfiler,
  parseVideoControllers,
  parseVulkanSummary,
} from '../../../../engine/runtime/discovery/adapterParsers.ts';
import { isSoftwareAdapter } from '../../../../engine/runtime/discovery/softwareAdapters.ts';
import {
  listSystemAdapters,
  thisSystem,
  type SystemSource,
} from '../../../../engine/runtime/discovery/systemAdapters.ts';

const vulkan = `==========
VULKANINFO
==========

Vulkan Instance Version: 1.3.275

Devices:
========
GPU0:
	apiVersion         = 1.3.274
	driverVersion      = 24.0.9
	vendorID           = 0x1002
	deviceID           = 0x15bf
	deviceType         = PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU
	deviceName         = AMD Radeon 780M (RADV GFX1103_R1)
	driverID           = DRIVER_ID_MESA_RADV
	driverName         = radv
	driverInfo         = Mesa 24.0.9
GPU1:
	apiVersion         = 1.3.274
	deviceType         = PHYSICAL_DEVICE_TYPE_CPU
	deviceName         = llvmpipe (LLVM 17.0.6, 256 bits)
	driverName         = llvmpipe
	driverInfo         = Mesa 24.0.9 (LLVM 17.0.6)
`;
const smi = 'NVIDIA GeForce RTX 4060 Laptop GPU, 550.120, 8188\n';
const uevents = {
  amd: 'DRIVER=amdgpu\nPCI_CLASS=38000\nPCI_ID=1002:15BF\nPCI_SLOT_NAME=0000:c1:00.0\n',
  nvidia: 'DRIVER=nvidia\nPCI_CLASS=30000\nPCI_ID=10DE:28E0\n',
  virtual: 'DRIVER=bochs-drm\nPCI_CLASS=30000\nPCI_ID=1234:1111\n',
};
const windows = JSON.stringify([
  {
    Name: 'Intel(R) Iris(R) Xe Graphics',
    AdapterCompatibility: 'Intel Corporation',
    DriverVersion: '31.0.101.5186',
    AdapterRAM: 1073741824,
  },
  {
    Name: 'NVIDIA RTX A2000',
    AdapterCompatibility: 'NVIDIA',
    DriverVersion: '32.0.15.6603',
    AdapterRAM: 4293918720,
  },
  { Name: 'Microsoft Basic Render Driver', DriverVersion: '10.0.22621.1', AdapterRAM: null },
  { Name: 'Microsoft Remote Display Adapter', DriverVersion: '10.0.22621.1', AdapterRAM: null },
]);
const mac = JSON.stringify({
  SPDisplaysDataType: [
    {
      _name: 'Apple M3 Pro',
      sppci_model: 'Apple M3 Pro',
      sppci_cores: '18',
      spdisplays_vendor: 'sppci_vendor_Apple',
      spdisplays_mtlgpufamilysupport: 'spdisplays_metal3',
    },
    {
      _name: 'AMD Radeon Pro 5500M',
      sppci_model: 'AMD Radeon Pro 5500M',
      spdisplays_vram: '8 GB',
      spdisplays_vendor: 'AMD (0x1002)',
    },
  ],
});

/** A computer that answers what it is told to. */
function system(answers: Partial<Record<string, string>>, platform: NodeJS.Platform = 'linux'): SystemSource {
  const folder = '/sys/class/drm/';
  return {
    platform,
    run: async (program) => answers[program] ?? null,
    read: async (path) => answers[path] ?? null,
    list: async (path) => {
      const inside = Object.keys(answers).filter((name) => name.startsWith(`${path}/`));
      return [
        ...new Set(inside.map((name) => name.slice(path.length + 1).split('/')[0]!)),
        `${folder}version`,
      ];
    },
  };
}

describe('what systems print', () => {
  test('vulkaninfo names adapters and drivers; one of the type CPU is software', () => {
    const [radeon, pipe] = parseVulkanSummary(vulkan);
    expect(radeon).toEqual({
      name: 'AMD Radeon 780M (RADV GFX1103_R1)',
      vendor: 'AMD',
      driver: 'radv Mesa 24.0.9',
      memoryBytes: null,
      isSoftware: false,
    });
    expect(pipe).toMatchObject({ isSoftware: true });
  });

  test('nvidia-smi tells memory as well, and what it says when it fails is no card', () => {
    expect(parseNvidiaSmi(smi)).toEqual([
      {
        name: 'NVIDIA GeForce RTX 4060 Laptop GPU',
        vendor: 'NVIDIA',
        driver: '550.120',
        memoryBytes: 8188 * 2 ** 20,
        isSoftware: false,
      },
    ]);
    const failed = "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n";
    expect(parseNvidiaSmi(failed)).toEqual([]);
    expect(parseNvidiaSmi('No devices were found\n')).toEqual([]);
  });

  test('Linux tells vendor, driver and memory of a card; the screen of a virtual machine is none', () => {
    const cards = [
      { uevent: uevents.amd, vramBytes: '4294967296\n' },
      { uevent: uevents.virtual, vramBytes: null },
    ];
    expect(parseDrmCards(cards)).toEqual([
      {
        name: 'AMD graphics (PCI 1002:15BF)',
        vendor: 'AMD',
        driver: 'amdgpu',
        memoryBytes: 2 ** 32,
        isSoftware: false,
      },
    ]);
  });

  test('Windows tells no more than 4 GB, so that much is not believed; remote screens are left out', () => {
    const found = parseVideoControllers(windows);
    expect(
      found.map(({ name, vendor, memoryBytes, isSoftware }) => [name, vendor, memoryBytes, isSoftware]),
    ).toEqual([
      ['Intel(R) Iris(R) Xe Graphics', 'Intel', 2 ** 30, false],
      ['NVIDIA RTX A2000', 'NVIDIA', null, false],
      ['Microsoft Basic Render Driver', null, null, true],
    ]);
    const one = parseVideoControllers('{"Name":"AMD Radeon RX 6600","DriverVersion":"31.0.24033.1003"}');
    expect(one).toMatchObject([{ vendor: 'AMD', driver: '31.0.24033.1003' }]);
  });

  test('macOS', () => {
    expect(parseSystemProfiler(mac)).toMatchObject([
      { name: 'Apple M3 Pro', vendor: 'Apple', memoryBytes: null },
      { name: 'AMD Radeon Pro 5500M', vendor: 'AMD', memoryBytes: 8 * 2 ** 30 },
    ]);
  });

  test.each([parseNvidiaSmi, parseVulkanSummary, parseVideoControllers, parseSystemProfiler])(
    '%o makes nothing of what it does not understand',
    (parse) => {
      const odd = [
        '',
        'command not found',
        '{',
        '[]',
        'null',
        '42',
        '"text"',
        '{"SPDisplaysDataType": 3}',
        '\u0000',
      ];
      for (const text of odd) expect(parse(text)).toEqual([]);
    },
  );

  test.each([
    ['SwiftShader Device (Subzero)', true],
    ['llvmpipe (LLVM 15.0.6, 256 bits)', true],
    ['Microsoft Basic Render Driver', true],
    ['WARP Adapter', true],
    ['AMD Radeon RX 7900 XTX', false],
    ['Intel(R) UHD Graphics 620', false],
    ['Apple M1', false],
  ])('%s is software: %s', (name, expected) => {
    expect(isSoftwareAdapter(name)).toBe(expected);
  });
});

describe('the adapters of a computer', () => {
  test('are each named once, by whoever knows them best', async () => {
    const laptop = system({
      'nvidia-smi': smi,
      vulkaninfo: vulkan,
      '/sys/class/drm/card0/device/uevent': uevents.nvidia,
      '/sys/class/drm/card1/device/uevent': uevents.amd,
      '/sys/class/drm/card1/device/mem_info_vram_total': '536870912',
    });
    const found = await listSystemAdapters(laptop);
    expect(found.map(({ name }) => name)).toEqual([
      'NVIDIA GeForce RTX 4060 Laptop GPU',
      'AMD Radeon 780M (RADV GFX1103_R1)',
      'llvmpipe (LLVM 17.0.6, 256 bits)',
    ]);
  });

  test('are found without any program to ask, and are none where nothing is told', async () => {
    const plain = system({
      '/sys/class/drm/card0/device/uevent': uevents.amd,
      '/proc/driver/nvidia/version':
        'NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.183.01  Sun May 12\n',
      '/proc/driver/nvidia/gpus/0000:01:00.0/information': 'Model: \t\t NVIDIA RTX A4000\nIRQ: 16\n',
    });
    expect(await listSystemAdapters(plain)).toMatchObject([
      { name: 'NVIDIA RTX A4000', driver: '535.183.01' },
      { name: 'AMD graphics (PCI 1002:15BF)' },
    ]);
    for (const platform of ['linux', 'win32', 'darwin'] as const) {
      expect(await listSystemAdapters(system({}, platform))).toEqual([]);
    }
  });

  test('a program that is not there is no error', async () => {
    expect(await thisSystem.run('thimble-no-such-program', [])).toBeNull();
    expect(await thisSystem.read('/nowhere/at/all')).toBeNull();
    expect(await thisSystem.list('/nowhere/at/all')).toEqual([]);
  });
});
