// A graphics card made of software, for machines without one: SwiftShader, as Debian's chromium and Chrome carry it.
import { existsSync, mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Folders that may hold it; THIMBLE_SWIFTSHADER names another. */
const folders = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome', '/opt/chromium'];
const description = 'vk_swiftshader_icd.json';
const loader = 'libvulkan.so.1';

/** The environment in which a process finds SwiftShader and nothing else; undefined where there is none. */
export function softwareVulkanEnvironment() {
  const asked = process.env['THIMBLE_SWIFTSHADER'];
  const folder = [...(asked ? [asked] : []), ...folders].find((each) => existsSync(join(each, description)));
  if (folder === undefined) return undefined;
  const icd = join(folder, description);
  const environment = { ...process.env, VK_DRIVER_FILES: icd, VK_ICD_FILENAMES: icd };
  if (!existsSync(join(folder, loader))) return environment;
  // A folder of its own, so that no other library of the browser comes before the system's.
  const library = mkdtempSync(join(tmpdir(), 'thimble-vulkan-'));
  symlinkSync(join(folder, loader), join(library, loader));
  const path = [library, process.env['LD_LIBRARY_PATH']].filter(Boolean).join(':');
  return { ...environment, LD_LIBRARY_PATH: path };
}
