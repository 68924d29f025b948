export function buildEngine(): Promise<void>;
export function isBuildStale(): boolean;
