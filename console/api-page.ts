/** The page of the HTTP API: every door by its concern, how to ask it with curl, and what it answers. */
import { apiDocument, type Operation } from './api-document.ts';
import { exampleOf, members, prose, typeWords } from './api-schema.ts';
import { type Html, html } from './html.ts';
import { pageResponse } from './page.ts';

type Door = { path: string; method: string; operation: Operation };

/** Shows the document; `origin` is where its reader asks. */
export async function apiPage(origin: string, local: boolean): Promise<Response> {
  const { document, etag } = await apiDocument();
  const doors = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, operation]): Door => ({ path, method: method.toUpperCase(), operation }),
    ),
  );
  const at = (tag: string) => doors.filter(({ operation }) => operation.tags.includes(tag));
  const body = html`
    <h1>The HTTP API</h1>
    ${document.info.description.split('\n\n').map((part) => html`<p class="api">${prose(part)}</p>`)}
    <p class="api"><a href="/openapi.json">openapi.json</a> is the contract of which this page is made;
      <a href="/problems">the problems</a> that doors answer with say what to do.</p>
    ${document.tags.map(
      ({ name, description }) => html`<h2 id="${name.toLowerCase().replaceAll(' ', '-')}">${name}</h2>
        <p class="dim api">${description}</p>${at(name).map((one) => shown(one, origin))}`,
    )}
    <h2 id="schemas">Shapes</h2>
    ${Object.entries(document.components.schemas).map(
      ([name, schema]) => html`<section class="card" id="schema-${name}"><h3>${name}</h3>
        ${schema.description && html`<p>${prose(schema.description)}</p>`}${members(schema)}</section>`,
    )}`;
  return pageResponse({
    title: 'HTTP API',
    here: 'api',
    local,
    body,
    headers: { etag: etag.replace(/"$/, '-page"'), 'cache-control': 'no-cache' },
  });
}

function shown({ path, method, operation }: Door, origin: string): Html {
  const { operationId, summary, description, parameters, requestBody, responses } = operation;
  const wish = requestBody?.content?.['application/json']?.schema;
  return html`<section class="card" id="${operationId}">
    <h3><a href="#${operationId}"><code>${method} ${path}</code></a></h3>
    <p>${prose(summary)}</p>
    ${description?.split('\n\n').map((part) => html`<p class="dim">${prose(part)}</p>`)}
    <pre class="command">${curl(path, method, operation, origin)}</pre>
    <details><summary>What it takes and answers</summary>
    ${parameters.length > 0 && html`<h4>Parameters</h4><dl class="headers">${parameters.map(parameter)}</dl>`}
    ${wish && html`<h4>Body, JSON${requestBody?.required === false && ', may be left out'}</h4>${members(wish)}`}
    <h4>Answers</h4><dl class="headers">${Object.entries(responses).map(answered)}</dl></details>
  </section>`;
}

const parameter = ({
  name,
  in: where,
  required,
  description,
  schema,
}: Operation['parameters'][number]) => html`
  <div><dt><code>${name}</code> <span class="dim">${where}${required !== true && ', optional'}</span></dt>
  <dd><code>${typeWords(schema)}</code> ${prose(description ?? '')}</dd></div>`;

function answered([status, { description, headers, content }]: [
  string,
  Operation['responses'][string],
]): Html {
  const own = Object.keys(headers).filter((name) => name !== 'x-request-id' && name !== 'cache-control');
  const schema = Object.values(content ?? {})[0]?.schema;
  return html`<div><dt><code>${status}</code></dt>
    <dd>${prose(description)} ${schema && html`<code>${typeWords(schema)}</code>`}${
      own.length > 0 &&
      html`
    <span class="dim">${own.join(', ')}</span>`
    }${schema && !schema.$ref && members(schema.items ?? schema)}</dd></div>`;
}

/** The shortest request that works, in words of a shell. */
function curl(path: string, method: string, { parameters, requestBody }: Operation, origin: string): string {
  const filled = path.replaceAll(/\{([a-z_]+)\}/g, (_, name: string) => {
    const schema = parameters.find((one) => one.in === 'path' && one.name === name)?.schema;
    return encodeURIComponent(String(schema ? exampleOf(schema) : name));
  });
  const wish = requestBody?.content?.['application/json']?.schema;
  const body = wish && (requestBody?.required || wish.examples) ? JSON.stringify(exampleOf(wish)) : undefined;
  return [
    `curl ${method === 'GET' ? '' : `-X ${method} `}${origin}${filled}`,
    ...(body
      ? [`-H 'content-type: application/json'`, `-d '${body.replaceAll("'", String.raw`'\''`)}'`]
      : []),
  ].join(' \\\n  ');
}
