import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { NotesDraft } from '../../../renderer/state/notesDraft.svelte.ts';
import { settle } from '../fixtures.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('notes that save themselves', () => {
  test('are saved once the keys rest, and only when they changed', async () => {
    const saved: string[] = [];
    const notes = new NotesDraft('old', async (text) => saved.push(text) > 0, 800);
    for (const text of ['a', 'ab', 'abc']) {
      notes.type(text);
      vi.advanceTimersByTime(300);
    }
    expect(saved).toEqual([]);
    vi.advanceTimersByTime(800);
    await settle();
    expect(saved).toEqual(['abc']);
    expect(notes.status).toBe('saved');
    notes.type('abc');
    await notes.flush();
    expect(saved).toEqual(['abc']);
  });

  test('stay typed where saving fails, and can be saved again', async () => {
    let canSave = false;
    const notes = new NotesDraft('', async () => canSave);
    notes.type('mine');
    await notes.flush();
    expect(notes).toMatchObject({ text: 'mine', status: 'failed' });
    notes.notice('from elsewhere');
    expect(notes.text).toBe('mine');
    canSave = true;
    await notes.flush();
    expect(notes.status).toBe('saved');
    notes.notice('from elsewhere');
    expect(notes.text).toBe('from elsewhere');
  });

  test('what is typed while saving is saved too', async () => {
    const saved: string[] = [];
    let finish: (isStored: boolean) => void = () => undefined;
    const notes = new NotesDraft('', (text) => {
      saved.push(text);
      return new Promise((resolve) => (finish = resolve));
    });
    notes.type('a');
    void notes.flush();
    notes.type('ab');
    finish(true);
    await settle();
    vi.advanceTimersByTime(1000);
    expect(saved).toEqual(['a', 'ab']);
  });

  test('what is taken back while it is being saved is stored as it stands', async () => {
    const saved: string[] = [];
    let finish: (isStored: boolean) => void = () => undefined;
    const notes = new NotesDraft('', (text) => {
      saved.push(text);
      return new Promise((resolve) => (finish = resolve));
    });
    notes.type('a');
    void notes.flush();
    notes.type('');
    vi.advanceTimersByTime(1000);
    finish(true);
    await settle();
    expect(saved).toEqual(['a', '']);
    expect(notes.status).toBe('saving');
    finish(true);
    await settle();
    expect(notes.status).toBe('saved');
  });
});
