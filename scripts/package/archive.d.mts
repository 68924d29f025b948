export interface ArchiveEntry {
  readonly path: string;
  readonly sizeBytes: number;
  readonly isUnpacked: boolean;
  readonly isLink: boolean;
}
export function listArchive(archive: string): ArchiveEntry[];
export function hashHeader(archive: string): string;
export function checkIntegrity(archive: string): string[];
