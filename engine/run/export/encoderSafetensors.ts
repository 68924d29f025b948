// An encoder's weights as a safetensors file under the official implementation's parameter names, which loads there
// unchanged (load_state_dict of the model it was trained as).
import { gridSide, type EncoderName, type ModelConfig } from '../../contract/config.ts';
import { EngineError } from '../../contract/errors.ts';
import { encoderWeightSpecs } from '../../model/encoderWeights.ts';
import { toOfficialNames, type ShapedArray } from '../../model/officialNames.ts';
import { computePositionEmbedding } from '../../nn/positions.ts';
import { encodeSafetensors } from '../../project/safetensors.ts';

/** Encoder weights by the engine's names, without a prefix. */
export type EncoderWeights = Readonly<Record<string, Float32Array>>;

function withShapes(model: ModelConfig, weights: EncoderWeights): Record<string, ShapedArray> {
  const entries = encoderWeightSpecs(model).map(({ name, shape }) => {
    const data = weights[name];
    if (!data) throw new EngineError('checkpoint.corrupt', `the checkpoint has no weight named ${name}`);
    return [name, { shape, data }] as const;
  });
  return Object.fromEntries(entries);
}

/**
 * The file's bytes. `metadata` is kept as text beside the weights, with the model's settings under `config`.
 * Throws checkpoint.corrupt where a weight of the model is missing.
 */
export function exportEncoderSafetensors(
  model: ModelConfig,
  weights: EncoderWeights,
  encoder: EncoderName,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const side = gridSide(model);
  const positions = {
    shape: [model.numRegisterTokens + side * side, model.embedDim],
    data: computePositionEmbedding(model.embedDim, side, model.numRegisterTokens),
  };
  return encodeSafetensors({
    metadata: { ...metadata, format: 'pt', encoder, config: JSON.stringify(model) },
    tensors: { ...toOfficialNames(withShapes(model, weights)), 'transformer.pos_embed': positions },
  });
}
