import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { migrations } from '../../engine/project/migrations/all.ts';
import { dumpDatabase, openBench } from './migrationBench.ts';

const numbered = /^\d{3}-/;

test('migrations are numbered from 1 without gaps, and each has its own test', () => {
  expect(migrations.map((migration) => migration.number)).toEqual(migrations.map((_, index) => index + 1));
  const sources = readdirSync(join(import.meta.dirname, '../../engine/project/migrations')).filter((name) =>
    numbered.test(name),
  );
  expect(sources).toHaveLength(migrations.length);
  const tests = readdirSync(import.meta.dirname).filter((name) => numbered.test(name));
  expect(tests).toEqual(sources.map((name) => name.replace('.ts', '.test.ts')));
});

test('migrating again changes nothing', () => {
  const bench = openBench();
  bench.migrateTo(migrations.length);
  const before = dumpDatabase(bench.database);
  bench.migrateTo(migrations.length);
  expect(dumpDatabase(bench.database)).toEqual(before);
  bench.close();
});
