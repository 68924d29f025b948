// `serve`: the app in the browser.
import type { Command } from 'commander';
import { EngineHost } from '../../host/engineHost.ts';
import { Engine } from '../../run/engine.ts';
import { parseNumber, type AddCommands } from './command.ts';

interface ServeFlags {
  readonly host?: string;
  readonly port?: number;
  readonly open?: boolean;
}

export const addServeCommand: AddCommands = (program, withSession) => {
  program
    .command('serve')
    .description('The whole app in your browser, for this computer alone.')
    .option('--port <number>', 'default: any that is free', parseNumber)
    .option('--host <address>', 'an address of this computer alone; default 127.0.0.1')
    .option('--open', 'open the browser as well')
    .action((_flags: ServeFlags, command: Command) =>
      withSession(command, async (session) => {
        const { host, port, open } = command.opts<ServeFlags>();
        const { serve } = await import('../../serve/serve.ts');
        // A service manager or a closed terminal ends serving as Ctrl+C does.
        const ended = new AbortController();
        for (const name of ['SIGTERM', 'SIGHUP'] as const) process.once(name, () => ended.abort());
        const engineHost = new EngineHost((broadcast) => new Engine({ tasks: 'process', broadcast }));
        try {
          await serve(engineHost, {
            host,
            port,
            open: open === true,
            signal: AbortSignal.any([session.signal, ended.signal]),
            onListening: (address) =>
              session.print(
                address,
                ({ url }) => `Thimble is open at ${url} for this computer alone; Ctrl+C ends it.`,
              ),
            say: (sentence) => session.say(sentence),
          });
        } finally {
          engineHost.close();
        }
        // Trainers go on, and their channels would hold this process. What was written leaves first.
        process.stderr.write('', () => process.exit());
      }),
    );
};
