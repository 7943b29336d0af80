// node logits.mjs ENGINE MODEL OUT: reads a JSON list of token ids from standard input, has the engine process compute
// the logits of every position, and leaves them in OUT as float32 [tokens, vocabulary].
import { fork } from 'node:child_process';
import { text } from 'node:stream/consumers';

const [engine, model, outFile] = process.argv.slice(2);
const tokenIds = JSON.parse(await text(process.stdin));
const child = fork(engine, [], { execArgv: ['--expose-gc'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
const answer = await new Promise((resolve, reject) => {
  child.on('message', (message) => {
    if (message.kind === 'result' || message.kind === 'error') resolve(message);
  });
  child.on('exit', (code, signal) => reject(new Error(`the engine ended: ${signal ?? code}`)));
  child.send({ kind: 'call', id: 1, name: 'logits', params: { model, tokenIds, outFile } });
});
child.removeAllListeners('exit');
child.disconnect();
if (answer.kind === 'error') throw new Error(`${answer.error.message} ${answer.error.mend ?? ''}`);
console.log(JSON.stringify(answer.result));
