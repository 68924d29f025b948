// Everything one can do by name: what the command palette lists, the shortcuts call and the native menu sends.
import type { AppState } from '../state/appState.svelte.ts';

export interface Command {
  /** Stable; the native menu sends it. */
  readonly id: string;
  readonly title: string;
  /** Words that find it besides its title. */
  readonly keywords?: string;
  /** e.g. `mod+1`. */
  readonly keys?: string;
  readonly run: () => void;
}

function listPlaces(app: AppState): Command[] {
  const project = app.project?.folder ?? null;
  const everywhere: Command[] = [
    { id: 'go.home', title: 'All projects', keys: 'mod+0', run: () => app.go({ screen: 'home' }) },
    { id: 'go.compute', title: 'Compute', keys: 'mod+4', run: () => app.go({ screen: 'compute', project }) },
    {
      id: 'go.settings',
      title: 'Settings',
      keys: 'mod+,',
      run: () => app.go({ screen: 'settings', project }),
    },
    {
      id: 'go.glossary',
      title: 'Glossary',
      keywords: 'help words terms',
      run: () => app.go({ screen: 'glossary', project, term: null }),
    },
  ];
  if (project === null) return everywhere;
  return [
    {
      id: 'go.images',
      title: 'Images',
      keys: 'mod+1',
      run: () => app.go({ screen: 'images', project, dataset: null }),
    },
    { id: 'go.runs', title: 'Runs', keys: 'mod+2', run: () => app.go({ screen: 'runs', project }) },
    {
      id: 'go.compare',
      title: 'Compare',
      keys: 'mod+3',
      run: () => app.go({ screen: 'compare', project, runs: [] }),
    },
    {
      id: 'run.new',
      title: 'New run',
      keywords: 'pretrain train start',
      keys: 'mod+n',
      run: () => app.go({ screen: 'newRun', project, from: null }),
    },
    ...everywhere,
  ];
}

function listRuns(app: AppState): Command[] {
  const { project } = app;
  if (!project) return [];
  return project.runs.map((run) => ({
    id: `run.show.${run.id}`,
    title: `Run ${run.id}: ${run.name}`,
    keywords: `${run.state} ${run.tags.join(' ')}`,
    run: () => app.go({ screen: 'run', project: project.folder, run: run.id }),
  }));
}

function listThemes(app: AppState): Command[] {
  return (['system', 'light', 'dark'] as const).map((theme) => ({
    id: `theme.${theme}`,
    title: theme === 'system' ? 'Theme: as the system' : `Theme: ${theme}`,
    run: () => {
      void app.changeSettings({ theme }).catch((error: unknown) => app.report(error, 'Changing the theme'));
    },
  }));
}

/** The commands that make sense at this place, in the order of the palette. */
export function listCommands(app: AppState): Command[] {
  return [...listPlaces(app), ...listThemes(app), ...listRuns(app)];
}
