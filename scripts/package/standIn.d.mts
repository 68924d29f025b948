export function makeStandIn(folder: string, version: string): void;
