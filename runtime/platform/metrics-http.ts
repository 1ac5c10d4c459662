/** `/metrics` over plain HTTP, for Prometheus. */
import { createServer, type Server } from 'node:http';
import { MisuseError } from '../../core/errors.ts';

/** Rejects with MisuseError `cannot-listen`. */
export function serveMetrics(host: string, port: number, text: () => Promise<string>): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.url !== '/metrics') {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('There is only /metrics here.\n');
      return;
    }
    text().then(
      (body) => response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(body),
      () => response.writeHead(500).end(),
    );
  });
  server.unref();
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new MisuseError('cannot-listen', `cannot serve metrics on ${host}:${port}: ${cause.message}`, { cause })),
    );
    server.listen(port, host, () => resolve(server));
  });
}
