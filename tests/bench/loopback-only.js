// Loaded before a program that listens on every address and may call anywhere: it listens on
// loopback instead, and a connection to anywhere else is refused and said on standard error.
import net from 'node:net';

const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];
const { listen } = net.Server.prototype;
const { connect } = net.Socket.prototype;

net.Server.prototype.listen = function (...args) {
  const [first] = args;
  if (typeof first === 'object') return listen.call(this, { ...first, host: '127.0.0.1' });
  return listen.call(this, { port: first, host: '127.0.0.1' }, args.at(-1));
};

net.Socket.prototype.connect = function (...args) {
  const [options] = Array.isArray(args[0]) ? args[0] : args;
  const host = typeof options === 'object' ? options.host : undefined;
  if (host !== undefined && !LOOPBACK.includes(host)) {
    process.stderr.write(`dialled out: ${host}\n`);
    return this.destroy(new Error(`${host} is not on this machine`));
  }
  return connect.apply(this, args);
};
