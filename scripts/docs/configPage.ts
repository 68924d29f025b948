// Writes docs/config.md from the table of fields. usage: npm run docs
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { paperConfig } from '../../engine/contract/config.ts';
import { configFields, readConfigField, type ConfigField } from '../../engine/contract/configFields.ts';
import { presetNames, presets } from '../../engine/contract/presets.ts';

function describeValues(field: ConfigField): string {
  if (field.kind === 'choice') return field.choices.join(', ');
  const unit = field.unit === '' ? '' : ` ${field.unit}`;
  return `${field.min} to ${field.max}${unit}`;
}

function renderValue(value: unknown): string {
  if (Array.isArray(value)) return value.map(renderValue).join('–');
  return typeof value === 'number' ? String(Number(value.toPrecision(4))) : String(value);
}

/** The page as text; a test compares it with the file. */
export function renderConfigPage(): string {
  const header = [
    'field',
    'what it is',
    'values',
    'paper',
    ...presetNames.filter((name) => name !== 'paper'),
  ];
  const rows = Object.entries(configFields).map(([path, field]) => {
    const standard = renderValue(readConfigField(paperConfig, path));
    const others = presetNames
      .filter((name) => name !== 'paper')
      .map((name) => renderValue(readConfigField(presets[name].config, path)))
      .map((value) => (value === standard ? '' : value));
    return [`\`${path}\``, field.sentence, describeValues(field), standard, ...others];
  });
  const lines = [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return [
    '# Settings of a run',
    '',
    'Made by `npm run docs` from `engine/contract/configFields.ts`. An empty cell means: as in the paper.',
    '',
    ...lines,
    '',
  ].join('\n');
}

if (process.argv[1]?.endsWith('configPage.ts')) {
  writeFileSync(join(import.meta.dirname, '..', '..', 'docs', 'config.md'), renderConfigPage());
}
