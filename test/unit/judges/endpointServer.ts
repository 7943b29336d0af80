import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from 'vitest';

export interface Asked {
  readonly url: string;
  readonly authorization: string | undefined;
  readonly body: { model: string; temperature: number; messages: { role: string; content: string }[] };
}

export interface FakeEndpoint {
  readonly url: string;
  readonly asked: Asked[];
  /** How the next requests are answered, one after the other; the last goes on. */
  replies: ((request: Asked, response: http.ServerResponse) => void)[];
}

/** An OpenAI-compatible API on this computer that says what the test wants. */
export async function fakeEndpoint(): Promise<FakeEndpoint> {
  const asked: Asked[] = [];
  const fake: FakeEndpoint = { url: '', asked, replies: [] };
  const server = http.createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => (text += part));
    request.on('end', () => {
      const entry: Asked = {
        url: request.url ?? '',
        authorization: request.headers.authorization,
        body: JSON.parse(text) as Asked['body'],
      };
      asked.push(entry);
      const reply = fake.replies.length > 1 ? fake.replies.shift() : fake.replies[0];
      reply?.(entry, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return Object.assign(fake, { url: `http://127.0.0.1:${port}/v1` });
}

/** Says `content`, as a chat completion. */
export const says =
  (content: string | ((answer: string) => string)): FakeEndpoint['replies'][number] =>
  ({ body }, response) => {
    const shown = body.messages.at(-1)?.content ?? '';
    const text = typeof content === 'string' ? content : content(shown);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ choices: [{ message: { role: 'assistant', content: text } }] }));
  };

export const status =
  (code: number, headers: Record<string, string> = {}): FakeEndpoint['replies'][number] =>
  ({ authorization }, response) => {
    response.writeHead(code, headers).end(`wrong key: ${authorization ?? ''}`);
  };
