// For `node --import`: leads connections elsewhere, as a router would. DETOURS is JSON, from `host:port` to a
// port of 127.0.0.1.
import { Socket } from 'node:net';

const detours = JSON.parse(process.env['DETOURS'] ?? '{}') as Record<string, number>;

interface Target {
  readonly host?: string;
  readonly port?: number | string;
}

function led(target: Target): Target {
  const port = detours[`${target.host ?? ''}:${String(target.port ?? '')}`];
  return port === undefined ? target : { ...target, host: '127.0.0.1', port };
}

const connect = Socket.prototype.connect as (this: Socket, ...args: unknown[]) => Socket;
Socket.prototype.connect = function (this: Socket, ...args: unknown[]): Socket {
  const [first] = args;
  // What net.connect has read already comes as a list.
  if (Array.isArray(first)) first[0] = led(first[0] as Target);
  else if (typeof first === 'object' && first !== null) args[0] = led(first);
  return connect.apply(this, args);
};
