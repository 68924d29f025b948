// Frozen features of many images: the encoder run over an evaluation loader, tokens pooled as they come.
import type { AugmentConfig, ModelConfig } from '../contract/config.ts';
import { createEvaluationLoader } from '../data/evaluationLoader.ts';
import type { PixelCacheSettings } from '../data/pixelCache.ts';
import type { SourceImage } from '../data/pixelSource.ts';
import { createSupervisedLoader } from '../data/supervisedLoader.ts';
import { encodeProgram } from '../model/encodeProgram.ts';
import { withPrefix } from '../model/weightNames.ts';
import { createPooledLayer, poolTokens, type Layer, type PooledLayer } from '../probe/pooledFeatures.ts';
import type { CompiledProgram, Executor } from '../runtime/program.ts';

export interface EncodeRequest {
  readonly model: ModelConfig;
  /** Encoder weights by the engine's names, without a prefix. */
  readonly weights: Readonly<Record<string, Float32Array>>;
  readonly images: readonly SourceImage[];
  /** Layers whose tokens are pooled. */
  readonly layers: readonly Layer[];
  /** Also keep the last block's tokens whole: [n, N, D], for attentive heads. */
  readonly keepTokens?: boolean;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface EncodedImages {
  readonly pooled: readonly PooledLayer[];
  /** The last block's layer-normalised tokens [n, N, D], where they were asked for. */
  readonly tokens: Float32Array | null;
  readonly tokenCount: number;
}

export interface ViewsRequest extends Omit<EncodeRequest, 'keepTokens'> {
  readonly augment: AugmentConfig;
  /** Views of each image. */
  readonly views: number;
  readonly seed: number;
}

export interface EncodedViews {
  readonly pooled: readonly PooledLayer[];
  /** The image that each row is a view of. */
  readonly imageIndices: Int32Array;
}

export interface ImageEncoderOptions {
  readonly cache: PixelCacheSettings;
  readonly batchSize?: number;
  /** Worker threads of the loader; 0 decodes in this thread. */
  readonly workers?: number;
}

const defaultBatchSize = 32;

/** Encodes sets of images on one executor; programs are compiled once per model and set of layers. */
export class ImageEncoder {
  readonly #executor: Executor;
  readonly #options: ImageEncoderOptions;
  readonly #programs = new Map<string, Promise<CompiledProgram>>();

  constructor(executor: Executor, options: ImageEncoderOptions) {
    this.#executor = executor;
    this.#options = options;
  }

  /** Pooled features of all images, in their order. Throws dataset.empty, file errors, executor.failed. */
  async encode(request: EncodeRequest): Promise<EncodedImages> {
    const { model, images, keepTokens = false } = request;
    const last = model.depth - 1;
    const layers = [...new Set<Layer>([...request.layers, ...(keepTokens ? [last] : [])])];
    const batchSize = this.#options.batchSize ?? defaultBatchSize;
    const program = await this.#compile(model, batchSize, layers);
    await program.writeState(withPrefix(request.weights, 'encoder/'));
    const pooled = request.layers.map((layer) => createPooledLayer(layer, images.length, model.embedDim));
    const loader = await createEvaluationLoader({
      images,
      cache: this.#options.cache,
      workers: this.#options.workers,
      imageSize: model.imageSize,
      batchSize,
    });
    let tokens: Float32Array | null = null;
    let tokenCount = 0;
    try {
      for (let index = 0; index < loader.batchCount; index++) {
        const batch = await loader.batch(index);
        const outputs = await program.run({ images: batch.images });
        const tokensOf = (layer: Layer) => outputs[`tokens.${layer}`] as Float32Array;
        tokenCount = tokensOf(layers[0]!).length / (batchSize * model.embedDim);
        for (const into of pooled) poolTokens(into, tokensOf(into.layer), tokenCount, batch);
        if (keepTokens) {
          const size = tokenCount * model.embedDim;
          tokens ??= new Float32Array(images.length * size);
          tokens.set(tokensOf(last).subarray(0, batch.count * size), batch.first * size);
        }
        request.onProgress?.(batch.first + batch.count, images.length);
      }
    } finally {
      await loader.close();
    }
    return { pooled, tokens, tokenCount };
  }

  /**
   * Pooled features of random views of the images, as many views as images times `views`: what a probe trains on besides
   * the images themselves. The same request draws the same views. Throws as `encode` does.
   */
  async encodeViews(request: ViewsRequest): Promise<EncodedViews> {
    const { model, images, layers, views, augment, seed } = request;
    const batchSize = this.#options.batchSize ?? defaultBatchSize;
    const program = await this.#compile(model, batchSize, layers);
    await program.writeState(withPrefix(request.weights, 'encoder/'));
    const total = images.length * views;
    const pooled = layers.map((layer) => createPooledLayer(layer, total, model.embedDim));
    const imageIndices = new Int32Array(total);
    const loader = await createSupervisedLoader({
      images,
      labels: new Int32Array(images.length),
      cache: this.#options.cache,
      workers: this.#options.workers,
      augment,
      imageSize: model.imageSize,
      batchSize,
      seed,
    });
    try {
      for (let first = 0; first < total; first += batchSize) {
        const batch = await loader.batch(first / batchSize);
        const outputs = await program.run({ images: batch.images });
        const count = Math.min(batchSize, total - first);
        for (const into of pooled) {
          const tokens = outputs[`tokens.${into.layer}`] as Float32Array;
          poolTokens(into, tokens, tokens.length / (batchSize * model.embedDim), { first, count });
        }
        imageIndices.set(batch.imageIndices.subarray(0, count), first);
        request.onProgress?.(first + count, total);
      }
    } finally {
      await loader.close();
    }
    return { pooled, imageIndices };
  }

  /** Frees the compiled programs; the executor stays the caller's. */
  async dispose(): Promise<void> {
    for (const program of this.#programs.values()) await (await program).dispose();
    this.#programs.clear();
  }

  #compile(model: ModelConfig, batchSize: number, layers: readonly Layer[]): Promise<CompiledProgram> {
    const key = JSON.stringify([model, batchSize, layers]);
    const known = this.#programs.get(key);
    if (known) return known;
    const compiling = this.#executor.compile(encodeProgram(model, batchSize, { layers }));
    this.#programs.set(key, compiling);
    return compiling;
  }
}
