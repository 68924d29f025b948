// Convolutions padded by a number of zeros, for a tfjs backend whose kernels know only 'valid' and 'same' (tfjs-node's):
// the zeros are put around the image before, or cut from around its gradient afterwards.
import * as tf from '@tensorflow/tfjs-core';
import type { NamedAttrMap, NamedTensorInfoMap, Tensor4D, TensorInfo } from '@tensorflow/tfjs-core';

/** Kernels that read an image x, [B, H, W, C]. */
const imageReaders = [
  tf.Conv2D,
  tf.DepthwiseConv2dNative,
  tf.Conv2DBackpropFilter,
  tf.DepthwiseConv2dNativeBackpropFilter,
] as const;
/** Kernels that give an image's gradient, of the shape in their attribute inputShape. */
const imageGradients = [tf.Conv2DBackpropInput, tf.DepthwiseConv2dNativeBackpropInput] as const;

type KernelName = (typeof imageReaders)[number] | (typeof imageGradients)[number];
type Shape4D = [number, number, number, number];

/** One call of the backend's own kernel. */
type Call = (inputs: NamedTensorInfoMap, attrs: NamedAttrMap) => TensorInfo;

function padImage(call: Call, inputs: NamedTensorInfoMap, attrs: NamedAttrMap, zeros: number): TensorInfo {
  const sides: [number, number] = [zeros, zeros];
  const x = tf.pad4d(inputs['x'] as Tensor4D, [[0, 0], sides, sides, [0, 0]]);
  const result = call({ ...inputs, x }, { ...attrs, pad: 'valid' });
  x.dispose();
  return result;
}

function cutGradient(call: Call, inputs: NamedTensorInfoMap, attrs: NamedAttrMap, zeros: number): TensorInfo {
  const [batch, height, width, channels] = attrs['inputShape'] as Shape4D;
  const inputShape: Shape4D = [batch, height + 2 * zeros, width + 2 * zeros, channels];
  const info = call(inputs, { ...attrs, inputShape, pad: 'valid' });
  // Some backends' kernels give tensors, others only what one is made of.
  const made = info instanceof tf.Tensor ? info : tf.engine().makeTensorFromTensorInfo(info);
  const whole = made as Tensor4D;
  const result = tf.slice4d(whole, [0, zeros, zeros, 0], [batch, height, width, channels]);
  whole.dispose();
  return result;
}

function wrap(backendName: string, kernelName: KernelName, pad: typeof padImage): void {
  const kernel = tf.getKernel(kernelName, backendName);
  if (kernel === undefined) return;
  tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({
    ...kernel,
    kernelFunc: (params) => {
      const { inputs, attrs = {}, backend } = params;
      const isNumeric = typeof attrs['pad'] === 'number' && attrs['dataFormat'] !== 'NCHW';
      if (!isNumeric) return kernel.kernelFunc(params);
      const call: Call = (newInputs, newAttrs) =>
        kernel.kernelFunc({ inputs: newInputs, attrs: newAttrs, backend }) as TensorInfo;
      return pad(call, inputs, attrs, attrs['pad'] as number);
    },
  });
}

/** Teaches the convolutions of a backend to pad by a number, on channels-last images. To be called once a backend. */
export function allowNumericPadding(backendName: string): void {
  for (const kernelName of imageReaders) wrap(backendName, kernelName, padImage);
  for (const kernelName of imageGradients) wrap(backendName, kernelName, cutGradient);
}
