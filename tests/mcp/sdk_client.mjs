// sdk_client.mjs — drives a server through the official TypeScript SDK and prints, as one JSON
// object, what an application would see. The test judges.
// usage: sdk_client.mjs stdio COMMAND ARGUMENT... | http URL [TOKEN]
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const [kind, target, ...rest] = process.argv.slice(2);

function connectVia() {
  if (kind === 'stdio') {
    return new StdioClientTransport({ command: target, args: rest, env: process.env, stderr: 'inherit' });
  }
  const headers = rest[0] === undefined ? {} : { Authorization: `Bearer ${rest[0]}` };
  return new StreamableHTTPClientTransport(new URL(target), { requestInit: { headers } });
}

async function attempt(what) {
  try {
    return await what();
  } catch (error) {
    return { threw: String(error.message), code: error.code };
  }
}

const call = (client, name, args, options) =>
  attempt(() => client.callTool({ name, arguments: args }, undefined, options));

const client = new Client({ name: 'outgrow-tests', version: '1.0.0' });
const transport = connectVia();
await client.connect(transport);
const seen = { server: client.getServerVersion(), capabilities: client.getServerCapabilities() };

await client.ping();
seen.tools = (await client.listTools()).tools; // from here on the SDK checks every outputSchema
seen.query = await call(client, 'postgres_query', { sql: 'SELECT id, name FROM users ORDER BY id' });
seen.mistake = await call(client, 'postgres_query', { sql: 'SELECT nome FROM users' });
seen.refused = await call(client, 'postgres_query', { sql: 'DROP TABLE users' });
seen.untyped = await call(client, 'postgres_query', { sql: 42 });
seen.unknown = await call(client, 'no_such_tool', {});
seen.tables = await call(client, 'postgres_list_tables', {});
seen.resources = (await client.listResources()).resources;
seen.read = await client.readResource({ uri: 'outgrow://tables/public/users' });
seen.missing = await attempt(() => client.readResource({ uri: 'outgrow://nothing' }));
seen.prompts = (await client.listPrompts()).prompts;
seen.prompt = await client.getPrompt({ name: 'heal_error', arguments: { error: 'column "x" does not exist' } });
seen.completion = await client.complete({
  ref: { type: 'ref/resource', uri: 'outgrow://tables/{schema}/{table}' },
  argument: { name: 'table', value: 'us' },
});

const stop = new AbortController();
setTimeout(() => stop.abort('changed my mind'), 300);
seen.cancelled = await call(client, 'postgres_query',
  { sql: 'SELECT count(*) FROM generate_series(1, 100000000000)' }, { signal: stop.signal });
seen.afterwards = await call(client, 'postgres_query', { sql: 'SELECT 1' });
seen.many = (await Promise.all(Array.from({ length: 100 }, (_, i) =>
  call(client, 'postgres_query', { sql: `SELECT ${i}` })))).map((r) => r.structuredContent?.rows?.[0]?.[0]);

if (kind === 'http') {
  await transport.terminateSession();
}
await client.close();
console.log(JSON.stringify(seen));
