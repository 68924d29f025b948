// A graph as text, for people and for tests: one line a value, in the order in which they are computed.
import type { AttributeValue, Graph, Value } from './graph.ts';

/** The graph as readable text. Values are numbered in the order in which they appear. */
export function printGraph(graph: Graph): string {
  const numbers = new Map<Value, number>();
  const name = (value: Value): string => {
    if (value.source.kind === 'input') return value.source.name;
    if (value.source.kind === 'splat') return literal(value, `${round(value.source.number)}`);
    if (value.source.kind === 'constant') return literal(value, constantText(value));
    if (!numbers.has(value)) numbers.set(value, numbers.size + 1);
    return `%${numbers.get(value)}`;
  };
  const lines = [`graph ${graph.name}`];
  for (const input of graph.inputs) lines.push(`  input ${name(input)} : ${typeText(input)}`);
  for (const node of graph.nodes) {
    const results = node.outputs.map((output) => `${name(output)} : ${typeText(output)}`).join(', ');
    const attributes = Object.entries(node.attributes).map(
      ([key, value]) => `${key}=${attributeText(value)}`,
    );
    const tail = attributes.length > 0 ? ` {${attributes.join(' ')}}` : '';
    lines.push(`  ${results} = ${node.op}(${node.inputs.map(name).join(', ')})${tail}`);
  }
  for (const output of graph.outputs) lines.push(`  return ${output.name} = ${name(output.value)}`);
  return lines.join('\n');
}

function typeText(value: Value): string {
  return `${value.type}[${value.shape.join()}]`;
}

function literal(value: Value, text: string): string {
  return value.shape.length === 0 || value.type === 'int64' ? text : `${text}:[${value.shape.join()}]`;
}

function constantText(value: Value): string {
  if (value.source.kind !== 'constant') return '';
  const { data } = value.source;
  const shown = Array.from(data.slice(0, 8) as ArrayLike<number | bigint>, (element) =>
    round(Number(element)),
  );
  return data.length > 8 ? `<${shown.slice(0, 4).join()},…>` : `<${shown.join()}>`;
}

function attributeText(value: AttributeValue): string {
  if (Array.isArray(value)) return `[${value.join()}]`;
  return typeof value === 'object' && 'float' in value ? `${round(value.float)}` : String(value);
}

function round(number: number): number {
  return Number(number.toPrecision(6));
}
