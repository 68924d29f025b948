export function buildRenderer(): Promise<void>;
export function isRendererStale(): boolean;
