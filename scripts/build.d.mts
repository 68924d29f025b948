export function buildEngine(): Promise<void>;
export function isBuildStale(): boolean;
export function bundleProgram(file: string, folder: string): Promise<string>;
