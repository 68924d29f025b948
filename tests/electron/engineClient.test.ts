import { describe, expect, test } from 'vitest';
import { EngineClient } from '../../electron/main/engineClient.ts';
import type { ClientMessage, EngineEventMessage } from '../../engine/contract/wire.ts';

function createClient() {
  const posted: ClientMessage[] = [];
  const events: EngineEventMessage[] = [];
  const client = new EngineClient(
    (message) => posted.push(message),
    (event) => events.push(event),
  );
  return { client, posted, events };
}

describe('the main process as a client', () => {
  test('matches answers to requests by their id, in whatever order they come', async () => {
    const { client, posted } = createClient();
    const first = client.request('image.render', { project: '/a', image: 1, size: 64 });
    const second = client.request('about.show', {});
    client.receive({ kind: 'error', id: 2, error: { code: 'file.missing', message: 'gone', details: {} } });
    const picture = { mime: 'image/png' as const, bytes: new Uint8Array([1]) };
    client.receive({ kind: 'result', id: 1, result: picture });
    expect(await first).toBe(picture);
    await expect(second).rejects.toMatchObject({ code: 'file.missing' });
    expect(posted.map(({ id }) => id)).toEqual([1, 2]);
  });

  test('a picture that nobody waits for is cancelled', async () => {
    const { client, posted } = createClient();
    const gone = new AbortController();
    const asked = client.request('image.render', { project: '/a', image: 1, size: 64 }, gone.signal);
    gone.abort();
    expect(posted.at(-1)).toEqual({ kind: 'cancel', id: 1 });
    client.receive({ kind: 'error', id: 1, error: { code: 'cancelled', message: '', details: {} } });
    await expect(asked).rejects.toMatchObject({ code: 'cancelled' });
  });

  test('when the engine ends, open requests fail and new ones are not sent', async () => {
    const { client, posted } = createClient();
    const open = client.request('about.show', {});
    client.close();
    await expect(open).rejects.toMatchObject({ code: 'engine.lost' });
    await expect(client.request('about.show', {})).rejects.toMatchObject({ code: 'engine.lost' });
    expect(posted.length).toBe(1);
  });
});
