/**
 * A page that reads `/openapi.json` and shows it: no framework, no network but this server's own, so that it works offline and under
 * a strict Content-Security-Policy (its script is a file of ours, `/docs/page.js`).
 */
export const docsPage = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>program-ledger API</title>
<link rel="stylesheet" href="/docs/page.css"></head>
<body><header><h1>program-ledger</h1><input id="find" type="search" placeholder="find a route" aria-label="find a route"><a href="/openapi.json">openapi.json</a></header>
<nav id="tags"></nav><main id="routes">Reading…</main><script src="/docs/page.js"></script></body></html>
`;

export const docsStyle = `
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); --soft: color-mix(in srgb, currentColor 6%, transparent) }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 70rem; padding: 0 1rem 4rem }
header { display: flex; gap: 1rem; align-items: baseline; position: sticky; top: 0; background: Canvas; padding: .6rem 0; border-bottom: 1px solid var(--line) }
h1 { font-size: 1.1rem; margin: 0 } #find { flex: 1; padding: .3rem .5rem; font: inherit }
nav { padding: .6rem 0; display: flex; flex-wrap: wrap; gap: .9rem } h2 { margin: 2rem 0 .4rem }
details { border: 1px solid var(--line); border-radius: 6px; margin: .35rem 0 } summary { padding: .45rem .7rem; cursor: pointer; display: flex; gap: .7rem; flex-wrap: wrap }
.verb { font-weight: 700; width: 4rem } .path { font-family: ui-monospace, monospace } .what { opacity: .75 } .in { padding: .2rem 1rem 1rem }
pre { background: var(--soft); padding: .7rem; overflow: auto; border-radius: 6px; font-size: 13px } table { border-collapse: collapse } td { border-top: 1px solid var(--line); padding: .25rem .8rem .25rem 0; vertical-align: top }
`;

export const docsScript = `
const element = (tag, text, ...children) => { const made = document.createElement(tag); if (text) made.textContent = text; made.append(...children); return made; };
const classed = (name, made) => { made.className = name; return made; };
const pretty = (value) => element('pre', JSON.stringify(value, null, 2));
const json = (content) => content && content['application/json'];
const shown = (title, media) => media ? [element('h4', title), ...(media.example ? [pretty(media.example)] : []), element('details', '', element('summary', 'schema'), pretty(media.schema))] : [];
const row = (p) => element('tr', '', element('td', p.name + (p.required ? ' *' : '')), element('td', p.in), element('td', p.description || p.schema.pattern || p.schema.type || ''));
const route = (path, verb, o) => {
  const parameters = o.parameters && o.parameters.length ? [element('h4', 'Parameters'), element('table', '', ...o.parameters.map(row))] : [];
  const answers = Object.entries(o.responses).flatMap(([status, r]) => r.content ? shown(status + ' ' + r.description, json(r.content)) : []);
  const made = element('details', '',
    element('summary', '', classed('verb', element('span', verb.toUpperCase())), classed('path', element('span', path)), classed('what', element('span', o.summary))),
    classed('in', element('div', '', ...(o.description || '').split('\\n\\n').map((line) => element('p', line)), ...parameters, ...shown('Body', o.requestBody && json(o.requestBody.content)), ...answers)));
  made.dataset.text = (verb + ' ' + path + ' ' + o.summary).toLowerCase();
  return made;
};
fetch('/openapi.json').then((answer) => answer.json()).then((api) => {
  const all = Object.entries(api.paths).flatMap(([path, verbs]) => Object.entries(verbs).map(([verb, o]) => [o.tags[0], route(path, verb, o)]));
  const sections = api.tags.map(({ name, description }) => {
    const heading = element('h2', name); heading.id = name;
    return element('section', '', heading, element('p', description), ...all.filter(([tag]) => tag === name).map(([, made]) => made));
  });
  document.getElementById('routes').replaceChildren(...sections);
  document.getElementById('tags').replaceChildren(...api.tags.map(({ name }) => { const link = element('a', name); link.href = '#' + name; return link; }));
  document.getElementById('find').addEventListener('input', ({ target }) => { for (const [, made] of all) made.hidden = !made.dataset.text.includes(target.value.toLowerCase()); });
});
`;
