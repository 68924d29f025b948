// Every kernel the tracer knows, by name. The map is total over KernelName: a name without a rule does not compile.
import { convolutionRules } from './rules/convolution.ts';
import { elementwiseRules } from './rules/elementwise.ts';
import { indexingRules } from './rules/indexing.ts';
import { matmulRules } from './rules/matmul.ts';
import { poolingRules } from './rules/pooling.ts';
import { reductionRules } from './rules/reduction.ts';
import { shapeRules } from './rules/shape.ts';
import type { RuleMap } from './rules/rule.ts';

const families = {
  ...elementwiseRules,
  ...reductionRules,
  ...matmulRules,
  ...shapeRules,
  ...indexingRules,
  ...convolutionRules,
  ...poolingRules,
};

export type KernelName = keyof typeof families;

/** How each kernel is put into the graph. */
export const kernelRules: RuleMap<KernelName> = families;
