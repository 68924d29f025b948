// One New-run draft a project, kept while other screens are shown.
import type { EngineClient } from '../../bridge/engineClient.svelte.ts';
import type { ProjectState } from '../../state/projectState.svelte.ts';
import { NewRunState } from './newRunState.svelte.ts';

const states = new WeakMap<ProjectState, NewRunState>();

/** The one draft of a project. */
export function newRunOf(client: EngineClient, project: ProjectState): NewRunState {
  const known = states.get(project);
  if (known) return known;
  let state: NewRunState | null = null;
  // Made by a component, but it outlives it: what is derived in it must not end with the component's effects.
  $effect.root(() => {
    state = new NewRunState(client, project);
  });
  states.set(project, state!);
  return state!;
}
