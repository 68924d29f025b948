// What belongs into the package. The checks look at lists of paths, so that they can be tried on small ones.

/** Packages that are shipped as they are, beside the bundles. */
export const shippedPackages = [
  '@img',
  'better-sqlite3',
  'detect-libc',
  'onnxruntime-common',
  'onnxruntime-node',
  'semver',
  'sharp',
];

const needed = [
  'package.json',
  'LICENSE',
  'dist/electron/main.mjs',
  'dist/electron/preload.cjs',
  'dist/engine/desktopEngine.mjs',
  'dist/engine/trainer.mjs',
  'dist/engine/task.mjs',
  'dist/engine/device.mjs',
  'dist/engine/imageWorker.mjs',
  'dist/engine/stepWorker.mjs',
  'dist/renderer/index.html',
  'resources/icons/icon-256.png',
  'resources/icons/icon-32.png',
  'resources/icons/trayTemplate.png',
];
const neededPatterns = [
  /^dist\/renderer\/assets\/.+\.js$/,
  /^dist\/renderer\/assets\/.+\.css$/,
  /^dist\/renderer\/assets\/.+\.woff2$/,
];

const neededLibraries = [
  /onnxruntime-node\/.*\/onnxruntime_binding\.node$/,
  /onnxruntime-node\/.*\/(lib)?onnxruntime\./,
  /better-sqlite3\/prebuilds\/[^/]+\.node$/,
  /@img\/sharp-[^/]+\/lib\/sharp-[^/]+\.node$/,
  // On Windows it lies with sharp, elsewhere in a package of its own.
  /@img\/sharp-[^/]+\/lib\/libvips/,
];

const allowed = [
  /^package\.json$/,
  /^LICENSE$/,
  /^dist\/(electron|engine|renderer)\//,
  /^resources\/icons\/[^/]+\.png$/,
  new RegExp(`^node_modules/(${shippedPackages.join('|')})/`),
];
const foreign = [
  [/\.(ts|tsx|mts|cts|svelte|map|tsbuildinfo)$/, 'a source or its map'],
  [/(^|\/)(tests?|__tests__|spec|fixtures|coverage|examples?|benchmarks?)\//, 'a test or an example'],
  [/\.(c|cc|cpp|h|hpp|gyp|gypi|o|a)$/, 'a native source'],
  [/(^|\/)(\.git|\.github|\.npmrc|\.env|package-lock\.json|tsconfig)/, 'a part of the repository'],
  [/^dist\/engine\/(thimble|bench)\.mjs$/, "a part of the command line's"],
];
const nativeFile = /\.(node|dll|dylib|so)$|\.so\.[\d.]+$/;

/** What the packages call the platforms in their paths. */
const platformWords = {
  linux: /(^|[/-])linux(?!musl)([/.-]|$)/,
  darwin: /(^|[/-])darwin([/.-]|$)/,
  win32: /(^|[/-])win32([/.-]|$)/,
};
const archWord = /(^|[/-])(x64|arm64|ia32|arm)([/.-]|$)/;

export function isNative(path) {
  return nativeFile.test(path);
}

/** Problems, one sentence each, of a package's list of paths, with `/` between names. */
export function checkContents(paths, { platform, arch }) {
  const present = new Set(paths);
  const missing = needed.filter((path) => !present.has(path)).map((path) => `${path} is missing`);
  const unmet = neededPatterns
    .filter((pattern) => !paths.some((path) => pattern.test(path)))
    .map((pattern) => `nothing matches ${pattern}`);
  const natives = paths.filter(isNative);
  const libraries = neededLibraries
    .filter((pattern) => !natives.some((path) => pattern.test(path)))
    .map((pattern) => `no native library matches ${pattern}`);
  return [
    ...missing,
    ...unmet,
    ...libraries,
    ...paths
      .filter((path) => !allowed.some((pattern) => pattern.test(path)))
      .map((path) => `${path} does not belong here`),
    ...paths.flatMap((path) =>
      foreign.filter(([pattern]) => pattern.test(path)).map(([, what]) => `${path} is ${what}`),
    ),
    ...natives.flatMap((path) => checkPlatform(path, platform, arch)),
  ];
}

function checkPlatform(path, platform, arch) {
  const isForeign = Object.entries(platformWords).some(
    ([name, word]) => name !== platform && word.test(path),
  );
  const [, , named] = archWord.exec(path) ?? [];
  if (isForeign || /linuxmusl/.test(path)) return [`${path} is for another platform`];
  return named !== undefined && named !== arch ? [`${path} is for another processor`] : [];
}
