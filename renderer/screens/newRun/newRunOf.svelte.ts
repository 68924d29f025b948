// One New-run draft a project, kept while other screens are shown, and by the window when the page is loaded again.
import type { EngineClient } from '../../bridge/engineClient.svelte.ts';
import type { ProjectState } from '../../state/projectState.svelte.ts';
import { NewRunState } from './newRunState.svelte.ts';
import { readSavedDraft } from './savedDraft.ts';

const states = new WeakMap<ProjectState, NewRunState>();

/** The one draft of a project. */
export function newRunOf(client: EngineClient, project: ProjectState): NewRunState {
  const known = states.get(project);
  if (known) return known;
  let state: NewRunState | null = null;
  // Made by a component, but it outlives it: what is derived in it must not end with the component's effects.
  $effect.root(() => {
    const key = `newRun:${project.folder}`;
    const made = new NewRunState(client, project);
    const saved = readSavedDraft(sessionStorage.getItem(key));
    if (saved) made.restore(saved);
    $effect(() => sessionStorage.setItem(key, JSON.stringify(made.save())));
    state = made;
  });
  states.set(project, state!);
  return state!;
}
