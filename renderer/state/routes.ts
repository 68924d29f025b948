// Where in the app one is, as an address: `#/project/<folder>/runs/3`. Parsing never fails: what it does not know is home.

export type Route =
  | { readonly screen: 'home' }
  | { readonly screen: 'glossary'; readonly project: string | null; readonly term: string | null }
  | { readonly screen: 'compute'; readonly project: string | null }
  | { readonly screen: 'settings'; readonly project: string | null }
  | { readonly screen: 'images'; readonly project: string; readonly dataset: number | null }
  | { readonly screen: 'runs'; readonly project: string }
  | { readonly screen: 'newRun'; readonly project: string; readonly from: number | null }
  | { readonly screen: 'run'; readonly project: string; readonly run: number }
  | { readonly screen: 'results'; readonly project: string; readonly run: number }
  | { readonly screen: 'compare'; readonly project: string; readonly runs: readonly number[] };

export type Screen = Route['screen'];

function parseId(text: string | undefined): number | null {
  const id = Number(text);
  return text !== undefined && Number.isInteger(id) && id > 0 ? id : null;
}

function decode(text: string | undefined): string | null {
  if (text === undefined || text === '') return null;
  try {
    return decodeURIComponent(text);
  } catch {
    return null; // Not an address that we wrote.
  }
}

function parseProjectRoute(project: string, parts: readonly string[]): Route {
  const [room, first, second] = parts;
  const id = parseId(first);
  switch (room) {
    case 'images':
      return { screen: 'images', project, dataset: id };
    case 'runs':
      if (first === 'new') return { screen: 'newRun', project, from: parseId(second) };
      if (id === null) return { screen: 'runs', project };
      return { screen: second === 'results' ? 'results' : 'run', project, run: id };
    case 'compare': {
      const runs = (first ?? '').split(',').map(parseId);
      return { screen: 'compare', project, runs: runs.filter((run) => run !== null) };
    }
    case 'glossary':
      return { screen: 'glossary', project, term: decode(first) };
    case 'compute':
    case 'settings':
      return { screen: room, project };
    default:
      return { screen: 'images', project, dataset: null };
  }
}

/** The route of a location's hash. */
export function parseRoute(hash: string): Route {
  const [room, first, ...rest] = hash.replace(/^#?\/?/, '').split('/');
  if (room === 'project') {
    const project = decode(first);
    return project === null ? { screen: 'home' } : parseProjectRoute(project, rest);
  }
  if (room === 'glossary') return { screen: 'glossary', project: null, term: decode(first) };
  if (room === 'compute' || room === 'settings') return { screen: room, project: null };
  return { screen: 'home' };
}

/** The hash of a route; parseRoute's inverse. */
export function formatRoute(route: Route): string {
  const project = 'project' in route && route.project !== null ? encodeURIComponent(route.project) : null;
  const base = project === null ? '#' : `#/project/${project}`;
  switch (route.screen) {
    case 'home':
      return '#/';
    case 'images':
      return `${base}/images${route.dataset === null ? '' : `/${route.dataset}`}`;
    case 'runs':
      return `${base}/runs`;
    case 'newRun':
      return `${base}/runs/new${route.from === null ? '' : `/${route.from}`}`;
    case 'run':
      return `${base}/runs/${route.run}`;
    case 'results':
      return `${base}/runs/${route.run}/results`;
    case 'compare':
      return `${base}/compare${route.runs.length === 0 ? '' : `/${route.runs.join(',')}`}`;
    case 'glossary':
      return `${base}/glossary${route.term === null ? '' : `/${encodeURIComponent(route.term)}`}`;
    case 'compute':
    case 'settings':
      return `${base}/${route.screen}`;
  }
}

/** The project a route is about; null where it is about none. */
export function projectOf(route: Route): string | null {
  return 'project' in route ? route.project : null;
}
