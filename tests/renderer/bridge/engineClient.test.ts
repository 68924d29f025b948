import { describe, expect, test } from 'vitest';
import { EngineError } from '../../../engine/contract/errors.ts';
import { connect, hello, settle } from '../handTransport.ts';
import { watch } from '../watch.svelte.ts';

const ofCode = (code: string) => expect.objectContaining({ code });

describe('the engine client', () => {
  test('answers go to the request they belong to, whatever their order', async () => {
    const { transport, client } = connect();
    const first = client.request('run.list', { project: 'p' });
    const second = client.request('settings.show', {});
    const [a, b] = transport.sent;
    transport.deliver({ kind: 'result', id: b!.id, result: { theme: 'dark' } as never });
    transport.deliver({ kind: 'result', id: a!.id, result: [] });
    await expect(first).resolves.toEqual([]);
    await expect(second).resolves.toEqual({ theme: 'dark' });
  });

  test('an error keeps its code and details', async () => {
    const { transport, client } = connect();
    const request = client.request('project.open', { project: 'p' });
    const error = { code: 'project.notFound', message: 'gone', details: { folder: 'p' } } as const;
    transport.deliver({ kind: 'error', id: transport.sent[0]!.id, error });
    await expect(request).rejects.toEqual(ofCode('project.notFound'));
    await expect(request).rejects.toBeInstanceOf(EngineError);
  });

  test('what is asked before the connection stands is sent once it does', () => {
    const { transport, client } = connect('connecting');
    void client.request('project.open', { project: 'p' });
    expect(transport.sent).toEqual([]);
    transport.become('open');
    expect(transport.sent.map((message) => message.kind === 'request' && message.name)).toEqual([
      'project.open',
    ]);
  });

  test('when the engine is lost, questions wait and are asked again; commands fail', async () => {
    const { transport, client } = connect();
    const question = client.request('run.show', { project: 'p', run: 1 });
    const command = client.request('run.create', { project: 'p', split: 1 });
    transport.become('lost');
    await expect(command).rejects.toEqual(ofCode('engine.lost'));
    await expect(client.request('run.pause', { project: 'p', run: 1 })).rejects.toEqual(
      ofCode('engine.lost'),
    );
    transport.sent.length = 0;
    transport.become('open');
    expect(transport.sent).toHaveLength(1);
    transport.deliver({ kind: 'result', id: transport.sent[0]!.id, result: { id: 1 } as never });
    await expect(question).resolves.toEqual({ id: 1 });
  });

  test('whoever shows something is told when the connection stands again, for events were missed', () => {
    const { transport, client } = connect();
    let returns = 0;
    const stop = client.onReturn(() => (returns += 1));
    transport.deliver(hello('a'));
    expect(returns).toBe(0);
    transport.become('lost');
    transport.become('open');
    transport.deliver(hello('a'));
    expect(returns).toBe(1);
    transport.deliver(hello('b'));
    expect(returns).toBe(2);
    stop();
    transport.deliver(hello('c'));
    expect(returns).toBe(2);
    expect(client.version).toBe('1');
  });

  test('an effect that asks does not ask again because the connection changed', async () => {
    const { transport, client } = connect('connecting');
    let runs = 0;
    const stop = watch(() => {
      runs += 1;
      void client.request('home.show', {});
    });
    await settle();
    transport.become('open');
    await settle();
    transport.become('lost');
    await settle();
    expect(runs).toBe(1);
    stop();
  });

  test('what is given up while the engine is away is not asked when it is back', async () => {
    const { transport, client } = connect('lost');
    const controller = new AbortController();
    const request = client.request('home.show', {}, { signal: controller.signal });
    controller.abort();
    await expect(request).rejects.toEqual(ofCode('cancelled'));
    transport.become('open');
    expect(transport.sent).toEqual([]);
  });

  test('aborting sends a cancel, and what the engine then says decides', async () => {
    const { transport, client } = connect();
    const controller = new AbortController();
    const request = client.request('run.measure', { project: 'p', split: 1 }, { signal: controller.signal });
    controller.abort();
    expect(transport.sent.at(-1)).toEqual({ kind: 'cancel', id: transport.sent[0]!.id });
    const error = { code: 'cancelled', message: '', details: {} } as const;
    transport.deliver({ kind: 'error', id: transport.sent[0]!.id, error });
    await expect(request).rejects.toEqual(ofCode('cancelled'));
    const early = client.request('run.list', { project: 'p' }, { signal: AbortSignal.abort() });
    await expect(early).rejects.toEqual(ofCode('cancelled'));
  });

  test("events reach the request's own listener and everyone who listens", () => {
    const { transport, client } = connect();
    const seen: unknown[] = [];
    void client.request(
      'ladder.run',
      { project: 'p', run: 1 },
      { onEvent: (name) => seen.push(['own', name]) },
    );
    const stop = client.on('ladder.progress', (event, project) => seen.push([project, event.step]));
    const message = {
      kind: 'event',
      id: transport.sent[0]!.id,
      project: 'p',
      name: 'ladder.progress',
      event: { step: 'kNN', share: null },
    } as const;
    transport.deliver(message);
    stop();
    transport.deliver(message);
    expect(seen).toEqual([
      ['own', 'ladder.progress'],
      ['p', 'kNN'],
      ['own', 'ladder.progress'],
    ]);
  });
});
