// watch.mjs DIRECTORY: chokidar with awaitWriteFinish and its defaults. Each thing that it says is a line of JSON, with what the file is at that moment: a host would begin to read it now.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import chokidar from 'chokidar';

const directory = process.argv[2];
const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);

chokidar
  .watch(directory, { awaitWriteFinish: true, ignored: (path) => path.endsWith('.part') })
  .on('ready', () => say({ ready: process.version }))
  .on('error', (error) => say({ error: String(error) }))
  .on('all', (event, path) => {
    if (event !== 'add' && event !== 'change') return;
    const at = Date.now();
    const content = readFileSync(path);
    say({ at, event, path, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') });
  });
