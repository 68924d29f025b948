export function listBundledPackages(distFolder: string): string[];
export function renderLicences(ownLicence: string, packageFolders: readonly string[]): string;
