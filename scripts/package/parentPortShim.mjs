// Stands in for what Electron gives a utility process, in a worker thread of plain Node: `process.parentPort` and its ports.
import { parentPort, workerData } from 'node:worker_threads';

function wrapPort(port) {
  return {
    postMessage: (message) => port.postMessage(message),
    on: (name, listener) => {
      if (name === 'message') port.on('message', (data) => listener({ data, ports: [] }));
      else port.on(name, listener);
    },
    start: () => port.start(),
    close: () => port.close(),
  };
}

process.parentPort = {
  postMessage: (message) => parentPort.postMessage(message),
  on: (name, listener) => {
    parentPort.on(name, ({ message, port }) =>
      listener({ data: message, ports: port ? [wrapPort(port)] : [] }),
    );
  },
};

await import(workerData.entry);
