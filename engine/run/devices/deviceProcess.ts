// The device process: probes an executor or times training on it.
import { probeExecutor } from '../../runtime/discovery/probeExecutor.ts';
import { measureDevice } from '../measure/measureDevice.ts';
import type { DeviceOrder } from './deviceMessages.ts';
import { serveOrders } from './serveOrders.ts';

serveOrders<DeviceOrder>((order, onProgress) =>
  order.kind === 'probe'
    ? probeExecutor(order.executor)
    : measureDevice(order.executor, order.config, onProgress),
);
