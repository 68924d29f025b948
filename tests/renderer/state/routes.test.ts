import { describe, expect, test } from 'vitest';
import { formatRoute, parseRoute, type Route } from '../../../renderer/state/routes.ts';

const project = 'C:\\Users\\Ána\\orchids/2026 #1 50%';
const routes: readonly Route[] = [
  { screen: 'home' },
  { screen: 'images', project, dataset: null },
  { screen: 'images', project, dataset: 3 },
  { screen: 'runs', project },
  { screen: 'newRun', project, from: null },
  { screen: 'newRun', project, from: 12 },
  { screen: 'run', project, run: 7 },
  { screen: 'results', project, run: 7 },
  { screen: 'compare', project, runs: [] },
  { screen: 'compare', project, runs: [2, 9, 4] },
  { screen: 'glossary', project: null, term: 'kNN' },
  { screen: 'glossary', project, term: null },
  { screen: 'compute', project: null },
  { screen: 'settings', project },
];

describe('routes', () => {
  test.each(routes.map((route) => [formatRoute(route), route] as const))('%s comes back', (hash, route) => {
    expect(parseRoute(hash)).toEqual(route);
  });

  test.each(['', '#', '#/', '#/nowhere', '#/project', '#/project/', '#/project/%E0%A4%A'])(
    '%j is home',
    (hash) => {
      expect(parseRoute(hash)).toEqual({ screen: 'home' });
    },
  );

  test('a project without a known place shows its images, numbers that are none are left out', () => {
    expect(parseRoute('#/project/p/elsewhere')).toEqual({ screen: 'images', project: 'p', dataset: null });
    expect(parseRoute('#/project/p/runs/x')).toEqual({ screen: 'runs', project: 'p' });
    expect(parseRoute('#/project/p/compare/1,x,-2,3')).toEqual({
      screen: 'compare',
      project: 'p',
      runs: [1, 3],
    });
  });
});
