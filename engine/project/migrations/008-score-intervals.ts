// The interval of a probe's accuracy in columns of its own: a probe of a thousand classes is megabytes of JSON, too much to
// look through for each run of a list.
import type { Migration } from './migration.ts';

export const scoreIntervals: Migration = {
  number: 8,
  title: 'intervals of scores',
  apply(database) {
    database.exec(`
      ALTER TABLE probes ADD COLUMN ci_low REAL;
      ALTER TABLE probes ADD COLUMN ci_high REAL;
      UPDATE probes SET ci_low = numbers ->> '$.ci95[0]', ci_high = numbers ->> '$.ci95[1]';
    `);
  },
};
