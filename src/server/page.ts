/**
 * The plain page at `/`: what can be asked here.
 *
 * @module
 */

/** HTML without scripts. */
export const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>splatscout</title>
<h1>splatscout</h1>
<p>Agents that search a scan for what you ask.</p>
<dl>
<dt><code>POST /stream_agents</code></dt><dd>Search; server-sent events. Leaving stops the search.</dd>
<dt><code>POST /sessions</code></dt><dd>Search without a reader; answers with a <code>session_id</code>.</dd>
<dt><code>GET /sessions/:id/stream</code></dt><dd>Events of a search, from its start or after <code>Last-Event-ID</code>.</dd>
<dt><a href="sessions"><code>GET /sessions</code></a>, <code>GET /sessions/:id</code>, <code>DELETE /sessions/:id</code></dt><dd>Searches; how one stands; stop one.</dd>
<dt><a href="getImage"><code>GET /getImage?x&amp;y&amp;z&amp;yaw</code></a></dt><dd>What is seen from a pose.</dd>
<dt><a href="scene"><code>GET /scene</code></a></dt><dd>The scene.</dd>
<dt><a href="health"><code>GET /health</code></a>, <a href="ready"><code>GET /ready</code></a>, <a href="metrics"><code>GET /metrics</code></a>, <a href="openapi.json"><code>GET /openapi.json</code></a></dt><dd>For machines.</dd>
</dl>
</html>
`;
