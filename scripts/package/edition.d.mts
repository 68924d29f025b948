export type Edition =
  | { readonly name: 'usual'; readonly installers: boolean }
  | { readonly name: 'gpu'; readonly tensorflow: string; readonly installers: boolean };
export interface TargetSystem {
  readonly platform: string;
  readonly arch: string;
}
export interface PackContext {
  readonly appOutDir: string;
  readonly packager: { getResourcesDir(folder: string): string };
}
export interface EditionConfig {
  readonly linux?: { readonly artifactName: string };
  readonly win?: { readonly artifactName: string };
  readonly afterPack?: (context: PackContext) => Promise<void>;
}
export function readEdition(argumentList: readonly string[]): Edition;
export function checkTensorflowFolder(folder: string, system: TargetSystem): string[];
export function editionConfig(edition: Edition): EditionConfig;
export function checkShippedTensorflow(
  name: Edition['name'],
  resources: string,
  system: TargetSystem,
  program: string,
): string[];
